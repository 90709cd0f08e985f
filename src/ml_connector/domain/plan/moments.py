"""When an order becomes an invoice, by the policy `post_when`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.money import Side
from ml_connector.domain.outcome import Reason
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.history import invoice_key
from ml_connector.domain.plan.receipts import Movement
from ml_connector.domain.plan.standing import standing


@dataclass(frozen=True, slots=True)
class Moment:
    """When the invoice is due to be made, and which of Shopify's fields says so."""

    at: datetime
    source: str


def invoice_moment(case: Case, receipts: Sequence[Movement], refunds: Sequence[Movement]) -> Moment | None:
    """The moment of the invoice; None while it has not come. An invoice that exists has had its moment."""
    moment = _moment(case, receipts, refunds)
    if case.done(invoice_key(case)) is not None:
        return moment or Moment(case.order.processed_at, "processedAt")
    cancelled = case.order.cancelled_at
    return None if moment and cancelled and moment.at > cancelled else moment


def _moment(case: Case, receipts: Sequence[Movement], refunds: Sequence[Movement]) -> Moment | None:
    order = case.order
    if case.policy.post_when == "created":
        return Moment(order.processed_at, "processedAt")
    if case.policy.post_when == "fulfilled":
        return Moment(order.fulfilled_at, "fulfillments.createdAt") if order.fulfilled_at else None
    # in the currency that the buyer pays in: in the shop's, each amount is rounded for itself
    if order.totals.original_total_price.presentment.amount <= 0:
        return Moment(order.processed_at, "processedAt: nothing is owed")
    paid = standing(case, Side.PRESENTMENT, receipts, refunds).paid
    return None if paid is None else Moment(paid.at, paid.source)


def waiting(case: Case) -> Reason:
    """What a person reads while the moment has not come."""
    word = {"paid": "paid in full", "fulfilled": "fulfilled"}[case.policy.post_when]
    return Reason(
        f"waits_until_{case.policy.post_when}",
        f"The invoice is made when the order is {word}, as your policy says.",
    )
