"""The knock is a row; one subject, one writer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.store.builders import a_connection, a_lease, an_order, ask, do, expire, knock

from ml_connector.store import Store
from ml_connector.store.errors import LeaseLost
from ml_connector.store.subjects import Due, Knock, Lane, Lease, Subject

LATER = datetime(2099, 1, 1, tzinfo=UTC)


async def answer(store: Store, subject: Subject) -> bool:
    lease = await a_lease(store, subject)
    async with store.transaction() as tx:
        return await store.subjects.answered(tx, lease)


async def commit(store: Store, lease: Lease, step: str) -> None:
    async with store.transaction() as tx:
        match step:
            case "answered":
                await store.subjects.answered(tx, lease)
            case "defer":
                await store.subjects.defer(tx, lease, LATER)
            case "renew":
                await store.subjects.renew(tx, lease, for_s=60)
            case _:
                await store.subjects.check(tx, lease)


async def due(store: Store, *, window: int = 60, limit: int = 500) -> list[Due]:
    async with store.at_once() as tx:
        found = await store.subjects.take_due(tx, window=window, limit=limit, lost_after_s=120)
    return sorted(found, key=lambda entry: (entry.lane, entry.turn, entry.subject.connection_id))


async def outstanding(store: Store) -> int:
    return int(await ask(store, "SELECT count(*) FROM subjects WHERE knocked > answered"))


async def test_what_was_read_is_answered_and_at_rest(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))

    more = await answer(store, an_order(connection_id))

    assert not more
    assert await outstanding(store) == 0


async def test_a_knock_during_a_run_is_not_lost(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))
    lease = await a_lease(store, an_order(connection_id))
    await knock(store, an_order(connection_id))

    async with store.transaction() as tx:
        more = await store.subjects.answered(tx, lease)

    assert more
    assert await outstanding(store) == 1
    assert len(await due(store)) == 1


async def test_a_stronger_knock_improves_lane_and_time(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(order, Lane.BACKFILL, LATER)])
        await store.subjects.knock(tx, [Knock(order, Lane.LIVE)])
        state = await store.subjects.state(tx, order)

    assert state is not None
    assert state.lane is Lane.LIVE
    assert state.due_at < LATER
    assert state.knocked == 2


async def test_a_weaker_knock_changes_neither(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(order, Lane.LIVE, LATER)])
        await store.subjects.knock(tx, [Knock(order, Lane.REREADING)])
        state = await store.subjects.state(tx, order)

    assert state is not None
    assert (state.lane, state.due_at) == (Lane.LIVE, LATER)


async def test_after_rest_a_weak_knock_is_weak(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await knock(store, order)
    await answer(store, order)

    await knock(store, order, lane=Lane.REREADING)

    async with store.at_once() as tx:
        state = await store.subjects.state(tx, order)
    assert state is not None
    assert state.lane is Lane.REREADING


async def test_among_twins_the_earliest_time_counts(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(order, Lane.LIVE, LATER), Knock(order, Lane.LIVE)])
        state = await store.subjects.state(tx, order)

    assert state is not None
    assert state.due_at < LATER


async def test_a_lease_is_given_to_one(store: Store, connection_id: int) -> None:
    async def take(owner: str) -> bool:
        async with store.at_once() as tx:
            lease = await store.subjects.take_lease(tx, an_order(connection_id), owner=owner, for_s=60)
        return lease is not None

    taken = await asyncio.gather(*(take(f"w{n}") for n in range(8)))

    assert sum(taken) == 1


async def test_a_lease_says_what_the_run_has_to_know(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id), lane=Lane.REFUNDS)

    lease = await a_lease(store, an_order(connection_id))

    assert (lease.knocked, lease.answered, lease.lane, lease.attempts) == (1, 0, Lane.REFUNDS, 0)
    assert lease.outstanding
    assert timedelta(seconds=59) < lease.until - lease.now <= timedelta(seconds=60)


async def test_who_takes_over_gets_a_higher_fence(store: Store, connection_id: int) -> None:
    first = await a_lease(store, an_order(connection_id))
    await expire(store, first)

    second = await a_lease(store, an_order(connection_id), owner="w2")

    assert second.fence == first.fence + 1


@pytest.mark.parametrize("step", ["answered", "defer", "renew", "check"])
async def test_a_stale_fence_commits_nothing(store: Store, connection_id: int, step: str) -> None:
    stale = await a_lease(store, an_order(connection_id))
    await expire(store, stale)
    await a_lease(store, an_order(connection_id), owner="w2")

    with pytest.raises(LeaseLost) as lost:
        await commit(store, stale, step)

    assert lost.value.fence == stale.fence
    assert await ask(store, "SELECT lease_owner FROM subjects") == "w2"


async def test_an_expired_lease_that_nobody_took_is_still_good(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))
    await expire(store, lease)

    async with store.at_once() as tx:
        until = await store.subjects.renew(tx, lease, for_s=60)

    assert until > lease.now


async def test_nobody_takes_a_subject_whose_commit_is_under_way(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))
    await expire(store, lease)
    done = asyncio.Event()

    async def take() -> int:
        second = await a_lease(store, an_order(connection_id), owner="w2")
        assert done.is_set()
        return second.fence

    async with store.transaction() as tx:
        await store.subjects.check(tx, lease)
        taking = asyncio.create_task(take())
        while not await ask(store, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            pass
        done.set()

    assert await taking == lease.fence + 1


async def test_a_released_subject_may_be_taken_at_once(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))

    async with store.at_once() as tx:
        await store.subjects.release(tx, lease)

    assert (await a_lease(store, an_order(connection_id), owner="w2")).fence == lease.fence + 1


async def test_a_deferred_subject_waits_for_its_time_and_counts_its_attempts(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await knock(store, order)
    lease = await a_lease(store, order)

    async with store.transaction() as tx:
        await store.subjects.defer(tx, lease, LATER, attempts=1, first_failed_at=lease.now)

    assert await due(store) == []
    again = await a_lease(store, order)
    assert (again.attempts, again.first_failed_at) == (1, lease.now)
    assert again.outstanding


async def test_an_answer_forgets_the_attempts(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await knock(store, order)
    lease = await a_lease(store, order)
    async with store.transaction() as tx:
        await store.subjects.defer(tx, lease, LATER, attempts=5, first_failed_at=lease.now)

    await answer(store, order)

    assert await ask(store, "SELECT attempts FROM subjects") == 0


async def test_what_is_queued_is_not_given_out_twice(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))

    first, second = await due(store), await due(store)

    assert [entry.subject for entry in first] == [an_order(connection_id)]
    assert second == []


async def test_two_relays_share_what_is_due(store: Store, connection_id: int) -> None:
    orders = [an_order(connection_id, number) for number in range(40)]
    await knock(store, *orders)

    batches = await asyncio.gather(*(due(store, window=40) for _ in range(4)))

    given = [entry.subject for batch in batches for entry in batch]
    assert sorted(given, key=str) == sorted(set(given), key=str)
    assert set(given) <= set(orders)


async def test_a_busy_shop_never_stands_before_another_ones_first_order(store: Store) -> None:
    busy, quiet = await a_connection(store), await a_connection(store)
    await knock(store, *(an_order(busy, number) for number in range(50)))
    await knock(store, an_order(quiet))

    first_two = (await due(store, limit=2))[:2]

    assert {entry.subject.connection_id for entry in first_two} == {busy, quiet}


async def test_at_most_a_window_of_each_shop_is_queued(store: Store, connection_id: int) -> None:
    await knock(store, *(an_order(connection_id, number) for number in range(10)))

    first, second = await due(store, window=4), await due(store, window=4)

    assert (len(first), len(second)) == (4, 0)


async def test_live_orders_are_queued_although_the_window_is_full_of_backfill(store: Store, connection_id: int) -> None:
    await knock(store, *(an_order(connection_id, number) for number in range(10)), lane=Lane.BACKFILL)
    await due(store, window=4)

    await knock(store, an_order(connection_id, 99))

    assert [entry.subject for entry in await due(store, window=4)] == [an_order(connection_id, 99)]


async def test_a_stronger_knock_gives_a_queued_subject_out_again(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id), lane=Lane.BACKFILL)
    await due(store)

    await knock(store, an_order(connection_id))

    [again] = await due(store)
    assert (again.lane, again.queued_before) == (Lane.LIVE, True)


async def test_a_paused_or_broken_shop_waits_and_goes_on_by_itself(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))
    async with store.at_once() as tx:
        await store.connections.set_health(tx, connection_id, "paused", "Zoho's day is used up.", until=LATER)

    assert await due(store) == []

    await do(store, "UPDATE connections SET paused_until = clock_timestamp() - interval '1 second'")
    assert len(await due(store)) == 1


async def test_a_running_subject_is_not_queued_beside_its_run(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))
    await a_lease(store, an_order(connection_id))

    assert await due(store) == []


async def test_put_back_and_forgotten_notes_are_given_out_again(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id, 1), an_order(connection_id, 2))
    given = await due(store)

    async with store.at_once() as tx:
        assert await store.subjects.queued(tx, older_than_s=0) == 2
        await store.subjects.put_back(tx, [given[0].subject])
        assert await store.subjects.forget_queued(tx, older_than_s=0) == 1

    assert len(await due(store)) == 2


async def test_work_tells_how_much_and_how_old(store: Store, connection_id: int) -> None:
    other = await a_connection(store)
    await knock(store, an_order(connection_id, 1), an_order(connection_id, 2), an_order(other))
    await do(store, "UPDATE subjects SET waiting_since = waiting_since - interval '1 hour' WHERE id LIKE '%/2'")
    await answer(store, an_order(other))

    async with store.at_once() as tx:
        [work] = await store.subjects.work(tx)

    assert (work.connection_id, work.outstanding) == (connection_id, 2)
    assert 3600 <= work.oldest_outstanding_s < 3660


async def test_what_waits_can_be_let_go_when_the_reason_is_over(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(an_order(connection_id), Lane.LIVE, LATER)])
        moved = await store.subjects.due_now(tx, connection_id)

    assert moved == 1
    assert len(await due(store)) == 1


def test_lanes_are_known_by_name() -> None:
    assert [Lane.named(word) for word in ("live", "refunds", "backfill", "re-reading")] == list(Lane)


async def test_what_a_run_has_read_is_answered_up_to_its_update(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await knock(store, order)
    lease = await a_lease(store, order)
    read = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    async with store.transaction() as tx:
        await store.subjects.answered(tx, lease, updated_at=read)

    assert await unanswered(store, order, read) == set()
    assert await unanswered(store, order, read + timedelta(seconds=1)) == {order.id}


async def test_an_answer_about_an_older_reading_does_not_bring_the_older_back(store: Store, connection_id: int) -> None:
    order, read = an_order(connection_id), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    for moment in (read, read - timedelta(hours=1), None):
        await knock(store, order)
        lease = await a_lease(store, order)
        async with store.transaction() as tx:
            await store.subjects.answered(tx, lease, updated_at=moment)

    assert await unanswered(store, order, read) == set()


async def test_what_nobody_knows_is_unanswered_and_what_waits_is_not(store: Store, connection_id: int) -> None:
    waits, unknown = an_order(connection_id, 1), an_order(connection_id, 2)
    await knock(store, waits)

    assert await unanswered(store, waits, LATER) == set()
    assert await unanswered(store, unknown, LATER) == {unknown.id}


async def test_what_is_being_read_right_now_may_have_been_read_before_the_change(
    store: Store, connection_id: int
) -> None:
    order = an_order(connection_id)
    await knock(store, order)
    await a_lease(store, order)

    assert await unanswered(store, order, LATER) == {order.id}


async def test_an_order_once_asked_for_by_a_backfill_stays_allowed(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    async with store.transaction() as tx:
        await store.subjects.knock(tx, [Knock(order, Lane.BACKFILL)])
        new = await store.subjects.let_backfill(tx, connection_id, [order.id])
        again = await store.subjects.let_backfill(tx, connection_id, [order.id])
    await knock(store, order)

    lease = await a_lease(store, order)

    assert (new, again) == (1, 0)
    assert lease.lane is Lane.LIVE
    assert lease.backfill


async def test_orders_are_counted_by_lane(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id, 1), an_order(connection_id, 2), lane=Lane.BACKFILL)
    await knock(store, an_order(connection_id, 3))

    async with store.at_once() as tx:
        found = await store.subjects.by_lane(tx, connection_id)

    assert found == {Lane.BACKFILL: 2, Lane.LIVE: 1}


async def unanswered(store: Store, subject: Subject, updated_at: datetime) -> set[str]:
    async with store.at_once() as tx:
        return set(await store.subjects.unanswered(tx, subject.connection_id, subject.kind, {subject.id: updated_at}))
