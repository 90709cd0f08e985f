"""What a reconciliation says: one entry for each order and for each document without one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ml_connector.domain.money import Money
from ml_connector.jobs.report.shapes import Json, money


class Class(StrEnum):
    """The first that fits: excluded, open, missing, different, equal; extra is what Zoho alone has."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    EXTRA = "extra"
    EXCLUDED = "excluded"
    OPEN = "open"


BAD = frozenset({Class.DIFFERENT, Class.MISSING, Class.EXTRA})
_COLUMNS = ("class", "kind", "id", "name", "shopify", "shopify_currency", "zoho", "zoho_currency", "text", "rule")


@dataclass(frozen=True, slots=True)
class Entry:
    """One order, or one document in Zoho that belongs to none.

    Attributes:
        kind: `order`; for an extra one invoice, credit_note or payment.
        id: Global id of the order; Zoho's id of an extra document.
        shopify, zoho: The two figures that were compared: where they differ, those that do.
        rule: What excluded the order.
    """

    fits: Class
    kind: str
    id: str
    name: str
    shopify: Money | None = None
    zoho: Money | None = None
    text: str = ""
    rule: str | None = None

    def as_json(self) -> Json:
        return {
            "class": self.fits.value,
            "kind": self.kind,
            "id": self.id,
            "name": self.name,
            "shopify": money(self.shopify),
            "zoho": money(self.zoho),
            "text": self.text,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One period of one connection, both days included."""

    connection: str
    first: date
    last: date
    entries: tuple[Entry, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is different, missing or extra."""
        return not any(entry.fits in BAD for entry in self.entries)

    @property
    def counts(self) -> dict[str, int]:
        """How many entries of each class, zeros too."""
        return {each.value: sum(entry.fits is each for entry in self.entries) for each in Class}

    def as_json(self) -> Json:
        return {
            "connection": self.connection,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "counts": self.counts,
            "entries": [entry.as_json() for entry in self.entries],
        }

    def as_csv(self) -> str:
        """A row for each entry, amounts and currencies in columns of their own."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_row(entry) for entry in self.entries)
        return out.getvalue()


def _row(entry: Entry) -> Iterable[str]:
    said = [_plain(value) for value in (entry.fits.value, entry.kind, entry.id, entry.name)]
    amounts = [
        part for each in (entry.shopify, entry.zoho) for part in ((each.text, each.currency) if each else ("", ""))
    ]
    return [*said, *amounts, _plain(entry.text), _plain(entry.rule or "")]


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
