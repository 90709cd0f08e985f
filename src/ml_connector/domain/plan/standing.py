"""How the order stands between shop and buyer, event by event, whatever the books hold of it yet.

Walks through what was sold, what came back and the money, in the order in which it happened. So two questions have an
answer that does not depend on when we looked: when the order was paid in full, and what of the money that went back
was given for nothing. See docs/decisions/0014.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Refund, Sale, TransactionStatus
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.history import is_added, refund_of
from ml_connector.domain.plan.receipts import Movement, roundings


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        rank: Of what happened at the same moment: rounded cash, money in, goods, money back.
        source: Which of Shopify's fields says so.
        sold, back: Goods that went out, goods that came back; neither is negative.
        announced: Money of the refund that is on its way.
        rounding: Cash that was rounded in the buyer's favour; below zero in the shop's.
    """

    at: datetime
    rank: int
    source: str
    sold: Money
    back: Money
    money_in: Money
    money_back: Money
    announced: Money
    rounding: Money
    refund: str = ""


_AMOUNTS = ("sold", "back", "money_in", "money_back", "announced", "rounding")


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found on the way through the events.

    Attributes:
        paid: The event with which the last unit of what was owed had come in; None: it has not.
        given: Refund id -> money that went back and was covered by nothing that the buyer had.
    """

    paid: Event | None
    given: Mapping[str, Money]


def standing(case: Case, side: Side, receipts: Sequence[Movement], refunds: Sequence[Movement]) -> Standing:
    """How the order came to stand as it does, in the currency of *side*."""
    events = sorted(_Events(case, side).all(receipts, refunds), key=lambda one: (one.at, one.rank))
    nothing = Money.zero(_currency(case, side))
    walk = _Walk(case.order.totals.original_total_price.side(side), nothing, nothing, nothing, nothing, nothing)
    paid: Event | None = None
    for _, together in groupby(events, key=lambda one: one.at):
        for event in together:
            walk.take(event)
        if paid is None and walk.is_paid:
            paid = event
    return Standing(paid, walk.by_refund)


@dataclass
class _Walk:
    goods: Money
    received: Money
    paid_back: Money
    announced: Money
    given: Money
    rounded: Money
    by_refund: dict[str, Money] = field(default_factory=dict)

    @property
    def is_paid(self) -> bool:
        """Whether something is sold, and nothing of it is owed any more."""
        return bool(self.goods) and self.goods - self.given - self.rounded <= self.received - self.paid_back

    def take(self, event: Event) -> None:
        nothing = self.goods * 0
        # as the books do: what a refund takes back is its own credit, then comes what else the buyer has
        has = self.received - self.paid_back - (self.goods - self.given - self.rounded) - self.announced
        up = max(event.rounding, nothing)
        beyond = max(event.money_back - event.back - up - max(has, nothing), nothing)
        self.goods = self.goods + event.sold - event.back
        self.rounded = self.rounded + event.rounding
        self.received = self.received + event.money_in
        self.paid_back = self.paid_back + event.money_back
        self.announced = self.announced + min(event.announced, event.back)
        self.given = self.given + beyond
        if event.refund:
            self.by_refund[event.refund] = beyond + up


def _currency(case: Case, side: Side) -> str:
    return case.order.totals.total_price.side(side).currency


class _Events:
    """One order's events after it was placed, in the currency of one side."""

    def __init__(self, case: Case, side: Side) -> None:
        self.case, self.side = case, side
        self.zero = Money.zero(_currency(case, side))

    def all(self, receipts: Sequence[Movement], refunds: Sequence[Movement]) -> Iterator[Event]:
        for one in receipts:
            yield self._event(
                one.transaction.processed_at, 1, f"transaction {one.id}, processedAt", money_in=self._amount(one)
            )
        for rounding in roundings(self.case, receipts, self.side):
            yield self._event(rounding.at, 0, f"{rounding.id}, amountRounding", rounding=-rounding.amount)
        for agreement in self.case.order.agreements or ():
            if agreement.reason != "ORDER":
                told = refund_of(self.case, agreement) is not None
                sales = [one for one in agreement.sales if is_added(one)] if told else agreement.sales
                yield from self._of_sales(agreement.happened_at, f"agreement {agreement.id}, happenedAt", sales)
        for refund in self.case.order.refunds:
            yield self._refund(refund, [one for one in refunds if one.id in refund.transaction_ids])

    def _of_sales(self, at: datetime, source: str, sales: Sequence[Sale]) -> Iterator[Event]:
        """An edit, a return that no refund tells yet, or what a return added; money that stayed without goods too."""
        sold = [one.total.side(self.side) for one in sales if is_added(one)]
        back = [-one.total.side(self.side) for one in sales if not is_added(one) and one.line_type != "ADJUSTMENT"]
        if sold or back:
            yield self._event(at, 2, source, sold=self._sum(sold), back=self._sum(back))

    def _refund(self, refund: Refund, money: Sequence[Movement]) -> Event:
        told = [one for one in self.case.order.agreements or () if refund_of(self.case, one) == refund]
        back = [
            -sale.total.side(self.side)
            for agreement in told
            for sale in agreement.sales
            if not is_added(sale) and sale.line_type != "ADJUSTMENT"
        ]
        pending = [
            one.amount.side(self.side)
            for one in self.case.order.transactions
            if one.id in refund.transaction_ids and one.status is TransactionStatus.PENDING
        ]
        return self._event(
            max([refund.processed_at, *(one.transaction.processed_at for one in money)]),
            3,
            f"refund {refund.id}, processedAt",
            back=self._sum(back),
            money_back=self._sum(self._amount(one) for one in money),
            announced=self._sum(pending),
            rounding=self._sum(one.transaction.rounding.side(self.side) for one in money if one.transaction.rounding),
            refund=refund.id,
        )

    def _event(self, at: datetime, rank: int, source: str, *, refund: str = "", **amounts: Money) -> Event:
        return Event(at, rank, source, refund=refund, **{name: amounts.get(name, self.zero) for name in _AMOUNTS})

    def _amount(self, movement: Movement) -> Money:
        """What counts of it; on the side that no document is made in, simply what Shopify says."""
        return movement.amount if self.side is self.case.side else movement.transaction.amount.side(self.side)

    def _sum(self, amounts: Iterator[Money] | Sequence[Money]) -> Money:
        return total(amounts, self.zero.currency)
