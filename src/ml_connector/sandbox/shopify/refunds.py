"""Refunds: goods, delivery and money given back by one act, and what explains their difference.

Source: Shopify Admin API, Refund and OrderAdjustment; money as recorded on version 2026-04.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.changes import House, RefundSpec
from ml_connector.sandbox.shopify.ledger import Bookkeeper
from ml_connector.sandbox.shopify.model import (
    Adjustment,
    Agreement,
    Order,
    Refund,
    Sale,
    Transaction,
)
from ml_connector.sandbox.shopify.money import NOTHING, Bag, total
from ml_connector.sandbox.shopify.orders import Desk
from ml_connector.sandbox.shopify.taking_back import check, new_refund, taken_extras, taken_lines, taken_shipping


def refund(order: Order, spec: RefundSpec, desk: Desk, house: House) -> Refund:
    """Give goods, delivery and money back, and record it as one refund."""
    check(order, spec)
    books = Bookkeeper(order, desk.numbers)
    record = new_refund(spec, desk)
    sales = taken_lines(order, spec, record, books, desk, house)
    sales += taken_shipping(order, spec, record, books, desk)
    sales += taken_extras(order, spec, record, books)
    agreement = Agreement(desk.numbers.next(), "REFUND", desk.now, tuple(sales), ("Refund", record.id))
    order.agreements.append(agreement)
    record.suggested = suggested(order, sales, spec.amount)
    pay_back(order, spec, record, desk)
    _explain(order, spec, record, desk)
    order.refunds.append(record)
    return record


def suggested(order: Order, sales: Sequence[Sale], wanted: Decimal | None) -> Bag:
    """What is rightly paid back: the goods' value, as far as money came in for it.

    More is right only where the merchant owed it already, after an edit for example.
    """
    value = -total([sale.amount for sale in sales])
    over = -totals.outstanding(order)
    if over.presentment <= 0:
        return NOTHING
    if over.presentment < value.presentment:
        return over
    if wanted is not None and wanted > value.presentment:
        return over if wanted >= over.presentment else order.currencies.paid(wanted)
    return value


def pay_back(order: Order, spec: RefundSpec, record: Refund, desk: Desk) -> None:
    """Return money the way it came, or by the gateway that *spec* names."""
    amount = _money_out(order, spec, record)
    for parent, part in _parents(order, amount):
        entry = Transaction(
            id=desk.numbers.next(),
            kind="REFUND",
            status="PENDING" if spec.pending else "SUCCESS",
            gateway=spec.gateway or parent.gateway,
            amount=part,
            created_at=desk.now,
            processed_at=desk.now,
            parent=parent.id,
            test=order.test,
            manual=parent.manual and spec.gateway is None,
            rounding=None if spec.rounding is None else order.currencies.paid(spec.rounding),
        )
        order.transactions.append(entry)
        record.transaction_ids.append(entry.id)
        if entry.gateway not in order.gateways:
            order.gateways.append(entry.gateway)


def _money_out(order: Order, spec: RefundSpec, record: Refund) -> Bag:
    if spec.amount is None:
        return record.suggested
    if spec.amount == record.suggested.presentment and spec.rate is None:
        return record.suggested
    return order.currencies.paid(spec.amount, spec.rate)


def _parents(order: Order, amount: Bag) -> list[tuple[Transaction, Bag]]:
    """The payments that *amount* is returned from, oldest first, each as far as it reaches."""
    parts: list[tuple[Transaction, Bag]] = []
    left = amount
    payments = [entry for entry in order.transactions if entry.kind in ("SALE", "CAPTURE") and entry.succeeded]
    for payment in payments:
        room = _refundable(order, payment)
        if left.presentment <= 0 or room.presentment <= 0:
            continue
        last = payment is payments[-1] or room.presentment >= left.presentment
        part = left if last else room
        parts.append((payment, part))
        left = left - part
    return parts


def _refundable(order: Order, payment: Transaction) -> Bag:
    back = [
        entry.amount
        for entry in order.transactions
        if entry.parent == payment.id and entry.kind in ("REFUND", "CHANGE") and entry.status in ("SUCCESS", "PENDING")
    ]
    return payment.amount - total(back)


def _explain(order: Order, spec: RefundSpec, record: Refund, desk: Desk) -> None:
    """Account for the difference between what was suggested and what moved."""
    difference = record.suggested - moved(order, record)
    if not difference:
        return
    reason = "PENDING_REFUND_DISCREPANCY" if spec.pending else "REFUND_DISCREPANCY"
    tax = NOTHING
    if spec.goodwill_tax is not None:
        tax = -order.currencies.paid(spec.goodwill_tax, spec.rate)
    record.adjustments.append(Adjustment(desk.numbers.next(), reason, difference - tax, tax))
    if spec.pending:
        return
    order.refunds_suggested_less = order.refunds_suggested_less + difference
    if order.readings.adjustment_sales:
        sale = Bookkeeper(order, desk.numbers).adjusted(difference - tax, tax)
        last = order.agreements[-1]
        order.agreements[-1] = replace(last, sales=(*last.sales, sale))


def moved(order: Order, record: Refund) -> Bag:
    """The money of a refund that really went out."""
    entries = [order.transaction(number) for number in record.transaction_ids]
    return total([entry.amount for entry in entries if entry.succeeded])


def settle(order: Order, record: Refund, desk: Desk, *, succeeded: bool = True) -> None:
    """The money of a pending refund moves at last, or turns out not to."""
    for number in record.transaction_ids:
        entry = order.transaction(number)
        if entry.status == "PENDING":
            entry.status = "SUCCESS" if succeeded else "FAILURE"
            entry.processed_at = desk.now
    if succeeded:
        record.adjustments = [entry for entry in record.adjustments if entry.reason != "PENDING_REFUND_DISCREPANCY"]
    record.updated_at = desk.now
