"""Whether both systems say the same of each order: read from the companies' own books, past our tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ml_connector.cli.companies import Companies
from ml_connector.cli.demo.morning import Told
from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.outcomes import OutcomeRow

Detail = Mapping[str, Any]

POSTED = frozenset({"posted"})
HELD = frozenset({"held"})
EXPECTED: Mapping[str, frozenset[str]] = {
    # posted and taken back, or never posted, as quickly as the cancellation comes
    "cancelled unpaid": frozenset({"posted", "excluded"}),
    "cancelled while authorised": frozenset({"posted", "excluded"}),
    # these books have neither kronor nor francs
    "POS with rounding of cash": HELD,
    "base differs from both": HELD,
    # taxable goods without tax, and nobody says why
    "tax on shipping only": HELD,
    # the buyer is somebody else's customer
    "other merchant of record": HELD,
}
"""Kinds that a person must decide about or that do not belong in these books, and how they may end; all others are
posted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one order comes to on one side, in the customer's currency."""

    billed: Decimal
    """Invoices less credit notes; at the shop: what was paid, less what went back, plus what is still owed."""
    received: Decimal
    refunded: Decimal


@dataclass(frozen=True, slots=True)
class Checked:
    """One order as both sides have it."""

    told: Told
    name: str
    currency: str
    outcome: str
    reason: str
    shopify: Figures
    zoho: Figures | None
    """None: Zoho holds nothing of it."""

    @property
    def expected(self) -> frozenset[str]:
        return EXPECTED.get(self.told.kind, POSTED)

    @property
    def ok(self) -> bool:
        """Whether it reached its expected end: posted and equal in both systems, or kept out with nothing in Zoho."""
        if self.outcome not in self.expected:
            return False
        return self.zoho == self.shopify if self.outcome == "posted" else self.zoho is None


@dataclass(slots=True)
class _Found:
    invoices: list[Detail] = field(default_factory=list)
    credits: list[Detail] = field(default_factory=list)
    payments: list[Detail] = field(default_factory=list)


def checked(companies: Companies, told: Iterable[Told], outcomes: Mapping[str, OutcomeRow]) -> list[Checked]:
    """Every order in *told*; *outcomes* are ours, by global id."""
    shop = companies.shopify.shop(companies.credentials.shop)
    books = _books(companies, shop.orders.values())
    return [
        _checked(each, shop.orders[each.order_id], books, outcomes) for each in told if each.order_id in shop.orders
    ]


def _checked(told: Told, order: Order, books: Mapping[str, _Found], outcomes: Mapping[str, OutcomeRow]) -> Checked:
    row = outcomes.get(f"gid://shopify/Order/{order.id}")
    found = books.get(order.name)
    return Checked(
        told=told,
        name=order.name,
        currency=order.currencies.presentment,
        outcome=row.verdict.value if row else "unknown",
        reason=row.reason.text if row and row.reason else "",
        shopify=at_the_shop(order),
        zoho=None if found is None else in_the_books(found),
    )


def at_the_shop(order: Order) -> Figures:
    received, refunded = totals.received(order).presentment, totals.refunded(order).presentment
    return Figures(received - refunded + totals.outstanding(order).presentment, received, refunded)


def in_the_books(found: _Found) -> Figures:
    invoices = [each for each in found.invoices if each["status"] != "void"]
    billed = _sum(invoices, "total") - _sum(found.credits, "total")
    return Figures(billed, _sum(found.payments, "amount"), _cash_out(found))


def _cash_out(found: _Found) -> Decimal:
    refunds = [refund for each in found.credits for refund in each.get("creditnote_refunds", ())]
    back = [refund for each in found.payments for refund in each.get("payment_refunds", ())]
    return _sum(refunds, "amount") + _sum(back, "amount")


def _books(companies: Companies, orders: Iterable[Order]) -> Mapping[str, _Found]:
    """Zoho's documents by the name of the order they are about; a payment is known by its transaction."""
    names = {str(entry.id): order.name for order in orders for entry in order.transactions}
    view = companies.zoho.books(companies.organization)
    found: defaultdict[str, _Found] = defaultdict(_Found)
    for invoice in view.invoices():
        found[invoice["reference_number"]].invoices.append(invoice)
    for credit in view.creditnotes():
        found[credit["reference_number"]].credits.append(credit)
    for payment in view.payments():
        found[names.get(_transaction_of(payment), "")].payments.append(payment)
    return found


def _transaction_of(payment: Detail) -> str:
    """The number at the end of our key, which the payment carries in its unique field."""
    return str(payment["custom_field_hash"].get("cf_shopify_id", "")).rsplit("/", 1)[-1]


def _sum(details: Iterable[Detail], name: str) -> Decimal:
    return sum((Decimal(str(each[name])) for each in details), Decimal(0))
