"""Exact money that carries its currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

# ISO 4217 minor units that are not 2.
_PLACES = {
    **dict.fromkeys(
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split(),
        0,
    ),
    **dict.fromkeys(("BHD IQD JOD KWD LYD OMR TND").split(), 3),
}


def places(currency: str) -> int:
    """Number of decimal places of *currency* (ISO 4217 code), 2 unless known otherwise.

    Source: ISO 4217, minor units.
    """
    return _PLACES.get(currency, 2)


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies were added or compared: a bug in the caller."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency. May hold more places than the currency has until `rounded`."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Money:
        return cls(Decimal(amount), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @property
    def unit(self) -> Decimal:
        """The smallest unit of the currency, e.g. `Decimal("0.01")`."""
        return Decimal(1).scaleb(-places(self.currency))

    @property
    def minor(self) -> int:
        """The amount in smallest units, rounded half up."""
        return int(self.rounded().amount.scaleb(places(self.currency)))

    def rounded(self) -> Money:
        """To the currency's places, half away from zero."""
        return Money(self.amount.quantize(self.unit, ROUND_HALF_UP), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    @property
    def text(self) -> str:
        """The amount with the currency's places and no currency, e.g. `108.20`."""
        return f"{self.rounded().amount:f}"

    def __str__(self) -> str:
        return f"{self.currency} {self.text}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of *amounts*, zero in *currency* when there are none."""
    answer = Money.zero(currency)
    for amount in amounts:
        answer = answer + amount
    return answer


class Side(StrEnum):
    """Which of Shopify's two amounts a document is made from."""

    SHOP = "shop"
    PRESENTMENT = "presentment"


@dataclass(frozen=True, slots=True)
class MoneyBag:
    """One figure in the shop's currency and in the currency that the customer was shown.

    Source: Shopify Admin GraphQL, MoneyBag.
    """

    shop: Money
    presentment: Money

    def side(self, side: Side) -> Money:
        return self.shop if side is Side.SHOP else self.presentment
