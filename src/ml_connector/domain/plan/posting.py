"""From taxed parts to the lines of a document whose total, as Zoho will compute it, is Shopify's.

The document is written as the order is: prices with tax or without. What rounding leaves goes to the adjustment of an
invoice, or to a line of a credit note, when the emulation explains it to the unit. While we do not know how the
organisation rounds taxes and the two ways differ, prices are written with their tax: then the total is the sum of the
prices under every reading. See docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.domain.arithmetic import (
    Amount,
    Answer,
    Document,
    add_up,
    half_up,
    price_line,
    readings,
)
from ml_connector.domain.documents import DraftLine, Expected, ExpectedTax
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.taxing import Taxation, Taxed


@dataclass(frozen=True, slots=True)
class Priced:
    """A part with the figures that its line will have."""

    taxed: Taxed
    rate: Decimal
    discount: Decimal

    @property
    def amount(self) -> Amount:
        choice = self.taxed.choice
        key = choice.tax_id or ""
        return Amount(self.rate, Decimal(self.taxed.part.quantity), self.discount, key, choice.components)


@dataclass(frozen=True, slots=True)
class Posting:
    """The money of a document, ready to be written.

    Attributes:
        residue: What rounding leaves, posted or not: Shopify's total less what Zoho computes from the lines.
        target: Shopify's total of these parts.
    """

    lines: tuple[Priced, ...]
    inclusive: bool
    target: Money
    computed: Money
    expected: Expected
    why: str

    @property
    def residue(self) -> Money:
        return self.target - self.computed

    def with_line(self, line: Priced) -> Posting:
        """The same with a line that bears no tax, which raises the total by just its price."""
        computed = self.computed + line.taxed.part.amount
        return replace(
            self,
            lines=(*self.lines, line),
            computed=computed,
            expected=replace(self.expected, total=computed),
        )

    def without(self, what: What) -> Posting:
        """The same without the lines of that kind, whose money is said elsewhere in the document."""
        return replace(self, lines=tuple(line for line in self.lines if line.taxed.part.what is not what))


def post(case: Case, taxation: Taxation) -> Posting:
    """Write *taxation*'s parts so that Zoho's total is known.

    Raises:
        Stopped: an amount has more places than the currency has in Zoho, or two ways of rounding give two totals and
            nothing written is the same under both.
    """
    target = _target(case, taxation)
    inclusive = case.order.taxes_included and not taxation.net
    if inclusive and not case.books.organisation.sales_inclusive and _has_tax(taxation):
        return _written(case, taxation, target, inclusive=False, why="The organisation does not write prices with tax.")
    why = "As in Shopify: prices with tax." if inclusive else "As in Shopify: prices without tax."
    posting = _written(case, taxation, target, inclusive=inclusive, why=why)
    if bearable(case, posting) or taxation.net or not case.books.organisation.sales_inclusive:
        return posting
    reason = (
        "Taxes rounded together differ from Shopify's by more than may be posted as rounding; prices with tax do not."
    )
    other = _written(case, taxation, target, inclusive=True, why=reason)
    return other if bearable(case, other) else posting


def _target(case: Case, taxation: Taxation) -> Money:
    amounts = total((one.part.amount for one in taxation.parts), case.currency)
    if case.order.taxes_included and not taxation.net:
        return amounts
    return amounts + total((one.part.tax for one in taxation.parts), case.currency)


def _has_tax(taxation: Taxation) -> bool:
    return any(one.choice.components for one in taxation.parts)


def _written(case: Case, taxation: Taxation, target: Money, *, inclusive: bool, why: str) -> Posting:
    lines = tuple(_priced(case, one, inclusive, net=taxation.net) for one in taxation.parts)
    answers = _answers(case, lines, inclusive)
    if len({answer.total for answer in answers}) > 1:
        if inclusive or not case.books.organisation.sales_inclusive:
            raise _two_totals(case, answers)
        reason = "How the organisation rounds taxes is not known yet, and prices with tax give one total either way."
        return _written(case, taxation, target, inclusive=True, why=reason)
    computed = case.of(answers[0].total)
    return Posting(lines, inclusive, target, computed, _expected(case, computed, answers), why)


def _answers(case: Case, lines: Sequence[Priced], inclusive: bool) -> list[Answer]:
    document = Document(tuple(line.amount for line in lines), case.places, inclusive)
    return [add_up(document, reading) for reading in readings(case.books.organisation.tax_rounding)]


def _expected(case: Case, computed: Money, answers: Sequence[Answer]) -> Expected:
    """The taxes under the first reading, and, where other readings give others, those too."""
    stated = [
        tuple(ExpectedTax(tax_id, case.of(amount)) for tax_id, amount in answer.taxes.items()) for answer in answers
    ]
    first, *others = dict.fromkeys(stated)
    return Expected(computed, first, tuple(others))


def _two_totals(case: Case, answers: Sequence[Answer]) -> Stopped:
    totals = sorted({answer.total for answer in answers})
    return stop(
        "tax_rounding_unknown",
        f"Zoho would say {case.of(totals[0]).text} or {case.of(totals[-1]).text}, depending on how your "
        "organisation rounds taxes, which it has not shown us yet.",
        "Post one order with tax first; its answer shows how taxes are rounded. Then replay this one.",
        details=tuple((f"Total, way {number}", str(case.of(one))) for number, one in enumerate(totals, start=1)),
    )


def _priced(case: Case, taxed: Taxed, inclusive: bool, *, net: bool) -> Priced:
    part = taxed.part
    amount = _amount(case, part, inclusive, net=net).amount
    if amount != half_up(amount, case.places):
        raise _too_fine(case, part)
    if amount < 0:
        raise _below_nothing(case, part)
    same = inclusive == case.order.taxes_included or not part.taxes
    wanted = part.unit_price.amount if part.unit_price is not None and same else None
    rate, discount = price_line(amount, Decimal(part.quantity), wanted, case.places)
    return Priced(taxed, rate, discount)


def _amount(case: Case, part: Part, inclusive: bool, *, net: bool) -> Money:
    """The part's amount as the document writes prices."""
    if net or inclusive == case.order.taxes_included:
        return part.amount
    return part.amount + part.tax if inclusive else part.amount - part.tax


def _below_nothing(case: Case, part: Part) -> Stopped:
    return stop(
        "line_below_nothing",
        f"“{part.name}” comes to {case.of(part.amount.amount)}, and a line in Zoho cannot be below nothing.",
        "Post this order by hand, or exclude it.",
    )


def _too_fine(case: Case, part: Part) -> Stopped:
    return stop(
        "price_precision",
        f"“{part.name}” comes to {part.amount.amount:f} {case.currency}, and Zoho keeps {case.places} decimal places "
        f"for {case.currency}.",
        f"Give {case.currency} its usual decimal places in Zoho, then replay the order.",
        cause=f"price_precision:{case.currency}",
    )


# What rounding leaves


def check_residue(case: Case, posting: Posting) -> None:
    """Whether what rounding leaves is small enough to be posted.

    Raises:
        Stopped: more units than the policy allows, or than the rounded figures explain; both calculations are shown.
    """
    if not bearable(case, posting):
        raise totals_differ(case, posting)


def bearable(case: Case, posting: Posting) -> bool:
    """Whether what rounding leaves is at most what the policy allows, and what the rounded figures explain."""
    units = abs(posting.residue.amount) / posting.residue.unit
    return units <= case.policy.rounding_limit_units and units * 2 <= _rounded_figures(posting)


def totals_differ(case: Case, posting: Posting) -> Stopped:
    """The hold that shows both calculations."""
    return stop(
        "totals_differ",
        f"Totals differ by {abs(posting.residue).text}, more than rounding explains. "
        f"Shopify says {posting.target}, Zoho would say {posting.computed.text}.",
        "Compare both calculations, then map the tax otherwise or post the order by hand.",
        details=_side_by_side(posting),
    )


def recomputed(case: Case, posting: Posting) -> Posting | None:
    """The same document after one of its lines was changed; None when two ways of rounding then give two totals."""
    answers = _answers(case, posting.lines, posting.inclusive)
    if len({answer.total for answer in answers}) > 1:
        return None
    computed = case.of(answers[0].total)
    return replace(posting, computed=computed, expected=_expected(case, computed, answers))


def _rounded_figures(posting: Posting) -> int:
    """How many figures were rounded on both sides: Shopify's tax lines, and Zoho's taxes under the finest reading."""
    parts = [line.taxed.part for line in posting.lines]
    shopify = sum(part.roundings for part in parts for tax in part.taxes if tax.rate)
    zoho = sum(len(line.taxed.choice.components) for line in posting.lines)
    return shopify + zoho


def _side_by_side(posting: Posting) -> tuple[tuple[str, str], ...]:
    rows = [
        (
            line.taxed.part.name,
            (
                f"Shopify {line.taxed.part.amount.text} + tax {line.taxed.part.tax.text}; "
                f"Zoho {line.rate} × {line.taxed.part.quantity} − {line.discount}, "
                f"{line.taxed.choice.percentage.normalize():f} %"
            ),
        )
        for line in posting.lines
    ]
    taxes = "; ".join(f"{tax.tax_id}: {tax.amount.text}" for tax in posting.expected.taxes)
    return (
        ("Shopify's total", str(posting.target)),
        ("Zoho's total", str(posting.computed)),
        ("Zoho's taxes", taxes or "none"),
        ("Figures that were rounded", str(_rounded_figures(posting))),
        *rows,
    )


def with_adjustment(posting: Posting, adjustment: Money) -> Expected:
    """What Zoho will say when *adjustment* is added."""
    return replace(posting.expected, total=posting.computed + adjustment)


def draft_lines(posting: Posting, items: dict[str, str]) -> tuple[DraftLine, ...]:
    """The lines as they are drafted. *items*: SKU to Zoho item, for those that are linked."""
    return tuple(_draft_line(line, items) for line in posting.lines)


def _draft_line(line: Priced, items: dict[str, str]) -> DraftLine:
    part, choice = line.taxed.part, line.taxed.choice
    return DraftLine(
        name=part.name,
        rate=line.rate,
        quantity=Decimal(part.quantity),
        discount=line.discount,
        description=part.description,
        item_id=items.get(part.sku) if part.sku else None,
        tax_id=choice.tax_id,
        tax_exemption_id=choice.exemption_id,
        account_id=line.taxed.account_id,
    )
