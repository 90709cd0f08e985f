"""Invoices of several orders are marked as sent in one call, and each order is as safe as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.jobs.desk import Desk

from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.sandbox.shopify.model import Order

ORDERS = 5


async def for_ever(seconds: float) -> None:
    """A pause that only ends by being called off: whoever waits, waits for the others and not for the time."""
    await asyncio.Event().wait()


@pytest.fixture
async def orders(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """Orders of one known customer, about to be posted at the same time."""
    await desk.post(desk.order())
    monkeypatch.setattr(desk.clock, "sleep", for_ever)
    desk.doors.requests.clear()
    return [desk.order() for _ in range(ORDERS)]


async def at_once(desk: Desk, orders: list[Order]) -> None:
    """Run them side by side, as a worker does; nobody's invoice is answered before everybody's has left."""
    await desk.knock(*(desk.subject(order) for order in orders))
    with meeting(desk, len(orders)):
        await asyncio.gather(*(desk.runner(desk.subject(order)) for order in orders))


@contextmanager
def meeting(desk: Desk, count: int) -> Iterator[None]:
    """Let the first *count* invoices that are sent wait for one another."""
    left, carry, here = count, type(desk.doors).__call__, asyncio.Event()

    async def gathering(self: Any, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        nonlocal left
        if request.method == "PUT" and urlsplit(request.url).path.endswith("/invoices"):
            left -= 1
            if left <= 0:
                here.set()
            await here.wait()
        return await carry(self, request, timeout_s=timeout_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.doors), "__call__", gathering)
        yield


def marks(desk: Desk) -> list[int]:
    """How many invoices each call that marks as sent named."""
    found = []
    for one in desk.doors.writes:
        parts = urlsplit(one.url)
        if parts.path.endswith("/status/sent"):
            ids = parse_qs(parts.query).get("invoice_ids")
            found.append(1 if ids is None else len(ids[0].split(",")))
    return found


def before(desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str, act: Callable[[], Any]) -> None:
    """Let a person act just before the first call to *path* arrives."""
    acted = False
    carry = type(desk.doors).__call__

    async def acting(self: Any, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        nonlocal acted
        if not acted and urlsplit(request.url).path.endswith(path):
            acted = True
            act()
        return await carry(self, request, timeout_s=timeout_s)

    monkeypatch.setattr(type(desk.doors), "__call__", acting)


async def verdicts(desk: Desk, orders: list[Order]) -> list[tuple[str, str]]:
    return [await desk.verdict(order) for order in orders]


def statuses(desk: Desk) -> list[str]:
    return sorted(one["status"] for one in desk.books.invoices())


async def test_one_order_goes_alone_and_at_once(desk: Desk, orders: list[Order]) -> None:
    await at_once(desk, orders[:1])

    assert await verdicts(desk, orders[:1]) == [("posted", "")]
    assert marks(desk) == [1]


async def test_orders_that_meet_cost_two_calls_each_and_one_for_all(desk: Desk, orders: list[Order]) -> None:
    await at_once(desk, orders)

    assert await verdicts(desk, orders) == [("posted", "")] * ORDERS
    assert marks(desk) == [ORDERS]
    assert len(desk.doors.to_zoho) == 2 * ORDERS + 1
    assert statuses(desk) == ["paid"] * (ORDERS + 1)


async def test_a_lost_answer_is_settled_by_reading_each_by_its_id(desk: Desk, orders: list[Order]) -> None:
    desk.zoho.fault("commit_then_no_answer", method="POST", path="/invoices/status/sent")

    await at_once(desk, orders)
    first = await verdicts(desk, orders)
    await desk.pass_for_the_tables(60)
    await desk.settle()

    assert first == [("in_doubt", "answer_lost")] * ORDERS
    assert await verdicts(desk, orders) == [("posted", "")] * ORDERS
    assert marks(desk) == [ORDERS]
    assert statuses(desk) == ["paid"] * (ORDERS + 1)


async def test_what_never_arrived_is_sent_again_alone(desk: Desk, orders: list[Order]) -> None:
    desk.zoho.fault("500_before_commit", method="POST", path="/invoices/status/sent")

    await at_once(desk, orders)
    first = await verdicts(desk, orders)
    await desk.pass_for_the_tables(60)
    await desk.settle()

    assert first == [("in_doubt", "zoho_internal")] * ORDERS
    assert await verdicts(desk, orders) == [("posted", "")] * ORDERS
    assert marks(desk) == [ORDERS, *[1] * ORDERS]


async def test_a_refusal_for_volume_leaves_all_as_if_nothing_was_sent(desk: Desk, orders: list[Order]) -> None:
    desk.zoho.fault("429_minute", method="POST", path="/invoices/status/sent")

    await at_once(desk, orders)
    first = await verdicts(desk, orders)
    await desk.pass_for_the_tables(120)
    await desk.settle()

    assert first == [("waiting", "minute_limit")] * ORDERS
    assert await verdicts(desk, orders) == [("posted", "")] * ORDERS
    assert statuses(desk) == ["paid"] * (ORDERS + 1)


@pytest.mark.parametrize("bulk", ["partial", "all_or_nothing"])
async def test_one_that_a_person_voided_meanwhile_does_not_spoil_the_others(
    desk: Desk, orders: list[Order], monkeypatch: pytest.MonkeyPatch, bulk: str
) -> None:
    desk.organization.switches.set(bulk=bulk)
    person = desk.zoho.human(desk.organization)

    def void() -> None:
        person.void_invoice(next(one["invoice_id"] for one in desk.books.invoices() if one["status"] == "draft"))

    before(desk, monkeypatch, "/invoices/status/sent", void)

    await at_once(desk, orders)
    await desk.pass_for_the_tables(60)
    await desk.settle()

    assert sorted(await verdicts(desk, orders)) == [("held", "voided_in_zoho"), *[("posted", "")] * (ORDERS - 1)]
    assert statuses(desk) == [*["paid"] * ORDERS, "void"]


async def test_the_evidence_of_each_order_shows_the_call_for_all(desk: Desk, orders: list[Order]) -> None:
    await at_once(desk, orders)

    found = []
    for order in orders:
        async with desk.store.at_once() as tx:
            kept = await desk.store.exchanges.of_subject(tx, desk.subject(order))
        found += [(one.path, one.attempt, one.verdict) for one in kept if one.key.startswith("sent:")]
    assert found == [("/invoices/status/sent", 1, "done")] * ORDERS
