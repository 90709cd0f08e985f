"""Taxes by rate on the day's invoices, credit notes taken off, as Zoho's own answers said them. Pure.

Whether Zoho's `item_total` is net or gross on a tax-inclusive document is not documented. So each document says it
itself: its lines, with or without its tax, come to its total less what was adjusted; where neither does (shipping is a
charge of the document, say) the net is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.jobs.summary.facts import DayOrder, TaxName
from ml_connector.jobs.summary.statement import TaxRow
from ml_connector.store.documents import Kept

WITHOUT_TAX = "Without tax"
_SIGNS = {Kind.INVOICE: 1, Kind.CREDIT_NOTE: -1}
_PREFIX = "tax:"


@dataclass(frozen=True, slots=True)
class _Part:
    """One tax of one document. *net* is None where the document does not tell it."""

    tax_id: str
    currency: str
    tax: Decimal
    net: Decimal | None


def tax_rows(orders: Iterable[DayOrder], names: Mapping[str, TaxName]) -> tuple[TaxRow, ...]:
    """A row for each tax and currency, largest first; what bears no tax last."""
    by_tax: dict[tuple[str, str], list[_Part]] = {}
    for order in orders:
        for kept in order.kept:
            for part in _parts(kept):
                by_tax.setdefault((part.tax_id, part.currency), []).append(part)
    rows = [_row(parts, names) for parts in by_tax.values()]
    return tuple(sorted(rows, key=lambda row: (row.tax.currency, -row.tax.amount, row.name)))


def _row(parts: list[_Part], names: Mapping[str, TaxName]) -> TaxRow:
    tax_id, currency = parts[0].tax_id, parts[0].currency
    named = names.get(tax_id)
    nets = [part.net for part in parts]
    known = [net for net in nets if net is not None]
    return TaxRow(
        name=named.name if named else (f"Tax {tax_id}" if tax_id else WITHOUT_TAX),
        percentage=named.percentage if named else None,
        tax=Money(sum((part.tax for part in parts), Decimal(0)), currency),
        net=Money(sum(known, Decimal(0)), currency) if len(known) == len(nets) else None,
    )


def _parts(kept: Kept) -> list[_Part]:
    document = kept.document
    sign = _SIGNS.get(document.kind)
    if sign is None or document.total is None or document.status == "void":
        return []
    taxes = {
        name.removeprefix(_PREFIX): Decimal(said) for name, said in document.details.items() if name.startswith(_PREFIX)
    }
    lines: dict[str, Decimal] = {}
    for line in document.lines:
        lines[line.tax_id] = lines.get(line.tax_id, Decimal(0)) + line.item_total
    left = _nets(lines, taxes, document.total.amount - kept.stated.adjustment)
    currency = document.total.currency
    return [
        _Part(tax_id, currency, taxes.get(tax_id, Decimal(0)) * sign, None if left is None else left[tax_id] * sign)
        for tax_id in lines
    ]


def _nets(lines: Mapping[str, Decimal], taxes: Mapping[str, Decimal], whole: Decimal) -> Mapping[str, Decimal] | None:
    """What each tax was charged on, under the reading of the lines that comes to *whole*; None: neither does."""
    goods, tax = sum(lines.values(), Decimal(0)), sum(taxes.values(), Decimal(0))
    if goods + tax == whole:
        return lines
    if goods == whole:
        return {tax_id: amount - taxes.get(tax_id, Decimal(0)) for tax_id, amount in lines.items()}
    return None
