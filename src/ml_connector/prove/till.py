"""Orders as Shopify would write them: placed, paid, edited, refunded, returned, cancelled; with a ledger that agrees.

Every figure is kept on both sides and rounded on each for itself, so each side's parts add up to its own totals. Made
for proofs and tests: what is asked of a till is what a shop does, and `order()` is what Shopify would show afterwards.

Source: Shopify Admin GraphQL, Order, SalesAgreement; money identities of recorded orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    AdditionalFee,
    Address,
    Agreement,
    Allocation,
    Customer,
    DiscountApplication,
    Duty,
    Line,
    Order,
    Refund,
    RefundAdjustment,
    RefundLine,
    RefundShipping,
    Sale,
    SaleTax,
    ShippingLine,
    TaxLine,
    Totals,
    Transaction,
    TransactionKind,
    TransactionStatus,
)

Rates = Sequence[tuple[str, str]]
"""Title and rate as a fraction: `[("VAT", "0.2")]`."""

START = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
HOME = Address(
    first_name="Ada", last_name="Lovelace", name="Ada Lovelace", address1="12 St James's Square", city="London",
    zip="SW1Y 4JH", country="United Kingdom", country_code="GB",
)  # fmt: skip


@dataclass
class Sold:
    """A thing in the ledger: what is left of it."""

    line_type: str
    subject: str
    rates: Rates
    quantity: int
    unit: MoneyBag
    liable: bool = False


class Till:
    """One order while it is made. Amounts that are given are in the buyer's currency.

    Args:
        rate: Shop-currency units for one presentment unit.
        included: Whether prices include tax.
        rates: Taxes of every line and of shipping that names none of its own.
    """

    def __init__(
        self,
        *,
        number: int = 1001,
        currency: str = "GBP",
        presentment: str | None = None,
        rate: str = "1",
        included: bool = True,
        rates: Rates = (("VAT", "0.2"),),
        at: datetime = START,
        **facts: Any,
    ) -> None:
        self.number, self.currency, self.presentment = number, currency, presentment or currency
        self.rate, self.included, self.rates, self.at = Decimal(rate), included, rates, at
        self.facts = facts
        self.lines: list[Line] = []
        self.shipping_lines: list[ShippingLine] = []
        self.fees: list[AdditionalFee] = []
        self.discounts: list[DiscountApplication] = []
        self.transactions: list[Transaction] = []
        self.refunds: list[Refund] = []
        self.agreements: list[Agreement] = []
        self.tip_apart = self.zero
        self.exchange_line_ids: frozenset[str] = frozenset()
        self.things: dict[str, Sold] = {}
        self.ids = number * 1000
        self.edited = False
        self.cancelled_at: datetime | None = None
        self.original = self.zero
        self._sales: list[Sale] = []

    # Amounts on both sides

    @property
    def zero(self) -> MoneyBag:
        return self.bag(0)

    def bag(self, amount: Decimal | str | int) -> MoneyBag:
        """*amount* of the buyer's currency, and what it is in the shop's."""
        presentment = Money.of(amount, self.presentment).rounded()
        if self.currency == self.presentment:
            return MoneyBag(presentment, presentment)
        return MoneyBag(Money(presentment.amount * self.rate, self.currency).rounded(), presentment)

    def gid(self, kind: str) -> str:
        self.ids += 1
        return f"gid://shopify/{kind}/{self.ids}"

    def taxes(self, base: MoneyBag, rates: Rates, *, liable: bool = False) -> tuple[TaxLine, ...]:
        """Each tax of *base*, rounded for itself on each side."""
        divisor = 1 + sum((Decimal(rate) for _, rate in rates), Decimal(0)) if self.included else Decimal(1)
        return tuple(
            TaxLine(title, Decimal(rate), _times(base, Decimal(rate) / divisor), liable) for title, rate in rates
        )

    # Placing

    def line(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        price: str,
        quantity: int = 1,
        *,
        discount: str = "0",
        rates: Rates | None = None,
        title: str = "",
        sku: str | None = None,
        gift_card: bool = False,
        tip: bool = False,
        taxable: bool = True,
        liable: bool = False,
        duty: str | None = None,
        duty_rates: Rates = (),
        to: str = "ORDER",
    ) -> Till:
        """Something to sell; *discount* is for the whole line."""
        plain = gift_card or tip or not taxable
        wanted = () if plain and rates is None else self.rates if rates is None else rates
        unit, off = self.bag(price), self.bag(discount)
        gross = _many(unit, quantity)
        taxes = self.taxes(_minus(gross, off), wanted, liable=liable)
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
            allocations=self._allocation(off, "LINE_ITEM"),
            tax_lines=taxes,
            duties=self._duties(duty, duty_rates),
        )
        self.lines.append(line)
        kind = "TIP" if tip else "GIFT_CARD" if gift_card else "PRODUCT"
        self._sell(kind, line.id, quantity, _minus(gross, off), taxes, wanted, off, liable=liable, unit=unit)
        for one in line.duties:
            free = bool(self.facts.get("duties_included"))
            own = () if free else one.tax_lines
            self._sell("DUTY", one.id, None, self.zero if free else one.price, own, duty_rates)
        return self

    def _allocation(self, off: MoneyBag, target: str) -> tuple[Allocation, ...]:
        if not off.presentment:
            return ()
        self.discounts.append(DiscountApplication(len(self.discounts), "code", f"SAVE{len(self.discounts)}", target))
        return (Allocation(off, len(self.discounts) - 1),)

    def _duties(self, price: str | None, rates: Rates) -> tuple[Duty, ...]:
        if price is None:
            return ()
        amount = self.bag(price)
        return (Duty(self.gid("Duty"), amount, self.taxes(amount, rates), "6109.10", "CN"),)

    def shipping(self, price: str, *, discount: str = "0", rates: Rates | None = None) -> Till:
        wanted = self.rates if rates is None else rates
        full, off = self.bag(price), self.bag(discount)
        net = _minus(full, off)
        taxes = self.taxes(net, wanted)
        line = ShippingLine(
            self.gid("ShippingLine"),
            "Standard",
            full,
            net,
            net,
            allocations=self._allocation(off, "SHIPPING_LINE"),
            tax_lines=taxes,
        )
        self.shipping_lines.append(line)
        self._sell("SHIPPING", line.id, None, net, taxes, wanted, off)
        return self

    def fee(self, name: str, price: str, *, rates: Rates = ()) -> Till:
        amount = self.bag(price)
        fee = AdditionalFee(self.gid("AdditionalFee"), name, amount, self.taxes(amount, rates))
        self.fees.append(fee)
        self._sell("ADDITIONAL_FEE", fee.id, None, amount, fee.tax_lines, rates)
        return self

    def tip(self, amount: str) -> Till:
        """A tip that is in the total and in no line."""
        self.tip_apart = self.bag(amount)
        self._sell("TIP", self.gid("LineItem"), None, self.tip_apart, (), ())
        return self

    def placed(self) -> Till:
        """Everything so far is what was ordered."""
        self._agree("ORDER", self.at)
        self.original = _sum(self.zero, (sale.total for one in self.agreements for sale in one.sales))
        return self

    # The ledger

    def _sell(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        line_type: str,
        subject: str,
        quantity: int | None,
        net: MoneyBag,
        taxes: Iterable[TaxLine],
        rates: Rates,
        off: MoneyBag | None = None,
        *,
        action: str = "ORDER",
        liable: bool = False,
        unit: MoneyBag | None = None,
    ) -> Sale:
        """A sale; *net* is as prices are, the ledger's total always has the tax."""
        taxes = tuple(taxes)
        tax = _sum(self.zero, (one.price for one in taxes))
        total = net if self.included else _plus(net, tax)
        sale = Sale(
            self.gid("ProductSale"),
            action,
            line_type,
            total,
            tax,
            quantity,
            subject,
            off,
            None,
            tuple(SaleTax(self.gid("SaleTax"), one.title, one.rate, one.price, one.channel_liable) for one in taxes),
        )
        self._sales.append(sale)
        self.things.setdefault(subject, Sold(line_type, subject, rates, 0, unit or net, liable)).quantity += (
            quantity or 0
        )
        return sale

    def _agree(
        self, reason: str, at: datetime, refund_id: str | None = None, return_id: str | None = None
    ) -> Agreement:
        agreement = Agreement(self.gid("SalesAgreement"), reason, at, tuple(self._sales), refund_id, return_id)
        self.agreements.append(agreement)
        self._sales = []
        return agreement

    def left(self, subject: str) -> tuple[int, MoneyBag, dict[tuple[str, Decimal], MoneyBag]]:
        """What the ledger holds of a thing: units, amount with tax, taxes."""
        sales = [s for a in self.agreements for s in a.sales if s.subject_id == subject]
        sales += [s for s in self._sales if s.subject_id == subject]
        taxes: dict[tuple[str, Decimal], MoneyBag] = {}
        for tax in (tax for sale in sales for tax in sale.taxes):
            key = (tax.title, tax.rate)
            taxes[key] = _plus(taxes.get(key, self.zero), tax.amount)
        return sum(s.quantity or 0 for s in sales), _sum(self.zero, (s.total for s in sales)), taxes

    def take_back(self, subject: str, units: int | None = None, share: Decimal | None = None) -> Sale:
        """Some units of a thing, or a share of its amount, or all that is left; the last unit takes the rest."""
        quantity, amount, taxes = self.left(subject)
        part = share if share is not None else Decimal(units or 1) / Decimal(quantity or 1) if units else Decimal(1)
        lines = [TaxLine(title, rate, _times(tax, -part)) for (title, rate), tax in taxes.items()]
        tax = _sum(self.zero, (one.price for one in lines))
        whole = _sum(self.zero, taxes.values())
        net = _times(amount if self.included else _minus(amount, whole), -part)
        thing = self.things[subject]
        # the helper adds the tax where prices have none
        sale = self._sell(
            thing.line_type, subject, None if units is None else -units, net, lines, thing.rates, action="RETURN"
        )
        assert self.included or sale.total == _plus(net, tax)
        return sale

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
    ) -> Till:
        """Money, or an attempt; *amount* left out: what is owed."""
        owed = self.outstanding()
        value = _plus(owed, self.bag(rounding or 0)) if amount is None else self.bag(amount)
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

    def outstanding(self) -> MoneyBag:
        owed = _plus(self.current(), self.rounded("in"))
        return _minus(_plus(owed, _minus(self.money("out"), self.rounded("out"))), self.money("in"))

    def money(self, way: str) -> MoneyBag:
        kinds = (TransactionKind.SALE, TransactionKind.CAPTURE) if way == "in" else (TransactionKind.REFUND,)
        amount = _sum(self.zero, (one.amount for one in self._done(*kinds)))
        return (
            _minus(amount, _sum(self.zero, (one.amount for one in self._done(TransactionKind.CHANGE))))
            if (way == "in")
            else amount
        )

    def rounded(self, way: str) -> MoneyBag:
        kinds = (TransactionKind.SALE, TransactionKind.CAPTURE) if way == "in" else (TransactionKind.REFUND,)
        return _sum(self.zero, (one.rounding for one in self._done(*kinds) if one.rounding))

    def _done(self, *kinds: TransactionKind) -> list[Transaction]:
        return [one for one in self.transactions if one.kind in kinds and one.status is TransactionStatus.SUCCESS]

    def current(self) -> MoneyBag:
        sales = [sale for one in self.agreements for sale in one.sales if sale.line_type != "ADJUSTMENT"]
        return _sum(self.zero, (sale.total for sale in sales))

    # What comes back

    def refund(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        *lines: tuple[int, int],
        shipping: bool = False,
        shipping_share: str | None = None,
        everything: bool = False,
        amount: str | None = None,
        gateway: str = "shopify_payments",
        pending: bool = False,
        adjustment_sale: bool = True,
        goodwill_tax: str = "0",
        rounding: str | None = None,
        after: timedelta = timedelta(days=1),
        return_id: str | None = None,
    ) -> Till:
        """Goods, delivery and money back as one refund; *amount* left out: what Shopify would suggest."""
        at, refund_id = self.at + after, self.gid("Refund")
        refund_lines, refund_shipping = self._goods_back(lines, shipping, shipping_share, everything)
        value = _times(_sum(self.zero, (sale.total for sale in self._sales)), Decimal(-1))
        agreement = self._agree("REFUND", at, refund_id)
        suggested = self._suggested(value)
        moved = suggested if amount is None else self.bag(amount)
        transactions = self._money_back(moved, gateway, pending, at, rounding)
        adjustments: tuple[RefundAdjustment, ...] = ()
        difference = _minus(suggested, self.zero if pending else moved)
        if rounding is not None:
            difference = _plus(difference, self.bag(rounding))
        if difference.presentment:
            reason = "PENDING_REFUND_DISCREPANCY" if pending else "REFUND_DISCREPANCY"
            tax = self.bag(-Decimal(goodwill_tax))
            adjustments = (RefundAdjustment(self.gid("OrderAdjustment"), reason, _minus(difference, tax), tax),)
            if adjustment_sale and not pending:
                own = () if not tax.presentment else (SaleTax(self.gid("SaleTax"), "Adjustment", Decimal(0), tax),)
                sale = Sale(self.gid("AdjustmentSale"), "RETURN", "ADJUSTMENT", difference, tax, taxes=own)
                self.agreements[-1] = replace(agreement, sales=(*agreement.sales, sale))
        self.refunds.append(
            Refund(
                refund_id,
                at,
                at,
                moved,
                return_id=return_id,
                lines=refund_lines,
                shipping=refund_shipping,
                adjustments=adjustments,
                transaction_ids=tuple(one.id for one in transactions),
            )
        )
        return self

    def _goods_back(
        self, lines: Sequence[tuple[int, int]], shipping: bool, share: str | None, everything: bool
    ) -> tuple[tuple[RefundLine, ...], tuple[RefundShipping, ...]]:
        wanted = list(lines)
        if everything:
            wanted = [(at, self.left(one.id)[0]) for at, one in enumerate(self.lines) if self.left(one.id)[0]]
        back = []
        for at, units in wanted:
            line = self.lines[at]
            sale = self.take_back(line.id, units)
            self.lines[at] = replace(line, current_quantity=line.current_quantity - units)
            net = sale.total if self.included else _minus(sale.total, sale.tax)
            back.append(
                RefundLine(
                    self.gid("RefundLineItem"),
                    line.id,
                    units,
                    _times(net, Decimal(-1)),
                    _times(sale.tax, Decimal(-1)),
                    line.unit_price,
                )
            )
        sent = []
        if shipping or everything or share:
            for delivery in self.shipping_lines:
                if self.left(delivery.id)[1].presentment:
                    sale = self.take_back(delivery.id, share=None if share is None else Decimal(share))
                    net = sale.total if self.included else _minus(sale.total, sale.tax)
                    sent.append(
                        RefundShipping(
                            self.gid("RefundShippingLine"),
                            delivery.id,
                            _times(net, Decimal(-1)),
                            _times(sale.tax, Decimal(-1)),
                        )
                    )
        if everything:
            for thing in list(self.things.values()):
                if thing.line_type in ("DUTY", "ADDITIONAL_FEE", "TIP") and self.left(thing.subject)[1].presentment:
                    self.take_back(thing.subject)
        return tuple(back), tuple(sent)

    def _suggested(self, value: MoneyBag) -> MoneyBag:
        over = _times(self.outstanding(), Decimal(-1))
        if over.presentment >= value.presentment:
            return value
        return over if over.presentment.amount > 0 else self.zero

    def _money_back(
        self, amount: MoneyBag, gateway: str, pending: bool, at: datetime, rounding: str | None
    ) -> list[Transaction]:
        if not amount.presentment:
            return []
        status = TransactionStatus.PENDING if pending else TransactionStatus.SUCCESS
        one = Transaction(
            self.gid("OrderTransaction"),
            TransactionKind.REFUND,
            status,
            gateway,
            amount,
            at,
            rounding=None if rounding is None else self.bag(rounding),
        )
        self.transactions.append(one)
        return [one]

    def settle(self, *, after: timedelta = timedelta(days=2)) -> Till:
        """Pending refunds' money moves at last."""
        self.transactions = [
            replace(one, status=TransactionStatus.SUCCESS, processed_at=self.at + after)
            if one.status is TransactionStatus.PENDING and one.kind is TransactionKind.REFUND
            else one
            for one in self.transactions
        ]
        self.refunds = [
            replace(one, adjustments=tuple(a for a in one.adjustments if "PENDING" not in a.reason))
            for one in self.refunds
        ]
        return self

    def edit(
        self,
        *,
        add: Sequence[tuple[str, int]] = (),
        quantities: Sequence[tuple[int, int]] = (),
        discount: Sequence[tuple[int, str]] = (),
        after: timedelta = timedelta(hours=1),
    ) -> Till:
        """Change what was ordered: new lines by price and quantity, new quantities, discounts on lines."""
        for at, off in discount:
            self._discounted(at, self.bag(off))
        for at, quantity in quantities:
            self._to_quantity(at, quantity)
        for price, quantity in add:
            self.line(price, quantity)
        self._agree("ORDER_EDIT", self.at + after)
        self.edited = True
        return self

    def _discounted(self, at: int, off: MoneyBag) -> None:
        line, thing = self.lines[at], self.things[self.lines[at].id]
        base = _sum(_minus(line.original_total, off), (_times(one.amount, Decimal(-1)) for one in line.allocations))
        taxes = self.taxes(base, thing.rates)
        change = [
            replace(new, price=_minus(new.price, old.price)) for new, old in zip(taxes, line.tax_lines, strict=True)
        ]
        self._sell(thing.line_type, line.id, 0, _times(off, Decimal(-1)), change, thing.rates, off, action="UPDATE")
        self.lines[at] = replace(
            line, tax_lines=taxes, allocations=(*line.allocations, *self._allocation(off, "LINE_ITEM"))
        )

    def _to_quantity(self, at: int, quantity: int) -> None:
        line, thing = self.lines[at], self.things[self.lines[at].id]
        more = quantity - line.current_quantity
        if more < 0:
            self.take_back(line.id, -more)
            self.lines[at] = replace(line, current_quantity=quantity)
            return
        taxes = self.taxes(_many(line.unit_price, more), thing.rates)
        self._sell(thing.line_type, line.id, more, _many(line.unit_price, more), taxes, thing.rates)
        merged = tuple(
            replace(old, price=_plus(old.price, new.price)) for old, new in zip(line.tax_lines, taxes, strict=True)
        )
        self.lines[at] = replace(
            line,
            quantity=line.quantity + more,
            current_quantity=quantity,
            tax_lines=merged,
            original_total=_many(line.unit_price, line.quantity + more),
        )

    def exchange(
        self,
        *lines: tuple[int, int],
        add: Sequence[tuple[str, int]] = (),
        fee: str | None = None,
        after: timedelta = timedelta(days=3),
        gateway: str = "shopify_payments",
    ) -> Till:
        """Goods come back as a return, perhaps others go out, perhaps for a fee; the difference is paid back."""
        at, return_id, refund_id = self.at + after, self.gid("Return"), self.gid("Refund")
        back, _ = self._goods_back(lines, False, None, False)
        before = len(self.lines)
        for price, quantity in add:
            self.line(price, quantity)
        self.exchange_line_ids |= {line.id for line in self.lines[before:]}
        if fee is not None:
            self._sell("FEE", self.gid("ReturnShippingFee"), None, self.bag(fee), (), ())
        self._agree("RETURN", at, return_id=return_id)
        over = _times(self.outstanding(), Decimal(-1))
        moved = over if over.presentment.amount > 0 else self.zero
        transactions = self._money_back(moved, gateway, False, at, None)
        self._agree("REFUND", at, refund_id)
        self.refunds.append(
            Refund(
                refund_id,
                at,
                at,
                moved,
                return_id=return_id,
                lines=back,
                transaction_ids=tuple(one.id for one in transactions),
            )
        )
        return self

    def cancel(self, *, pay_back: bool = True, after: timedelta = timedelta(days=1)) -> Till:
        """The order is cancelled: goods taken back, money returned if wanted."""
        self.refund(everything=True, amount=None if pay_back else "0", adjustment_sale=False, after=after)
        self.refunds[-1] = replace(self.refunds[-1], adjustments=())
        self.cancelled_at = self.at + after
        return self

    # What Shopify shows

    def order(self, **changes: Any) -> Order:
        """The order as it is now."""
        facts: dict[str, Any] = {
            "customer": Customer("gid://shopify/Customer/9", "Ada", "Lovelace", email="ada@example.com"),
            "email": "ada@example.com",
            "billing_address": HOME,
            "shipping_address": HOME,
            "source_name": "web",
        }
        history = len(self.agreements) > 1 or self.edited or bool(self.refunds) or bool(self.tip_apart.presentment)
        last = max([self.at, *(one.processed_at for one in self.transactions)])
        base = Order(
            id=f"gid://shopify/Order/{self.number}",
            name=f"#{self.number}",
            created_at=self.at,
            processed_at=self.at,
            updated_at=last,
            currency=self.currency,
            presentment_currency=self.presentment,
            taxes_included=self.included,
            totals=self.totals(),
            lines=tuple(self.lines),
            shipping_lines=tuple(self.shipping_lines),
            additional_fees=tuple(self.fees),
            discounts=tuple(self.discounts),
            transactions=tuple(self.transactions),
            refunds=tuple(self.refunds),
            agreements=tuple(self.agreements) if history else None,
            exchange_line_ids=self.exchange_line_ids,
            edited=self.edited,
            cancelled_at=self.cancelled_at,
            payment_gateways=tuple(dict.fromkeys(one.gateway for one in self.transactions)),
        )
        return replace(base, **{**facts, **self.facts, **changes})

    def totals(self) -> Totals:
        duties_included = bool(self.facts.get("duties_included"))
        duties = [duty for line in self.lines for duty in line.duties]
        off = _sum(self.zero, (one.amount for line in self.lines for one in line.allocations))
        ship_off = _sum(self.zero, (one.amount for line in self.shipping_lines for one in line.allocations))
        gross = _sum(self.zero, (line.original_total for line in self.lines))
        shipping = _sum(self.zero, (line.original_price for line in self.shipping_lines))
        taxes = [one for line in self.lines for one in line.tax_lines]
        taxes += [one for delivery in self.shipping_lines for one in delivery.tax_lines]
        taxes += [one for fee in self.fees for one in fee.tax_lines]
        taxes += [] if duties_included else [one for duty in duties for one in duty.tax_lines]
        tax = _sum(self.zero, (one.price for one in taxes))
        extras = _sum(self.tip_apart, (fee.price for fee in self.fees))
        extras = extras if duties_included else _sum(extras, (duty.price for duty in duties))
        price = _plus(_plus(_minus(gross, off), _minus(shipping, ship_off)), extras)
        sales = [sale for one in self.agreements for sale in one.sales]
        tips = _sum(self.tip_apart, (line.original_total for line in self.lines if line.is_tip))
        discrepancy = _sum(
            self.zero, (a.amount for one in self.refunds for a in one.adjustments if "PENDING" not in a.reason)
        )
        discrepancy = _sum(
            discrepancy, (a.tax for one in self.refunds for a in one.adjustments if "PENDING" not in a.reason)
        )
        return Totals(
            subtotal_price=_minus(gross, off),
            total_discounts=_plus(off, ship_off),
            total_shipping_price=shipping,
            total_tax=tax,
            total_price=price if self.included else _plus(price, tax),
            original_total_price=self.original,
            current_total_price=self.current(),
            current_total_tax=_sum(self.zero, (sale.tax for sale in sales)),
            current_subtotal_price=_minus(gross, off),
            total_received=self.money("in"),
            total_refunded=self.money("out"),
            total_outstanding=_plus(self.outstanding(), discrepancy),
            net_payment=_minus(self.money("in"), self.money("out")),
            total_tip_received=tips,
            cash_rounding_payment=self.rounded("in"),
            cash_rounding_refund=self.rounded("out"),
        )


def _plus(one: MoneyBag, other: MoneyBag) -> MoneyBag:
    return MoneyBag(one.shop + other.shop, one.presentment + other.presentment)


def _minus(one: MoneyBag, other: MoneyBag) -> MoneyBag:
    return MoneyBag(one.shop - other.shop, one.presentment - other.presentment)


def _sum(start: MoneyBag, bags: Iterable[MoneyBag]) -> MoneyBag:
    for bag in bags:
        start = _plus(start, bag)
    return start


def _many(bag: MoneyBag, count: int) -> MoneyBag:
    return MoneyBag(bag.shop * count, bag.presentment * count)


def _times(bag: MoneyBag, factor: Decimal) -> MoneyBag:
    """*bag* times *factor*, each side rounded half away from zero."""
    return MoneyBag((bag.shop * factor).rounded(), (bag.presentment * factor).rounded())
