"""Money that came in and money that went out, each movement with the amount that belongs to the order.

What a movement's amount includes where change was given or cash was rounded is not documented. Of the possible
readings the one is taken whose sum is the order's own figure; none: the order is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Transaction, TransactionKind, TransactionStatus
from ml_connector.domain.plan.case import Case, stop


@dataclass(frozen=True, slots=True)
class Movement:
    """A successful transaction and the amount of it that counts."""

    transaction: Transaction
    amount: Money
    rule: str

    @property
    def id(self) -> str:
        return self.transaction.id


@dataclass(frozen=True, slots=True)
class Rounding:
    """What the cash of one payment was rounded by: above zero where the buyer paid more than was owed.

    Attributes:
        id: Of the transaction; of the order where no payment bears it.
    """

    id: str
    at: datetime
    amount: Money

    @property
    def key(self) -> str:
        """Of a document that says it alone."""
        return f"rounding:{self.id}"


_IN = (TransactionKind.SALE, TransactionKind.CAPTURE)


def received(case: Case) -> tuple[Movement, ...]:
    """Payments in time order.

    Raises:
        Stopped: no reading comes to `totalReceivedSet`.
    """
    sales = _successful(case, _IN)
    changes = _successful(case, (TransactionKind.CHANGE,))
    change = {one.id: _change_of(case, one, sales, changes) for one in sales}
    readings: list[tuple[str, Callable[[Transaction], Money]]] = [
        ("The transaction's amount, change taken off.", lambda one: case.money(one.amount) - change[one.id]),
        ("The transaction's amount.", lambda one: case.money(one.amount)),
        (
            "The transaction's amount and its cash rounding, change taken off.",
            lambda one: case.money(one.amount) + case.money(one.rounding) - change[one.id],
        ),
        (
            "The transaction's amount less its cash rounding.",
            lambda one: case.money(one.amount) - case.money(one.rounding),
        ),
    ]
    return _read(case, sales, readings, case.money(case.order.totals.total_received), "received")


def paid_back(case: Case) -> tuple[Movement, ...]:
    """Refunds' money in time order.

    Raises:
        Stopped: no reading comes to `totalRefundedSet`.
    """
    refunds = _successful(case, (TransactionKind.REFUND,))
    readings: list[tuple[str, Callable[[Transaction], Money]]] = [
        ("The transaction's amount.", lambda one: case.money(one.amount)),
        (
            "The transaction's amount and its cash rounding.",
            lambda one: case.money(one.amount) + case.money(one.rounding),
        ),
        (
            "The transaction's amount less its cash rounding.",
            lambda one: case.money(one.amount) - case.money(one.rounding),
        ),
    ]
    return _read(case, refunds, readings, case.money(case.order.totals.total_refunded), "refunded")


def roundings(case: Case, receipts: Sequence[Movement], side: Side) -> tuple[Rounding, ...]:
    """How the cash of payments was rounded, in time order: together what the order says of it.

    What the order says and none of its payments does is the last payment's.
    """
    whole = case.order.totals.cash_rounding_payment
    stated = Money.zero(case.order.totals.total_price.side(side).currency) if whole is None else whole.side(side)
    said = [
        Rounding(one.id, one.transaction.processed_at, one.transaction.rounding.side(side))
        for one in receipts
        if one.transaction.rounding is not None
    ]
    rest = stated - total((one.amount for one in said), stated.currency)
    if rest and receipts:
        last = receipts[-1].transaction
        own = total((one.amount for one in said if one.id == last.id), stated.currency)
        said = [*(one for one in said if one.id != last.id), Rounding(last.id, last.processed_at, own + rest)]
    elif rest:
        said = [Rounding(case.order.id, case.order.processed_at, rest)]
    return tuple(one for one in said if one.amount)


def _read(
    case: Case,
    transactions: Iterable[Transaction],
    readings: list[tuple[str, Callable[[Transaction], Money]]],
    stated: Money,
    word: str,
) -> tuple[Movement, ...]:
    transactions = list(transactions)
    for rule, amount in readings:
        amounts = [amount(one) for one in transactions]
        if total(amounts, case.currency) == stated and all(one >= case.zero for one in amounts):
            pairs = zip(transactions, amounts, strict=True)
            return tuple(Movement(one, found, rule) for one, found in pairs if found)
    computed = total((case.money(one.amount) for one in transactions), case.currency)
    raise stop(
        f"{word}_differs",
        f"Shopify says that {stated} was {word}, and its transactions make {computed.text}. Nothing was sent to Zoho.",
        "Compare the payments of the order in Shopify, then replay it or post it by hand.",
        details=(("Shopify says", str(stated)), ("Its transactions make", str(computed))),
    )


def _successful(case: Case, kinds: tuple[TransactionKind, ...]) -> list[Transaction]:
    found = [one for one in case.order.transactions if one.kind in kinds and one.status is TransactionStatus.SUCCESS]
    return sorted(found, key=lambda one: (one.processed_at, one.id))


def _change_of(case: Case, sale: Transaction, sales: list[Transaction], changes: list[Transaction]) -> Money:
    """Change given back on *sale*: the one it names as its parent, else the last sale of its gateway, else the last."""
    return total((case.money(one.amount) for one in changes if _parent(one, sales) == sale.id), case.currency)


def _parent(change: Transaction, sales: list[Transaction]) -> str | None:
    ids = [one.id for one in sales]
    if change.parent_id in ids:
        return change.parent_id
    same = [one.id for one in sales if one.gateway == change.gateway] or ids
    return same[-1] if same else None
