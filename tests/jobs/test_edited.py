"""What a person wrote in Zoho is noticed before a correction, shown with our version, and never overwritten."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.jobs.desk import Desk

from ml_connector.jobs.preview import preview
from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import LineSpec
from ml_connector.sandbox.zoho.humans import Human


def person(desk: Desk) -> Human:
    return desk.zoho.human(desk.organization)


def invoice(desk: Desk) -> dict[str, Any]:
    (found,) = desk.books.invoices()
    return found


async def posted(desk: Desk, **changed: Any) -> Order:
    order = desk.order(**changed)
    await desk.post(order)
    assert await desk.verdict(order) == ("posted", "")
    desk.clock.forward(minutes=1)
    return order


async def reason(desk: Desk, order: Order) -> dict[str, str]:
    """What the hold shows, field by field."""
    row = await desk.outcome(order)
    assert row is not None
    assert row.reason is not None
    return dict(row.reason.details)


def more(title: str = "Cup") -> EditSpec:
    return EditSpec(add=(LineSpec(title=title, price=Decimal("5.00")),))


async def test_a_refund_of_an_invoice_that_nobody_touched_costs_one_look(desk: Desk) -> None:
    order = await posted(desk)
    desk.shop.refund(order, RefundSpec(everything=True))
    desk.doors.requests.clear()

    await desk.post(order)

    assert await desk.verdict(order) == ("posted", "")
    assert [one.method for one in desk.doors.to_zoho] == ["GET", "PUT", "POST"]


async def test_a_payment_that_comes_later_asks_nothing(desk: Desk) -> None:
    order = await posted(desk, payments=())
    desk.shop.pay(order)
    desk.doors.requests.clear()

    await desk.post(order)

    assert await desk.verdict(order) == ("posted", "")
    assert [one.method for one in desk.doors.to_zoho] == ["PUT"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"date": "2026-11-01"}, "Date"),
        ({"reference_number": "by hand"}, "Reference"),
        ({"notes": "Paid in the shop, says Cormac."}, "Notes"),
    ],
)
async def test_an_update_never_overwrites_what_a_person_wrote(desk: Desk, body: dict[str, Any], field: str) -> None:
    order = await posted(desk, payments=())
    person(desk).edit_invoice(invoice(desk)["invoice_id"], **body)
    desk.shop.edit(order, more())
    desk.doors.requests.clear()

    await desk.post(order)

    assert await desk.verdict(order) == ("held", "changed_in_zoho")
    assert list(await reason(desk, order)) == [field]
    assert desk.doors.writes == []
    assert all(invoice(desk)[name] == value for name, value in body.items())


async def test_a_refund_of_an_invoice_whose_price_a_person_changed_is_held_with_both_versions(desk: Desk) -> None:
    order = await posted(desk)
    line = invoice(desk)["line_items"][0]
    person(desk).edit_invoice(invoice(desk)["invoice_id"], line_items=[{**line, "rate": 9}])
    desk.shop.refund(order, RefundSpec(everything=True))

    await desk.post(order)

    assert await desk.verdict(order) == ("held", "changed_in_zoho")
    assert (await reason(desk, order))["Total"] == "EUR 23.80 → EUR 21.42"
    assert desk.books.creditnotes() == []


async def test_a_change_that_a_person_takes_back_lets_the_order_go_on(desk: Desk) -> None:
    order = await posted(desk)
    number, day = invoice(desk)["invoice_id"], invoice(desk)["date"]
    person(desk).edit_invoice(number, date="2026-11-01")
    desk.shop.refund(order, RefundSpec(everything=True))
    await desk.post(order)
    held = await desk.verdict(order)
    person(desk).edit_invoice(number, date=day)

    await desk.post(order)

    assert held == ("held", "changed_in_zoho")
    assert await desk.verdict(order) == ("posted", "")
    assert len(desk.books.creditnotes()) == 1


async def test_an_invoice_that_a_person_deleted_is_noticed_before_it_is_credited(desk: Desk) -> None:
    order = await posted(desk)
    person(desk).delete_invoice(invoice(desk)["invoice_id"])
    desk.shop.refund(order, RefundSpec(everything=True))

    await desk.post(order)

    assert await desk.verdict(order) == ("held", "deleted_in_zoho")
    assert desk.books.creditnotes() == []


@pytest.mark.parametrize(
    ("act", "verdict"),
    [
        (lambda who, number: who.delete_invoice(number), ("held", "deleted_in_zoho")),
        (lambda who, number: who.void_invoice(number), ("held", "voided_in_zoho")),
    ],
)
async def test_a_payment_for_an_invoice_that_is_gone_is_refused_and_told_as_what_it_is(
    desk: Desk, act: Any, verdict: tuple[str, str]
) -> None:
    order = await posted(desk, payments=())
    act(person(desk), invoice(desk)["invoice_id"])
    desk.shop.pay(order)

    await desk.post(order)

    assert await desk.verdict(order) == verdict
    assert desk.books.payments() == []


async def test_an_order_for_a_contact_that_was_just_deleted_makes_a_new_one(desk: Desk) -> None:
    first = await posted(desk)
    (contact,) = [one for one in desk.books.contacts() if one["contact_type"] == "customer"]
    person(desk).delete_contact(contact["contact_id"])
    second = desk.order()

    await desk.post(second)

    assert await desk.verdict(second) == ("posted", "")
    assert first.id != second.id


async def test_a_preview_says_so_and_keeps_nothing(desk: Desk) -> None:
    order = await posted(desk)
    person(desk).edit_invoice(invoice(desk)["invoice_id"], date="2026-11-01")
    desk.shop.refund(order, RefundSpec(everything=True))
    desk.doors.requests.clear()

    told = await preview(gid("Order", order.id), await desk.run())

    assert told["operations"] == []
    assert told["hold"]["code"] == "changed_in_zoho"
    assert desk.doors.writes == []
    assert await desk.verdict(order) == ("posted", "")
