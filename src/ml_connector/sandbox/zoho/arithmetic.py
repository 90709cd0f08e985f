"""How Zoho adds up a document.

A reading of the documented facts: the rate is rounded before anything else, taxes are rounded
once per tax or once per line by the organisation's choice, each member of a tax group is rounded
on its own, and an inclusive document's total stays the sum of its prices. What no source settles
is a field of `Rules`.

Source: Zoho Books API v3, invoices; Zoho Books help, tax rounding; Zoho community threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.sandbox.zoho.values import ZERO, half_up

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Part:
    """One tax of a line, alone or as a member of a group."""

    tax_id: str
    percentage: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """A line as far as its money is concerned.

    Attributes:
        discount: An amount for the whole line, a share such as `10%`, or nothing.
        tax_id: The tax or group that was named; lines of one `tax_id` are rounded together.
    """

    rate: Decimal
    quantity: Decimal
    discount: str = ""
    tax_id: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The choices of an organisation, and the readings of what is not documented."""

    places: int = 2
    inclusive: bool = False
    tax_rounding: str = "entity_level"
    discount: str = ""
    discount_type: str = ""
    discount_before_tax: bool = True
    remainder: str = "last"
    rounding: str = "no_rounding"
    inclusive_totals: str = "gross"
    shipping_follows_inclusive: bool = True


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """The amount of one tax."""

    tax_id: str
    percentage: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A line added up.

    Attributes:
        amount: Price times quantity less the line's own discount, as stated (with tax when the
            document is inclusive).
        item_total: What Zoho shows: `amount`, or its net part under the net reading.
        taxable: `amount` less its share of a discount on the whole document.
    """

    rate: Decimal
    discount: Decimal
    amount: Decimal
    item_total: Decimal
    taxable: Decimal
    taxes: tuple[TaxAmount, ...]

    @property
    def tax(self) -> Decimal:
        """All its taxes, rounded on this line."""
        return sum((tax.amount for tax in self.taxes), ZERO)


@dataclass(frozen=True, slots=True)
class Totals:
    """A document added up."""

    lines: tuple[LineTotal, ...]
    sub_total: Decimal
    sub_total_inclusive: Decimal
    discount_total: Decimal
    discount_on_document: Decimal
    taxes: tuple[TaxAmount, ...]
    tax_total: Decimal
    shipping: Decimal
    shipping_net: Decimal
    shipping_taxes: tuple[TaxAmount, ...]
    adjustment: Decimal
    roundoff: Decimal
    total: Decimal


def add_up(
    charges: Sequence[Charge],
    rules: Rules,
    *,
    shipping: Decimal = ZERO,
    shipping_parts: tuple[Part, ...] = (),
    adjustment: Decimal = ZERO,
) -> Totals:
    """Compute everything that Zoho computes about a document's money."""
    priced = [_price(charge, rules) for charge in charges]
    amounts = [amount for _, _, amount in priced]
    before_tax = rules.discount_type == "entity_level" and rules.discount_before_tax
    reduction = _share(rules.discount, sum(amounts, ZERO), rules.places) if before_tax else ZERO
    shares = _spread(reduction, amounts, rules)

    lines = tuple(
        _line(charge, rate, cut, amount, amount - share, rules)
        for charge, (rate, cut, amount), share in zip(charges, priced, shares, strict=True)
    )
    charged = half_up(shipping, rules.places)
    shipping_taxes = _shipping_taxes(charged, shipping_parts, rules)
    taxes = _taxes(charges, lines, shipping_taxes, rules)
    return _sum(lines, taxes, reduction, charged, shipping_taxes, half_up(adjustment, rules.places), rules)


def _price(charge: Charge, rules: Rules) -> tuple[Decimal, Decimal, Decimal]:
    """Rate, line discount and amount, each rounded to the price precision."""
    rate = half_up(charge.rate, rules.places)
    gross = half_up(rate * charge.quantity, rules.places)
    cut = _share(charge.discount, gross, rules.places)
    return rate, cut, gross - cut


def _share(discount: str, of: Decimal, places: int) -> Decimal:
    if not discount:
        return ZERO
    if discount.endswith("%"):
        return half_up(of * Decimal(discount[:-1]) / HUNDRED, places)
    return half_up(Decimal(discount), places)


def _spread(reduction: Decimal, amounts: Sequence[Decimal], rules: Rules) -> list[Decimal]:
    """A document's discount on its lines by their amounts; one line takes the remainder."""
    whole = sum(amounts, ZERO)
    if not reduction or not whole:
        return [ZERO] * len(amounts)
    shares = [half_up(reduction * amount / whole, rules.places) for amount in amounts]
    taker = len(shares) - 1 if rules.remainder == "last" else max(range(len(shares)), key=amounts.__getitem__)
    shares[taker] += reduction - sum(shares, ZERO)
    return shares


def _line(charge: Charge, rate: Decimal, cut: Decimal, amount: Decimal, taxable: Decimal, rules: Rules) -> LineTotal:
    exact = _exact_taxes(taxable, charge.parts, rules.inclusive)
    taxes = tuple(
        TaxAmount(part.tax_id, part.percentage, half_up(value, rules.places))
        for part, value in zip(charge.parts, exact, strict=True)
    )
    shown = amount
    if rules.inclusive and rules.inclusive_totals == "net":
        shown = amount - sum((tax.amount for tax in taxes), ZERO)
    return LineTotal(rate, cut, amount, shown, taxable, taxes)


def _exact_taxes(base: Decimal, parts: Sequence[Part], inclusive: bool) -> list[Decimal]:
    """Each tax of *base* before rounding; a compound tax is charged on the other taxes too."""
    simple = sum((part.percentage for part in parts if not part.compound), ZERO)
    rates = [part.percentage * (HUNDRED + simple) / HUNDRED if part.compound else part.percentage for part in parts]
    divisor = HUNDRED + sum(rates, ZERO) if inclusive else HUNDRED
    return [base * rate / divisor for rate in rates]


def _shipping_taxes(charged: Decimal, parts: tuple[Part, ...], rules: Rules) -> tuple[TaxAmount, ...]:
    inclusive = rules.inclusive and rules.shipping_follows_inclusive
    exact = _exact_taxes(charged, parts, inclusive)
    return tuple(
        TaxAmount(part.tax_id, part.percentage, half_up(value, rules.places))
        for part, value in zip(parts, exact, strict=True)
    )


def _taxes(
    charges: Sequence[Charge],
    lines: Sequence[LineTotal],
    shipping_taxes: Sequence[TaxAmount],
    rules: Rules,
) -> tuple[TaxAmount, ...]:
    """The document's taxes by tax, members of groups apart, in the order they first appear."""
    amounts: dict[str, TaxAmount] = {}

    def add(tax_id: str, percentage: Decimal, amount: Decimal) -> None:
        known = amounts.get(tax_id)
        amounts[tax_id] = TaxAmount(tax_id, percentage, (known.amount if known else ZERO) + amount)

    if rules.tax_rounding == "item_level":
        for line in lines:
            for tax in line.taxes:
                add(tax.tax_id, tax.percentage, tax.amount)
    else:
        for parts, base in _bases(charges, lines).values():
            for part, value in zip(parts, _exact_taxes(base, parts, rules.inclusive), strict=True):
                add(part.tax_id, part.percentage, half_up(value, rules.places))
    for tax in shipping_taxes:
        add(tax.tax_id, tax.percentage, tax.amount)
    return tuple(amounts.values())


def _bases(charges: Sequence[Charge], lines: Sequence[LineTotal]) -> dict[str, tuple[tuple[Part, ...], Decimal]]:
    bases: dict[str, tuple[tuple[Part, ...], Decimal]] = {}
    for charge, line in zip(charges, lines, strict=True):
        if charge.parts:
            _, known = bases.get(charge.tax_id, (charge.parts, ZERO))
            bases[charge.tax_id] = (charge.parts, known + line.taxable)
    return bases


def _sum(
    lines: tuple[LineTotal, ...],
    taxes: tuple[TaxAmount, ...],
    reduction: Decimal,
    charged: Decimal,
    shipping_taxes: tuple[TaxAmount, ...],
    adjustment: Decimal,
    rules: Rules,
) -> Totals:
    stated = sum((line.amount for line in lines), ZERO)
    tax_total = sum((tax.amount for tax in taxes), ZERO)
    on_shipping = sum((tax.amount for tax in shipping_taxes), ZERO)
    shipping_inclusive = rules.inclusive and rules.shipping_follows_inclusive
    on_top = ZERO if shipping_inclusive else on_shipping
    if not rules.inclusive:
        on_top = tax_total
    after_tax = _after_tax(stated, on_top if not rules.inclusive else ZERO, rules)
    exact = stated - reduction + on_top + charged - after_tax + adjustment
    roundoff = ZERO if rules.rounding == "no_rounding" else half_up(exact, 0) - exact
    sub_total = stated
    if rules.inclusive and rules.inclusive_totals == "net":
        sub_total = stated - (tax_total - on_shipping)
    own = sum((line.discount for line in lines), ZERO)
    return Totals(
        lines=lines,
        sub_total=sub_total,
        sub_total_inclusive=stated if rules.inclusive else ZERO,
        discount_total=own + reduction + after_tax,
        discount_on_document=reduction + after_tax,
        taxes=taxes,
        tax_total=tax_total,
        shipping=charged,
        shipping_net=charged - on_shipping if shipping_inclusive else charged,
        shipping_taxes=shipping_taxes,
        adjustment=adjustment,
        roundoff=roundoff,
        total=exact + roundoff,
    )


def _after_tax(stated: Decimal, tax: Decimal, rules: Rules) -> Decimal:
    if rules.discount_type != "entity_level" or rules.discount_before_tax:
        return ZERO
    return _share(rules.discount, stated + tax, rules.places)
