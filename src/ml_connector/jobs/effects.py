"""What an operation that is done changed in documents besides its own: pure, so that no read is needed to know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import (
    Applied,
    ApplyPaymentDraft,
    CashDraft,
    Draft,
    InvoiceDraft,
    Kind,
    PaymentDraft,
    Ref,
    StatusDraft,
)
from ml_connector.domain.money import Money


def effects(draft: Draft, documents: Mapping[str, KnownDocument]) -> tuple[KnownDocument, ...]:
    """The documents of *documents* (by key) as they are after *draft* was carried out; only those that changed."""
    return tuple(_changes(draft, documents))


def _changes(draft: Draft, documents: Mapping[str, KnownDocument]) -> Iterator[KnownDocument]:
    match draft:
        case InvoiceDraft():
            yield from _updated(draft, documents)
        case StatusDraft():
            yield from _status(draft, documents)
        case PaymentDraft():
            for part in draft.applied:
                yield from _paid(part, documents)
        case ApplyPaymentDraft():
            yield from _paid(Applied(draft.invoice, draft.amount), documents)
            yield from _used(draft.credit_note if draft.payment is None else draft.payment, draft.amount, documents)
        case CashDraft():
            yield from _used(draft.source, draft.amount, documents)


def _found(of: Ref | str | None, documents: Mapping[str, KnownDocument]) -> KnownDocument | None:
    if isinstance(of, Ref):
        return documents.get(of.key)
    return next((each for each in documents.values() if of and each.zoho_id == of), None)


def _updated(draft: InvoiceDraft, documents: Mapping[str, KnownDocument]) -> Iterator[KnownDocument]:
    """An invoice that was brought up to date holds what its update holds; the update is noted last."""
    found = documents.get(draft.key)
    updates = [
        each for each in documents.values() if each.kind is Kind.INVOICE_UPDATE and each.zoho_id == draft.zoho_id
    ]
    if draft.zoho_id is None or found is None or not updates:
        return
    new = updates[-1]
    told = {name: said for name, said in new.details.items() if name != "path"}
    kept = {name: said for name, said in found.details.items() if not name.startswith("tax:")}
    yield replace(
        found,
        status=new.status,
        total=new.total,
        balance=new.balance,
        lines=new.lines,
        last_modified=new.last_modified,
        details={**kept, **told},
    )


def _status(draft: StatusDraft, documents: Mapping[str, KnownDocument]) -> Iterator[KnownDocument]:
    found = _found(draft.document, documents)
    if found is None:
        return
    nothing = Money.zero(found.total.currency) if found.total else None
    void = draft.status == "void"
    yield replace(found, status=draft.status, balance=nothing if void else found.balance)


def _paid(part: Applied, documents: Mapping[str, KnownDocument]) -> Iterator[KnownDocument]:
    found = _found(part.invoice, documents)
    if found is None or found.balance is None:
        return
    left = found.balance - part.amount
    yield replace(found, balance=left, status="partially_paid" if left else "paid")


def _used(of: Ref | str | None, amount: Money, documents: Mapping[str, KnownDocument]) -> Iterator[KnownDocument]:
    found = _found(of, documents)
    if found is None or found.unused is None:
        return
    left = found.unused - amount
    closed = found.kind.value == "credit_note" and not left
    yield replace(found, unused=left, status="closed" if closed else found.status)
