"""A stand-in for what the store remembers after a plan was carried out: the same plan again must then be empty.

Applies operations to `Books` as Zoho would: documents get ids, balances fall, credits are used up; and refuses what
Zoho refuses: more applied than is owed, more taken out than is there, money on a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from ml_connector.domain.books import Books, ContactLink, KnownDocument, KnownLine, TaxComponent, ZohoTax
from ml_connector.domain.documents import (
    AddressDraft,
    ApplyPaymentDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    DraftLine,
    InvoiceDraft,
    ItemDraft,
    Kind,
    Operation,
    PaymentDraft,
    Ref,
    StatusDraft,
    TaxDraft,
)
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan.contact import own_addresses

Counted = Callable[[InvoiceDraft | CreditNoteDraft], Money]
"""What Zoho makes a document's total to be."""


def as_expected(draft: InvoiceDraft | CreditNoteDraft) -> Money:
    """The total that the planner expects; whoever distrusts it counts for himself."""
    return draft.expected.total


class Refused(AssertionError):
    """Zoho would not have accepted the operation."""


def carried_out(books: Books, operations: Iterable[Operation], counted: Counted = as_expected) -> Books:
    """*books* after *operations*.

    Raises:
        Refused: one of them could not have been carried out.
    """
    for operation in operations:
        books = _one(books, operation, counted)
    return books


def _one(books: Books, operation: Operation, counted: Counted) -> Books:  # noqa: C901, PLR0911 - one case for each kind
    draft = operation.draft
    match draft:
        case ContactDraft():
            own = own_addresses(draft, books.guest_salt)
            link = ContactLink(draft.key, f"z-{draft.key}", draft.currency, draft.name, addresses=own)
            return replace(books, contacts={**books.contacts, draft.key: link})
        case AddressDraft():
            return _with(books, _document(operation))
        case TaxDraft():
            return _with(replace(books, taxes=(*books.taxes, _tax(books, draft))), _document(operation))
        case ItemDraft():
            return _with(books, _document(operation))
        case InvoiceDraft():
            return _invoice(books, operation, draft, counted(draft))
        case CreditNoteDraft():
            amount = counted(draft)
            if draft.invoice is not None:
                _of_one_contact(draft.contact, _found(books, draft.invoice))
            document = _document(operation, amount, dated=draft.dated, status="open", unused=amount)
            return _with(books, replace(document, lines=_lines(draft.key, draft.lines)))
        case PaymentDraft():
            return _payment(books, operation, draft)
        case ApplyPaymentDraft():
            source = draft.payment if draft.payment is not None else draft.credit_note
            _of_one_contact(Ref(_found(books, source).contact), _found(books, draft.invoice))
            return _with(_paid(_used(books, source, draft.amount), draft.invoice, draft.amount), _document(operation))
        case CashDraft():
            if not draft.amount > Money.zero(draft.amount.currency):
                raise Refused(f"{draft.key} pays out nothing")
            return _with(_used(books, draft.source, draft.amount), _document(operation, draft.amount))
        case StatusDraft():
            return _status(books, operation, draft)


def _document(operation: Operation, amount: Money | None = None, **facts: object) -> KnownDocument:
    contact = getattr(operation.draft, "contact", None)
    base = KnownDocument(
        operation.key,
        operation.kind,
        "done",
        f"z-{operation.key}",
        operation.key,
        total=amount,
        claims=operation.claims,
        contact=contact.key if isinstance(contact, Ref) else "",
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def _with(books: Books, *documents: KnownDocument) -> Books:
    return replace(books, documents={**books.documents, **{one.key: one for one in documents}})


def _tax(books: Books, draft: TaxDraft) -> ZohoTax:
    if not draft.components:
        return ZohoTax(
            f"z-{draft.key}",
            draft.name,
            draft.percentage,
            specific_type=draft.edition_fields.get("tax_specific_type", ""),
        )
    by_id = {tax.id: tax for tax in books.taxes}
    ids = [f"z-{one.key}" if isinstance(one, Ref) else one for one in draft.components]
    parts = tuple(TaxComponent(one, by_id[one].name, by_id[one].percentage) for one in ids)
    return ZohoTax(f"z-{draft.key}", draft.name, draft.percentage, "tax_group", components=parts)


def _lines(key: str, lines: tuple[DraftLine, ...]) -> tuple[KnownLine, ...]:
    return tuple(
        KnownLine(
            line.line_item_id or f"{key}#{at}",
            line.name,
            line.rate,
            line.quantity,
            line.discount,
            line.rate * line.quantity - line.discount,
            line.tax_id or "",
            line.account_id or "",
        )
        for at, line in enumerate(lines)
    )


def _invoice(books: Books, operation: Operation, draft: InvoiceDraft, amount: Money) -> Books:
    if operation.kind is Kind.INVOICE_UPDATE:
        known = books.documents[draft.key]
        if known.balance != known.total:
            raise Refused(f"{draft.key} is paid or credited and cannot be changed")
        ids = {line.line_item_id for line in known.lines}
        if any(line.line_item_id and line.line_item_id not in ids for line in draft.lines):
            raise Refused(f"{draft.key} has no such line")
        changed = replace(known, total=amount, balance=amount, lines=_lines(operation.key, draft.lines))
        return _with(books, changed, _document(operation, amount))
    if draft.key in books.documents:
        raise Refused(f"{draft.key} exists")
    known = _document(
        operation, amount, dated=draft.dated, status="draft", balance=amount, exchange_rate=draft.exchange_rate
    )
    return _with(books, replace(known, lines=_lines(draft.key, draft.lines)))


def _payment(books: Books, operation: Operation, draft: PaymentDraft) -> Books:
    applied = total((one.amount for one in draft.applied), draft.amount.currency)
    if applied > draft.amount:
        raise Refused(f"{draft.key} applies {applied} of {draft.amount}")
    for one in draft.applied:
        _of_one_contact(draft.contact, _found(books, one.invoice))
        books = _paid(books, one.invoice, one.amount)
    return _with(books, _document(operation, draft.amount, dated=draft.dated, unused=draft.amount - applied))


def _paid(books: Books, invoice: Ref | str, amount: Money) -> Books:
    known = _found(books, invoice)
    if known.status in ("draft", "void"):
        raise Refused(f"{known.key} is a {known.status}")
    if known.balance is None or amount > known.balance or not amount:
        raise Refused(f"{known.key} owes {known.balance}, not {amount}")
    left = known.balance - amount
    return _with(books, replace(known, balance=left, status="partially_paid" if left else "paid"))


def _of_one_contact(contact: Ref | str, invoice: KnownDocument) -> None:
    if isinstance(contact, Ref) and contact.key != invoice.contact:
        raise Refused(f"{invoice.key} is of {invoice.contact}, not of {contact.key}")


def _used(books: Books, source: Ref | str | None, amount: Money) -> Books:
    known = _found(books, source)
    if known.unused is None or amount > known.unused:
        raise Refused(f"{known.key} has {known.unused} left, not {amount}")
    return _with(books, replace(known, unused=known.unused - amount))


def _status(books: Books, operation: Operation, draft: StatusDraft) -> Books:
    known = _found(books, draft.document)
    if draft.status == "void" and known.balance != known.total:
        raise Refused(f"{known.key} is paid or credited and cannot be voided")
    balance = known.balance if draft.status == "sent" else Money.zero(known.total.currency) if known.total else None
    return _with(books, replace(known, status=draft.status, balance=balance), _document(operation))


def _found(books: Books, of: Ref | str | None) -> KnownDocument:
    key = of.key if isinstance(of, Ref) else str(of)
    found = books.documents.get(key)
    if found is None:
        raise Refused(f"{key} does not exist in Zoho yet")
    return found


def nothing_negative(books: Books) -> bool:
    """Whether no balance and no credit fell under zero."""
    figures = [one for document in books.documents.values() for one in (document.balance, document.unused)]
    return all(one.amount >= Decimal(0) for one in figures if one is not None)
