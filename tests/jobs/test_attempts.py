"""Every attempt is kept with its number, what was sent and what came back; neighbours wait for each other in peace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.jobs.desk import Desk, a_customer

from ml_connector.jobs.apply import NEIGHBOUR_S
from ml_connector.jobs.report.show import show
from ml_connector.sandbox.shopify.model import Order


async def attempts(desk: Desk, order: Order, kind: str) -> list[tuple[int, str]]:
    """Number and verdict of each attempt at the order's document of that kind."""
    return [(each["attempt"], each["verdict"]) for each in await told(desk, order) if each["key"].startswith(kind)]


async def told(desk: Desk, order: Order) -> list[dict[str, Any]]:
    row = await desk.outcome(order)
    assert row is not None
    found: list[dict[str, Any]] = (await show(desk.store, row, "acme"))["attempts"]
    return found


async def test_an_ordinary_order_is_written_in_one_attempt_each(desk: Desk) -> None:
    order = desk.order()

    await desk.post(order)

    assert await attempts(desk, order, "invoice:") == [(1, "done")]
    assert {each["attempt"] for each in await told(desk, order)} == {1}


async def test_a_refusal_for_volume_and_the_next_try_are_two_attempts(desk: Desk) -> None:
    desk.zoho.fault("429_minute", method="PUT", path="/invoices")
    order = desk.order()

    await desk.post(order)
    await desk.pass_for_the_tables(70)
    await desk.settle()

    assert await attempts(desk, order, "invoice:") == [(1, "minute_limit"), (2, "done")]


async def test_what_was_found_after_a_lost_answer_stands_beside_what_was_sent(desk: Desk) -> None:
    desk.zoho.fault("commit_then_no_answer", method="PUT", path="/invoices")
    order = desk.order()

    await desk.post(order)
    await desk.pass_for_the_tables(60)
    await desk.settle()

    lost, found = [each for each in await told(desk, order) if each["key"].startswith("invoice:")]
    assert await desk.verdict(order) == ("posted", "")
    assert (lost["attempt"], lost["verdict"], lost["status"], lost["answer"]) == (1, "answer_lost", None, {})
    assert (found["attempt"], found["verdict"]) == (1, "found")
    assert found["request"] == lost["request"]
    assert found["answer"]["invoice"]["invoice_number"]


async def test_who_waits_for_a_contact_in_doubt_waits_until_it_is_looked_up_again(desk: Desk) -> None:
    desk.organization.switches.set(list_lag_s=3_600.0)
    desk.zoho.fault("commit_then_no_answer", method="PUT", path="/contacts")
    first, second = (desk.order(customer=a_customer()) for _ in range(2))
    await desk.post(first)
    await desk.pass_for_the_tables(30)
    await desk.settle()
    await desk.post(second)

    waits, looks = await desk.outcome(second), await desk.outcome(first)

    assert waits is not None
    assert looks is not None
    assert (waits.reason.code if waits.reason else "") == "under_way_elsewhere"
    assert waits.until is not None
    assert looks.until is not None
    assert waits.until >= looks.until - timedelta(seconds=NEIGHBOUR_S)
