"""A credit note: what a refund, an edit or a cancellation takes back, and money given without goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.books import Edition
from ml_connector.domain.documents import CreditNoteDraft, DraftLine, Kind, Operation, Ref, Rounding
from ml_connector.domain.editions import document_fields
from ml_connector.domain.plan import posting as money
from ml_connector.domain.plan.case import Case, because
from ml_connector.domain.plan.contact import Contact
from ml_connector.domain.plan.dates import Dated
from ml_connector.domain.plan.history import Chapter
from ml_connector.domain.plan.invoice import cash_in, document_rate, edition_reasons, line_reasons
from ml_connector.domain.plan.items import linked_items
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.posting import Posting
from ml_connector.domain.plan.taxing import Taxation, Taxed, account_of, tax_parts
from ml_connector.domain.taxes import NOTHING


@dataclass(frozen=True, slots=True)
class Sold:
    """Where a thing stands in the invoices: which invoice, and the position of its line."""

    invoice: str
    position: int


def credit_note(
    case: Case,
    chapter: Chapter,
    contact: Contact,
    when: Dated,
    sold: Mapping[str, Sold],
    extra: tuple[Taxed, ...] = (),
    *,
    rated: date | None = None,
) -> Operation:
    """The credit note of *chapter*.

    Args:
        sold: By id of what was sold; the lines that go back are tied to it.
        extra: Money given without goods, its tax worked out already.
        rated: The day whose rate counts, of the order's invoice where that is in the same plan; None: this one's.

    Raises:
        Stopped: it cannot be said in Zoho so that its total is Shopify's.
    """
    taxation = tax_parts(case, chapter.parts, when.day)
    taxation = replace(taxation, parts=(*taxation.parts, *_with_tax_on_top(case, taxation), *extra))
    written = money.post(case, replace(taxation, on_top=case.zero))
    money.check_residue(case, written)
    cash = cash_in(case, (one.part for one in taxation.parts))
    rounding = Rounding(-written.residue.amount, -cash.amount)
    written = _without_residue(case, written)
    rate = document_rate(case, rated or when.day)
    items = linked_items(case, chapter.parts)
    lines = tuple(
        _tied(line, priced.taxed.part, sold)
        for line, priced in zip(money.draft_lines(written, items), written.lines, strict=True)
    )
    tied = sold.get("")
    draft = CreditNoteDraft(
        key=chapter.key,
        contact=contact.ref,
        currency_id=case.zoho_currency.id,
        currency=case.currency,
        exchange_rate=rate.value,
        dated=when.day,
        reference_number=case.order.name,
        lines=lines,
        is_inclusive_tax=written.inclusive,
        expected=written.expected,
        invoice=Ref(tied.invoice) if tied else None,
        notes="\n".join(filter(None, (when.note, (chapter.refund.note or "") if chapter.refund else ""))),
        reason="Sales return" if case.books.organisation.edition is Edition.INDIA else "",
        edition_fields=document_fields(case.order, case.books),
        rounding=rounding,
    )
    why = [
        because("contact", draft.contact, "customer, purchasingEntity or email", "The buyer of the invoice."),
        because("currency_id", draft.currency, f"{case.side}: {draft.currency}", "The invoice's currency."),
        when.reason(),
        because("reference_number", draft.reference_number, "name", "The order's name, to be found by people."),
        because("is_inclusive_tax", written.inclusive, f"taxesIncluded: {case.order.taxes_included}", written.why),
        because("expected", draft.expected.total, f"{chapter.source}: {written.target}", "Computed before."),
    ]
    if draft.reason:
        why.append(because("reason", draft.reason, chapter.key, "India's edition asks why, and no other one."))
    if rate.value is not None:
        why.append(because("exchange_rate", rate.value, rate.source, rate.rule))
    if draft.invoice is not None:
        why.append(because("invoice", draft.invoice, chapter.key, "Tied to what was sold."))
    if draft.notes:
        why.append(because("notes", draft.notes, "refund.note", "The refund's note, dates that moved."))
    why += [*edition_reasons(case, draft.edition_fields), *line_reasons(written, draft.lines)]
    return Operation(draft.key, Kind.CREDIT_NOTE, draft, tuple(why), chapter.claims)


def _with_tax_on_top(case: Case, taxation: Taxation) -> list[Taxed]:
    """A credit note has no adjustment: tax that an invoice says there is a line here."""
    if not taxation.on_top:
        return []
    part = Part("taxLines", What.TAX, "", "Tax", 1, taxation.on_top, taxation.on_top, untaxed_because="It is a tax.")
    return [Taxed(part, NOTHING, account_of(case, part))]


def _tied(line: DraftLine, part: Part, sold: Mapping[str, Sold]) -> DraftLine:
    found = sold.get(part.subject) if part.subject else None
    return line if found is None else replace(line, invoice_ref=Ref(found.invoice), sold_position=found.position)


# What rounding leaves


def _without_residue(case: Case, written: Posting) -> Posting:
    """A line on the rounding account where Zoho's total is too low; where it is too high, a price is lowered."""
    return _lowered(case, written) if written.residue < case.zero else _raised(case, written)


def _lowered(case: Case, written: Posting) -> Posting:
    """One line's discount raised until Zoho's total is not too high; a tax that fell with it is made up for.

    Raises:
        Stopped: no line can be lowered so that the total is known.
    """
    unit = written.residue.unit
    steps = int(abs(written.residue.amount) / unit)
    found = [
        candidate
        for at, line in sorted(enumerate(written.lines), key=_cheapest_tax_first)
        for step in range(1, steps + 1)
        if (candidate := _with_discount(case, written, at, line.discount + unit * step)) is not None
        and candidate.residue >= case.zero
    ]
    if not found:
        raise money.totals_differ(case, written)
    return _raised(case, min(found, key=lambda one: one.residue.amount))


def _with_discount(case: Case, written: Posting, at: int, discount: Decimal) -> Posting | None:
    changed = replace(written.lines[at], discount=discount)
    return money.recomputed(case, replace(written, lines=(*written.lines[:at], changed, *written.lines[at + 1 :])))


def _raised(case: Case, written: Posting) -> Posting:
    """A line on the rounding account for what Zoho's total lacks."""
    if not written.residue:
        return written
    part = Part(
        "rounding",
        What.ROUNDING,
        "",
        "Rounding",
        1,
        written.residue,
        written.residue,
        untaxed_because="A rounding difference bears no tax.",
    )
    line = Taxed(part, NOTHING, account_of(case, part))
    return written.with_line(money.Priced(line, part.amount.amount, Decimal(0)))


def _cheapest_tax_first(numbered: tuple[int, money.Priced]) -> Decimal:
    return numbered[1].taxed.choice.percentage
