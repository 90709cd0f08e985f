"""The commits around one call to Zoho: intent before, permit with the sending, verdict after.

Each function is one commit and checks the lease's fencing number in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.books import ContactLink, KnownDocument
from ml_connector.domain.documents import (
    AddressDraft,
    ApplyPaymentDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    Draft,
    InvoiceDraft,
    Kind,
    Operation,
    PaymentDraft,
    Plan,
    Ref,
)
from ml_connector.domain.money import Money
from ml_connector.domain.plan.contact import own_addresses
from ml_connector.domain.trouble import Remedy, Trouble, Wrote
from ml_connector.jobs.addresses import ADDRESSES, contact_of, keep_address
from ml_connector.jobs.effects import effects
from ml_connector.jobs.permits import PATIENCE_S, Permits
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.allowances import ANSWER_WITHIN_S, Refused
from ml_connector.store.documents import Put, Stated
from ml_connector.store.exchanges import Exchange
from ml_connector.store.operations import SEND_WITHIN_S, Intent, Step
from ml_connector.store.subjects import Lease
from ml_connector.zoho import books
from ml_connector.zoho.compare import Difference
from ml_connector.zoho.exact import Json, NotJson, decode_object
from ml_connector.zoho.exchange import Exchange as ZohoExchange
from ml_connector.zoho.made import made
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.values import ZohoRequest

LEASE_S = 90.0
"""How long a run may go on without a commit of its own."""

_READERS = {Kind.INVOICE: books.invoice, Kind.INVOICE_UPDATE: books.invoice, Kind.CREDIT_NOTE: books.credit_note}


@dataclass(frozen=True, slots=True)
class Answered:
    """An operation that Zoho carried out: what was asked, Zoho's own record, and where the two differ.

    `matched_by` says how a contact came to stand for its customer: created, unique_field or email; `attempt` is the
    number of the sending that did it.
    """

    operation: Operation
    request: ZohoRequest
    body: Json
    differences: tuple[Difference, ...] = ()
    matched_by: str = "created"
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to send, committed: the permit, and the number of this attempt."""

    permit: Permit
    attempt: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What an operation that is done left: its document, and others that it changed."""

    document: KnownDocument
    changed: tuple[KnownDocument, ...] = ()
    differences: tuple[Difference, ...] = ()
    contact: ContactLink | None = None
    record: Json = field(default_factory=dict)
    """Zoho's own record in its answer; empty where it tells none."""


async def intend(plan: Plan, lease: Lease, run: Runtime) -> frozenset[str]:
    """Step a: keep what the plan wants, let go of what an older plan wanted; the keys that may be sent now.

    Raises:
        LeaseLost, ClaimTaken.
    """
    wanted = [_intent(operation, plan, lease) for operation in plan.operations]
    keys = {intent.key for intent in wanted}
    async with run.store.transaction() as tx:
        stale = await run.store.operations.stale(tx, lease.subject, keys)
        if stale:
            await run.store.operations.drop(tx, lease, stale)
        return await run.store.operations.intend(tx, lease, wanted)


async def intend_again(operation: Operation, lease: Lease, run: Runtime) -> None:
    """Take an operation that was refused up again."""
    async with run.store.at_once() as tx:
        await run.store.operations.intend(
            tx, lease, [_intent(operation, Plan(policy_version=run.policy_version), lease)]
        )


def _intent(operation: Operation, plan: Plan, lease: Lease) -> Intent:
    own = not operation.key.startswith("contact:")
    return Intent(
        key=operation.key,
        kind=operation.kind.value,
        draft=operation.draft,
        reasons=operation.reasons,
        claims=operation.claims,
        order_id=lease.subject.id if own else None,
        policy_version=plan.policy_version,
    )


async def permit(operation: Operation, request: ZohoRequest, lease: Lease, run: Runtime) -> Leave:
    """Step b: the permit and the attempt, committed; the request may leave.

    Raises:
        NoPermit: none within two seconds; the operation is still intended.
        LeaseLost, WrongState.
    """
    patient_until = run.clock.monotonic() + PATIENCE_S
    while True:
        asked = run.clock.monotonic()
        ended = run.permits.ended()
        async with run.store.at_once() as tx:
            got = await run.store.operations.permit_and_send(
                tx,
                lease,
                [operation.key],
                organization=run.permits.organization,
                lane=lease.lane,
                request=shown(request),
                request_sha=digest(request),
                back=ended.back,
                told=ended.told,
            )
        if not isinstance(got, Refused):
            return Leave(Permits.of_sending(got, asked), got.attempts[operation.key])
        await run.permits.wait(got, patient_until)


async def send_along(operation: Operation, request: ZohoRequest, lease: Lease, run: Runtime) -> Leave:
    """Step b for an operation that goes along in another's request, whose permit counts for both.

    Raises:
        LeaseLost, WrongState.
    """
    asked = run.clock.monotonic()
    async with run.store.at_once() as tx:
        attempt = await run.store.operations.send_along(
            tx, lease, operation.key, request=shown(request), request_sha=digest(request)
        )
    return Leave(Permit(asked + SEND_WITHIN_S, asked + ANSWER_WITHIN_S), attempt)


async def done(answered: Answered, known: Mapping[str, KnownDocument], lease: Lease, run: Runtime) -> Settled:
    """Step c, and g when it was found: the document as Zoho holds it, and what else it changed."""
    operation = answered.operation
    document = replace(document_of(operation, answered.request, answered.body), policy_version=run.policy_version)
    contact = _link(operation, document, lease, answered.matched_by)
    changed = effects(operation.draft, {**known, document.key: document})
    said = {"differences": [each.text for each in answered.differences]}
    async with run.store.transaction() as tx:
        await run.store.operations.settle(
            tx, lease, [Step(operation.key, "done", document.zoho_id, said)], for_s=LEASE_S
        )
        await _keep_contact(tx, answered, document, contact, run)
        order_id = lease.subject.id
        own = Put(
            document,
            order_id=None if contact is not None else order_id,
            fields=operation.reasons,
            stated=_stated(operation, document.key),
            confirmed=True,
        )
        others = {each.key: Put(each, order_id, stated=_stated(operation, each.key)) for each in changed}
        await run.store.documents.put(tx, run.connection_id, own, *others.values())
        await _record(tx, answered.request, answered.attempt, lease, run)
    record = made(operation.draft, answered.body).record
    return Settled(document, changed, answered.differences, contact, record)


async def adopt(answered: Answered, lease: Lease, run: Runtime, *, changes: bool = True) -> Settled:
    """Step g, found in Zoho: as `done`, with the order's documents read anew.

    The finding is kept with what was sent, as the answer that did not come.

    Args:
        changes: Whether the order's other documents are as they were before it. False when they were read after it.
    """
    request = answered.request
    found = Exchange(
        connection_id=lease.subject.connection_id,
        party="zoho",
        method=request.method,
        path=request.path,
        subject=lease.subject,
        key=answered.operation.key,
        attempt=answered.attempt,
        request=shown(request),
        answer=answered.body,
        verdict="found",
    )
    async with run.store.transaction() as tx:
        known = await run.store.documents.of_order(tx, run.connection_id, lease.subject.id) if changes else {}
        await run.store.exchanges.record(tx, [found])
    return await done(answered, known, lease, run)


async def refused(
    operation: Operation, request: ZohoRequest, attempt: int, trouble: Trouble, lease: Lease, run: Runtime
) -> None:
    """Step d, f, or back to the intent: what a trouble means for the operation."""
    async with run.store.transaction() as tx:
        if _surely_not_sent(trouble):
            await run.store.operations.not_sent(tx, lease, [operation.key], for_s=LEASE_S)
        else:
            state = "refused" if trouble.wrote is Wrote.NO else "in_doubt"
            step = Step(operation.key, state, answer=_said(trouble))
            await run.store.operations.settle(tx, lease, [step], for_s=LEASE_S)
        await _record(tx, request, attempt, lease, run)


def _surely_not_sent(trouble: Trouble) -> bool:
    """Nothing was carried out and the same may be sent again: the attempt is as if it had not been."""
    return trouble.wrote is Wrote.NO and trouble.remedy in (Remedy.LATER, Remedy.CONNECTION)


def _said(trouble: Trouble) -> Json:
    return {"code": trouble.code, "text": trouble.text}


async def _keep_contact(
    tx: AsyncConnection, answered: Answered, document: KnownDocument, contact: ContactLink | None, run: Runtime
) -> None:
    """Remember which contact stands for the customer, and which of its addresses is which."""
    draft = answered.operation.draft
    if contact is not None and isinstance(draft, ContactDraft):
        customer = contact.key.removeprefix("contact:").rpartition(":")[0]
        await run.store.contacts.put(
            tx, run.connection_id, contact, customer_id=customer if customer.startswith("gid:") else None
        )
        if contact.matched_by != "email":
            # an order that found the contact while our answer was lost may have added addresses of its own
            own = own_addresses(draft, run.guest_salt)
            await run.store.contacts.add(tx, run.connection_id, contact.contact_id, ADDRESSES, own)
    if isinstance(draft, AddressDraft):
        await keep_address(tx, draft, contact_of(answered.request), document.zoho_id, run)


def _stated(operation: Operation, key: str) -> Stated | None:
    """What stands in the document *key* beside its lines; None: the operation does not say.

    An update says it of the invoice that it brings up to date, not of itself, so that it is counted once.
    """
    draft = operation.draft
    if not isinstance(draft, InvoiceDraft | CreditNoteDraft) or draft.key != key:
        return None
    return Stated(draft.adjustment if isinstance(draft, InvoiceDraft) else Decimal(0), draft.rounding)


async def _record(tx: AsyncConnection, request: ZohoRequest, attempt: int, lease: Lease, run: Runtime) -> None:
    rows = [exchange_row(each, lease, attempt) for each in run.journal.take(request.key)]
    if rows:
        await run.store.exchanges.record(tx, rows)


def exchange_row(exchange: ZohoExchange, lease: Lease, attempt: int) -> Exchange:
    """What went over the wire, as it is kept: cleaned by the store, never with a token."""
    request = exchange.request
    return Exchange(
        connection_id=lease.subject.connection_id,
        party="zoho",
        method=request.method,
        path=request.path,
        subject=lease.subject,
        key=request.key,
        attempt=attempt,
        status=exchange.status,
        request=shown(request),
        answer=_readable(exchange.answer),
        verdict=exchange.trouble.code if exchange.trouble else "done",
        took_s=exchange.took_s,
        at=exchange.at,
    )


def _readable(answer: bytes) -> object:
    """The answer as JSON where it is, as text where it is not, nothing where there was none."""
    if not answer:
        return None
    try:
        return decode_object(answer)
    except NotJson:
        return {"text": answer[:2_000].decode(errors="replace")}


def _link(operation: Operation, document: KnownDocument, lease: Lease, matched_by: str) -> ContactLink | None:
    draft = operation.draft
    if not isinstance(draft, ContactDraft) or draft.zoho_id is not None:
        return None  # an update changes no link: how it was matched, and what both sides agree on, stays
    return ContactLink(
        key=draft.key,
        contact_id=document.zoho_id,
        currency=draft.currency,
        name=draft.name,
        checked_at=lease.now,
        matched_by=matched_by,
        fingerprint=document.fingerprint,
    )


def document_of(operation: Operation, request: ZohoRequest, answer: Json) -> KnownDocument:
    """The document that *answer* tells, under its key; a step has a document of its own, with its target's id."""
    told = made(operation.draft, answer)
    reader = _READERS.get(operation.kind)
    if operation.kind is Kind.PAYMENT:
        read = books.payment(told.record, operation.key)
    elif reader is not None:
        read = reader(told.record, operation.key)
    else:
        read = KnownDocument(operation.key, operation.kind, "done", zoho_id=told.zoho_id, number=told.number)
    return replace(
        read,
        kind=operation.kind,
        total=read.total or _amount(operation.draft),
        claims=operation.claims,
        contact=_contact(operation.draft),
        fingerprint=digest(request),
        details={**read.details, "path": request.path},
    )


def _contact(draft: Draft) -> str:
    named = getattr(draft, "contact", None)
    return named.key if isinstance(named, Ref) else ""


def _amount(draft: Draft) -> Money | None:
    if isinstance(draft, InvoiceDraft | CreditNoteDraft):
        return draft.expected.total
    if isinstance(draft, PaymentDraft | ApplyPaymentDraft | CashDraft):
        return draft.amount
    return None


def shown(request: ZohoRequest) -> Json:
    """The request as it is kept and shown: everything but the token."""
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": dict(request.headers),
        "body": request.json,
    }


def digest(request: ZohoRequest) -> str:
    """SHA-256 of what is sent, to see whether the same would be sent again."""
    parts = (request.method, request.path, repr(sorted(request.query.items())))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.body).hexdigest()
