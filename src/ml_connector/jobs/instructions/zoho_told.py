"""What Zoho's webhooks tell: a document is there as we know it, or a person has changed it; a contact has changed.

Zoho tells of our own writes too, in any order, some twice, some never; a delivery has no time of its own, and an old
one may be sent again by anybody who has seen it. So what it says is only compared with what we know: where the two
agree the document is confirmed, and where they do not, the record is read before anything follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Outcome, Verdict
from ml_connector.jobs.customers.echoes import says_news
from ml_connector.jobs.instructions.told import nothing
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.store.deliveries import KeptDelivery
from ml_connector.store.documents import Kept
from ml_connector.store.exchanges import Event
from ml_connector.store.subjects import Knock, Lane, Lease, Subject
from ml_connector.zoho import books, webhooks
from ml_connector.zoho.alike import Unlike, unlike
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.exact import Json
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, PAYMENT

CONTACT_KIND = f"zoho_{CONTACT}"
MODULES = {f"zoho_{module}": module for module in (INVOICE, CREDIT_NOTE, PAYMENT)}
"""Kind of the subject -> Zoho's module."""

SOON = timedelta(seconds=10)
OURS_SOON = timedelta(minutes=2)
"""So long a record with our mark may be unknown to us: Zoho tells of it before our own commit."""
_DELETED = "delete"
_NOUNS = {INVOICE: "invoice", CREDIT_NOTE: "credit note", PAYMENT: "payment"}


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest delivery about a record, as far as its body still says."""

    deleted: bool
    record: Json
    kept: KeptDelivery


async def document_told(lease: Lease, run: Runtime) -> Synced:
    """Confirm the document, or knock for its order when somebody changed or deleted it."""
    module, zoho_id = MODULES[lease.subject.kind], lease.subject.id
    last = await _last(lease.subject, run)
    if last is None:
        return nothing()
    document = await _document(zoho_id, run)
    if document is None:
        return await _unknown(module, last, run)
    found = Unlike.CONTENT if last.deleted else unlike(module, document.document, last.record)
    if found is Unlike.NOTHING:
        await _confirm(document, run)
        return nothing()
    if found is Unlike.CONTENT:
        found = await _as_it_is(module, document, run)
    if found is Unlike.NOTHING:
        await _confirm(document, run)
        return nothing()
    await _knock(module, document, found, run)
    return nothing()


async def contact_told(lease: Lease, run: Runtime) -> Synced:
    """Knock for the customer of a contact that has news, where customers' changes go back; no call to anybody.

    One that was deleted is not made again because of that: the next document that needs it asks whether it is there.
    """
    last = await _last(lease.subject, run)
    async with run.store.at_once() as tx:
        links = await run.store.contacts.of_contacts(tx, run.connection_id, [lease.subject.id])
    if last is None or not links:
        return nothing()
    if last.deleted:
        async with run.store.at_once() as tx:
            await run.store.contacts.unchecked(tx, run.connection_id, [lease.subject.id])
        return nothing()
    if run.policy.customers_back != "on":
        return nothing()
    told = books.contact(last.record)
    customers = {each.customer_id or "" for each in links if each.is_customers and says_news(told, each, run)}
    if customers:
        async with run.store.transaction() as tx:
            await run.store.contacts.tell(tx, run.connection_id, [lease.subject.id])
            await run.store.subjects.knock(tx, [_knock_for(each, run) for each in sorted(customers)])
    return nothing()


def _knock_for(customer_id: str, run: Runtime) -> Knock:
    return Knock(Subject(run.connection_id, "customer", customer_id), Lane.REREADING)


async def _last(subject: Subject, run: Runtime) -> _Last | None:
    """The delivery that tells the latest state. Zoho's own order of sending means nothing."""
    found: list[_Last] = []
    async with run.store.at_once() as tx:
        for each in (await run.store.deliveries.of_subject(tx, subject))[-_LOOKED_AT:]:
            kept = await run.store.deliveries.get(tx, each.id)
            if kept is not None:
                found.append(_read(kept))
    deleted = [each for each in found if each.deleted]
    return deleted[-1] if deleted else max(found, key=_when, default=None)


_LOOKED_AT = 5


def _read(kept: KeptDelivery) -> _Last:
    query = {"event_type": kept.topic.partition("/")[2]}
    told = webhooks.read(query, kept.headers.get("content-type", ""), kept.body)
    return _Last(query["event_type"] == _DELETED, (told.record if told else None) or {}, kept)


def _when(last: _Last) -> tuple[str, int]:
    moment = books.modified(last.record)
    return (moment.isoformat() if moment else "", last.kept.id)


async def _document(zoho_id: str, run: Runtime) -> Kept | None:
    """The document itself; the steps that were taken with it have the same id."""
    async with run.store.at_once() as tx:
        found = await run.store.documents.located(tx, run.connection_id, zoho_ids=[zoho_id])
    own = [each for each in found if each.document.kind.value in _OWN]
    return own[0] if own else None


_OWN = frozenset({"invoice", "credit_note", "payment"})


async def _unknown(module: str, last: _Last, run: Runtime) -> Synced:
    """Somebody else's, and none of our business; or ours, and the commit that keeps it is a moment away."""
    field = (await masters_of(run)).masters.unique_fields.get(module, "")
    young = run.clock.now() - last.kept.received_at < OURS_SOON
    if last.deleted or not young or not books.mark_of(last.record, field):
        return nothing()
    return Synced(None, Outcome(Verdict.WAITING, until=await run.store.now() + SOON))


async def _as_it_is(module: str, document: Kept, run: Runtime) -> Unlike:
    """The record read by id, compared again; one that is gone is unlike."""
    try:
        record = await run.zoho.record(module, document.document.zoho_id)
    except NotFound:
        return Unlike.GONE
    return unlike(module, document.document, record)


async def _confirm(document: Kept, run: Runtime) -> None:
    async with run.store.at_once() as tx:
        await run.store.documents.confirm(tx, run.connection_id, document.document.key)


async def _knock(module: str, document: Kept, found: Unlike, run: Runtime) -> None:
    """Somebody else did this: the order is looked at again, and decides what follows."""
    if document.order_id is None:
        return
    subject = Subject(run.connection_id, "order", document.order_id)
    known = document.document
    async with run.store.transaction() as tx:
        if found is not Unlike.MONEY and not known.changed_by_person:
            await run.store.documents.changed_by_person(
                tx, run.connection_id, known.key, last_modified=known.last_modified
            )
        await run.store.subjects.knock(tx, [Knock(subject, Lane.REREADING)])
        await _tell(tx, subject, module, replace(known, number=known.number or known.zoho_id).number, found, run)


async def _tell(tx: AsyncConnection, subject: Subject, module: str, number: str, found: Unlike, run: Runtime) -> None:
    did = {
        Unlike.GONE: "was deleted in Zoho",
        Unlike.CONTENT: "was changed in Zoho by somebody",
        Unlike.MONEY: "has other money against it in Zoho than we put there",
    }[found]
    event = Event(subject, "zoho.changed", f"The {_NOUNS[module]} {number} {did}. The order is looked at again.")
    await run.store.timeline.note(tx, [event])
