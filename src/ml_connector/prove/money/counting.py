"""The documents that a plan asks for, counted by the prover's own arithmetic, and what they come to in the end."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ml_connector.domain.books import Books, ZohoTax
from ml_connector.domain.documents import CreditNoteDraft, DraftLine, InvoiceDraft, Kind, Operation
from ml_connector.domain.money import Money, places
from ml_connector.prove.money.arithmetic import Line, Sums, Way, add_up

Document = InvoiceDraft | CreditNoteDraft
OWN_ACCOUNT = "Zoho's own"
TAX_PAYABLE = "Tax payable"
APART = frozenset({TAX_PAYABLE, "Rounding", "Allowances"})
"""Accounts of what is no price."""
_NAMED = re.compile(r"(?<!Cash )Rounding (-?[\d.]+)")
"""Rounding beside something else in one adjustment."""


class Wrong(AssertionError):
    """Something that must hold for every order does not."""


def counted(draft: Document, books: Books, way: Way) -> Sums:
    """The document as Zoho adds it up."""
    by_id = {tax.id: tax for tax in books.taxes}
    return add_up(
        [_line(line, by_id) for line in draft.lines],
        way,
        places=places(draft.currency),
        inclusive=draft.is_inclusive_tax,
        adjustment=Fraction(_adjustment(draft)),
        shipping=Fraction(draft.shipping_charge if isinstance(draft, InvoiceDraft) else 0),
    )


def total_of(draft: Document, books: Books, way: Way) -> Money:
    return Money(Decimal(counted(draft, books, way).total).scaleb(-places(draft.currency)), draft.currency)


def _line(line: DraftLine, taxes: Mapping[str, ZohoTax]) -> Line:
    tax = taxes.get(line.tax_id or "")
    if line.tax_id and tax is None:
        raise Wrong(f"{line.name} names a tax that Zoho does not have: {line.tax_id}")
    members = {} if tax is None else {one.id: Fraction(one.percentage) for one in tax.components}
    alone = {} if tax is None or members else {tax.id: Fraction(tax.percentage)}
    return Line(
        Fraction(line.rate), Fraction(line.quantity), Fraction(line.discount), line.tax_id or "", members or alone
    )


def _adjustment(draft: Document) -> Decimal:
    return draft.adjustment if isinstance(draft, InvoiceDraft) else Decimal(0)


def check_expected(operation: Operation, draft: Document, books: Books, way: Way) -> None:
    """Whether the planner expects what Zoho will say, of the total and of each tax.

    Raises:
        Wrong: it expects something else.
    """
    unit = 10 ** places(draft.currency)
    found = counted(draft, books, way)
    if found.total != draft.expected.total.amount * unit:
        raise Wrong(f"{operation.key}: Zoho ({way.value}) makes {found.total}, expected {draft.expected.total}")
    said = (draft.expected.taxes, *draft.expected.or_taxes)
    expected = [{one.tax_id: one.amount.amount * unit for one in taxes if one.amount} for taxes in said]
    if {name: amount for name, amount in found.taxes.items() if amount} not in expected:
        raise Wrong(f"{operation.key}: Zoho ({way.value}) makes the taxes {dict(found.taxes)}, expected {expected}")


def check_open(operation: Operation, locked_until: date | None) -> None:
    """Whether what is dated lies in the open period.

    Raises:
        Wrong: it does not.
    """
    dated = getattr(operation.draft, "dated", None)
    if locked_until is not None and dated is not None and dated <= locked_until:
        raise Wrong(f"{operation.key} is dated {dated}, and the books are closed until {locked_until}")


def check_rounding(operation: Operation, draft: Document) -> None:
    """Whether the ledger of rounding is told what the document says of it.

    A credit note may say it in a price that was lowered, where it is no line.

    Raises:
        Wrong: it is told something else.
    """
    said = residue_of(draft)
    told = draft.rounding.residue if isinstance(draft, InvoiceDraft) else -draft.rounding.residue
    if told != said and (isinstance(draft, InvoiceDraft) or told >= 0):
        raise Wrong(f"{operation.key}: rounding is {said}, and {told} is told of it")


# What is in the books in the end


@dataclass
class Posted:
    """Every document that was carried out, the latest form of each, in smallest units.

    Attributes:
        documents: By key; an invoice that was brought up to date stands under its own.
        voided: Orders whose invoice was voided.
    """

    books: Books
    way: Way
    documents: dict[str, Document] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)

    def add(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            if isinstance(operation.draft, InvoiceDraft | CreditNoteDraft):
                self.documents[operation.draft.key] = operation.draft
            if operation.kind is Kind.VOID:
                self.voided.add(operation.key.removeprefix("void:"))

    def _standing(self) -> list[tuple[int, Document]]:
        gone = {f"invoice:{each}" for each in self.voided}
        return [
            (1 if isinstance(draft, InvoiceDraft) else -1, draft)
            for key, draft in self.documents.items()
            if key not in gone
        ]

    def rates(self) -> set[Decimal | None]:
        """The exchange rates of all documents."""
        return {draft.exchange_rate for draft in self.documents.values()}

    def taxes(self) -> Counter[str]:
        """Net amount by tax: invoices less credit notes."""
        net: Counter[str] = Counter()
        for sign, draft in self._standing():
            for name, amount in counted(draft, self.books, self.way).taxes.items():
                net[name] += sign * amount
        return net

    def accounts(self) -> dict[str, Fraction]:
        """Net amount by account, without tax, exactly."""
        by_id = {tax.id: tax for tax in self.books.taxes}
        net: dict[str, Fraction] = defaultdict(Fraction)
        for sign, draft in self._standing():
            found = counted(draft, self.books, self.way)
            for line, amount in zip(draft.lines, found.lines, strict=True):
                percent = sum((_line(line, by_id).components or {}).values(), Fraction(0))
                base = Fraction(amount) * 100 / (100 + percent) if draft.is_inclusive_tax else Fraction(amount)
                net[line.account_id or OWN_ACCOUNT] += sign * base
            if isinstance(draft, InvoiceDraft):
                net[OWN_ACCOUNT] += sign * Fraction(draft.shipping_charge) * 10 ** places(draft.currency)
        return net

    def prices(self) -> int:
        """What stands on the accounts of what is sold: without tax, rounding, and money given for nothing."""
        return int(sum(amount for name, amount in self.accounts().items() if name not in APART))

    def tax_beside(self) -> int:
        """Tax on lines of its own, or in the adjustments of invoices."""
        adjusted = sum(
            (draft.adjustment - draft.rounding.residue - _cash_added(draft)) * 10 ** places(draft.currency)
            for _, draft in self._standing()
            if isinstance(draft, InvoiceDraft)
        )
        return int(self.accounts().get(TAX_PAYABLE, Fraction(0)) + Fraction(adjusted))

    def figures(self) -> Counter[str]:
        """How many amounts of tax Zoho rounded at most, by tax."""
        by_id = {tax.id: tax for tax in self.books.taxes}
        return Counter(
            name
            for _, draft in self._standing()
            for line in draft.lines
            for name in _line(line, by_id).components or {}
        )

    def goodwill_taxed(self) -> bool:
        """Whether money was given back with tax for no goods, which Shopify's ledger knows nothing of."""
        return any(
            line.account_id == "Allowances" and line.tax_id for draft in self.documents.values() for line in draft.lines
        )

    def residues(self) -> list[Decimal]:
        """What rounding left on each document, in its currency."""
        return [abs(amount) for draft in self.documents.values() if (amount := residue_of(draft))]


def _cash_added(draft: InvoiceDraft) -> Decimal:
    """Cash rounding in the adjustment of an invoice; on one of its own it is a line."""
    on_lines = sum((line.rate * line.quantity for line in draft.lines if line.account_id == "Rounding"), Decimal(0))
    return draft.rounding.cash - on_lines


def residue_of(draft: Document) -> Decimal:
    """What rounding left on one document: an invoice's adjustment for it, a credit note's line for it."""
    if isinstance(draft, InvoiceDraft):
        named = _NAMED.search(draft.adjustment_description)
        alone = draft.adjustment if draft.adjustment_description == "Rounding" else Decimal(0)
        return Decimal(named[1]) if named else alone
    lines = (line.rate for line in draft.lines if line.name == "Rounding" and line.account_id == "Rounding")
    return sum(lines, Decimal(0))
