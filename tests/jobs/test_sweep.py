"""The sweep finds what nobody announced, and knocks for nothing that was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.jobs.desk import Desk, a_customer

from ml_connector.jobs import paging
from ml_connector.jobs import sweep as sweeping
from ml_connector.jobs.sweep import A_DAY, OVERLAP, SETTLED, sweep
from ml_connector.jobs.turns import Elsewhere, turn
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.shopify.errors import ServerFault
from ml_connector.store.masters import Watermark
from ml_connector.store.subjects import Lane

LATER_S = SETTLED.total_seconds() + 5


async def mark(desk: Desk, kind: str = "order") -> Watermark | None:
    async with desk.store.at_once() as tx:
        return await desk.store.watermarks.get(tx, desk.connection_id, f"sweep:{kind}")


def pages_of(monkeypatch: pytest.MonkeyPatch, rows: int, *, lists: int = paging.PAGES) -> None:
    """Small pages, so that a few orders are a long list."""
    asked = paging.orders_at

    async def few(run: object, by: object, place: object, *, first: int = rows) -> object:
        return await asked(run, by, place, first=rows)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeping, "orders_at", few)
    monkeypatch.setattr(paging, "PAGES", lists)


async def test_an_order_that_nobody_announced_is_found_and_posted(desk: Desk) -> None:
    order = desk.order()
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())
    await desk.settle()

    assert (swept.found, swept.knocked) == (1, 1)
    assert await desk.verdict(order) == ("posted", "")


async def test_what_changed_a_moment_ago_is_left_to_the_next_sweep(desk: Desk) -> None:
    desk.order()

    first = await sweep(await desk.run())
    desk.clock.forward(seconds=LATER_S)
    second = await sweep(await desk.run())

    assert (first.found, second.found) == (0, 1)


async def test_a_change_that_the_index_shows_late_is_found_by_the_sweep_over_the_last_day(desk: Desk) -> None:
    desk.shop.settings = replace(desk.shop.settings, index_lag_s=1_800.0)
    order = desk.order()
    for _ in range(4):
        desk.clock.forward(minutes=10)
        await sweep(await desk.run())
    missed = await desk.verdict(order)

    swept = await sweep(await desk.run(), overlap=A_DAY)
    await desk.settle()

    assert missed == ("unread", "")
    assert swept.knocked == 1
    assert await desk.verdict(order) == ("posted", "")


async def test_an_order_that_was_answered_is_no_knock(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())

    assert (swept.found, swept.knocked) == (1, 0)
    assert await desk.outstanding() == []


async def test_an_order_that_changed_since_it_was_answered_is_knocked_for_again(desk: Desk) -> None:
    order = desk.order(payments=())
    await desk.post(order)
    desk.clock.forward(minutes=5)
    desk.shop.pay(order)
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())

    assert swept.knocked == 1


async def test_an_order_that_waits_anyway_keeps_its_time(desk: Desk) -> None:
    order = desk.order()
    later = desk.clock.now() + timedelta(days=3)
    async with desk.store.at_once() as tx:
        await desk.store.subjects.knock(tx, [sweeping.Knock(desk.subject(order), Lane.LIVE, later)])
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())

    assert swept.knocked == 0
    assert await desk.outstanding() == []


async def test_a_sweep_begins_ten_minutes_before_the_end_of_the_last(desk: Desk) -> None:
    await sweep(await desk.run())
    desk.clock.forward(minutes=2)
    order = desk.order()
    # the search index shows it only after the next sweep, which has passed its moment
    order.index_from = desk.clock.now() + timedelta(minutes=5)
    desk.clock.forward(minutes=4)
    missed = await sweep(await desk.run())
    desk.clock.forward(minutes=4)

    found = await sweep(await desk.run())

    assert (missed.knocked, found.knocked) == (0, 1)
    assert timedelta(minutes=10) <= OVERLAP


async def test_the_watermark_is_shopifys_clock_less_a_minute(desk: Desk) -> None:
    before = await mark(desk)

    swept = await sweep(await desk.run())

    after = await mark(desk)
    assert before is None
    assert after is not None
    assert after.at == swept.until
    assert after.at == desk.clock.now().replace(microsecond=0) - SETTLED


async def test_the_first_sweep_begins_at_the_start_date(desk: Desk) -> None:
    old = desk.order(created_at=desk.clock.now() - timedelta(days=30))
    older = desk.order(created_at=desk.clock.now() - timedelta(days=8000))

    await sweep(await desk.run())

    assert await desk.outstanding() == [desk.subject(old)]
    assert older.created_at.year < 2020


async def test_what_is_history_waits_behind_what_is_news(desk: Desk) -> None:
    history = desk.order(created_at=desk.clock.now() - timedelta(days=30))
    news = desk.order(created_at=desk.clock.now() - timedelta(hours=2))

    await sweep(await desk.run())

    assert await desk.outstanding() == [desk.subject(news), desk.subject(history)]


async def test_each_page_is_kept_and_an_interrupted_sweep_goes_on_behind_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_of(monkeypatch, 2)
    for _ in range(5):
        desk.order()
        desk.clock.forward(seconds=2)
    desk.clock.forward(seconds=LATER_S)
    desk.shopify.faults.add(Fault("server_error", after=2, times=20))

    with pytest.raises(ServerFault):
        await sweep(await desk.run())
    halfway = await mark(desk)
    knocked = len(await desk.outstanding())
    desk.shopify.faults.clear()
    desk.doors.requests.clear()
    swept = await sweep(await desk.run())

    assert halfway is not None
    assert (halfway.at, bool(halfway.cursor), knocked) == (None, True, 2)
    assert swept.knocked == 3
    assert len(await desk.outstanding()) == 5


async def test_a_cursor_that_shopify_takes_no_longer_begins_the_list_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = desk.order()
    desk.clock.forward(seconds=LATER_S)
    now = desk.clock.now()
    place = paging.Place(now - timedelta(hours=1), now, "not a cursor", 1)
    async with desk.store.at_once() as tx:
        await desk.store.watermarks.put(
            tx, desk.connection_id, "sweep:order", cursor=place.cursor, body=place.as_json()
        )

    await sweep(await desk.run())

    assert await desk.outstanding() == [desk.subject(order)]


async def test_a_very_long_list_is_cut_into_several(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pages_of(monkeypatch, 2, lists=2)
    for _ in range(9):
        desk.order()
        desk.clock.forward(seconds=2)
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())

    assert swept.knocked == 9
    assert len(await desk.outstanding()) == 9


async def test_only_one_process_sweeps_a_connection(desk: Desk) -> None:
    run = await desk.run()

    async with turn(f"sweep of {desk.connection_id}", desk.store):
        with pytest.raises(Elsewhere):
            await sweep(run)

    assert (await sweep(run)).found == 0


async def test_customers_are_found_too_where_all_of_them_are_kept(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    desk.clock.forward(seconds=LATER_S)

    swept = await sweep(await desk.run())

    assert desk.subject(customer) in await desk.outstanding()
    assert desk.subject(customer).id == gid("Customer", customer.id)
    assert swept.knocked == 1


async def test_an_order_read_in_the_second_of_its_update_is_looked_at_once_more(desk: Desk) -> None:
    async with desk.store.at_once():
        now = await desk.store.now()
    order = desk.order(created_at=now - timedelta(milliseconds=1))
    await desk.post(order)
    desk.clock.moment = now + timedelta(minutes=2)

    first = await sweep(await desk.run())

    assert first.knocked == 1


async def test_a_sweep_of_a_quiet_shop_is_three_questions(desk: Desk) -> None:
    await sweep(await desk.run())
    desk.doors.requests.clear()
    desk.clock.forward(minutes=5)

    await sweep(await desk.run())

    assert len(desk.doors.to_shopify) == 3
    assert desk.doors.to_zoho == []
