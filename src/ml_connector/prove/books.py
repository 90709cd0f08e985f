"""The books checked against the orders: what an accountant would lay side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho.readmodel import Books

MARK = "cf_shopify_id"
Detail = Mapping[str, Any]
Marked = tuple[str, Detail]


def violations(orders: Sequence[Order], books: Books, *, marked: bool) -> Iterator[str]:
    """Everything that is double, missing or wrong, as sentences; nothing when the books are right.

    Args:
        marked: Whether the organisation has the custom field for our key. Where it has not, a document is known by its
            reference, and the credit notes of an order are only counted.
    """
    invoices = _by_mark(books.invoices(), orders, "invoice", marked)
    payments = _by_mark(books.payments(), orders, "payment", marked)
    notes = _by_mark(books.creditnotes(), orders, "credit-note", marked)
    contacts = _by_mark(books.contacts(), orders, "contact", True) if marked else []
    for name, found in (("invoice", invoices), ("payment", payments), ("credit note", notes), ("contact", contacts)):
        yield from _doubles(name, found)
    wanted: set[str] = set()
    for order in orders:
        wanted |= _marks_of(order)
        yield from _order(order, invoices, payments, notes)
    for mark in sorted({mark for mark, _ in (*invoices, *payments, *notes)} - wanted):
        yield f"extra: {mark or 'a document without our mark'}"
    if books.trial_balance():
        yield "wrong: the ledger does not balance"


def _by_mark(records: Iterable[Detail], orders: Sequence[Order], kind: str, marked: bool) -> list[Marked]:
    if marked:
        return [(str(each["custom_field_hash"].get(MARK, "")), each) for each in records]
    named = {order.name: order for order in orders}
    refunds = {order.name: [each.id for each in order.refunds] for order in orders}
    found: list[Marked] = []
    for each in records:
        reference = str(each["reference_number"])
        if kind == "invoice":
            mark = _invoice_mark(named[reference]) if reference in named else ""
        elif kind == "payment":
            mark = f"payment:{reference}"
        else:
            left = refunds.get(reference)
            mark = f"credit-note:{_gid('Refund', left.pop(0))}" if left else f"credit-note: one too many of {reference}"
        found.append((mark, each))
    return found


def _doubles(name: str, found: Iterable[Marked]) -> Iterator[str]:
    for mark, number in sorted(Counter(mark for mark, _ in found).items()):
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
    given_up = {f"void:{_gid('Order', order.id)}"} if order.cancelled_at is not None else set()
    return {_invoice_mark(order), *(mark for mark, _ in _money_in(order)), *refunds, *given_up}


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((Decimal(str(each)) for each in values), Decimal(0))


def may_be_left_out(order: Order) -> bool:
    """Given up before anything was paid: seen only then, it leaves nothing in the books."""
    return order.cancelled_at is not None and not totals.current(order).price.shop and not list(_money_in(order))


def verdicts(orders: Iterable[Order], rows: Iterable[Any]) -> Iterator[str]:
    """Every order has its verdict: posted, or left out where that is allowed."""
    said = {row.order_id: row for row in rows}
    for order in orders:
        row = said.get(_gid("Order", order.id))
        if row is None:
            yield f"unanswered: {order.name}"
        elif row.verdict != "posted" and not (row.verdict == "excluded" and may_be_left_out(order)):
            yield f"not posted: {order.name} is {row.verdict}: {row.reason_code}: {row.reason_text}"


def _order(order: Order, invoices: list[Marked], payments: list[Marked], notes: list[Marked]) -> Iterator[str]:
    kept = [each for mark, each in invoices if mark == _invoice_mark(order)]
    if not kept:
        if not may_be_left_out(order):
            yield f"missing: the invoice of {order.name}"
        return
    ours = [each for each in kept if each["status"] != "void"]
    credit = [each for mark, each in notes if mark in _marks_of(order)]
    net = _sum(each["total"] for each in ours[:1]) - _sum(each["total"] for each in credit)
    expected = totals.current(order).price.shop
    if net != expected:
        yield f"wrong: {order.name} is {expected} in Shopify and {net} in Zoho"
    yield from _payments(order, payments)
    yield from _refunds(order, payments, credit)
    owed = _sum(each["balance"] for each in ours[:1])
    if owed != max(totals.outstanding(order).shop, Decimal(0)):
        yield f"wrong: {order.name} owes {totals.outstanding(order).shop} in Shopify and {owed} in Zoho"


def _payments(order: Order, payments: list[Marked]) -> Iterator[str]:
    for wanted, amount in _money_in(order):
        found = [each for mark, each in payments if mark == wanted]
        if not found:
            yield f"missing: {wanted} of {order.name}"
        elif Decimal(str(found[0]["amount"])) != amount:
            yield f"wrong: {wanted} is {amount} in Shopify and {found[0]['amount']} in Zoho"


def _refunds(order: Order, payments: list[Marked], credit: list[Detail]) -> Iterator[str]:
    marks = {mark for mark, _ in _money_in(order)}
    back = [one for each in credit for one in each.get("creditnote_refunds", ())]
    back += [one for mark, each in payments if mark in marks for one in each.get("payment_refunds", ())]
    for reference, number in Counter(str(each["reference_number"]) for each in back).items():
        if number > 1:
            yield f"duplicate: {number} refunds for {reference} of {order.name}"
    paid_back = _sum(each["amount"] for each in back)
    if paid_back != totals.refunded(order).shop:
        yield f"wrong: {order.name} paid {totals.refunded(order).shop} back in Shopify and {paid_back} in Zoho"
