"""An invoice: the order's own, one for what an edit or a return added, one for a fee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import (
    DraftLine,
    FieldReason,
    InvoiceDraft,
    Kind,
    Operation,
    Ref,
    Rounding,
    StatusDraft,
)
from ml_connector.domain.editions import document_fields
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan import posting as money
from ml_connector.domain.plan.accounts import optional
from ml_connector.domain.plan.case import Case, because, stop
from ml_connector.domain.plan.contact import Contact
from ml_connector.domain.plan.dates import Dated, due_dates, stays
from ml_connector.domain.plan.history import Chapter
from ml_connector.domain.plan.items import linked_items
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.posting import Posting
from ml_connector.domain.plan.rates import Rate, order_rate
from ml_connector.domain.plan.taxing import Taxation, tax_parts


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What stands after the tax of an invoice, and why."""

    amount: Money
    label: str
    rule: str


def invoice(
    case: Case, chapter: Chapter, contact: Contact, when: Dated, cash_rounding: Money, rated: date | None = None
) -> Operation:
    """The invoice of *chapter*, to be made; see `written` for what may stop it."""
    draft, why = written(case, chapter, contact, when, cash_rounding, rated)
    return Operation(draft.key, Kind.INVOICE, draft, why, chapter.claims)


def written(
    case: Case, chapter: Chapter, contact: Contact, when: Dated, cash_rounding: Money, rated: date | None = None
) -> tuple[InvoiceDraft, tuple[FieldReason, ...]]:
    """The invoice of *chapter*, and why each of its fields is what it is.

    Args:
        cash_rounding: What cash payments were rounded by, if this invoice is to show it; zero otherwise.
        rated: The day whose rate counts, of the order's own invoice; None: this one's.

    Raises:
        Stopped: it cannot be said in Zoho so that its total is Shopify's.
    """
    taxation = tax_parts(case, chapter.parts, when.day)
    posting = money.post(case, taxation)
    money.check_residue(case, posting)
    adjustment = _adjustment(case, taxation, posting, cash_rounding)
    rate = document_rate(case, rated or when.day)
    charge = shipping_charge(case, posting)
    charge_tax = _charge_tax(posting) if charge else None
    if charge:
        posting = posting.without(What.SHIPPING)
    order = case.order
    draft = InvoiceDraft(
        key=chapter.key,
        contact=contact.ref,
        currency_id=case.zoho_currency.id,
        currency=case.currency,
        exchange_rate=rate.value,
        dated=when.day,
        due_date=max([when.day, *due_dates(case)]),
        reference_number=order.name,
        lines=money.draft_lines(posting, linked_items(case, chapter.parts)),
        is_inclusive_tax=posting.inclusive,
        expected=money.with_adjustment(posting, adjustment.amount),
        number=_number(case, chapter),
        adjustment=adjustment.amount.amount,
        adjustment_description=adjustment.label,
        notes=_notes(case, when),
        custom_fields=_custom_fields(case),
        edition_fields=document_fields(order, case.books),
        billing_address=contact.billing,
        shipping_address=contact.shipping,
        shipping_charge=charge.amount,
        shipping_charge_tax_id=charge_tax,
        shipping_charge_account_id=optional(case, "shipping") if charge else None,
        rounding=Rounding(posting.residue.amount, (cash_rounding + cash_in(case, chapter.parts)).amount),
    )
    return draft, (
        *_reasons(case, chapter, draft, when, rate, posting, adjustment),
        *line_reasons(posting, draft.lines),
    )


def updated(
    case: Case,
    chapter: Chapter,
    contact: Contact,
    known: KnownDocument,
    before: Chapter,
    cash_rounding: Money,
    *,
    at: datetime,
) -> Operation:
    """The invoice of *chapter*, brought up to date in place: every line with the id that Zoho has for it.

    Args:
        before: What Zoho holds of it now.
        at: The invoice's own moment, which its notes keep where a closed period moved it.

    Raises:
        Stopped: Zoho's lines are not those that we wrote; and as `written`.
    """
    when = stays(case, known.dated or case.books.today, at, f"{known.number}: its date stays")
    draft, why = written(case, chapter, contact, when, cash_rounding)
    there = _subjects(case, before, draft)
    if len(known.lines) != len(there):
        raise stop(
            "changed_in_zoho",
            f"{known.number or 'The invoice'} has other lines in Zoho than we wrote, so it is not changed. "
            "What a person wrote is never overwritten: compare the two and choose.",
            "Bring the invoice in Zoho up to date by hand, then exclude the order.",
        )
    ids = {subject: line.line_item_id for subject, line in zip(there, known.lines, strict=True) if subject}
    subjects = _subjects(case, chapter, draft)
    lines = tuple(
        replace(line, line_item_id=ids.get(subject)) for line, subject in zip(draft.lines, subjects, strict=True)
    )
    update = because(
        "lines",
        "brought up to date",
        f"edit {chapter.update}",
        "An untouched unpaid invoice is updated.",
        "difference documents: only for what is paid, locked or changed by a person",
    )
    return Operation(
        chapter.update,
        Kind.INVOICE_UPDATE,
        replace(draft, lines=lines, zoho_id=known.zoho_id, number=None, billing_address=None, shipping_address=None),
        (*why, update),
        chapter.new_claims,
    )


def _subjects(case: Case, chapter: Chapter, draft: InvoiceDraft) -> list[str]:
    """What each line of the invoice stands for, in their order; empty for lines of taxes."""
    apart = What.SHIPPING if draft.shipping_charge else None
    taxed = tax_parts(case, chapter.parts, draft.dated).parts
    return [one.part.subject for one in taxed if one.part.what is not apart]


def mark_sent(key: str) -> Operation:
    """The step after which the invoice counts in the books; nothing is e-mailed."""
    why = because("status", "sent", "", "Policy “invoice_state: sent”: a draft is in no report. No mail is sent.")
    return Operation(f"sent:{key}", Kind.MARK_SENT, StatusDraft(f"sent:{key}", Ref(key), "sent"), (why,))


def document_rate(case: Case, day: date) -> Rate:
    """The order's rate; an invoice that exists has settled it for all that follows."""
    known = case.done(f"invoice:{case.order.id}")
    if known is not None and known.exchange_rate and case.currency != case.books.organisation.currency:
        return Rate(known.exchange_rate, f"{known.number}", "An invoice and its credit notes share the order's rate.")
    return order_rate(case, day)


def _adjustment(case: Case, taxation: Taxation, written: Posting, cash: Money) -> Adjustment:
    """Tax of an organisation that is not registered, what rounding left, and cash rounding; each named."""
    pieces = [
        (taxation.on_top, "Tax", "Policy “tax: adjustment”: the organisation is not registered for tax."),
        (written.residue, "Rounding", "Shopify rounds the tax of each line, Zoho as the organisation is set."),
        (cash, "Cash rounding", "totalCashRoundingAdjustment"),
    ]
    said = [(amount, label, rule) for amount, label, rule in pieces if amount]
    amount = sum((each for each, _, _ in said), case.zero)
    if len(said) == 1:
        return Adjustment(amount, said[0][1], said[0][2])
    label = ", ".join(f"{name} {each.text}" for each, name, _ in said)
    return Adjustment(amount, label, " ".join(rule for _, _, rule in said))


def cash_in(case: Case, parts: Iterable[Part]) -> Money:
    """Rounded cash among *parts*: what is on lines of its own."""
    return total((part.amount for part in parts if part.what is What.ROUNDING), case.currency)


def shipping_charge(case: Case, written: Posting) -> Money:
    """What goes into Zoho's own shipping charge: shipping that bears no tax, where the policy wants it there.

    Whether a tax of the charge is honoured differs between editions, so taxed shipping stays a line.
    """
    charged = [line.taxed for line in written.lines if line.taxed.part.what is What.SHIPPING]
    if case.policy.shipping == "line" or any(one.choice.percentage or one.choice.exemption_id for one in charged):
        return case.zero
    if len(charged) == len(written.lines):
        return case.zero  # an invoice needs a line
    return total((one.part.amount for one in charged), case.currency)


def _charge_tax(written: Posting) -> str | None:
    """The tax of 0 % that says why the charge bears none."""
    taxes = (line.taxed.choice.tax_id for line in written.lines if line.taxed.part.what is What.SHIPPING)
    return next(taxes, None)


def _number(case: Case, chapter: Chapter) -> str | None:
    """None: Zoho's own series. Only the order's invoice can bear the order's number."""
    if case.policy.invoice_number == "zoho" or chapter.role != "order":
        return None
    return f"{case.policy.invoice_number_prefix}{case.order.name.lstrip('#')}"


def _notes(case: Case, when: Dated) -> str:
    due = due_dates(case)
    said = [f"PO number: {case.order.po_number}"] if case.order.po_number and not case.policy.po_number_field else []
    said += [when.note] if when.note else []
    said += [f"Payments due: {', '.join(day.isoformat() for day in due)}"] if len(due) > 1 else []
    return "\n".join(said)


def _custom_fields(case: Case) -> Mapping[str, str]:
    field, number = case.policy.po_number_field, case.order.po_number
    return {field: number} if field and number else {}


# Why each field is what it is


def _reasons(
    case: Case, chapter: Chapter, draft: InvoiceDraft, when: Dated, rate: Rate, written: Posting, after: Adjustment
) -> tuple[FieldReason, ...]:
    order = case.order
    side = f"Policy “currency: {case.policy.currency}”."
    reasons = [
        because(
            "contact", draft.contact, "customer, purchasingEntity or email", "The buyer, in the invoice's currency."
        ),
        because("currency_id", draft.currency, f"{case.side}: {draft.currency}", side),
        when.reason(),
        because("due_date", draft.due_date, "paymentTerms.paymentSchedules", "The last due date, else the invoice's."),
        because("reference_number", order.name, f"name: {order.name}", "The order's name, to be found by people."),
        because("is_inclusive_tax", written.inclusive, f"taxesIncluded: {order.taxes_included}", written.why),
        because(
            "expected", draft.expected.total, f"{chapter.source}: {written.target}", "Zoho's total, computed before."
        ),
        because(
            "number",
            draft.number or "Zoho's series",
            f"name: {order.name}",
            f"Policy “invoice_number: {case.policy.invoice_number}”.",
        ),
    ]
    if rate.value is not None:
        reasons.append(because("exchange_rate", rate.value, rate.source, rate.rule, "1: a rate is never assumed"))
    if after.label:
        reasons.append(because("adjustment", draft.adjustment, after.label, after.rule))
    if draft.shipping_charge:
        reasons.append(
            because("shipping_charge", draft.shipping_charge, "shippingLines", "Policy “shipping: shipping_charge”.")
        )
    if draft.notes:
        reasons.append(because("notes", draft.notes, f"poNumber: {order.po_number}", "PO number, dates that moved."))
    reasons += [
        because(name, value, "poNumber", "Policy “po_number_field”.") for name, value in draft.custom_fields.items()
    ]
    return (*reasons, *edition_reasons(case, draft.edition_fields), *_address_reasons(draft))


def edition_reasons(case: Case, fields: Mapping[str, str]) -> list[FieldReason]:
    place = f"{case.place.source}: {case.place}"
    return [because(name, value, place, "Tax fields of the organisation's edition.") for name, value in fields.items()]


def _address_reasons(draft: InvoiceDraft) -> list[FieldReason]:
    named = {"billing_address": draft.billing_address, "shipping_address": draft.shipping_address}
    rule = "The document's own address, because the contact's may change."
    return [because(name, value, name, rule) for name, value in named.items() if value is not None]


def line_reasons(written: Posting, lines: tuple[DraftLine, ...]) -> list[FieldReason]:
    """Why each line has its price, discount, tax and account."""
    reasons: list[FieldReason] = []
    for at, (priced, line) in enumerate(zip(written.lines, lines, strict=True)):
        part, choice, field = priced.taxed.part, priced.taxed.choice, f"line_items[{at}]"
        taxes = ", ".join(f"{tax.title} {tax.amount.text}" for tax in part.taxes) or "none"
        reasons += [
            because(f"{field}.name", line.name, part.source, "Title and options."),
            because(f"{field}.rate", line.rate, f"{part.source}: unit price {part.unit_price}", written.why),
            because(f"{field}.quantity", line.quantity, f"{part.source}.quantity", "As sold."),
            because(
                f"{field}.discount",
                line.discount,
                f"{part.source}.discountAllocations: amount {part.amount}",
                "Discounts arrive as allocations, so Zoho has nothing to spread.",
            ),
            because(
                f"{field}.tax",
                line.tax_id or line.tax_exemption_id or "none",
                f"{part.source}.taxLines: {taxes}",
                choice.rule,
                *choice.rejected,
            ),
        ]
        account = "Policy “accounts”." if line.account_id else "Zoho's own account for the item."
        reasons.append(because(f"{field}.account_id", line.account_id or "Zoho's", part.what.value, account))
        if line.description:
            rule = "SKU, what the buyer chose, and the names of discounts."
            reasons.append(because(f"{field}.description", line.description, part.source, rule))
        if line.item_id:
            reasons.append(_item_reason(f"{field}.item_id", line.item_id, part))
    return reasons


def _item_reason(field: str, item_id: str, part: Part) -> FieldReason:
    if part.what is What.SHIPPING:
        return because(field, item_id, part.source, f"Policy “shipping_item: {part.sku}”.")
    return because(field, item_id, f"{part.source}.sku: {part.sku}", "The active item with exactly this SKU.")
