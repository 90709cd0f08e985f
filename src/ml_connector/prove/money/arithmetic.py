"""Zoho's arithmetic once more, for the prover alone: in whole smallest units, with exact fractions until it rounds.

Written from section 10 of the reference and nothing else, so that neither the planner's emulation nor the sandbox's
can be wrong without one of the three saying so. What the reference leaves open is a `Way`.

Source: Zoho Books API v3, totals and rounding: the rate is rounded to the price precision first; `item_level` rounds
each line's tax, `entity_level` the sum for each tax; each member of a group is rounded on its own; a document with
prices that include tax stays the sum of its prices; a discount before tax lowers what is taxed, one after tax does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

Components = Mapping[str, Fraction]
"""Percentages by the id of the tax that bears them; a single tax is its own component."""


class Way(Enum):
    """How an organisation may round taxes."""

    LINES = "item_level"
    NAMED_TAXES = "entity_level"
    """Once for each tax or group that lines name; a component of two groups is rounded in each."""
    COMPONENTS = "entity_level, groups taken apart"
    """Once for each component, wherever it comes from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is sent. `discount` is for the whole line."""

    rate: Fraction
    quantity: Fraction
    discount: Fraction = Fraction(0)
    tax: str = ""
    components: Components | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """A document in smallest units."""

    lines: tuple[int, ...]
    taxes: Mapping[str, int]
    total: int


def rounded(value: Fraction) -> int:
    """Half away from zero."""
    whole, rest = divmod(abs(value), 1)
    up = int(whole) + (rest >= Fraction(1, 2))
    return up if value >= 0 else -up


def add_up(  # noqa: PLR0913 - each names one thing of a document
    lines: Sequence[Line],
    way: Way,
    *,
    places: int,
    inclusive: bool,
    adjustment: Fraction = Fraction(0),
    shipping: Fraction = Fraction(0),
    discount: Fraction = Fraction(0),
    discount_before_tax: bool = True,
) -> Sums:
    """What Zoho makes of a document.

    Args:
        shipping: A charge that bears no tax.
        discount: On the whole document, as an amount.
    """
    scale = 10**places
    amounts = [_amount(line, scale) for line in lines]
    off = rounded(discount * scale)
    bases = _spread(amounts, off) if discount_before_tax else amounts
    taxes = _taxes(lines, bases, way, inclusive=inclusive)
    total = sum(amounts) - off + rounded(shipping * scale) + rounded(adjustment * scale)
    return Sums(tuple(amounts), taxes, total if inclusive else total + sum(taxes.values()))


def _amount(line: Line, scale: int) -> int:
    price = rounded(line.rate * scale)
    return rounded(price * line.quantity) - rounded(line.discount * scale)


def _spread(amounts: Sequence[int], off: int) -> list[int]:
    """A document's discount taken off by share; the last line takes the remainder."""
    whole = sum(amounts)
    if not off or not whole:
        return list(amounts)
    shares = [rounded(Fraction(off * amount, whole)) for amount in amounts[:-1]]
    shares.append(off - sum(shares))
    return [amount - share for amount, share in zip(amounts, shares, strict=True)]


def _taxes(lines: Sequence[Line], bases: Sequence[int], way: Way, *, inclusive: bool) -> dict[str, int]:
    groups: dict[object, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for number, (line, base) in enumerate(zip(lines, bases, strict=True)):
        percent = sum((line.components or {}).values(), Fraction(0))
        for name, rate in (line.components or {}).items():
            group = {Way.LINES: number, Way.NAMED_TAXES: line.tax, Way.COMPONENTS: name}[way]
            groups[group][name] += base * rate / (100 + percent if inclusive else 100)
    answer: dict[str, int] = defaultdict(int)
    for group in groups.values():
        for name, exact in group.items():
            answer[name] += rounded(exact)
    return dict(answer)
