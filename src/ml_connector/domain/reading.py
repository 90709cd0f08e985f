"""What Shopify said of one order, as one side of a ledger: lines, taxes, total, money in and out, what is still owed.

Kept whenever an order is read, because a page that compares both systems has to show what the decision was made from,
also when the shop is away or no longer shows the order. It holds figures and titles, and nobody's name or address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Line, Order, ShippingLine, TransactionKind, TransactionStatus
from ml_connector.domain.plan.parts import name_of

_IN = (TransactionKind.SALE, TransactionKind.CAPTURE)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """Something that was sold, for its original quantity and after discounts.

    Attributes:
        source: Where Shopify says it: `lineItems[0]`; documents name the same place in their reasons.
        remark: Quantity, price and discount, as `2 × 14.50, less 2.90`.
    """

    source: str
    name: str
    amount: Money
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ReadTax:
    """One tax of the whole order. `rate` is a fraction."""

    title: str
    rate: Decimal
    amount: Money
    channel_liable: bool = False


@dataclass(frozen=True, slots=True)
class ReadMoney:
    """One movement of money that happened. What went out is negative."""

    id: str
    gateway: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """One order as Shopify had it when it was last read, in the currency of its documents.

    Attributes:
        total: As it was sold, before refunds and edits.
        now: As it stands, after them.
        billed: What invoices less credit notes have to come to: what was paid and not given back, and what is owed.
        other: `total` in the shop's currency, where that is another.
        disputes: What the buyer's bank asks back, in words; nothing is posted by it.
    """

    currency: str
    taxes_included: bool
    total: Money
    now: Money
    billed: Money
    owed: Money
    other: Money | None = None
    lines: tuple[ReadLine, ...] = ()
    taxes: tuple[ReadTax, ...] = ()
    money: tuple[ReadMoney, ...] = ()
    country: str = ""
    discounts: tuple[str, ...] = ()
    placed_at: datetime | None = None
    cancelled_at: datetime | None = None
    edited: bool = False
    disputes: tuple[str, ...] = ()

    @property
    def received(self) -> Money:
        return total((each.amount for each in self.money), self.currency)


def read_order(order: Order, side: Side) -> ReadOrder:
    """*order* as a ledger shows it."""
    currency = order.currency if side is Side.SHOP else order.presentment_currency
    totals, address = order.totals, order.shipping_address or order.billing_address
    return ReadOrder(
        currency=currency,
        taxes_included=order.taxes_included,
        total=totals.original_total_price.side(side),
        now=totals.current_total_price.side(side),
        billed=(
            totals.total_received.side(side) - totals.total_refunded.side(side) + totals.total_outstanding.side(side)
        ),
        owed=totals.total_outstanding.side(side),
        other=totals.original_total_price.shop if currency != order.currency else None,
        lines=tuple(_lines(order, side)),
        taxes=tuple(
            ReadTax(each.title, each.rate, each.price.side(side), each.channel_liable) for each in order.tax_lines
        ),
        money=tuple(_money(order, side)),
        country=(address.country if address else None) or "",
        discounts=tuple(dict.fromkeys(each.title for each in order.discounts if each.title)),
        placed_at=order.processed_at,
        cancelled_at=order.cancelled_at,
        edited=order.edited,
        disputes=order.disputes,
    )


def _lines(order: Order, side: Side) -> Iterator[ReadLine]:
    for index, line in enumerate(order.lines):
        yield _line(line, index, side)
    if not order.duties_included:
        for index, line in enumerate(order.lines):
            for at, duty in enumerate(line.duties):
                yield ReadLine(f"lineItems[{index}].duties[{at}]", f"Duty: {line.title}", duty.price.side(side))
    for index, shipping in enumerate(order.shipping_lines):
        if not shipping.is_removed:
            yield _shipping(shipping, index, side)
    for index, fee in enumerate(order.additional_fees):
        yield ReadLine(f"additionalFees[{index}]", fee.name or "Fee", fee.price.side(side))


def _line(line: Line, index: int, side: Side) -> ReadLine:
    off = total((each.amount.side(side) for each in line.allocations), line.unit_price.side(side).currency)
    remark = f"{line.quantity} × {line.unit_price.side(side).text}{f', less {off.text}' if off else ''}"
    return ReadLine(f"lineItems[{index}]", name_of(line), line.original_total.side(side) - off, remark)


def _shipping(line: ShippingLine, index: int, side: Side) -> ReadLine:
    off = line.original_price.side(side) - line.discounted_price.side(side)
    remark = f"{line.original_price.side(side).text}, less {off.text}" if off else ""
    return ReadLine(f"shippingLines[{index}]", line.title or "Shipping", line.discounted_price.side(side), remark)


def _money(order: Order, side: Side) -> Iterator[ReadMoney]:
    """What came in less the change that was given on it, and what went back."""
    done = [each for each in order.transactions if each.status is TransactionStatus.SUCCESS]
    for each in done:
        amount, gateway = each.amount.side(side), each.formatted_gateway or each.gateway
        if each.kind in _IN:
            change = [
                one.amount.side(side) for one in done if one.kind is TransactionKind.CHANGE and one.parent_id == each.id
            ]
            yield ReadMoney(each.id, gateway, amount - total(change, amount.currency), each.processed_at)
        elif each.kind is TransactionKind.REFUND:
            yield ReadMoney(each.id, gateway, -amount, each.processed_at)
