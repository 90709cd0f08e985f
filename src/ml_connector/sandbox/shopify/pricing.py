"""From what was asked for to what it costs: discounts allocated, taxes per line, both rounded.

Source: Shopify, how discounts are allocated and taxes are rounded; the identities between an
order's amounts hold for what leaves this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ml_connector.sandbox.shopify.model import Allocation, Application, Line, ShippingLine, Tax
from ml_connector.sandbox.shopify.money import NOTHING, Bag, Currencies, total
from ml_connector.sandbox.shopify.spec import DiscountSpec, TaxSpec

APPLICATION_KINDS = {
    "code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "manual": "ManualDiscountApplication",
    "script": "ScriptDiscountApplication",
}


def taxes_on(base: Bag, rates: Sequence[TaxSpec], currencies: Currencies, *, included: bool) -> list[Tax]:
    """Each tax on *base*, rounded for itself.

    Args:
        base: The price after discounts; with the taxes in it when *included*.
    """
    divisor = 1 + sum((tax.rate for tax in rates), Decimal(0)) if included else Decimal(1)
    return [
        Tax(tax.title, tax.rate, _tax(base, tax.rate, divisor, currencies), tax.channel_liable, tax.source)
        for tax in rates
    ]


def _tax(base: Bag, rate: Decimal, divisor: Decimal, currencies: Currencies) -> Bag:
    return currencies.rounded(Bag(base.shop * rate / divisor, base.presentment * rate / divisor))


def application_of(discount: DiscountSpec) -> Application:
    """The discount as the order remembers it."""
    method = "EACH" if discount.each else "ACROSS"
    if discount.units is not None:
        method = "EACH"
    return Application(
        kind=APPLICATION_KINDS[discount.kind],
        title=discount.title,
        value=discount.value,
        percentage=discount.percentage,
        target="SHIPPING_LINE" if discount.target == "shipping" else "LINE_ITEM",
        method=method,
        selection="ALL" if discount.lines is None else "ENTITLED",
    )


def discount_lines(lines: Sequence[Line], discount: DiscountSpec, index: int, currencies: Currencies) -> None:
    """Allocate *discount* over *lines*; never more than is left of a line's price."""
    entitled = [line for position, line in enumerate(lines) if discount.lines is None or position in discount.lines]
    left = [_discountable(line, discount.units, currencies) for line in entitled]
    for line, amount in zip(entitled, _amounts(left, discount, currencies), strict=True):
        if amount:
            line.allocations.append(Allocation(index, amount))


def discount_shipping(
    lines: Sequence[ShippingLine], discount: DiscountSpec, index: int, currencies: Currencies
) -> None:
    """Allocate *discount* over delivery charges."""
    left = [line.price - line.discount for line in lines]
    for line, amount in zip(lines, _amounts(left, discount, currencies), strict=True):
        if amount:
            line.allocations.append(Allocation(index, amount))


def _discountable(line: Line, units: int | None, currencies: Currencies) -> Bag:
    left = line.gross - line.discount
    if units is None or units >= line.quantity:
        return left
    return currencies.portion(left, units, line.quantity)


def _amounts(left: Sequence[Bag], discount: DiscountSpec, currencies: Currencies) -> list[Bag]:
    if discount.each:
        return [_one_amount(bag, discount, currencies) for bag in left]
    return currencies.spread(_one_amount(total(left), discount, currencies), left)


def _one_amount(left: Bag, discount: DiscountSpec, currencies: Currencies) -> Bag:
    if discount.percentage:
        share = discount.value / 100
        return currencies.rounded(Bag(left.shop * share, left.presentment * share))
    wanted = currencies.priced(discount.value)
    return Bag(min(wanted.shop, left.shop), min(wanted.presentment, left.presentment))


def tax_line(line: Line, rates: Sequence[TaxSpec], currencies: Currencies, *, included: bool) -> None:
    """Put *rates* on a line, after its discounts."""
    line.taxes = taxes_on(line.gross - line.discount, rates, currencies, included=included)


def rates_of(taxes: Sequence[Tax]) -> tuple[TaxSpec, ...]:
    """The rates behind *taxes*, to charge them again on another amount."""
    return tuple(TaxSpec(tax.title, tax.rate, tax.channel_liable, tax.source) for tax in taxes)


def tax_total(taxes: Sequence[Tax]) -> Bag:
    """All of *taxes* together."""
    return sum((tax.amount for tax in taxes), NOTHING)
