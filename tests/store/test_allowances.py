"""Zoho's allowance: nearly all of the minute, never more; the day; lanes; permits of dead processes."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta

import pytest
from tests.store.builders import NOON, ORGANIZATION

from ml_connector.store import Store
from ml_connector.store.allowances import AllowanceState, Back, DayTold, Granted, Refused
from ml_connector.store.subjects import Lane


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def take(
    store: Store, seconds: float, lane: Lane = Lane.LIVE, *, want: int = 1, back: list[Back] | None = None
) -> Granted | Refused:
    async with store.at_once() as tx:
        return await store.allowances.take(tx, ORGANIZATION, lane, want=want, back=back or [], now=at(seconds))


async def give(store: Store, seconds: float, *ids: int, told: DayTold | None = None) -> None:
    async with store.at_once() as tx:
        await store.allowances.give_back(tx, ORGANIZATION, [Back(number) for number in ids], told=told, now=at(seconds))


async def call(store: Store, seconds: float, lane: Lane = Lane.LIVE) -> bool:
    """One call that is answered at once; whether it was allowed."""
    permit = await take(store, seconds, lane)
    if isinstance(permit, Granted):
        await give(store, seconds, *permit.ids)
    return isinstance(permit, Granted)


async def state(store: Store, seconds: float) -> AllowanceState:
    async with store.at_once() as tx:
        found = await store.allowances.state(tx, ORGANIZATION, now=at(seconds))
    assert found is not None
    return found


async def configure(store: Store, **limits: int) -> None:
    async with store.at_once() as tx:
        await store.allowances.configure(tx, ORGANIZATION, **limits)


async def test_a_hundred_calls_fit_into_a_minute_and_not_one_more(store: Store) -> None:
    allowed = [await call(store, 0.1 * number) for number in range(105)]

    assert sum(allowed) == 100
    refused = await take(store, 11)
    assert isinstance(refused, Refused)
    assert refused.why == "minute"
    assert refused.wait_s == pytest.approx(49)


async def test_the_minute_slides(store: Store) -> None:
    for number in range(100):
        await call(store, number * 0.5)

    assert not await call(store, 59.9)
    assert await call(store, 60.1)
    assert not await call(store, 60.2)


async def test_no_sixty_seconds_ever_hold_more_than_a_hundred_and_nearly_all_are_used(store: Store) -> None:
    """Ten minutes of backlog, answers after 0.3 s, eight at a time; wherever in between Zoho counts a call."""
    await configure(store, in_flight=8)
    out: deque[tuple[float, int]] = deque()
    spans: list[tuple[float, float]] = []
    now = 0.0
    while now < 200:
        back = [Back(out.popleft()[1]) for _ in range(len(out)) if out and out[0][0] <= now]
        permit = await take(store, now, back=back)
        if isinstance(permit, Granted):
            out.append((now + 0.3, permit.ids[0]))
            spans.append((now, now + 0.3))
            now += 0.02
        else:
            now += min(max(permit.wait_s, 0.02), 0.5)

    for arrivals in (sorted(start for start, _ in spans), sorted(end for _, end in spans)):
        assert all(later - earlier > 60 for earlier, later in zip(arrivals, arrivals[100:], strict=False))
    assert sum(start < 180 for start, _ in spans) >= 3 * 95


async def test_a_call_that_is_out_counts_until_it_is_back_and_a_minute_more(store: Store) -> None:
    await configure(store, per_minute=1)
    permit = await take(store, 0)
    assert isinstance(permit, Granted)

    await give(store, 30, *permit.ids)

    assert isinstance(await take(store, 61), Refused)
    assert isinstance(await take(store, 91), Granted)


async def test_the_age_of_an_answer_counts_and_not_the_moment_it_is_told(store: Store) -> None:
    await configure(store, per_minute=1)
    permit = await take(store, 0)
    assert isinstance(permit, Granted)

    granted = await take(store, 62, back=[Back(permit.ids[0], age_s=61.5)])

    assert isinstance(granted, Granted)


async def test_five_calls_are_out_at_once_until_a_bigger_plan_is_known(store: Store) -> None:
    answers = [await take(store, 0) for _ in range(6)]

    assert [isinstance(answer, Granted) for answer in answers] == [True] * 5 + [False]
    assert isinstance(answers[-1], Refused)
    assert answers[-1].why == "in_flight"


async def test_ten_calls_are_out_at_once_on_a_paid_plan(store: Store) -> None:
    await take(store, 0)
    await give(store, 0, told=DayTold(2000, 1999, 3600))

    answers = [await take(store, 0) for _ in range(10)]

    assert sum(isinstance(answer, Granted) for answer in answers) == 9


async def test_permits_of_a_dead_process_come_free_after_forty_seconds(store: Store) -> None:
    for _ in range(5):
        await take(store, 0)

    assert isinstance(await take(store, 39), Refused)
    assert isinstance(await take(store, 41), Granted)
    # but the calls may have been made as late as that, so they stay in the minute
    assert (await state(store, 90)).minute_used == 6
    assert (await state(store, 101)).minute_used == 1


async def test_a_permit_that_was_not_used_costs_nothing(store: Store) -> None:
    permit = await take(store, 0)
    assert isinstance(permit, Granted)
    await give(store, 0, told=DayTold(2000, 1500, 3600))

    async with store.at_once() as tx:
        await store.allowances.give_back(tx, ORGANIZATION, [Back(permit.ids[0], age_s=None)], now=at(1))

    seen = await state(store, 1)
    assert (seen.minute_used, seen.out, seen.calls_today) == (0, 0, 0)


async def test_readers_lease_a_few_at_a_time_but_not_all(store: Store) -> None:
    await configure(store, in_flight=10)

    first = await take(store, 0, want=8)
    second = await take(store, 0, want=8)

    assert isinstance(first, Granted)
    assert isinstance(second, Granted)
    assert (len(first.ids), len(second.ids)) == (5, 3)
    assert set(first.ids).isdisjoint(second.ids)


async def test_the_day_is_what_zoho_said_less_what_we_took_since(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(2000, 1000, 3600))

    await call(store, 1)

    seen = await state(store, 1)
    assert (seen.day_limit, seen.day_remaining, seen.calls_today) == (2000, 999, 2)


async def test_answers_out_of_order_do_not_give_calls_back(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(2000, 900, 3600))

    await give(store, 1, told=DayTold(2000, 950, 3599))

    assert (await state(store, 1)).day_remaining == 900


async def test_other_apps_calls_are_seen_in_the_next_header(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(2000, 1000, 3600))

    await give(store, 1, told=DayTold(2000, 400, 3599))

    assert (await state(store, 1)).day_remaining == 400


async def test_a_raised_limit_is_taken_at_once(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(2000, 10, 3600))

    await give(store, 1, told=DayTold(5000, 3010, 3599))

    assert (await state(store, 1)).day_remaining == 3010


async def test_an_empty_day_refuses_until_the_reset_and_begins_anew(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(1000, 0, 3600))

    refused = await take(store, 10)
    later = await take(store, 3601)

    assert isinstance(refused, Refused)
    assert (refused.why, refused.wait_s) == ("day", pytest.approx(3590))
    assert isinstance(later, Granted)
    seen = await state(store, 3601)
    assert (seen.day_remaining, seen.calls_today) == (999, 1)


async def test_weaker_lanes_leave_a_part_of_the_day_to_live_orders_and_other_apps(store: Store) -> None:
    await call(store, 0)
    await give(store, 0, told=DayTold(1000, 150, 3600))

    assert await call(store, 1, Lane.LIVE)
    assert await call(store, 1, Lane.BACKFILL)
    assert not await call(store, 1, Lane.REREADING)

    await give(store, 2, told=DayTold(1000, 100, 3598))
    assert not await call(store, 3, Lane.BACKFILL)
    assert await call(store, 3, Lane.REFUNDS)


async def test_a_backfill_alone_uses_nearly_all_of_the_minute(store: Store) -> None:
    allowed = [await call(store, 0.1 * number, Lane.BACKFILL) for number in range(105)]

    assert sum(allowed) == 97


async def test_live_orders_find_room_beside_a_backfill(store: Store) -> None:
    for number in range(105):
        await call(store, 0.1 * number, Lane.BACKFILL)

    assert [await call(store, 11, Lane.LIVE) for _ in range(4)] == [True, True, True, False]


async def test_while_a_live_order_waits_weaker_lanes_do_too(store: Store) -> None:
    for number in range(100):
        await call(store, number * 0.01)
    refused_live = await take(store, 59)

    backfill = await take(store, 60.9, Lane.BACKFILL)
    live = await take(store, 60.9, Lane.LIVE)
    refunds = await take(store, 60.95, Lane.REFUNDS)
    afterwards = await take(store, 64, Lane.BACKFILL)

    assert isinstance(refused_live, Refused)
    assert isinstance(backfill, Refused)
    assert backfill.why == "lane"
    assert isinstance(live, Granted)
    assert isinstance(refunds, Refused)
    assert isinstance(afterwards, Granted)


@pytest.mark.parametrize(("why", "for_s"), [("minute", 60.0), ("in_flight", 2.0), ("blocked", 3600.0)])
async def test_after_zohos_refusal_nobody_calls_for_a_while(store: Store, why: str, for_s: float) -> None:
    await call(store, 0)
    async with store.at_once() as tx:
        await store.allowances.limited(tx, ORGANIZATION, why, for_s=for_s, now=at(1))

    refused = await take(store, 2)
    later = await take(store, for_s + 1.1)

    assert isinstance(refused, Refused)
    assert (refused.why, refused.wait_s) == (why, pytest.approx(for_s - 1))
    assert isinstance(later, Granted)


async def test_a_shorter_block_does_not_end_a_longer_one(store: Store) -> None:
    await call(store, 0)
    async with store.at_once() as tx:
        await store.allowances.limited(tx, ORGANIZATION, "blocked", for_s=3600, now=at(0))
        await store.allowances.limited(tx, ORGANIZATION, "in_flight", for_s=2, now=at(1))

    refused = await take(store, 10)

    assert isinstance(refused, Refused)
    assert refused.wait_s == pytest.approx(3590)


async def test_after_a_44_we_take_less_of_the_minute_and_recover(store: Store) -> None:
    await call(store, 0)
    async with store.at_once() as tx:
        await store.allowances.limited(tx, ORGANIZATION, "minute", for_s=60, now=at(0))

    careful = sum([await call(store, 61) for _ in range(105)])
    recovered = sum([await call(store, 700) for _ in range(105)])

    assert 70 <= careful <= 75
    assert recovered == 100


async def test_after_a_1070_half_as_many_calls_are_out_at_once_and_more_again_over_an_hour(store: Store) -> None:
    await configure(store, in_flight=10)
    async with store.at_once() as tx:
        await store.allowances.limited(tx, ORGANIZATION, "in_flight", for_s=2, now=at(0))
        await store.allowances.limited(tx, ORGANIZATION, "in_flight", for_s=2, now=at(0.4))  # of the same crowd

    careful = await all_that_are_out_at_once(store, 3)
    recovered = await all_that_are_out_at_once(store, 3601)

    assert (careful, recovered) == (5, 10)


async def test_calls_that_are_still_too_many_become_fewer_and_never_so_few_that_backfill_waits(store: Store) -> None:
    await configure(store, in_flight=10)

    found = []
    for number in range(5):
        async with store.at_once() as tx:
            await store.allowances.limited(tx, ORGANIZATION, "in_flight", for_s=2, now=at(60 * number))
        found.append(await all_that_are_out_at_once(store, 60 * number + 3))

    assert found == [5, 2, 2, 2, 2]


async def all_that_are_out_at_once(store: Store, now: float) -> int:
    """How many permits one taker after the other gets; all are handed back unused."""
    out = []
    while isinstance(permit := await take(store, now), Granted):
        out += permit.ids
    await give(store, now, *out)
    return len(out)


async def test_two_connections_of_one_organisation_share_its_minute(store: Store) -> None:
    async def one() -> bool:
        async with store.at_once() as tx:
            permit = await store.allowances.take(tx, ORGANIZATION, Lane.LIVE, want=1)
        return isinstance(permit, Granted)

    await configure(store, in_flight=1000)
    answers = await asyncio.gather(*(one() for _ in range(130)))

    assert sum(answers) == 100


async def test_permits_taken_at_once_by_many_are_all_different(store: Store) -> None:
    await configure(store, in_flight=1000)

    async def some() -> tuple[int, ...]:
        async with store.at_once() as tx:
            permit = await store.allowances.take(tx, ORGANIZATION, Lane.LIVE, want=3)
        return permit.ids if isinstance(permit, Granted) else ()

    batches = await asyncio.gather(*(some() for _ in range(20)))

    ids = [number for batch in batches for number in batch]
    assert len(ids) == len(set(ids)) == 60


async def test_another_organisation_has_a_minute_of_its_own(store: Store) -> None:
    for _ in range(100):
        await call(store, 0)

    async with store.at_once() as tx:
        other = await store.allowances.take(tx, "eu:2", Lane.LIVE, now=at(1))

    assert isinstance(other, Granted)
