"""Shopify = Zoho, line by line, for one order: pure, from what was read of the one and is known of the other.

Left is what Shopify said when the order was last read, right what Zoho's own answers said of our documents. A row
whose sides differ says by how much; a row that has only one side compares nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import FieldReason, Kind
from ml_connector.domain.money import Money, total
from ml_connector.domain.reading import ReadLine, ReadMoney, ReadOrder
from ml_connector.store.documents import Kept

_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on both sides.

    Attributes:
        why: What the explanation is asked by: a field of the invoice (`exchange_rate`, `line_items[0]`), or the key of
            another document; empty where there is none.
        total: A sum that closes the rows above it.
        told: Zoho's side is a rounding or a consequence that is explained by another row, so a difference is no news.
    """

    label: str
    left: Money | Decimal | None
    right: Money | Decimal | None
    remark: str = ""
    why: str = ""
    total: bool = False
    told: bool = False

    @property
    def compared(self) -> bool:
        return self.left is not None and self.right is not None and not self.told

    @property
    def equal(self) -> bool:
        return self.left == self.right

    @property
    def differs(self) -> bool:
        return self.compared and not self.equal

    @property
    def by(self) -> Money | Decimal | None:
        """How much more Zoho has."""
        if isinstance(self.left, Money) and isinstance(self.right, Money) and self.left.currency == self.right.currency:
            return self.right - self.left
        if isinstance(self.left, Decimal) and isinstance(self.right, Decimal):
            return self.right - self.left
        return None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows in the order of the document."""

    currency: str
    taxes_included: bool
    sections: tuple[Section, ...]

    @property
    def rows(self) -> Iterator[Row]:
        return (row for section in self.sections for row in section.rows)

    @property
    def differences(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.differs)


def ledger(
    read: ReadOrder, kept: Sequence[Kept], *, base: str = "", zoho_taxes: Mapping[str, Money] | None = None
) -> Ledger:
    """Both sides of one order.

    Args:
        kept: The order's documents.
        base: The organisation's own currency; empty when not known.
        zoho_taxes: What Zoho's answer said of each tax of the invoice, by name; None when the answer is not kept.
    """
    books = _Books(kept, read.currency)
    sections = [
        Section("Lines", tuple(_lines(read, books))),
        Section("Tax included" if read.taxes_included else "Tax", tuple(_taxes(read, books, zoho_taxes))),
        Section("", tuple(_totals(read, books, base))),
        Section("Money in and out", tuple(_money(read, books))),
        Section("", (_owed(read, books),)),
    ]
    return Ledger(read.currency, read.taxes_included, tuple(section for section in sections if section.rows))


class _Books:
    """Zoho's side: the documents that count."""

    def __init__(self, kept: Sequence[Kept], currency: str) -> None:
        done = [each for each in kept if each.document.state == "done" and each.document.status != "void"]
        self.currency = currency
        self.invoices = [each for each in done if each.document.kind is Kind.INVOICE]
        self.credits = [each for each in done if each.document.kind is Kind.CREDIT_NOTE]
        self.payments = [each for each in done if each.document.kind is Kind.PAYMENT]
        self.cash = [each for each in done if each.document.kind in (Kind.CASH, Kind.PAYMENT_REFUND)]

    @property
    def first(self) -> Kept | None:
        """The invoice of the order as it was sold."""
        return min(self.invoices, key=lambda each: (not each.document.key.startswith("invoice:gid://shopify/Order/"),
                                                    each.document.key), default=None)  # fmt: skip

    def sum(self, amounts: Iterable[Money | None]) -> Money:
        return total((each for each in amounts if each is not None and each.currency == self.currency), self.currency)

    @property
    def net(self) -> Money | None:
        """Invoices less credit notes."""
        if not self.invoices and not self.credits:
            return None
        return self.sum(each.document.total for each in self.invoices) - self.sum(
            each.document.total for each in self.credits
        )

    @property
    def owed(self) -> Money | None:
        if not self.invoices:
            return None
        free = [*self.credits, *self.payments]
        return self.sum(each.document.balance for each in self.invoices) - self.sum(
            each.document.unused for each in free
        )


def _lines(read: ReadOrder, books: _Books) -> Iterator[Row]:
    first = books.first
    known = _known_lines(first) if first else {}
    for line in read.lines:
        field, right = known.pop(_match(line, known, first), ("", None))
        # an edited order keeps quantities that its first invoice never had
        told = read.edited and right != line.amount
        yield Row(_label(line), line.amount, right, line.remark, field, told=told)
    for field, right in known.values():
        yield Row(_name_at(first, field), None, right, "Only in Zoho", field)
    if first is not None and (adjustment := _field(first.fields, "adjustment")) is not None:
        right = Money(Decimal(adjustment.value), read.currency)
        yield Row(adjustment.source or "Adjustment", None, right, adjustment.rule, "adjustment")


def _label(line: ReadLine) -> str:
    shipping = line.source.startswith("shippingLines") and line.name != "Shipping"
    return f"Shipping, {line.name}" if shipping else line.name


def _match(line: ReadLine, known: Mapping[str, tuple[str, Money]], first: Kept | None) -> str:
    """Which of Zoho's lines stands for *line*: the one that says so; after an edit the first of the same name."""
    if line.source in known:
        return line.source
    return next((source for source, (field, _) in known.items() if _name_at(first, field) == line.name), "")


def _known_lines(invoice: Kept) -> dict[str, tuple[str, Money]]:
    """Zoho's lines by where Shopify says them, which the reasons of their names tell."""
    currency = invoice.document.total.currency if invoice.document.total else ""
    found = {}
    for index, line in enumerate(invoice.document.lines):
        field = f"line_items[{index}]"
        named = _field(invoice.fields, f"{field}.name")
        amount = Money(line.rate * line.quantity - line.discount, currency).rounded()
        found[named.source if named else field] = (field, amount)
    charge = _field(invoice.fields, "shipping_charge")
    if charge is not None:
        found["shippingLines[0]"] = ("shipping_charge", Money(Decimal(charge.value), currency))
    return found


def _name_at(invoice: Kept | None, field: str) -> str:
    index = int(field.removeprefix("line_items[").removesuffix("]")) if field.startswith("line_items[") else -1
    lines = invoice.document.lines if invoice else ()
    return lines[index].name if 0 <= index < len(lines) else "Line"


def _taxes(read: ReadOrder, books: _Books, zoho: Mapping[str, Money] | None) -> Iterator[Row]:
    ours = [each for each in read.taxes if not each.channel_liable]
    posted = dict(zoho or {}) if books.first is not None and zoho is not None else None
    for tax in ours:
        alone = posted is not None and len(ours) == len(posted) == 1
        right = next(iter(posted.values())) if alone and posted else None
        # one rounds each line, the other each rate; what that makes is a row of its own
        told = right is not None and right != tax.amount
        yield Row(f"{tax.title} {_per_cent(tax.rate)}", tax.amount, right, "", _tax_field(books), told=told)
    if posted is not None and len(ours) != 1 and (ours or posted):
        left = total((each.amount for each in ours), read.currency)
        right = books.sum(posted.values())
        yield Row("Tax in all", left, right, "", _tax_field(books), total=True, told=left != right)
    for tax in read.taxes:
        if tax.channel_liable:
            yield Row(f"{tax.title} {_per_cent(tax.rate)}", tax.amount, None, "Collected and paid by the channel")


def _tax_field(books: _Books) -> str:
    first = books.first
    found = next((each.field for each in first.fields if each.field.endswith(".tax")), "") if first else ""
    return found.removesuffix(".tax")


def _totals(read: ReadOrder, books: _Books, base: str) -> Iterator[Row]:
    first = books.first
    document = first.document if first else None
    right = document.total if document else None
    changed = read.edited or len(books.invoices) > 1 or bool(books.credits)
    if not read.edited:
        yield Row(
            "Total", read.total, right, "As it was sold" if changed else "", "expected" if first else "", total=True
        )
    if changed or read.edited:
        remark = "What was sold, less what went back" if books.credits else "After the order was edited"
        yield Row("Stands at", read.billed, books.net, remark, total=True)
    rate = document.exchange_rate if document else None
    if base and base != read.currency:
        yield from _in_base(read, right, rate, base)


def _in_base(read: ReadOrder, right: Money | None, rate: Decimal | None, base: str) -> Iterator[Row]:
    left = read.other if read.other is not None and read.other.currency == base else None
    inside = None if right is None or rate is None else Money(right.amount * rate, base).rounded()
    told = left is not None and inside is not None and abs((left - inside).amount) <= left.unit
    if left is not None or inside is not None:
        yield Row(f"Total in {base}", left, inside, "", "exchange_rate" if rate else "", told=told and left != inside)
    ratio = None
    if left is not None and read.total:
        ratio = (left.amount / read.total.amount).quantize(_SIX, ROUND_HALF_UP)
    if rate is not None or ratio is not None:
        shown = None if rate is None else rate.quantize(_SIX, ROUND_HALF_UP)
        yield Row("Exchange rate", ratio, shown, f"{base} for 1 {read.currency}", "exchange_rate" if rate else "")


def _money(read: ReadOrder, books: _Books) -> Iterator[Row]:
    for movement in read.money:
        out = movement.amount < Money.zero(read.currency)
        found = _paid_back(books, movement) if out else _paid(books, movement)
        key, right = found or ("", None)
        yield Row(f"{'Paid back' if out else 'Paid'}, {movement.gateway}", movement.amount, right, why=key)


def _paid(books: _Books, movement: ReadMoney) -> tuple[str, Money] | None:
    for each in books.payments:
        if _is_of(each.document, "payment", movement.id) and each.document.total is not None:
            return each.document.key, each.document.total
    return None


def _paid_back(books: _Books, movement: ReadMoney) -> tuple[str, Money] | None:
    """Money out may come from several documents; each tells its amount by its reason."""
    ours = [each for each in books.cash if _is_of(each.document, "cash", movement.id)]
    amounts = [money for each in ours if (money := _said(_field(each.fields, "amount"))) is not None]
    return (ours[0].document.key, -books.sum(amounts)) if amounts else None


def _is_of(document: KnownDocument, kind: str, transaction: str) -> bool:
    rest = document.key.removeprefix(f"{kind}:")
    return rest != document.key and (rest == transaction or rest.startswith(f"{transaction}:"))


def _owed(read: ReadOrder, books: _Books) -> Row:
    return Row("Still owed", read.owed, books.owed, total=True)


def _field(fields: Iterable[FieldReason], name: str) -> FieldReason | None:
    return next((each for each in fields if each.field == name), None)


def _said(reason: FieldReason | None) -> Money | None:
    """`EUR 16.42` as money; reasons are written for people, so anything else is nothing."""
    words = reason.value.split() if reason else []
    if len(words) != 2 or not words[1].replace(".", "", 1).replace("-", "", 1).isdigit():
        return None
    return Money(Decimal(words[1]), words[0])


def _per_cent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}\N{NARROW NO-BREAK SPACE}%"
