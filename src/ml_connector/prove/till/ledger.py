"""What is left of each thing that was sold: Shopify's ledger of sales, grouped into agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    AdditionalFee,
    Agreement,
    DiscountApplication,
    Line,
    Refund,
    Sale,
    SaleTax,
    ShippingLine,
    TaxLine,
    Transaction,
)
from ml_connector.prove.till.amounts import minus, plus, summed, times

Rates = Sequence[tuple[str, str]]
"""Title and rate as a fraction: `[("VAT", "0.2")]`."""

START = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


@dataclass
class Sold:
    """A thing in the ledger: what is left of it."""

    line_type: str
    subject: str
    rates: Rates
    quantity: int
    unit: MoneyBag
    liable: bool = False


class Ledger:
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
        self.fulfilled_at: datetime | None = None
        self.original = self.zero
        self.sales_now: list[Sale] = []

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
            TaxLine(title, Decimal(rate), times(base, Decimal(rate) / divisor), liable) for title, rate in rates
        )

    def sell(  # noqa: PLR0913 - each names one thing that a test may want
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
        tax = summed(self.zero, (one.price for one in taxes))
        total = net if self.included else plus(net, tax)
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
        self.sales_now.append(sale)
        self.things.setdefault(subject, Sold(line_type, subject, rates, 0, unit or net, liable)).quantity += (
            quantity or 0
        )
        return sale

    def agree(self, reason: str, at: datetime, refund_id: str | None = None, return_id: str | None = None) -> Agreement:
        agreement = Agreement(self.gid("SalesAgreement"), reason, at, tuple(self.sales_now), refund_id, return_id)
        self.agreements.append(agreement)
        self.sales_now = []
        return agreement

    def left(self, subject: str) -> tuple[int, MoneyBag, dict[tuple[str, Decimal], MoneyBag]]:
        """What the ledger holds of a thing: units, amount with tax, taxes."""
        sales = [s for a in self.agreements for s in a.sales if s.subject_id == subject]
        sales += [s for s in self.sales_now if s.subject_id == subject]
        taxes: dict[tuple[str, Decimal], MoneyBag] = {}
        for tax in (tax for sale in sales for tax in sale.taxes):
            key = (tax.title, tax.rate)
            taxes[key] = plus(taxes.get(key, self.zero), tax.amount)
        return sum(s.quantity or 0 for s in sales), summed(self.zero, (s.total for s in sales)), taxes

    def take_back(self, subject: str, units: int | None = None, share: Decimal | None = None) -> Sale:
        """Some units of a thing, or a share of its amount, or all that is left; the last unit takes the rest."""
        quantity, amount, taxes = self.left(subject)
        part = share if share is not None else Decimal(units or 1) / Decimal(quantity or 1) if units else Decimal(1)
        lines = [TaxLine(title, rate, times(tax, -part)) for (title, rate), tax in taxes.items()]
        tax = summed(self.zero, (one.price for one in lines))
        whole = summed(self.zero, taxes.values())
        net = times(amount if self.included else minus(amount, whole), -part)
        thing = self.things[subject]
        # the helper adds the tax where prices have none
        sale = self.sell(
            thing.line_type, subject, None if units is None else -units, net, lines, thing.rates, action="RETURN"
        )
        assert self.included or sale.total == plus(net, tax)
        return sale

    def current(self) -> MoneyBag:
        sales = [sale for one in self.agreements for sale in one.sales if sale.line_type != "ADJUSTMENT"]
        return summed(self.zero, (sale.total for sale in sales))
