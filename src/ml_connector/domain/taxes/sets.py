"""The set of tax lines on one line of an order, as the thing that is mapped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ml_connector.domain.taxes.kinds import kind_of, normalised
from ml_connector.domain.taxes.places import Place


@dataclass(frozen=True, slots=True)
class TaxSet:
    """Titles and rates together in one place; or no tax there, for a reason.

    Attributes:
        lines: Titles as Shopify wrote them, and rates as fractions, in Shopify's order.
        reason: Why there are none: `gift_card`, `not_taxable`, `exempt`, `export`, `reverse_charge`; empty: nobody
            said why.
    """

    place: Place
    lines: tuple[tuple[str, Decimal], ...] = ()
    reason: str = ""

    @property
    def key(self) -> tuple[tuple[str, Decimal], ...]:
        """What two sets are compared by: normalised titles with rates, in no particular order."""
        return set_key(self.lines)

    @property
    def rates(self) -> tuple[Decimal, ...]:
        """Percentages, ascending; several zeros are one."""
        rates = sorted(rate * 100 for _, rate in self.key)
        return tuple(rates) if any(rates) else tuple(rates[:1])

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(kind_of(title) for title, _ in self.lines) - {""}

    @property
    def text(self) -> str:
        """`VAT 20 %`, `CGST 9 % + SGST 9 %`, `no tax (export)`."""
        if not self.lines:
            return f"no tax ({(self.reason or 'no reason given').replace('_', ' ')})"
        return " + ".join(_one(title, rate) for title, rate in self.lines)

    @property
    def cause(self) -> str:
        """What orders of the class share: `GB:vat@20`."""
        what = "+".join(f"{_quoted(title)}@{(rate * 100).normalize():f}" for title, rate in self.key)
        where = ":".join(filter(None, (self.place.country or "?", self.place.tax_province)))
        return f"{where}:{what or self.reason or 'none'}"

    @classmethod
    def of_cause(cls, cause: str) -> TaxSet:
        """The set that *cause* tells of, its titles normalised; enough to map it by.

        Raises:
            ValueError: it is no set's.
        """
        country, _, rest = cause.partition(":")
        province, _, what = rest.rpartition(":")
        if not country or not what:
            raise ValueError(f"{cause!r} tells of no taxes")
        place = Place(country, province)
        if "@" not in what:
            return cls(place, reason="" if what == "none" else what)
        parts = [part.partition("@") for part in what.split("+")]
        try:
            return cls(place, tuple((_unquoted(title), Decimal(rate) / 100) for title, _, rate in parts))
        except InvalidOperation as error:
            raise ValueError(f"{cause!r} tells of no taxes") from error


def _quoted(title: str) -> str:
    """Without what separates the parts of a cause."""
    return re.sub("[%:@+]", lambda found: f"%{ord(found[0]):02X}", title)


def _unquoted(title: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), title)


def percent(rate: Decimal) -> str:
    """`25.5 %` with the narrow no-break space that figures have everywhere."""
    return f"{(rate * 100).normalize():f}\N{NARROW NO-BREAK SPACE}%"


def _one(title: str, rate: Decimal) -> str:
    """Title and rate, the rate not twice."""
    return f"{title} {percent(rate)}" if "%" not in title else title


def set_key(lines: Iterable[tuple[str, Decimal]]) -> tuple[tuple[str, Decimal], ...]:
    """Normalised titles and rates, sorted. A tax of 0 % beside others says nothing and is left out."""
    all_lines = sorted((normalised(title), rate.normalize()) for title, rate in lines)
    charged = [line for line in all_lines if line[1]]
    return tuple(charged or all_lines)
