"""A backfill brings historical orders into the books: oldest first, behind live ones, and only because it was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.jobs.desk import Desk
from tests.store.builders import ask

from ml_connector.jobs import backfill, paging
from ml_connector.jobs.backfill import Started, forecast_s, going, plan, start
from ml_connector.jobs.turns import Elsewhere, turn
from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.model import Order
from ml_connector.shopify.errors import ServerFault
from ml_connector.store import Store
from ml_connector.store.allowances import AllowanceState


@pytest.fixture
async def since(desk: Desk) -> datetime:
    return desk.clock.now() - timedelta(days=9000)


def old(desk: Desk, days: float = 8000, **more: Any) -> Order:
    """An order from before the start date."""
    return desk.order(created_at=desk.clock.now() - timedelta(days=days), **more)


def pages_of(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    asked = paging.orders_at

    async def few(run: object, by: object, place: object) -> object:
        return await asked(run, by, place, first=rows)  # type: ignore[arg-type]

    monkeypatch.setattr(backfill, "orders_at", few)


async def test_a_plan_says_how_many_orders_and_calls_and_changes_nothing(desk: Desk, since: datetime) -> None:
    old(desk)
    old(desk, payments=())
    desk.order()
    desk.order(test=True)
    desk.clock.forward(minutes=1)

    planned = await plan(await desk.run(), since)

    # contact, invoice, sent, payment: 4, 3 without a payment, none for the test order
    assert (planned.orders, planned.calls, planned.before_start, planned.exact) == (4, 11, 2, True)
    assert planned.as_json()["orders"] == 4
    assert await desk.outstanding() == []


async def test_orders_in_the_books_are_left_out(desk: Desk, since: datetime) -> None:
    order = desk.order()
    await desk.post(order)
    desk.clock.forward(minutes=1)

    planned = await plan(await desk.run(), since)
    started = await start(await desk.run(), since)

    assert planned.orders == 0
    assert started == Started(queued=0, skipped=1)


async def test_an_order_in_the_books_that_changed_since_is_looked_at(desk: Desk, since: datetime) -> None:
    order = desk.order()
    await desk.post(order)
    desk.clock.forward(minutes=5)
    desk.shop.refund(order, RefundSpec(everything=True))

    planned = await plan(await desk.run(), since)

    assert (planned.orders, planned.calls) == (1, 6)


async def test_an_order_from_before_the_start_date_is_posted_because_it_was_asked_for(
    desk: Desk, since: datetime
) -> None:
    order = old(desk)
    await desk.post(order)
    before = await desk.verdict(order)

    await start(await desk.run(), since)
    await desk.settle()

    assert before[0] in ("excluded", "held")
    assert await desk.verdict(order) == ("posted", "")


async def test_a_live_knock_meanwhile_does_not_take_the_leave_away(desk: Desk, since: datetime) -> None:
    order = old(desk)
    await start(await desk.run(), since)

    await desk.post(order)

    assert await desk.verdict(order) == ("posted", "")


async def test_orders_come_oldest_first_and_behind_what_happens_now(desk: Desk, since: datetime) -> None:
    middle, oldest, newest = old(desk, 8100), old(desk, 8200), old(desk, 8000)
    live = desk.order()

    await start(await desk.run(), since, desk.clock.now() - timedelta(days=1))
    await desk.knock(desk.subject(live))

    assert await desk.outstanding() == [desk.subject(one) for one in (live, oldest, middle, newest)]


async def test_only_the_orders_of_the_period_are_queued(desk: Desk, since: datetime) -> None:
    inside, outside = old(desk, 8100), old(desk, 8000)
    until = desk.clock.now() - timedelta(days=8050)

    started = await start(await desk.run(), since, until)

    assert started.queued == 1
    assert await desk.outstanding() == [desk.subject(inside)]
    assert outside.id != inside.id


async def test_an_interrupted_backfill_goes_on_where_it_stopped(
    desk: Desk, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_of(monkeypatch, 2)
    for days in range(8000, 8005):
        old(desk, days)
    desk.shopify.faults.add(Fault("server_error", after=1, times=20))
    with pytest.raises(ServerFault):
        await start(await desk.run(), since)
    halfway = await going(await desk.run())
    desk.shopify.faults.clear()
    desk.doors.requests.clear()
    told: list[int] = []

    started = await start(await desk.run(), since, progress=told.append)

    assert halfway is not None
    assert (halfway.listing, halfway.queued, halfway.waiting) == (True, 2, 2)
    assert started.queued == 5
    assert told == [4, 5]
    assert len(desk.doors.to_shopify) == 2


async def test_other_dates_begin_anew(desk: Desk, since: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    pages_of(monkeypatch, 2)
    for days in range(8000, 8003):
        old(desk, days)
    desk.shopify.faults.add(Fault("server_error", after=1, times=20))
    with pytest.raises(ServerFault):
        await start(await desk.run(), since)
    desk.shopify.faults.clear()

    started = await start(await desk.run(), since - timedelta(days=1))

    assert started.queued == 3


async def test_how_it_stands_is_told(desk: Desk, since: datetime) -> None:
    assert await going(await desk.run()) is None
    old(desk)
    await start(await desk.run(), since)

    queued = await going(await desk.run())
    await desk.settle()
    done = await going(await desk.run())

    assert queued is not None
    assert done is not None
    assert (queued.queued, queued.waiting, queued.listing) == (1, 1, False)
    assert (done.queued, done.waiting) == (1, 0)
    assert done.as_json()["since"] == since.isoformat()


async def test_a_long_list_is_reckoned_from_its_first_pages(
    desk: Desk, since: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_of(monkeypatch, 2)
    monkeypatch.setattr(backfill, "LOOKED_AT", 2)
    for _ in range(8):
        desk.order()
    desk.clock.forward(minutes=1)

    planned = await plan(await desk.run(), since)

    assert (planned.orders, planned.calls, planned.exact) == (8, 32, False)


async def test_only_one_process_queues_a_backfill(desk: Desk, since: datetime) -> None:
    async with turn(f"backfill of {desk.connection_id}", desk.store):
        with pytest.raises(Elsewhere):
            await start(await desk.run(), since)


async def test_the_leave_is_kept_with_the_order(desk: Desk, store: Store, since: datetime) -> None:
    old(desk)
    await start(await desk.run(), since)
    await desk.settle()

    assert await ask(store, "SELECT backfill FROM subjects WHERE kind = 'order'") is True


@pytest.mark.parametrize(
    ("calls", "remaining", "seconds"),
    [
        (50, 1_000, 30.0),  # half a minute of 100 a minute
        (1_000, 1_000, 600.0),
        (1_050, 1_000, 3_600 + 30.0),  # the rest after the reset in an hour
        (1_000 + 2_000 + 100, 1_000, 3_600 + 86_400 + 60.0),  # a whole day more
        (300, None, 180.0),
    ],
)
def test_a_forecast_counts_minutes_and_days(calls: int, remaining: int | None, seconds: float) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    state = AllowanceState("eu:1", 100, 0, 0, 2_000, remaining, now + timedelta(hours=1), 0, None, None)

    assert forecast_s(calls, state, now) == seconds
