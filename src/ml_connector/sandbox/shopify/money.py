"""Amounts as Shopify keeps them: every one twice, in the shop's currency and in the buyer's.

Each side is computed and rounded for itself, so each side's parts add up to its own totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO_PLACES = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_PLACES = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def places(currency: str) -> int:
    """How many decimal places *currency* has in everyday use.

    Source: ISO 4217, minor units.
    """
    if currency in ZERO_PLACES:
        return 0
    return 3 if currency in THREE_PLACES else 2


def to_places(amount: Decimal, currency: str) -> Decimal:
    """*amount* rounded half up to the smallest unit of *currency*."""
    return amount.quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_UP)


@dataclass(frozen=True)
class Bag:
    """One amount in both currencies of an order. Which currencies is the order's to say."""

    shop: Decimal = Decimal(0)
    presentment: Decimal = Decimal(0)

    def __add__(self, other: Bag) -> Bag:
        return Bag(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other: Bag) -> Bag:
        return Bag(self.shop - other.shop, self.presentment - other.presentment)

    def __neg__(self) -> Bag:
        return Bag(-self.shop, -self.presentment)

    def __mul__(self, count: int) -> Bag:
        return Bag(self.shop * count, self.presentment * count)

    def __bool__(self) -> bool:
        return bool(self.shop or self.presentment)


NOTHING = Bag()


def total(bags: Sequence[Bag]) -> Bag:
    """The sum of *bags*, nothing for none."""
    return sum(bags, NOTHING)


@dataclass(frozen=True)
class Currencies:
    """The two currencies of an order and how one becomes the other.

    Attributes:
        shop: ISO code of the shop's currency.
        presentment: ISO code of the currency the buyer sees and pays.
        rate: Presentment units for one unit of the shop's currency.
    """

    shop: str
    presentment: str
    rate: Decimal = Decimal(1)

    def rounded(self, bag: Bag) -> Bag:
        """*bag* in whole smallest units of both currencies."""
        return Bag(to_places(bag.shop, self.shop), to_places(bag.presentment, self.presentment))

    def priced(self, shop_amount: Decimal) -> Bag:
        """An amount set in the shop's currency, shown to the buyer at the rate."""
        return self.rounded(Bag(shop_amount, shop_amount * self.rate))

    def paid(self, presentment_amount: Decimal, rate: Decimal | None = None) -> Bag:
        """An amount paid by the buyer, valued in the shop's currency at *rate*."""
        return self.rounded(Bag(presentment_amount / (rate or self.rate), presentment_amount))

    def portion(self, bag: Bag, part: Decimal | int, whole: Decimal | int) -> Bag:
        """*part* of *whole* of *bag*, rounded; all of it when they are equal."""
        if part == whole:
            return bag
        share = Decimal(part) / Decimal(whole)
        return self.rounded(Bag(bag.shop * share, bag.presentment * share))

    def spread(self, bag: Bag, weights: Sequence[Bag]) -> list[Bag]:
        """*bag* divided over *weights* in whole smallest units, nothing lost or gained."""
        shop = _spread(bag.shop, [weight.shop for weight in weights], self.shop)
        presentment = _spread(bag.presentment, [weight.presentment for weight in weights], self.presentment)
        return [Bag(one, other) for one, other in zip(shop, presentment, strict=True)]


def _spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Each weight's exact share rounded down, then one unit each to the largest remainders."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0) for _ in weights]
    unit = Decimal(1).scaleb(-places(currency))
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(unit, ROUND_DOWN) for share in exact]
    left = int((amount - sum(shares, Decimal(0))) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda n: (shares[n] - exact[n], n))
    for position in by_remainder[:left]:
        shares[position] += unit
    return shares


def graphql_amount(amount: Decimal) -> str:
    """An amount as the Admin API's `Decimal`: no padding, one place at least ("13.5", "200.0").

    Source: Shopify Admin API responses, version 2026-04.
    """
    text = format(amount.normalize(), "f")
    return text if "." in text else f"{text}.0"


def rest_amount(amount: Decimal, currency: str) -> str:
    """An amount as webhook bodies write it: padded to the currency's places ("13.50")."""
    return format(to_places(amount, currency), "f")
