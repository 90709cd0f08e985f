"""Over the counter: what is ordered, and the money that comes in for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Self

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    AdditionalFee,
    Allocation,
    DiscountApplication,
    Duty,
    Line,
    ShippingLine,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from ml_connector.prove.till.amounts import many, minus, plus, summed
from ml_connector.prove.till.ledger import Ledger, Rates


class Counter(Ledger):
    """An order that is placed and paid."""

    def line(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        price: str,
        quantity: int = 1,
        *,
        discount: str | Sequence[str] = "0",
        rates: Rates | None = None,
        title: str = "",
        sku: str | None = None,
        gift_card: bool = False,
        tip: bool = False,
        taxable: bool = True,
        liable: bool = False,
        duty: str | None = None,
        duty_rates: Rates = (),
    ) -> Self:
        """Something to sell; *discount* is for the whole line, several are stacked."""
        plain = gift_card or tip or not taxable
        wanted = () if plain and rates is None else self.rates if rates is None else rates
        offs = [self.bag(one) for one in ([discount] if isinstance(discount, str) else discount)]
        gross = many(self.bag(price), quantity)
        offs = _at_most(gross, offs)
        unit, off = self.bag(price), summed(self.zero, offs)
        taxes = self.taxes(minus(gross, off), wanted, liable=liable)
        line = Line(
            id=self.gid("LineItem"),
            title=title or ("Tip" if tip else f"Thing {len(self.lines) + 1}"),
            quantity=quantity,
            current_quantity=quantity,
            unit_price=unit,
            original_total=gross,
            sku=sku,
            is_gift_card=gift_card,
            is_tip=tip,
            taxable=not plain,
            allocations=tuple(one for each in offs for one in self.allocation(each, "LINE_ITEM")),
            tax_lines=taxes,
            duties=self._duties(duty, duty_rates),
        )
        self.lines.append(line)
        kind = "TIP" if tip else "GIFT_CARD" if gift_card else "PRODUCT"
        self.sell(kind, line.id, quantity, minus(gross, off), taxes, wanted, off, liable=liable, unit=unit)
        for one in line.duties:
            free = bool(self.facts.get("duties_included"))
            own = () if free else one.tax_lines
            self.sell("DUTY", one.id, None, self.zero if free else one.price, own, duty_rates)
        return self

    def allocation(self, off: MoneyBag, target: str) -> tuple[Allocation, ...]:
        if not off.presentment:
            return ()
        self.discounts.append(DiscountApplication(len(self.discounts), "code", f"SAVE{len(self.discounts)}", target))
        return (Allocation(off, len(self.discounts) - 1),)

    def _duties(self, price: str | None, rates: Rates) -> tuple[Duty, ...]:
        if price is None:
            return ()
        amount = self.bag(price)
        return (Duty(self.gid("Duty"), amount, self.taxes(amount, rates), "6109.10", "CN"),)

    def shipping(self, price: str, *, discount: str = "0", rates: Rates | None = None) -> Self:
        wanted = self.rates if rates is None else rates
        full, off = self.bag(price), self.bag(discount)
        net = minus(full, off)
        taxes = self.taxes(net, wanted)
        line = ShippingLine(
            self.gid("ShippingLine"),
            "Standard",
            full,
            net,
            net,
            allocations=self.allocation(off, "SHIPPING_LINE"),
            tax_lines=taxes,
        )
        self.shipping_lines.append(line)
        self.sell("SHIPPING", line.id, None, net, taxes, wanted, off)
        return self

    def fee(self, name: str, price: str, *, rates: Rates = ()) -> Self:
        amount = self.bag(price)
        fee = AdditionalFee(self.gid("AdditionalFee"), name, amount, self.taxes(amount, rates))
        self.fees.append(fee)
        self.sell("ADDITIONAL_FEE", fee.id, None, amount, fee.tax_lines, rates)
        return self

    def tip(self, amount: str) -> Self:
        """A tip that is in the total and in no line."""
        self.tip_apart = self.bag(amount)
        self.sell("TIP", self.gid("LineItem"), None, self.tip_apart, (), ())
        return self

    def placed(self) -> Self:
        """Everything so far is what was ordered."""
        self.agree("ORDER", self.at)
        self.original = summed(self.zero, (sale.total for one in self.agreements for sale in one.sales))
        return self

    # Money in

    def pay(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        amount: str | None = None,
        *,
        gateway: str = "shopify_payments",
        kind: TransactionKind = TransactionKind.SALE,
        status: TransactionStatus = TransactionStatus.SUCCESS,
        after: timedelta = timedelta(minutes=1),
        rounding: str | None = None,
        rate: str | None = None,
        parent: str | None = None,
    ) -> Self:
        """Money, or an attempt; *amount* left out: what is owed."""
        owed = self.outstanding()
        value = self.as_money(plus(owed, self.bag(rounding or 0))) if amount is None else self.bag(amount)
        if rate is not None:
            own = Money(value.presentment.amount * Decimal(rate), self.currency).rounded()
            value = MoneyBag(own, value.presentment)
        self.transactions.append(
            Transaction(
                self.gid("OrderTransaction"),
                kind,
                status,
                gateway,
                value,
                self.at + after,
                rounding=None if rounding is None else self.bag(rounding),
                parent_id=parent,
            )
        )
        return self

    def as_money(self, owed: MoneyBag) -> MoneyBag:
        """*owed* as it moves: where rounding left nothing of it, or less, on the shop's side, at the order's rate."""
        return owed if owed.shop.amount > 0 else self.bag(owed.presentment.amount)

    def outstanding(self) -> MoneyBag:
        owed = plus(self.current(), self.rounded("in"))
        return minus(plus(owed, minus(self.money("out"), self.rounded("out"))), self.money("in"))

    def money(self, way: str) -> MoneyBag:
        kinds = (TransactionKind.SALE, TransactionKind.CAPTURE) if way == "in" else (TransactionKind.REFUND,)
        amount = summed(self.zero, (one.amount for one in self.done(*kinds)))
        return (
            minus(amount, summed(self.zero, (one.amount for one in self.done(TransactionKind.CHANGE))))
            if (way == "in")
            else amount
        )

    def rounded(self, way: str) -> MoneyBag:
        kinds = (TransactionKind.SALE, TransactionKind.CAPTURE) if way == "in" else (TransactionKind.REFUND,)
        return summed(self.zero, (one.rounding for one in self.done(*kinds) if one.rounding))

    def done(self, *kinds: TransactionKind) -> list[Transaction]:
        return [one for one in self.transactions if one.kind in kinds and one.status is TransactionStatus.SUCCESS]


def _at_most(gross: MoneyBag, offs: Sequence[MoneyBag]) -> list[MoneyBag]:
    """Discounts that together take off the price and no more, on either side: rounding alone could go beyond."""
    left, kept = gross, []
    for off in offs:
        part = MoneyBag(min(off.shop, left.shop), min(off.presentment, left.presentment))
        left = minus(left, part)
        kept.append(part)
    return kept
