"""Looking one operation up in Zoho by what makes it recognisable.

What has a mark or a reference is searched for, and a search lags; what belongs to a record that we know by id is read
with that record, which does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import (
    AddressDraft,
    ApplyPaymentDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    Draft,
    FieldReason,
    InvoiceDraft,
    ItemDraft,
    Kind,
    Operation,
    PaymentDraft,
    Ref,
    StatusDraft,
    TaxDraft,
)
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered
from ml_connector.store.operations import OperationRow
from ml_connector.store.values import restore
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.compare import differences
from ml_connector.zoho.document_reading import Settled
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.exact import Json, text
from ml_connector.zoho.requests import request_for
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, PAYMENT, Told
from ml_connector.zoho.values import ZohoRequest

_DRAFTS: dict[Kind, type[Draft]] = {
    Kind.CONTACT: ContactDraft,
    Kind.CONTACT_UPDATE: ContactDraft,
    Kind.CONTACT_ADDRESS: AddressDraft,
    Kind.ITEM: ItemDraft,
    Kind.TAX: TaxDraft,
    Kind.INVOICE: InvoiceDraft,
    Kind.INVOICE_UPDATE: InvoiceDraft,
    Kind.MARK_SENT: StatusDraft,
    Kind.PAYMENT: PaymentDraft,
    Kind.APPLY_PAYMENT: ApplyPaymentDraft,
    Kind.PAYMENT_REFUND: CashDraft,
    Kind.CREDIT_NOTE: CreditNoteDraft,
    Kind.APPLY_CREDIT: ApplyPaymentDraft,
    Kind.CASH: CashDraft,
    Kind.VOID: StatusDraft,
}

_MODULES = {
    InvoiceDraft: (INVOICE, "invoice"),
    PaymentDraft: (PAYMENT, "payment"),
    CreditNoteDraft: (CREDIT_NOTE, "creditnote"),
}


@dataclass(frozen=True, slots=True)
class NotThere:
    """This look did not find it; `surely`: it was read by id, which does not lag."""

    surely: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """One operation as it was sent."""

    operation: Operation
    request: ZohoRequest
    told: Told
    run: Runtime

    def id(self, of: Ref | str | None) -> str:
        found = self.told.id(of)
        return found if isinstance(found, str) else ""

    def found(self, answer: Json, *, compared: bool = True) -> Answered:
        unlike = differences(self.operation.draft, answer, self.told) if compared else ()
        return Answered(self.operation, self.request, answer, unlike, "unique_field")


async def look(row: OperationRow, run: Runtime) -> Answered | NotThere:
    """Whether Zoho holds what *row* sent. One to three calls.

    Raises:
        Trouble: Zoho could not be asked.
    """
    case = await _case(row, run)
    match case.operation.draft:
        case ContactDraft() as draft:
            return await _contact(case, draft)
        case InvoiceDraft() | PaymentDraft() | CreditNoteDraft() as draft:
            return await _document(case, draft)
        case StatusDraft() as draft:
            return await _status(case, draft)
        case ApplyPaymentDraft() as draft:
            return await _applied(case, draft)
        case CashDraft() as draft:
            return await _cash(case, draft)
        case AddressDraft() as draft:
            return await _address(case, draft)
        case ItemDraft() as draft:
            return await _item(case, draft)
        case TaxDraft() as draft:
            return await _tax(case, draft)


async def _case(row: OperationRow, run: Runtime) -> _Case:
    kind = Kind(row.kind)
    draft = restore(_DRAFTS[kind], row.draft)
    reasons = restore(tuple[FieldReason, ...], row.reasons)
    operation = Operation(row.key, kind, draft, reasons, tuple(row.claims))
    masters = (await masters_of(run)).masters
    async with run.store.at_once() as tx:
        documents = await run.store.documents.of_order(tx, run.connection_id, row.subject_id)
        keys = [ref.key for ref in _refs(draft) if ref.key.startswith("contact:")]
        links = await run.store.contacts.as_made(tx, run.connection_id, keys)
    ids = {key: each.zoho_id for key, each in documents.items() if each.zoho_id}
    ids |= {key: kept.link.contact_id for key, kept in links.items()}
    lines = {key: tuple(line.line_item_id for line in each.lines) for key, each in documents.items() if each.lines}
    told = Told(ids, masters.unique_fields, lines)
    return _Case(operation, request_for(draft, told), told, run)


def _refs(draft: Draft) -> Iterable[Ref]:
    for name in ("contact", "invoice", "document", "source", "payment", "credit_note"):
        value = getattr(draft, name, None)
        if isinstance(value, Ref):
            yield value


async def _contact(case: _Case, draft: ContactDraft) -> Answered | NotThere:
    """By the mark; else by the names it may have been given, where the e-mail agrees or only we give such a name."""
    field = case.told.unique_fields.get(CONTACT, "")
    if draft.zoho_id:
        return await _updated(case, draft, draft.zoho_id)
    if field:
        marked = await case.run.zoho.contact_by_mark(field, draft.key)
        if marked.matches:
            return case.found({"contact": marked.matches[0].row})
    for name in dict.fromkeys((draft.name, draft.fallback_name)):
        for each in (await case.run.zoho.contacts_named(name)).matches:
            ours = each.mark(field) == draft.key if field else False
            if ours or (_is_meant(draft, name, each) and (each.mark(field) or "") in ("", draft.key)):
                return case.found({"contact": each.row})
    return NotThere()


def _is_meant(draft: ContactDraft, name: str, contact: KnownContact) -> bool:
    """Whether a contact of this *name* is the one that was sent.

    Its e-mail agrees; or neither has one, and the name has the suffix that nobody but us gives.
    """
    if draft.email:
        return draft.email.casefold() in contact.emails
    with_suffix = name == draft.fallback_name != draft.name
    return with_suffix and not contact.emails and contact.currency in ("", draft.currency)


async def _updated(case: _Case, draft: ContactDraft, contact_id: str) -> Answered | NotThere:
    """By id, which does not lag: whether the contact says what it was told. Telling it again does no harm."""
    try:
        contact = await case.run.zoho.contact(contact_id)
    except NotFound:
        return NotThere(surely=True)
    person = next((each for each in contact.persons if each.is_primary), None)
    sent = case.request.json
    of_person: Json = next(iter(sent.get("contact_persons") or ()), {})
    same = all(text(contact.row, name) == sent[name] for name in _OF_CONTACT if name in sent)
    same = same and (
        person is None or all(getattr(person, name) == of_person[name] for name in _OF_PERSON if name in of_person)
    )
    return case.found({"contact": contact.row}) if same else NotThere(surely=True)


_OF_CONTACT = ("contact_name", "company_name", "notes")
_OF_PERSON = ("first_name", "last_name", "email", "phone")


async def _document(case: _Case, draft: InvoiceDraft | PaymentDraft | CreditNoteDraft) -> Answered | NotThere:
    module, name = _MODULES[type(draft)]
    zoho = case.run.zoho
    if isinstance(draft, InvoiceDraft) and draft.zoho_id:
        found = case.found({name: await zoho.record(module, draft.zoho_id)})
        return NotThere(surely=True) if found.differences else found
    customer = case.id(draft.contact)
    matches = (
        await zoho.look_up(
            module,
            draft.key,
            unique_field=case.told.unique_fields.get(module, ""),
            reference=draft.reference_number,
            customer_id=customer,
        )
    ).matches
    if not matches and isinstance(draft, PaymentDraft):
        matches = await _payments_read_by_id(case, draft)
    for match in matches:
        record = await zoho.record(module, match.zoho_id)
        found = case.found({name: record})
        if case.told.unique_fields.get(module) or not found.differences:
            return found
    return NotThere()


async def _payments_read_by_id(case: _Case, draft: PaymentDraft) -> tuple[KnownDocument, ...]:
    """The invoices' own payments, which do not lag, by our reference number."""
    zoho, mark = case.run.zoho, draft.reference_number
    invoices = [invoice for part in draft.applied if (invoice := case.id(part.invoice))]
    ids = [
        each.of
        for invoice in invoices
        for each in await zoho.invoice_payments(invoice)
        if each.reference_number and mark.startswith(each.reference_number)
    ]
    return tuple([await zoho.payment(payment_id, draft.key) for payment_id in dict.fromkeys(ids)])


async def _status(case: _Case, draft: StatusDraft) -> Answered | NotThere:
    record = await case.run.zoho.record(INVOICE, case.id(draft.document))
    status = text(record, "status").lower()
    reached = status == "void" if draft.status == "void" else status not in ("draft", "void", "")
    return case.found({"invoice": record}, compared=False) if reached else NotThere(surely=True)


async def _applied(case: _Case, draft: ApplyPaymentDraft) -> Answered | NotThere:
    invoice, other = case.id(draft.invoice), case.id(draft.credit_note or draft.payment)
    zoho = case.run.zoho
    parts: Sequence[Settled] = (
        await zoho.invoice_credits(invoice) if draft.credit_note else await zoho.invoice_payments(invoice)
    )
    there = any(each.of == other and each.amount == draft.amount.amount for each in parts)
    return case.found({}, compared=False) if there else NotThere(surely=True)


async def _cash(case: _Case, draft: CashDraft) -> Answered | NotThere:
    source = case.id(draft.source)
    zoho = case.run.zoho
    parts: Sequence[Settled] = (
        await zoho.payment_refunds(source) if draft.of_payment else await zoho.credit_note_refunds(source)
    )
    name = "payment_refund" if draft.of_payment else "creditnote_refund"
    for each in parts:
        if each.amount == draft.amount.amount and each.reference_number in ("", draft.reference_number):
            return case.found({name: {f"{name}_id": each.id}}, compared=False)
    return NotThere(surely=True)


async def _address(case: _Case, draft: AddressDraft) -> Answered | NotThere:
    contact = await case.run.zoho.contact(case.id(draft.contact))
    wanted = (draft.address.address1 or "", draft.address.zip or "")
    for each in contact.addresses:
        if (each.address, each.zip) == wanted:
            return case.found({"address_info": {"address_id": each.id}}, compared=False)
    return NotThere(surely=True)


async def _item(case: _Case, draft: ItemDraft) -> Answered | NotThere:
    for each in (await case.run.zoho.find_item(draft.sku)).matches if draft.sku else ():
        return case.found({"item": {"item_id": each.id}}, compared=False)
    for each in (await case.run.zoho.find_item_named(draft.name)).matches:
        return case.found({"item": {"item_id": each.id}}, compared=False)
    return NotThere()


async def _tax(case: _Case, draft: TaxDraft) -> Answered | NotThere:
    for each in await case.run.zoho.taxes():
        if each.name == draft.name and each.percentage == draft.percentage:
            return case.found({"tax": {"tax_id": each.id}}, compared=False)
    return NotThere()
