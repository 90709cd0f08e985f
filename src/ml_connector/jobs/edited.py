"""What people did in Zoho to documents of ours, noticed before anything is corrected on top of it.

A correction (an update, a void, a credit on an invoice, a further document for it) is decided on what Zoho holds at
this moment: the documents it would touch are read by id, as a rule one call, and compared with what we wrote. Whoever
only pays or creates asks nothing. When Zoho refuses something as gone or as impossible in its state, everything of the
order is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import (
    ApplyPaymentDraft,
    CashDraft,
    CreditNoteDraft,
    Draft,
    InvoiceDraft,
    Kind,
    Operation,
    Plan,
    Ref,
    StatusDraft,
)
from ml_connector.domain.edited import gone, read_again, texts_noted
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan.known import is_draft
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.documents import Put
from ml_connector.store.subjects import Lease
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.told import CREDIT_NOTE, INVOICE, PAYMENT

log = structlog.get_logger(__name__)

MODULES = {Kind.INVOICE: INVOICE, Kind.CREDIT_NOTE: CREDIT_NOTE, Kind.PAYMENT: PAYMENT}
_CORRECTIONS = frozenset({Kind.INVOICE, Kind.INVOICE_UPDATE, Kind.VOID, Kind.CREDIT_NOTE, Kind.APPLY_CREDIT})

Documents = Mapping[str, KnownDocument]


def in_question(decided: Plan | Hold | Excluded, documents: Documents) -> dict[str, bool]:
    """Keys of the documents that have to be read before *decided* holds; whether their texts count too.

    Those that a person is known to have changed, which may be as they were again; drafts for which something waits; and
    those that a plan corrects.
    """
    there = {key: each for key, each in documents.items() if _readable(each)}
    asked = {key: texts_noted(each) for key, each in there.items() if each.changed_by_person}
    if isinstance(decided, Plan):
        if decided.waits:  # for an approval in Zoho, perhaps, which it may have by now
            asked |= {key: asked.get(key, False) for key, each in there.items() if is_draft(each)}
        for operation in decided.operations:
            texts = operation.kind is Kind.INVOICE_UPDATE
            asked |= {key: texts or asked.get(key, False) for key in _touched(operation, there)}
    return asked


def _readable(document: KnownDocument) -> bool:
    return document.state == "done" and bool(document.zoho_id) and document.kind in MODULES


def _touched(operation: Operation, there: Documents) -> Iterable[str]:
    """Documents that the operation changes, or adds to."""
    named = {of.key if isinstance(of, Ref) else of for of in _of(operation.draft)}
    found = {key for key, each in there.items() if key in named or each.zoho_id in named}
    if operation.kind in _CORRECTIONS:  # also another document for an order whose invoice is in Zoho
        found |= {key for key, each in there.items() if key.startswith("invoice:") and each.kind is Kind.INVOICE}
    return found


def _of(draft: Draft) -> Iterable[Ref | str]:
    match draft:
        case InvoiceDraft(zoho_id=str(zoho_id)):
            return (zoho_id,)
        case StatusDraft(status="void", document=document):
            return (document,)
        case CreditNoteDraft(invoice=invoice):
            return () if invoice is None else (invoice,)
        case ApplyPaymentDraft(invoice=invoice, credit_note=note):
            return () if note is None else (invoice, note)
        case CashDraft(source=source):
            return (source,)
        case _:
            return ()


async def read_documents(keys: Mapping[str, bool], documents: Documents, run: Runtime) -> dict[str, KnownDocument]:
    """Those of *keys* that are not as we knew them, as they are now. One call each.

    Raises:
        Trouble: Zoho could not be asked.
    """
    found: dict[str, KnownDocument] = {}
    for key, texts in keys.items():
        known = documents[key]
        now = await _read(known, run, texts=texts)
        if now != known:
            found[key] = now
    return found


async def _read(known: KnownDocument, run: Runtime, *, texts: bool) -> KnownDocument:
    try:
        there = await run.zoho.document(MODULES[known.kind], known.zoho_id, known.key)
    except NotFound:
        return gone(known)
    return read_again(known, there, texts=texts)


async def keep(found: Documents, lease: Lease, run: Runtime) -> None:
    """Remember the documents as they were found."""
    for each in found.values():
        if each.changed_by_person:
            log.info("document.changed_by_person", key=each.key, zoho_id=each.zoho_id, status=each.status)
    async with run.store.transaction() as tx:
        await run.store.subjects.check(tx, lease)
        await run.store.documents.put(tx, run.connection_id, *(Put(each, lease.subject.id) for each in found.values()))


def everything(documents: Documents) -> dict[str, bool]:
    """Keys of all documents of an order that can be read by id."""
    return {key: False for key, each in documents.items() if _readable(each)}
