"""How Zoho adds up a document, so that we know its answer before we ask.

Rates are rounded to the currency's places before anything else; a line is rate times quantity, rounded, less its
discount. Taxes are rounded once per tax over the document (`entity_level`) or once per line (`item_level`), by an
organisation's setting; every component of a tax group is rounded by itself. In a document whose prices include tax
the total stays the sum of the prices. What no source settles is a field of `Reading`, and a plan has to be right
under every reading that is possible.

Source: Zoho Books API v3, Invoices (line items, tax_rounding, adjustment, shipping_charge); live answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Component:
    """One tax that a line bears, alone or as a member of a group. `percentage` is 20 for 20 %."""

    tax_id: str
    percentage: Decimal
    compound: bool = False
    """Charged on the price and the other taxes."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What Zoho reads of one line. `tax_key` is the tax or group that was named; empty: untaxed."""

    rate: Decimal
    quantity: Decimal
    discount: Decimal = ZERO
    tax_key: str = ""
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which Zoho may round.

    Attributes:
        rounding: `item_level` or `entity_level`.
        by_component: Entity level: bases are added up per component over all groups, or per named tax.
    """

    rounding: str
    by_component: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document as far as its arithmetic goes.

    Attributes:
        places: Decimal places of the currency in Zoho (`price_precision`).
        discount: A discount on the whole document, as an amount.
        shipping: Zoho's shipping charge, with its tax in `shipping_components`.
    """

    lines: tuple[Amount, ...]
    places: int
    inclusive: bool
    adjustment: Decimal = ZERO
    discount: Decimal = ZERO
    discount_before_tax: bool = True
    shipping: Decimal = ZERO
    shipping_components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Zoho will say. `taxes` by component, in the order of first appearance."""

    item_totals: tuple[Decimal, ...]
    sub_total: Decimal
    taxes: dict[str, Decimal] = field(default_factory=dict)
    total: Decimal = ZERO

    @property
    def tax_total(self) -> Decimal:
        return sum(self.taxes.values(), ZERO)


def readings(tax_rounding: str | None) -> tuple[Reading, ...]:
    """The readings that are possible when the organisation's setting is *tax_rounding*; None: not known yet."""
    known = {
        "item_level": (Reading("item_level"),),
        "entity_level": (Reading("entity_level"), Reading("entity_level", by_component=True)),
    }
    return known.get(tax_rounding or "", known["item_level"] + known["entity_level"])


def half_up(amount: Decimal, places: int) -> Decimal:
    """*amount* with so many places, half away from zero: Zoho's `round_half_up`."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def item_total(line: Amount, places: int) -> Decimal:
    """The line as stated: with tax where the document includes it."""
    return half_up(half_up(line.rate, places) * line.quantity, places) - half_up(line.discount, places)


def exact_taxes(base: Decimal, components: Sequence[Component], *, inclusive: bool) -> list[Decimal]:
    """Each component's tax on *base* before rounding."""
    simple = sum((one.percentage for one in components if not one.compound), ZERO)
    rates = [one.percentage * (HUNDRED + simple) / HUNDRED if one.compound else one.percentage for one in components]
    divisor = HUNDRED + sum(rates, ZERO) if inclusive else HUNDRED
    return [base * rate / divisor for rate in rates]


def add_up(document: Document, reading: Reading) -> Answer:
    """Zoho's totals of *document* under *reading*."""
    totals = tuple(item_total(line, document.places) for line in document.lines)
    bases = _after_document_discount(document, totals)
    taxes = _taxes(document, bases, reading)
    shipping = half_up(document.shipping, document.places)
    for tax_id, tax in _rounded(shipping, document.shipping_components, document):
        taxes[tax_id] = taxes.get(tax_id, ZERO) + tax
    sub_total = sum(totals, ZERO)
    on_top = ZERO if document.inclusive else sum(taxes.values(), ZERO)
    total = sub_total - half_up(document.discount, document.places) + on_top + shipping
    return Answer(totals, sub_total, taxes, total + half_up(document.adjustment, document.places))


def _after_document_discount(document: Document, totals: Sequence[Decimal]) -> list[Decimal]:
    """Taxable amounts: a discount before tax is spread by share, and the last line takes the remainder."""
    whole = sum(totals, ZERO)
    if not document.discount or not document.discount_before_tax or not whole:
        return list(totals)
    shares = [half_up(document.discount * each / whole, document.places) for each in totals]
    shares[-1] += half_up(document.discount, document.places) - sum(shares, ZERO)
    return [each - share for each, share in zip(totals, shares, strict=True)]


def _taxes(document: Document, bases: Sequence[Decimal], reading: Reading) -> dict[str, Decimal]:
    if reading.rounding == "item_level":
        pieces: Iterable[tuple[str, Decimal]] = (
            piece
            for line, base in zip(document.lines, bases, strict=True)
            for piece in _rounded(base, line.components, document)
        )
    elif reading.by_component:
        pieces = _by_component(document, bases)
    else:
        pieces = _by_named_tax(document, bases)
    answer: dict[str, Decimal] = {}
    for tax_id, amount in pieces:
        answer[tax_id] = answer.get(tax_id, ZERO) + amount
    return answer


def _rounded(base: Decimal, components: Sequence[Component], document: Document) -> list[tuple[str, Decimal]]:
    exact = exact_taxes(base, components, inclusive=document.inclusive)
    return [(one.tax_id, half_up(tax, document.places)) for one, tax in zip(components, exact, strict=True)]


def _by_named_tax(document: Document, bases: Sequence[Decimal]) -> list[tuple[str, Decimal]]:
    sums: dict[str, tuple[tuple[Component, ...], Decimal]] = {}
    for line, base in zip(document.lines, bases, strict=True):
        _, known = sums.get(line.tax_key, ((), ZERO))
        sums[line.tax_key] = (line.components, known + base)
    return [piece for components, base in sums.values() for piece in _rounded(base, components, document)]


def _by_component(document: Document, bases: Sequence[Decimal]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for line, base in zip(document.lines, bases, strict=True):
        exact = exact_taxes(base, line.components, inclusive=document.inclusive)
        for one, tax in zip(line.components, exact, strict=True):
            sums[one.tax_id] = sums.get(one.tax_id, ZERO) + tax
    return [(tax_id, half_up(tax, document.places)) for tax_id, tax in sums.items()]


def price_line(amount: Decimal, quantity: Decimal, wanted_rate: Decimal | None, places: int) -> tuple[Decimal, Decimal]:
    """Rate and line discount that make exactly *amount*, with *wanted_rate* kept where it can be.

    *quantity* is whole and above zero. The discount is never negative. Where no wanted rate reaches the amount, the
    rate is the smallest of the currency's prices that does.
    """
    if wanted_rate is not None and wanted_rate == half_up(wanted_rate, places):
        gross = half_up(wanted_rate * quantity, places)
        if gross >= amount:
            return wanted_rate, gross - amount
    unit = Decimal(1).scaleb(-places)
    rate = (amount / quantity).quantize(unit, ROUND_CEILING)
    return rate, half_up(rate * quantity, places) - amount
