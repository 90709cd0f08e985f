"""What a bookkeeper would come to from Shopify's events alone, without a plan: the yardstick for the books.

Walks through the order's sales and money in the order in which they happened. Money back is taken out of what it gives
back and of what the customer has open; only the rest was given for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ml_connector.domain.money import Side
from ml_connector.domain.order import Agreement, Refund, Transaction, TransactionKind, TransactionStatus
from ml_connector.prove.money.drawing import component_id
from ml_connector.prove.till import Till


@dataclass(frozen=True, slots=True)
class Due:
    """What the books have to hold of an order, in the documents' currency.

    Attributes:
        goods: Invoices less credit notes.
        owed: Balances less open credits and unapplied payments.
    """

    goods: Decimal
    received: Decimal
    paid_back: Decimal
    owed: Decimal


def due(till: Till, side: Side, post_when: str) -> Due:
    """What the books have to hold now; without its invoice an order has money in them, and nothing else."""
    walk = _walked(till, side)
    if not invoiced(till, post_when):
        return Due(Decimal(0), walk.received, walk.paid_back, walk.paid_back - walk.received)
    return Due(walk.billed, walk.received, walk.paid_back, walk.billed - walk.received + walk.paid_back)


def invoiced(till: Till, post_when: str) -> bool:
    """Whether the moment of the invoice has come, before the order was cancelled."""
    if post_when == "created" or (post_when == "paid" and not till.original.presentment):
        return True
    if post_when == "fulfilled":
        return till.fulfilled_at is not None
    walk = _Walk()
    for at, _, step in sorted(_steps(till, Side.PRESENTMENT), key=lambda one: one[:2]):
        step.take(walk)
        cancelled = till.cancelled_at is not None and at > till.cancelled_at
        if not cancelled and walk.goods + walk.given > 0 and walk.billed <= walk.received - walk.paid_back:
            return True
    return False


def _walked(till: Till, side: Side) -> _Walk:
    walk = _Walk()
    for _, _, step in sorted(_steps(till, side), key=lambda one: one[:2]):
        step.take(walk)
    return walk


@dataclass
class _Walk:
    goods: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    paid_back: Decimal = Decimal(0)
    announced: Decimal = Decimal(0)
    given: Decimal = Decimal(0)
    rounded: Decimal = Decimal(0)

    @property
    def billed(self) -> Decimal:
        """Goods, and what rounded cash made of them."""
        return self.goods + self.rounded

    @property
    def open(self) -> Decimal:
        """What the customer has to her credit, without what announced money will be paid out of."""
        return max(self.received - self.paid_back - self.billed - self.announced, Decimal(0))


@dataclass(frozen=True, slots=True)
class _Step:
    """One event: goods (negative when they go back), money in and back, money that is announced or that was kept.

    `rounding` is what the buyer paid more, or got back more, because cash was rounded.
    """

    goods: Decimal = Decimal(0)
    money_in: Decimal = Decimal(0)
    money_back: Decimal = Decimal(0)
    kept: Decimal = Decimal(0)
    announced: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)

    def take(self, walk: _Walk) -> None:
        walk.rounded += self.rounding if self.money_in else -self.rounding
        own = max(-self.goods, Decimal(0)) + max(self.rounding if self.money_back else Decimal(0), Decimal(0))
        given = max(self.money_back - own - walk.open, Decimal(0))
        walk.goods += self.goods + self.kept - given
        walk.given += given
        walk.received += self.money_in
        walk.paid_back += self.money_back
        walk.announced += min(self.announced, own)


_MONEY_IN, _GOODS, _BACK = 1, 2, 3


def _steps(till: Till, side: Side) -> Iterator[tuple[datetime, int, _Step]]:
    for one in till.transactions:
        if one.status is TransactionStatus.SUCCESS and one.kind is not TransactionKind.REFUND:
            amount, rounding = one.amount.side(side).amount, _rounding([one], side)
            yield one.processed_at, _MONEY_IN, _Step(money_in=amount, rounding=rounding)
    for agreement in till.agreements:
        refund = next((one for one in till.refunds if _tells_of(one, agreement)), None)
        goods = [one.total.side(side).amount for one in agreement.sales if one.line_type != "ADJUSTMENT"]
        kept = [one.total.side(side).amount for one in agreement.sales if one.line_type == "ADJUSTMENT"]
        added = sum((one for one in (*goods, *kept) if one > 0), Decimal(0))
        taken = sum((one for one in goods if one < 0), Decimal(0))
        if refund is None or agreement.refund_id is None:
            yield agreement.happened_at, _GOODS, _Step(added if refund else added + taken)
        if refund is not None and agreement.refund_id is not None:
            back = taken + sum(_taken_by_return(till, refund, side), Decimal(0))
            yield _refunded(till, refund, agreement.happened_at, side, added, back)


def _tells_of(refund: Refund, agreement: Agreement) -> bool:
    return agreement.refund_id == refund.id or (
        agreement.return_id is not None and agreement.return_id == refund.return_id
    )


def _taken_by_return(till: Till, refund: Refund, side: Side) -> list[Decimal]:
    """What the return took back that this refund settles: it is the refund's own credit."""
    returns = [one for one in till.agreements if one.return_id is not None and one.return_id == refund.return_id]
    amounts = [sale.total.side(side).amount for one in returns for sale in one.sales]
    return [amount for amount in amounts if amount < 0]


def _refunded(
    till: Till, refund: Refund, happened_at: datetime, side: Side, kept: Decimal, back: Decimal
) -> tuple[datetime, int, _Step]:
    moved = _money_of(till, refund, TransactionStatus.SUCCESS)
    announced = _money_of(till, refund, TransactionStatus.PENDING)
    paid, to_be_paid = (sum((one.amount.side(side).amount for one in some), Decimal(0)) for some in (moved, announced))
    at = max([happened_at, *(one.processed_at for one in moved)])
    rounding = _rounding(moved, side)
    return at, _BACK, _Step(back, money_back=paid, kept=kept, announced=to_be_paid, rounding=rounding)


def _rounding(moved: Iterable[Transaction], side: Side) -> Decimal:
    return sum((one.rounding.side(side).amount for one in moved if one.rounding is not None), Decimal(0))


def _money_of(till: Till, refund: Refund, status: TransactionStatus) -> list[Transaction]:
    return [one for one in till.transactions if one.id in refund.transaction_ids and one.status is status]


def without_tax(till: Till, side: Side) -> tuple[int, int]:
    """The prices of what was sold and is not taken back, and its tax; money that stayed for no goods among them."""
    prices = charged = 0
    for sale in (sale for agreement in till.agreements for sale in agreement.sales):
        whole, tax = sale.total.side(side).minor, sale.tax.side(side).minor
        if sale.line_type != "ADJUSTMENT" or whole > 0:
            prices, charged = prices + whole - tax, charged + tax
    return prices, charged


def taxes(till: Till, side: Side) -> tuple[Counter[str], Counter[str]]:
    """Shopify's tax by the tax that stands for it in Zoho, and how many figures it rounded for each."""
    amounts: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for sale in (sale for agreement in till.agreements for sale in agreement.sales):
        for tax in sale.taxes if sale.line_type != "ADJUSTMENT" else ():
            name = component_id(tax.title, tax.rate)
            amounts[name] += tax.amount.side(side).minor
            figures[name] += 1 if sale.action_type == "ORDER" else 3
    return amounts, figures
