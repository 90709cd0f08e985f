"""The books checked against the orders: what an accountant would lay side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho.readmodel import Books

MARK = "cf_shopify_id"
Detail = Mapping[str, Any]


def violations(orders: Iterable[Order], books: Books) -> Iterator[str]:
    """Everything that is double, missing or wrong, as sentences; nothing when the books are right."""
    invoices, payments, notes = books.invoices(), books.payments(), books.creditnotes()
    for name, found in (
        ("invoice", invoices),
        ("payment", payments),
        ("credit note", notes),
        ("contact", books.contacts()),
    ):
        yield from _doubles(name, found)
    marks = {_mark(each) for each in (*invoices, *payments, *notes)}
    wanted: set[str] = set()
    for order in orders:
        wanted |= _marks_of(order)
        yield from _order(order, invoices, payments, notes)
    for mark in sorted(marks - wanted):
        yield f"extra: {mark or 'a document without our mark'}"
    if books.trial_balance():
        yield "wrong: the ledger does not balance"


def _mark(record: Detail) -> str:
    return str(record["custom_field_hash"].get(MARK, ""))


def _doubles(name: str, found: Iterable[Detail]) -> Iterator[str]:
    for mark, number in sorted(Counter(_mark(each) for each in found).items()):
        if number > 1:
            yield f"duplicate: {number} {name}s for {mark or 'no mark at all'}"


def _gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def _invoice_mark(order: Order) -> str:
    return f"invoice:{_gid('Order', order.id)}"


def _money_in(order: Order) -> Iterator[tuple[str, Decimal]]:
    for each in order.transactions:
        if each.succeeded and each.kind in ("SALE", "CAPTURE"):
            yield f"payment:{_gid('OrderTransaction', each.id)}", each.amount.shop


def _marks_of(order: Order) -> set[str]:
    refunds = {f"credit-note:{_gid('Refund', each.id)}" for each in order.refunds}
    return {_invoice_mark(order), *(mark for mark, _ in _money_in(order)), *refunds}


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((Decimal(str(each)) for each in values), Decimal(0))


def _order(order: Order, invoices: list[Any], payments: list[Any], notes: list[Any]) -> Iterator[str]:
    ours = [each for each in invoices if _mark(each) == _invoice_mark(order)]
    if not ours:
        yield f"missing: the invoice of {order.name}"
        return
    credit = [each for each in notes if _mark(each) in _marks_of(order)]
    net = _sum(each["total"] for each in ours[:1]) - _sum(each["total"] for each in credit)
    expected = totals.current(order).price.shop
    if net != expected:
        yield f"wrong: {order.name} is {expected} in Shopify and {net} in Zoho"
    yield from _payments(order, payments)
    yield from _refunds(order, payments, credit)
    owed = _sum(each["balance"] for each in ours[:1])
    if owed != max(totals.outstanding(order).shop, Decimal(0)):
        yield f"wrong: {order.name} owes {totals.outstanding(order).shop} in Shopify and {owed} in Zoho"


def _payments(order: Order, payments: list[Any]) -> Iterator[str]:
    for mark, amount in _money_in(order):
        found = [each for each in payments if _mark(each) == mark]
        if not found:
            yield f"missing: {mark} of {order.name}"
        elif Decimal(str(found[0]["amount"])) != amount:
            yield f"wrong: {mark} is {amount} in Shopify and {found[0]['amount']} in Zoho"


def _refunds(order: Order, payments: list[Any], credit: list[Any]) -> Iterator[str]:
    marks = {mark for mark, _ in _money_in(order)}
    back = [one for each in credit for one in each.get("creditnote_refunds", ())]
    back += [one for each in payments if _mark(each) in marks for one in each.get("payment_refunds", ())]
    for reference, number in Counter(str(each["reference_number"]) for each in back).items():
        if number > 1:
            yield f"duplicate: {number} refunds for {reference} of {order.name}"
    paid_back = _sum(each["amount"] for each in back)
    if paid_back != totals.refunded(order).shop:
        yield f"wrong: {order.name} paid {totals.refunded(order).shop} back in Shopify and {paid_back} in Zoho"
