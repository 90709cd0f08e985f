"""Returns, exchanges and cancellations.

Source: Shopify Admin API, Return and orderCancel.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.changes import House, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.edits import added
from ml_connector.sandbox.shopify.ledger import Bookkeeper
from ml_connector.sandbox.shopify.model import (
    Agreement,
    Order,
    Refund,
    Return,
    Sale,
)
from ml_connector.sandbox.shopify.money import NOTHING
from ml_connector.sandbox.shopify.orders import Desk, current_quantity, void
from ml_connector.sandbox.shopify.refunds import moved, pay_back, suggested
from ml_connector.sandbox.shopify.taking_back import check, new_refund, taken_extras, taken_lines, taken_shipping


def give_back(order: Order, spec: ReturnSpec, desk: Desk, house: House) -> tuple[Return, Refund]:
    """Take goods back as a return, send others instead, and settle the difference.

    The refund lists the returned goods; its money is only what is left after the new goods and
    the fee, and nothing when they cost more.
    """
    check(order, RefundSpec(lines=spec.lines, amount=spec.amount))
    books = Bookkeeper(order, desk.numbers)
    record = Return(desk.numbers.next(), f"{order.name}-R{len(order.returns) + 1}", desk.now)
    back = new_refund(RefundSpec(), desk)
    back.return_id, record.refund_ids = record.id, [back.id]
    wanted = RefundSpec(lines=spec.lines)
    sales = taken_lines(order, wanted, back, books, desk, house)
    record.lines = [(desk.numbers.next(), line.line_id, line.quantity) for line in back.lines]
    sales += _exchanged(order, spec, record, books, desk)
    if spec.fee is not None:
        record.fees.append((desk.numbers.next(), order.currencies.priced(spec.fee)))
        sales.append(books.charged("ReturnShippingFee", *record.fees[0]))
    order.agreements.append(Agreement(desk.numbers.next(), "RETURN", desk.now, tuple(sales), ("Return", record.id)))
    order.returns.append(record)
    _settle_return(order, spec, back, desk)
    record.status, record.closed_at = "CLOSED", desk.now
    return record, back


def _exchanged(order: Order, spec: ReturnSpec, record: Return, books: Bookkeeper, desk: Desk) -> list[Sale]:
    sales = added(order, spec.exchange, spec.taxes, books, desk)
    new = order.lines[len(order.lines) - len(spec.exchange) :]
    record.exchange = [(desk.numbers.next(), line.id, line.quantity) for line in new]
    return sales


def _settle_return(order: Order, spec: ReturnSpec, back: Refund, desk: Desk) -> None:
    over = -totals.outstanding(order)
    back.suggested = over if over.presentment > 0 else NOTHING
    if spec.settle:
        pay_back(order, RefundSpec(amount=spec.amount, gateway=spec.gateway), back, desk)
    order.agreements.append(Agreement(desk.numbers.next(), "REFUND", desk.now, (), ("Refund", back.id)))
    order.refunds.append(back)


def cancel(
    order: Order,
    desk: Desk,
    house: House,
    *,
    reason: str = "CUSTOMER",
    pay_back: bool = True,
    restock: bool = True,
) -> Refund | None:
    """Cancel the order: authorisations are given up, goods taken back, money returned if wanted."""
    void(order, desk)
    record = None
    if restock and any(current_quantity(order, line) for line in order.lines):
        spec = RefundSpec(everything=True, restock="CANCEL", amount=None if pay_back else Decimal(0))
        record = _cancelling_refund(order, spec, desk, house)
    order.cancelled_at = order.closed_at = desk.now
    order.cancel_reason = reason
    return record


def _cancelling_refund(order: Order, spec: RefundSpec, desk: Desk, house: House) -> Refund:
    """A refund whose missing money is no discrepancy: it is simply still owed."""
    books = Bookkeeper(order, desk.numbers)
    record = new_refund(spec, desk)
    sales = taken_lines(order, spec, record, books, desk, house)
    sales += taken_shipping(order, spec, record, books, desk)
    sales += taken_extras(order, spec, record, books)
    order.agreements.append(Agreement(desk.numbers.next(), "REFUND", desk.now, tuple(sales), ("Refund", record.id)))
    record.suggested = suggested(order, sales, spec.amount)
    pay_back(order, spec, record, desk)
    record.suggested = moved(order, record)
    order.refunds.append(record)
    return record
