"""An order that carries all its tax on one line: which lines the tax is for, found by its rates, or held.

Some checkouts write an order's whole tax on its first line, whatever that line costs. What stands there is then the
order's tax by rate, so the lines that a rate is for are those whose prices explain its amount. One such reading: it is
taken. None, or several that would be taxed differently: a person decides.

Source: an order of a third-party checkout, whose line of 0.98 bears 2538.49 and 18.44 of tax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from ml_connector.domain.money import total
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.parts import Part, PartTax, What

Reading = tuple[tuple[PartTax, ...], ...]
"""For each part in turn, the taxes that are meant for it."""

_MOST_READINGS = 5_000
"""How many ways of dealing the rates out are tried; an order with more lines than that allows is held."""


def spread_all_on_one(case: Case, parts: list[Part]) -> list[Part]:
    """*parts*, with the tax that stands on one of them on those that it is for.

    Raises:
        Stopped: the tax is more than the line's price explains, and no reading or more than one explains it.
    """
    bearing = [part for part in parts if part.tax]
    others = [part for part in parts if _could_bear(part)]
    if len(bearing) != 1 or not others or _bears_itself(case, bearing[0]):
        return parts
    bearer = bearing[0]
    for spread in ([bearer, *others], [bearer, *(part for part in others if part.what is not What.SHIPPING)]):
        readings = _readings(case, spread, bearer)
        if len(readings) == 1:
            shared = _shared(case, spread, bearer, readings[0])
            return [shared.get(part, part) for part in parts]
    raise _unexplained(bearer)


def _could_bear(part: Part) -> bool:
    return not part.taxes and bool(part.amount) and part.taxable and part.what is not What.GIFT_CARD


def _unexplained(bearer: Part) -> Stopped:
    return stop(
        "tax_on_one_line",
        f"All tax of this order ({bearer.tax}) stands on “{bearer.name}”, and no rate over its lines explains it.",
        "Post this order by hand, or exclude it.",
        details=(("On the line", str(bearer.tax)), ("Price of the line", str(bearer.amount))),
    )


def _bears_itself(case: Case, part: Part) -> bool:
    """Whether the tax is that of the line's own price. No tax is as much as the price, so a rate of that is made up."""
    return _whole_rate(part.taxes) < 1 and _explains(case, [part], [part.taxes], part.taxes)


def _readings(case: Case, parts: Sequence[Part], bearer: Part) -> list[Reading]:
    """Every way of dealing the taxes out that explains each of their amounts, each once."""
    found: dict[Reading, None] = {}
    for groups in _groupings(bearer.taxes):
        if len(groups) ** len(parts) <= _MOST_READINGS:
            fitting = (dealt for dealt in product(groups, repeat=len(parts)) if set(dealt) == set(groups))
            found |= dict.fromkeys(dealt for dealt in fitting if _explains(case, parts, dealt, bearer.taxes))
    return list(found)


def _groupings(taxes: tuple[PartTax, ...]) -> Iterator[tuple[tuple[PartTax, ...], ...]]:
    """Which taxes go together on a line: all of them; those of one amount (CGST and SGST); each by itself."""
    yield (taxes,)
    by_amount: dict[tuple[Decimal, Decimal], list[PartTax]] = {}
    for tax in taxes:
        by_amount.setdefault((tax.rate, tax.amount.amount), []).append(tax)
    for groups in ([tuple(group) for group in by_amount.values()], [(tax,) for tax in taxes]):
        if len(groups) > 1:
            yield tuple(groups)


def _explains(case: Case, parts: Sequence[Part], dealt: Sequence[Sequence[PartTax]], taxes: Sequence[PartTax]) -> bool:
    """Whether each tax is its rate times the prices of its parts, to half a unit for each figure that was rounded."""
    for tax in taxes:
        its = [(part, each) for part, each in zip(parts, dealt, strict=True) if tax in each]
        exact = sum((_exact(case, part, tax, each) for part, each in its), Decimal(0))
        figures = sum(part.roundings for part, _ in its)
        if abs(tax.amount.amount - exact) * 2 > tax.amount.unit * figures:
            return False
    return True


def _exact(case: Case, part: Part, tax: PartTax, together: Sequence[PartTax]) -> Decimal:
    divisor = 1 + _whole_rate(together) if case.order.taxes_included else Decimal(1)
    return part.amount.amount * tax.rate / divisor


def _whole_rate(taxes: Sequence[PartTax]) -> Decimal:
    return sum((tax.rate for tax in taxes), Decimal(0))


def _shared(case: Case, parts: Sequence[Part], bearer: Part, reading: Reading) -> Mapping[Part, Part]:
    """Each part with its share of its taxes; what rounding leaves of a tax stays with the first part that has it."""
    taxes = {
        part: [replace(tax, amount=case.of(_exact(case, part, tax, each)).rounded()) for tax in each]
        for part, each in zip(parts, reading, strict=True)
    }
    for tax in bearer.taxes:
        its = [(part, each.index(tax)) for part, each in zip(parts, reading, strict=True) if tax in each]
        given = total((taxes[part][at].amount for part, at in its), case.currency)
        first, at = its[0]
        taxes[first][at] = replace(taxes[first][at], amount=taxes[first][at].amount + tax.amount - given)
    return {part: replace(part, taxes=tuple(each)) for part, each in taxes.items()}
