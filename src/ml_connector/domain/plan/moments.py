"""When an order becomes an invoice, by the policy `post_when`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.outcome import Reason
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.history import invoice_key
from ml_connector.domain.plan.receipts import Movement


@dataclass(frozen=True, slots=True)
class Moment:
    """When the invoice is due to be made, and which of Shopify's fields says so."""

    at: datetime
    source: str


def invoice_moment(case: Case, receipts: tuple[Movement, ...]) -> Moment | None:
    """The moment of the invoice; None while it has not come. An invoice that exists has had its moment."""
    moment = _moment(case, receipts)
    if case.done(invoice_key(case)) is not None:
        return moment or Moment(case.order.processed_at, "processedAt")
    cancelled = case.order.cancelled_at
    return None if moment and cancelled and moment.at > cancelled else moment


def _moment(case: Case, receipts: tuple[Movement, ...]) -> Moment | None:
    order = case.order
    if case.policy.post_when == "created":
        return Moment(order.processed_at, "processedAt")
    if case.policy.post_when == "fulfilled":
        return Moment(order.fulfilled_at, "fulfillments.createdAt") if order.fulfilled_at else None
    return _paid_at(case, receipts)


def _paid_at(case: Case, receipts: tuple[Movement, ...]) -> Moment | None:
    """When the last unit of what is owed had come in: the order's total, or what edits and refunds left of it."""
    totals = case.order.totals
    rounding = case.money(totals.cash_rounding_payment)
    owed = min(case.money(totals.original_total_price), case.money(totals.current_total_price)) + rounding
    if case.order.refunds:
        owed = case.money(totals.original_total_price) + rounding
    if owed <= case.zero:
        return Moment(case.order.processed_at, "processedAt: nothing is owed")
    so_far = case.zero
    for one in receipts:
        so_far = so_far + one.amount
        if so_far >= owed:
            return Moment(one.transaction.processed_at, f"transaction {one.id}, processedAt")
    return None


def waiting(case: Case) -> Reason:
    """What a person reads while the moment has not come."""
    word = {"paid": "paid in full", "fulfilled": "fulfilled"}[case.policy.post_when]
    return Reason(
        f"waits_until_{case.policy.post_when}",
        f"The invoice is made when the order is {word}, as your policy says.",
    )
