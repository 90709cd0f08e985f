"""The only writer to Zoho: intent, permit, send, settle.

                a               b               c
    (none) ──► intended ──────► sent ──────────► done
                                 │  d ──────────► refused
                                 │  f ──────────► in doubt ──► see `in_doubt`

a: one commit for the whole plan. b: one commit together with the permit; the request leaves after it. c, d, f: one
commit with the document, the exchange and what happened. So a document costs two commits and one call, and every
commit checks that this run still holds its subject. After a restore of the database, what may have been carried out
before it is in doubt between a and b. For a connection that rests nothing gets as far as a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import (
    AddressDraft,
    ContactDraft,
    ItemDraft,
    Kind,
    Operation,
    Plan,
    StatusDraft,
    TaxDraft,
)
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs import contacts, settling
from ml_connector.jobs.addresses import keep_address
from ml_connector.jobs.in_doubt import Doubt, found_instead, look_first
from ml_connector.jobs.marking import mark_sent
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered, Settled
from ml_connector.jobs.together import Expected
from ml_connector.jobs.verdicts import outcome_of
from ml_connector.store.errors import WrongState
from ml_connector.store.subjects import Lease, Subject
from ml_connector.zoho.compare import Difference, differences
from ml_connector.zoho.errors import DuplicateValue, NameTaken, UnexpectedAnswer
from ml_connector.zoho.exact import Json
from ml_connector.zoho.made import without_record
from ml_connector.zoho.requests import request_for
from ml_connector.zoho.told import Told
from ml_connector.zoho.values import ZohoRequest

log = structlog.get_logger(__name__)

NEIGHBOUR_S = 2.0
"""When another run is making the same record, it is looked at again after this many seconds, or when it moves on."""
SHARED = (AddressDraft, ContactDraft, ItemDraft, TaxDraft)
"""Records that belong to no order: between two steps of ours another order's run may be at them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of Zoho while a plan is carried out; grows with each document."""

    told: Told
    documents: Mapping[str, KnownDocument] = field(default_factory=dict)
    records: Mapping[str, Json] = field(default_factory=dict)
    """Zoho's own record of each document that was carried out, as its answer told it."""

    def after(self, settled: Settled) -> Known:
        """With the documents that an operation made or changed."""
        each = {document.key: document for document in (settled.document, *settled.changed)}
        lines = tuple(line.line_item_id for line in settled.document.lines)
        told = self.told
        if settled.document.zoho_id:
            told = told.adding(settled.document.key, settled.document.zoho_id, lines)
        records = {**self.records, settled.document.key: settled.record}
        return Known(told, {**self.documents, **each}, records)


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a plan came: the verdict, and the trouble that stopped it, if any."""

    outcome: Outcome
    trouble: Trouble | None = None
    known: Known | None = None
    """What is known of Zoho now; None when nothing was carried out."""


async def apply(plan: Plan, known: Known, lease: Lease, run: Runtime) -> Applied:
    """Carry *plan* out, operation by operation, until it is done or something keeps it from going on.

    Nothing is raised for what Zoho says: that is an outcome.

    Raises:
        LeaseLost: another run holds the subject now; what this one had sent is settled by that one.
    """
    if not plan.operations:
        return Applied(Outcome(Verdict.POSTED, total=plan.total))
    if run.resting is not None and not run.resting.lets(lease.subject):
        return Applied(replace(run.resting.outcome(lease.now), total=plan.total))
    sendable = await settling.intend(plan, lease, run)
    marks = any(operation.kind is Kind.MARK_SENT for operation in plan.operations)
    with run.together.expecting(marks and plan.operations[0].kind is not Kind.MARK_SENT) as expected:
        return await _one_by_one(plan, sendable, known, expected, lease, run)


async def _one_by_one(
    plan: Plan, sendable: frozenset[str], known: Known, expected: Expected, lease: Lease, run: Runtime
) -> Applied:
    for operation in plan.operations:
        if operation.key not in sendable:
            without = await _without(operation, plan, known, lease, run)
            if isinstance(without, Applied):
                return without
            known = without
            continue
        try:
            found = await look_first(operation.key, lease, run)
            if isinstance(found, Doubt):
                return Applied(replace(found.outcome, total=plan.total), found.trouble)
            if operation.kind is Kind.MARK_SENT:
                # nothing is awaited between this and joining the others: who leads would go without us
                expected.arrived()
            settled = found or await _carry_out(operation, known, lease, run)
        except WrongState:
            if isinstance(operation.draft, SHARED):
                return await _neighbour(operation, plan, lease, run)
            raise
        except Trouble as trouble:
            return Applied(replace(outcome_of(trouble), total=plan.total), trouble)
        if settled.differences:
            return Applied(replace(_held(operation, settled.differences), total=plan.total))
        known = known.after(settled)
    return Applied(Outcome(Verdict.POSTED, total=plan.total), known=known)


async def _carry_out(operation: Operation, known: Known, lease: Lease, run: Runtime) -> Settled:
    """Send one operation and settle it.

    Raises:
        Trouble: it is not done; what became of it is committed.
    """
    request = request_for(operation.draft, known.told)
    if isinstance(operation.draft, StatusDraft) and operation.draft.status == "sent":
        invoice_id = known.told.id_text(operation.draft.document)
        settled = await mark_sent(operation, request, invoice_id, known.documents, lease, run)
        if settled is not None:
            return settled
    try:
        return await _send(operation, request, known, lease, run)
    except DuplicateValue as refusal:
        return await found_instead(operation, refusal, lease, run)
    except NameTaken as taken:
        if not isinstance(operation.draft, ContactDraft):
            raise
        adopted = await contacts.adopt(operation, operation.draft, request, lease, run)
        if adopted is not None:
            return adopted
        log.info("contact.name_taken", key=operation.key, vendor_code=taken.vendor_code)
    await settling.intend_again(operation, lease, run)
    return await _send(operation, contacts.with_other_name(operation.draft, known.told), known, lease, run)


async def _send(operation: Operation, request: ZohoRequest, known: Known, lease: Lease, run: Runtime) -> Settled:
    """Steps b and c, d or f for one request."""
    leave = await settling.permit(operation, request, lease, run)
    try:
        answer = await run.zoho.call(request, permit=leave.permit)
        if without_record(operation.draft, answer.body):
            raise UnexpectedAnswer(
                f"Zoho answered {request.subject} with success, and without the record.", key=request.key
            )
    except Trouble as trouble:
        await settling.refused(operation, request, leave.attempt, trouble, lease, run)
        raise
    found = differences(operation.draft, answer.body, known.told)
    how = "unique_field" if request.upsert and not answer.created else "created"
    answered = Answered(operation, request, answer.body, found, how, leave.attempt)
    return await settling.done(answered, known.documents, lease, run)


async def _without(operation: Operation, plan: Plan, known: Known, lease: Lease, run: Runtime) -> Known | Applied:
    """What is known when an operation need not be sent, because another order has made this very record; else a wait.

    Of a master record only our copy of the masters is old then. An address is used as it is, and from now on the link
    of its contact names it.
    """
    async with run.store.at_once() as tx:
        row = (await run.store.operations.of_keys(tx, run.connection_id, [operation.key])).get(operation.key)
        if row is not None and row.state == "done":
            if isinstance(operation.draft, AddressDraft):
                contact_id = known.told.id_text(operation.draft.contact)
                await keep_address(tx, operation.draft, contact_id, row.zoho_id, run)
                return replace(known, told=known.told.adding(operation.key, row.zoho_id))
            if plan.more:
                return known
    return await _neighbour(operation, plan, lease, run)


async def _neighbour(operation: Operation, plan: Plan, lease: Lease, run: Runtime) -> Applied:
    """Somebody else is at this very record (two first orders of one customer): look again when it may be there."""
    reason = Reason(
        "under_way_elsewhere",
        "Another order is creating the same record in Zoho right now, such as the customer's contact.",
        details=(("key", operation.key),),
    )
    until = max(lease.now + timedelta(seconds=NEIGHBOUR_S), await _moves_on(operation, lease, run))
    return Applied(Outcome(Verdict.WAITING, reason, total=plan.total, until=until))


async def _moves_on(operation: Operation, lease: Lease, run: Runtime) -> datetime:
    """When the neighbour may be further.

    What is in doubt is when its own order looks again. What was sent is answered in a second as a rule, so it is looked
    at again after as long as it has been away, and at the latest when its answer cannot come any more.
    """
    async with run.store.at_once() as tx:
        row = (await run.store.operations.of_keys(tx, run.connection_id, [operation.key])).get(operation.key)
        if row is None:
            return lease.now
        if row.state == "in_doubt":
            neighbour = await run.store.subjects.state(tx, Subject(row.connection_id, row.subject_kind, row.subject_id))
            return neighbour.due_at if neighbour is not None and neighbour.outstanding else lease.now
    if row.state != "sent" or row.sent_at is None or row.answer_before is None:
        return lease.now
    return min(lease.now + (lease.now - row.sent_at), max(row.answer_before, lease.now))


def _held(operation: Operation, found: tuple[Difference, ...]) -> Outcome:
    """Zoho's answer is not what was wanted: it stays as it is, nothing further is sent, a person compares."""
    first = found[0]
    reason = Reason(
        code="zoho_differs",
        text=f"{first.text} It was created in Zoho and is left as it is; nothing further was sent for this order.",
        fix="Compare the two in Zoho, correct the mapping or the document, then look at the order again.",
        cause=f"zoho_differs:{first.field.partition('[')[0]}",
        details=tuple((each.field, each.text) for each in found),
    )
    return Outcome(Verdict.HELD, reason)
