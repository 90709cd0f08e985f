"""Reconcile reads both systems as they are now and puts every order into exactly one class."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.jobs.desk import Desk, a_customer
from tests.store.builders import do

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money, Side
from ml_connector.jobs.reconcile import Class, Entry, Reconciled, reconcile
from ml_connector.jobs.reconcile.comparing import Held, at_a_glance, unlike
from ml_connector.jobs.reconcile.gathering import assign
from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import LineSpec, PaymentSpec
from ml_connector.zoho.values import ZohoRequest, body_of


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


async def today(desk: Desk, days: int = 0) -> Reconciled:
    day = (desk.clock.now() + timedelta(hours=1)).date()
    return await reconcile(await desk.run(), day - timedelta(days=2 + days), day)


async def entry(desk: Desk, order: Order) -> Entry:
    found = await today(desk)
    (only,) = [each for each in found.entries if each.id == gid("Order", order.id)]
    return only


def invoice_of(desk: Desk, order: Order) -> dict[str, Any]:
    return desk.books.find("invoices", f"invoice:{gid('Order', order.id)}")[0]


async def test_an_order_that_is_in_the_books_is_equal(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)

    found = await today(desk)

    assert found.counts == {"equal": 1, "different": 0, "missing": 0, "extra": 0, "excluded": 0, "open": 0}
    assert found.good
    (only,) = found.entries
    assert (only.id, only.name, only.shopify, only.zoho) == (
        gid("Order", order.id),
        order.name,
        euros("23.80"),
        euros("23.80"),
    )


async def test_every_kind_of_settled_order_is_equal(desk: Desk) -> None:
    unpaid, refunded, edited, discounted = desk.order(payments=()), desk.order(), desk.order(payments=()), desk.order()
    await desk.post(unpaid, refunded, edited, discounted)
    desk.clock.forward(minutes=5)
    desk.shop.refund(refunded, RefundSpec(everything=True))
    desk.shop.refund(discounted, RefundSpec(amount=Decimal("3.00")))
    desk.shop.edit(edited, EditSpec(add=(LineSpec(title="Mug", price=Decimal("7.00")),)))
    await desk.post(refunded, edited, discounted)

    found = await today(desk)

    assert [(each.name, each.fits.value, each.text) for each in found.entries if each.fits is not Class.EQUAL] == []


async def test_money_given_without_goods_is_equal_though_shopify_lists_no_adjustment_for_it(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    desk.clock.forward(minutes=5)
    desk.shop.refund(order, RefundSpec(amount=Decimal("3.00")))
    for refund in order.refunds:
        refund.adjustments.clear()
    await desk.post(order)

    found = await entry(desk, order)

    assert (found.fits, found.text) == (Class.EQUAL, "")


async def test_an_invoice_that_somebody_changed_is_different_by_how_much(desk: Desk) -> None:
    order = desk.order(payments=())
    await desk.post(order)
    invoice = invoice_of(desk, order)
    line = invoice["line_items"][0]
    desk.zoho.human(desk.organization).edit_invoice(
        invoice["invoice_id"], line_items=[{**line, "rate": Decimal("9.00")}]
    )

    found = await entry(desk, order)

    assert found.fits is Class.DIFFERENT
    assert (found.shopify, found.zoho) == (euros("23.80"), euros("21.42"))
    assert "2.38 less in Zoho" in found.text


async def test_a_payment_that_was_deleted_is_different(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    desk.zoho.human(desk.organization).delete_payment(desk.books.payments()[0]["payment_id"])

    found = await entry(desk, order)

    assert found.fits is Class.DIFFERENT
    assert (found.shopify, found.zoho) == (euros("23.80"), euros("0.00"))
    assert found.text.startswith("Payments come to 0.00 in Zoho")


async def test_an_invoice_posted_twice_is_different(desk: Desk) -> None:
    order = desk.order(payments=())
    await desk.post(order)
    invoice = invoice_of(desk, order)
    run = await desk.run()
    again = {
        "customer_id": invoice["customer_id"],
        "reference_number": order.name,
        "date": invoice["date"],
        "line_items": [{"name": "Tea", "rate": 5, "quantity": 1, "tax_id": invoice["line_items"][0]["tax_id"]}],
    }
    await run.zoho.call(_post("/invoices", again))

    found = await entry(desk, order)

    assert found.fits is Class.DIFFERENT
    assert found.zoho == euros("29.75")


async def test_an_invoice_that_was_deleted_in_zoho_is_missing(desk: Desk) -> None:
    order = desk.order(payments=())
    await desk.post(order)
    desk.zoho.human(desk.organization).delete_invoice(invoice_of(desk, order)["invoice_id"])

    found = await entry(desk, order)

    assert (found.fits, found.zoho) == (Class.MISSING, None)
    assert found.text


async def test_an_order_that_nobody_has_looked_at_is_missing_and_says_so(desk: Desk) -> None:
    order = desk.order()

    found = await entry(desk, order)

    assert found.fits is Class.MISSING
    assert "sweep" in found.text


async def test_an_order_kept_out_by_a_rule_is_excluded_and_names_it(desk: Desk) -> None:
    order = desk.order(test=True)
    await desk.post(order)

    found = await entry(desk, order)

    assert (found.fits, found.rule) == (Class.EXCLUDED, "test_order")


async def test_what_waits_or_is_held_is_open_and_says_why(desk: Desk) -> None:
    held, waits = desk.order(tip=Decimal("2.00")), desk.order()
    await desk.post(held)
    await desk.knock(desk.subject(waits))

    found = await today(desk)

    assert {each.fits for each in found.entries} == {Class.OPEN}
    assert all(each.text for each in found.entries)
    assert found.good


async def test_a_document_whose_order_was_deleted_is_extra(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    number = invoice_of(desk, order)["invoice_number"]
    desk.shop.delete(order)

    found = await today(desk)

    assert found.counts["extra"] == 2
    assert {each.kind for each in found.entries} == {"invoice", "payment"}
    assert number in {each.name for each in found.entries}
    assert not found.good


async def test_a_document_of_an_order_of_another_period_is_not_extra(desk: Desk) -> None:
    order = desk.order(created_at=desk.clock.now() - timedelta(days=20))
    await desk.post(order)
    desk.clock.forward(minutes=5)
    desk.shop.refund(order, RefundSpec(everything=True))
    await desk.post(order)

    found = await today(desk)

    assert desk.books.creditnotes()
    assert found.entries == ()


async def test_a_refund_of_a_later_day_counts_for_the_order_s_own_period(desk: Desk) -> None:
    order = desk.order(created_at=desk.clock.now() - timedelta(days=20))
    await desk.post(order)
    desk.clock.forward(minutes=5)
    desk.shop.refund(order, RefundSpec(everything=True))
    await desk.post(order)
    day = (desk.clock.now() - timedelta(days=20)).date()

    found = await reconcile(await desk.run(), day - timedelta(days=1), day + timedelta(days=1))

    assert [each.fits for each in found.entries] == [Class.EQUAL]


async def test_documents_that_we_have_forgotten_are_found_by_their_mark(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    await do(desk.store, "DELETE FROM documents")

    found = await entry(desk, order)

    assert found.fits is Class.EQUAL


async def test_somebody_s_own_invoices_are_nobody_s_business(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(order)
    run = await desk.run()
    contact = desk.books.contacts()[0]["contact_id"]
    day = desk.clock.now().date().isoformat()
    own = {"customer_id": contact, "date": day, "line_items": [{"name": "Advice", "rate": 5, "quantity": 1}]}
    await run.zoho.call(_post("/invoices", own))

    found = await today(desk)

    assert len(desk.books.invoices()) == 2
    assert [each.fits for each in found.entries] == [Class.EQUAL]


async def test_nothing_is_written_and_the_questions_are_few(desk: Desk) -> None:
    await desk.post(*(desk.order() for _ in range(5)))
    desk.doors.requests.clear()

    await today(desk)

    assert desk.doors.writes == []
    assert len(desk.doors.to_zoho) == 3
    assert len(desk.doors.to_shopify) == 1


async def test_the_document_has_the_promised_shape(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)

    found = (await today(desk)).as_json()

    assert list(found) == ["connection", "from", "to", "counts", "entries"]
    (only,) = found["entries"]
    assert only == {
        "class": "equal",
        "kind": "order",
        "id": gid("Order", order.id),
        "name": order.name,
        "shopify": {"amount": "23.80", "currency": "EUR"},
        "zoho": {"amount": "23.80", "currency": "EUR"},
        "text": "",
        "rule": None,
    }


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x"])
def test_a_spreadsheet_takes_no_text_for_a_formula(name: str) -> None:
    found = Reconciled("acme", date(2026, 11, 1), date(2026, 11, 30), (Entry(Class.MISSING, "order", "g", name),))

    rows = list(csv.reader(io.StringIO(found.as_csv())))

    assert rows[0][0] == "class"
    assert rows[1][3] == f"'{name}"


def test_amounts_have_columns_of_their_own() -> None:
    one = Entry(Class.DIFFERENT, "order", "g", "#1", euros("40.00"), euros("36.00"), "Two lines,\nand a comma")
    found = Reconciled("acme", date(2026, 11, 1), date(2026, 11, 30), (one,))

    rows = list(csv.reader(io.StringIO(found.as_csv())))

    assert rows[1] == ["different", "order", "g", "#1", "40.00", "EUR", "36.00", "EUR", "Two lines,\nand a comma", ""]


async def test_an_invoice_in_another_currency_than_the_order_s_is_different(desk: Desk) -> None:
    order = desk.order(payments=())
    await desk.post(order)
    held = Held((_a_document("i-1", "USD"),))
    listed = (await (await desk.run()).shopify.find_orders(order.name))[0]

    apart = unlike(at_a_glance(listed, Side.PRESENTMENT), held)

    assert apart is not None
    assert "Zoho holds USD 5.00 for an order in EUR" in apart.text


async def test_cash_that_was_rounded_is_no_difference(desk: Desk) -> None:
    paid = PaymentSpec("cash", amount=Decimal("23.80"), rounding=Decimal("0.02"))
    order = desk.order(payments=(paid,))
    await desk.post(order)

    found = await entry(desk, order)

    assert found.fits in (Class.EQUAL, Class.OPEN)


def test_what_is_ours_and_belongs_to_no_order_we_know_is_kept_apart() -> None:
    ours, foreign = _a_document("i-1", key="credit-note:gid://shopify/Refund/9"), _a_document("i-2")

    found = assign([ours, foreign], [], {})

    assert found.stray == (ours,)
    assert dict(found.by_order) == {}


def test_a_payment_without_a_mark_follows_the_invoice_it_is_applied_to() -> None:
    invoice = _a_document("i-1", key="invoice:gid://shopify/Order/1")
    payment = replace(_a_document("p-1"), kind=Kind.PAYMENT, details={"applied:i-1": "5.00"})

    found = assign([payment, invoice], [], {})

    assert found.held("gid://shopify/Order/1").documents == (invoice, payment)


def test_a_name_that_two_orders_have_says_nothing() -> None:
    document = replace(_a_document("i-1"), details={"reference_number": "#1001"})

    found = assign([document], [], {"gid://shopify/Order/1": "#1001", "gid://shopify/Order/2": "#1001"})

    assert dict(found.by_order) == {}


def _a_document(zoho_id: str, currency: str = "EUR", *, key: str = "") -> KnownDocument:
    total = Money.of("5.00", currency)
    return KnownDocument(key, Kind.INVOICE, "done", zoho_id, total=total, balance=total)


def _post(path: str, body: dict[str, Any]) -> ZohoRequest:
    return ZohoRequest("POST", path, {}, body=body_of(body), headers={"content-type": "application/json"})
