"""Marking invoices as sent: several orders in one call, each under its own lease, with its own operation.

What one call for several leaves is not documented. So only an unmistakable success counts for all; whatever else came
back puts every one of them in doubt: each is read by its id, and only a draft is sent again, alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Operation
from ml_connector.domain.trouble import Remedy, Trouble, Wrote
from ml_connector.jobs import settling
from ml_connector.jobs.permits import NoPermit
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered, Settled
from ml_connector.jobs.together import Batch, LeaderGone, Member
from ml_connector.store.subjects import Lease
from ml_connector.zoho.errors import AnswerLost, UnexpectedAnswer
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.requests import mark_sent_together
from ml_connector.zoho.values import ZohoRequest

Documents = Mapping[str, KnownDocument]


async def mark_sent(
    operation: Operation, request: ZohoRequest, invoice_id: str, known: Documents, lease: Lease, run: Runtime
) -> Settled | None:
    """Mark the invoice as sent together with others that are about to; None when it has to go alone.

    Raises:
        Trouble: it is not done; what became of it is committed.
        LeaseLost, WrongState.
    """
    member = run.together.join(operation.key, invoice_id)
    if member is None:
        batch = await run.together.gather(operation.key, run.clock)
        return await _lead(batch, operation, request, invoice_id, known, lease, run) if batch.others else None
    try:
        ids = await member.go
        return await _go_along(member, ids, operation, request, known, lease, run)
    except LeaderGone:
        return None
    finally:
        member.leave()


async def _go_along(
    member: Member,
    ids: tuple[str, ...],
    operation: Operation,
    request: ZohoRequest,
    known: Documents,
    lease: Lease,
    run: Runtime,
) -> Settled:
    together = mark_sent_together(ids, operation.key)
    leave = await settling.send_along(operation, together, lease, run)
    member.committed.set_result(leave.permit)
    try:
        await member.answered
    except Trouble as trouble:
        await settling.refused(operation, together, leave.attempt, trouble, lease, run)
        raise
    except LeaderGone:
        lost = AnswerLost("Sent together with others, and how it went is not known. It is looked up.")
        await settling.refused(operation, together, leave.attempt, lost, lease, run)
        raise lost from None
    return await settling.done(Answered(operation, request, {}, attempt=leave.attempt), known, lease, run)


async def _lead(
    batch: Batch,
    operation: Operation,
    request: ZohoRequest,
    invoice_id: str,
    known: Documents,
    lease: Lease,
    run: Runtime,
) -> Settled:
    """One permit and one call for all that go along; each commits for itself."""
    ids = (invoice_id, *(each.invoice_id for each in batch.others))
    together = mark_sent_together(ids, operation.key)
    try:
        leave = await settling.permit(operation, together, lease, run)
        going, permit = await _committed(batch, ids, leave.permit)
        trouble = await _send(going, invoice_id, operation.key, permit, run)
    except NoPermit as refused:  # nobody has committed anything yet
        for each in batch.others:
            each.end(refused)
        raise
    except BaseException as error:
        for each in batch.others:
            each.end(LeaderGone(str(error)))
        raise
    for each in going:
        if trouble is None:
            each.tell(each.answered, None)
        else:
            each.end(trouble)
    if trouble is not None:
        await settling.refused(operation, together, leave.attempt, trouble, lease, run)
        raise trouble
    return await settling.done(Answered(operation, request, {}, attempt=leave.attempt), known, lease, run)


async def _committed(batch: Batch, ids: tuple[str, ...], permit: Permit) -> tuple[list[Member], Permit]:
    """Let everybody commit step b; those who did, and a permit that is good for all of them."""
    for each in batch.others:
        each.tell(each.go, ids)
    going = []
    for each in batch.others:
        own = await each.committed
        if own is not None:
            going.append(each)
            permit = permit.within(own)
    return going, permit


async def _send(going: list[Member], own_id: str, own_key: str, permit: Permit, run: Runtime) -> Trouble | None:
    """The call, recorded for each; the trouble that all of them met."""
    ids = (own_id, *(each.invoice_id for each in going))
    key = f"together:{own_key}"
    trouble: Trouble | None = None
    try:
        await run.zoho.call(mark_sent_together(ids, key), permit=permit)
    except Trouble as met:
        trouble = met
    exchanges = run.journal.take(key)
    for each in (own_key, *(member.key for member in going)):
        for exchange in exchanges:
            run.journal.tell(replace(exchange, request=replace(exchange.request, key=each)))
    if trouble is None or (trouble.wrote is Wrote.NO and trouble.remedy in (Remedy.LATER, Remedy.CONNECTION)):
        return trouble
    for each in (own_key, *(member.key for member in going)):
        run.together.goes_alone(each)
    if trouble.wrote is Wrote.NO:  # refused for one of them, and which is not said
        mixed = UnexpectedAnswer(f"Several invoices were marked as sent in one call, and Zoho said: {trouble.text}")
        mixed.__cause__ = trouble
        return mixed
    return trouble
