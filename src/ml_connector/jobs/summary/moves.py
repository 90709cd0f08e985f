"""Money that moved on one day, as Shopify's transactions say it. Pure.

What a transaction's amount includes where change was given or cash was rounded is not documented. As the planner does,
that reading is taken whose sum over the order is the order's own figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Transaction, TransactionKind, TransactionStatus
from ml_connector.shopify.listing import OrderMoney

_IN = (TransactionKind.SALE, TransactionKind.CAPTURE)
_Reading = Callable[[Transaction], Money]


@dataclass(frozen=True, slots=True)
class Move:
    """One successful transaction: money in, or money back."""

    id: str
    order_id: str
    incoming: bool
    at: datetime
    amount: Money

    @property
    def key(self) -> str:
        """Under which Zoho holds it: a payment, or (with a number behind it, when there are several) money out."""
        return f"{'payment' if self.incoming else 'cash'}:{self.id}"


def moves(order: OrderMoney, side: Side) -> list[Move]:
    """All of an order's money, in the order of time; a movement of nothing is none."""
    done = [one for one in order.transactions if one.status is TransactionStatus.SUCCESS]
    sales = sorted((one for one in done if one.kind in _IN), key=lambda one: (one.processed_at, one.id))
    change = [one for one in done if one.kind is TransactionKind.CHANGE]
    backs = sorted((one for one in done if one.kind is TransactionKind.REFUND), key=lambda one: one.processed_at)
    received = _read(sales, _with_change(sales, change, side), order.order.total_received.side(side))
    refunded = _read(backs, _with_rounding(side), order.order.total_refunded.side(side))
    found = [Move(one.id, order.order.id, True, one.processed_at, amount) for one, amount in received]
    found += [Move(one.id, order.order.id, False, one.processed_at, amount) for one, amount in refunded]
    return [one for one in found if one.amount]


def _read(
    transactions: list[Transaction], readings: Iterable[_Reading], stated: Money
) -> list[tuple[Transaction, Money]]:
    """The first reading that comes to *stated*; the plain amounts when none does, which then shows as a difference."""
    tried = [[(one, reading(one)) for one in transactions] for reading in readings]
    fitting = (each for each in tried if total((amount for _, amount in each), stated.currency) == stated)
    return next(fitting, tried[0])


def _with_change(sales: list[Transaction], change: list[Transaction], side: Side) -> list[_Reading]:
    given = {one.id: _change_of(one, sales, change, side) for one in sales}
    return [
        lambda one: one.amount.side(side) - given[one.id],
        lambda one: one.amount.side(side),
        lambda one: one.amount.side(side) + _rounding(one, side) - given[one.id],
        lambda one: one.amount.side(side) - _rounding(one, side),
    ]


def _with_rounding(side: Side) -> list[_Reading]:
    return [
        lambda one: one.amount.side(side),
        lambda one: one.amount.side(side) + _rounding(one, side),
        lambda one: one.amount.side(side) - _rounding(one, side),
    ]


def _rounding(one: Transaction, side: Side) -> Money:
    amount = one.amount.side(side)
    return Money.zero(amount.currency) if one.rounding is None else one.rounding.side(side)


def _change_of(sale: Transaction, sales: list[Transaction], change: list[Transaction], side: Side) -> Money:
    mine = (one.amount.side(side) for one in change if _parent(one, sales) == sale.id)
    return total(mine, sale.amount.side(side).currency)


def _parent(change: Transaction, sales: list[Transaction]) -> str:
    """The sale that it names, else the last one of its gateway, else the last one."""
    ids = [one.id for one in sales]
    if change.parent_id in ids:
        return str(change.parent_id)
    return ([one.id for one in sales if one.gateway == change.gateway] or ids)[-1]
