"""A person keeps what somebody changed in Zoho: it is right from then on, and nothing is written over it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.jobs.desk import Desk
from tests.jobs.test_edited import invoice, more, person, posted

from ml_connector.jobs.kept_versions import keep_zohos
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.subjects import Subject


async def kept(desk: Desk, order: Order, note: str = "") -> None:
    """Maeve keeps Zoho's version, and the order is looked at."""
    run = await desk.run()
    await keep_zohos(run.store, Subject(run.connection_id, "order", gid("Order", order.id)), "maeve", note)
    await desk.post(order)


async def cheaper(desk: Desk, **changed: Any) -> Order:
    """An order whose price somebody changed in Zoho, noticed with its refund."""
    order = await posted(desk, **changed)
    line = invoice(desk)["line_items"][0]
    person(desk).edit_invoice(invoice(desk)["invoice_id"], line_items=[{**line, "rate": 9}])
    desk.shop.refund(order, RefundSpec(everything=True))
    await desk.post(order)
    assert await desk.verdict(order) == ("held", "changed_in_zoho")
    return order


async def test_a_price_that_is_kept_puts_the_order_at_rest_and_says_who(desk: Desk) -> None:
    order = await cheaper(desk)
    desk.doors.requests.clear()

    await kept(desk, order, "agreed by phone")

    row = await desk.outcome(order)
    assert row is not None
    assert row.reason is not None
    assert (row.verdict.value, row.reason.code) == ("posted", "zoho_version_kept")
    assert row.reason.text == "maeve kept Zoho's version, which differs from Shopify's figures. “agreed by phone”."
    assert desk.doors.writes == []
    assert invoice(desk)["total"] == Decimal("21.42")


async def test_the_same_order_looked_at_again_stays_at_rest(desk: Desk) -> None:
    order = await cheaper(desk)
    await kept(desk, order)
    desk.doors.requests.clear()

    await desk.post(order)

    assert await desk.verdict(order) == ("posted", "zoho_version_kept")
    assert desk.doors.writes == []


async def test_a_later_change_in_shopify_asks_again_because_nobody_said_what_comes_of_it(desk: Desk) -> None:
    order = await posted(desk, payments=())
    line = invoice(desk)["line_items"][0]
    person(desk).edit_invoice(invoice(desk)["invoice_id"], line_items=[{**line, "rate": 9}])
    desk.shop.edit(order, more())
    await desk.post(order)
    await kept(desk, order)
    desk.shop.edit(order, more("Saucer"))
    desk.doors.requests.clear()

    await desk.post(order)

    assert await desk.verdict(order) == ("held", "changed_in_zoho")
    assert desk.doors.writes == []


async def test_a_date_that_is_kept_lets_the_order_go_on_and_is_never_overwritten(desk: Desk) -> None:
    order = await posted(desk, payments=())
    person(desk).edit_invoice(invoice(desk)["invoice_id"], date="2026-11-01")
    desk.shop.edit(order, more())
    await desk.post(order)
    assert await desk.verdict(order) == ("held", "changed_in_zoho")

    await kept(desk, order)

    assert await desk.verdict(order) == ("posted", "")
    first, added = sorted(desk.books.invoices(), key=lambda one: str(one["date"]))
    assert (first["date"], first["total"]) == ("2026-11-01", Decimal("23.80"))  # as the person wrote it
    assert added["total"] == Decimal("5.95")
    desk.shop.pay(order)
    await desk.post(order)
    assert await desk.verdict(order) == ("posted", "")


async def test_an_invoice_that_somebody_deleted_may_stay_deleted(desk: Desk) -> None:
    order = await posted(desk)
    person(desk).delete_invoice(invoice(desk)["invoice_id"])
    desk.shop.refund(order, RefundSpec(everything=True))
    await desk.post(order)
    assert await desk.verdict(order) == ("held", "deleted_in_zoho")

    await kept(desk, order)

    assert await desk.verdict(order) == ("excluded", "left_out_in_zoho")
    assert desk.books.invoices() == []


async def test_only_an_order_that_waits_for_this_choice_takes_the_word(desk: Desk) -> None:
    order = await posted(desk)

    with pytest.raises(WrongUse, match="does not wait for a choice"):
        await kept(desk, order)
