"""Operations of which we do not know whether Zoho carried them out: asked before anything is sent again.

    sent ──► in doubt ──┬──► done        found in Zoho by its mark: adopted and compared, never sent again
                        └──► intended    surely not there: the next plan may send it

"Surely" means: after `answer_before`, several looks over the lag time (policy `lag_minutes`), every row compared
exactly; for what is read by id, which does not lag, one look after `answer_before`.

After a restore of the database what was never sent, as far as we know, is in doubt too (see `restored`): as old as the
restore, so one look is enough once the lag time since then is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Operation
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs import edited, settling
from ml_connector.jobs.effects import effects
from ml_connector.jobs.looking import NotThere, look
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered, Settled
from ml_connector.jobs.verdicts import reason_of
from ml_connector.store.operations import OperationRow
from ml_connector.store.subjects import Lease
from ml_connector.zoho.errors import DuplicateValue, TakenByAnother

log = structlog.get_logger(__name__)

LOOKS = 3
"""At least so many searches before something counts as not there."""
FIRST_LOOK_S = 2.0
LONGEST_PAUSE_S = 120.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something is still not known: the verdict while it is, and the trouble that kept us from asking, if any."""

    outcome: Outcome
    trouble: Trouble | None = None


async def settle_in_doubt(lease: Lease, run: Runtime) -> Doubt | None:
    """Settle what earlier runs of this subject left without an answer; None when nothing is in doubt any more.

    One query when there is nothing.
    """
    async with run.store.at_once() as tx:
        rows = await run.store.operations.of_subject(tx, lease.subject)
    if not any(row.state in ("sent", "in_doubt") for row in rows):
        return None
    async with run.store.at_once() as tx:
        left = await run.store.operations.take_over(tx, lease)
        rows = await run.store.operations.of_subject(tx, lease.subject)
    if left.not_before is not None:
        return Doubt(_doubtful(rows, left.not_before))
    for row in rows:
        if row.state == "in_doubt" and isinstance(doubt := await _settle(row, lease, run), Doubt):
            return doubt
    return None


async def look_first(key: str, lease: Lease, run: Runtime) -> Settled | Doubt | None:
    """What may have been carried out before a restore of the database is asked for once, before it is sent.

    Nothing is asked unless there was a restore.

    Returns:
        How it was settled when Zoho holds it; None when it may be sent.
    """
    if run.restored_at is None:
        return None
    async with run.store.at_once() as tx:
        if not await run.store.operations.doubt(tx, lease, key, restored_at=run.restored_at):
            return None
        rows = await run.store.operations.of_keys(tx, run.connection_id, [key])
    return await _settle(rows[key], lease, run)


async def found_instead(operation: Operation, refusal: DuplicateValue, lease: Lease, run: Runtime) -> Settled:
    """Zoho refused to make it because there is one: ours, if its answer was lost and no list showed it, is adopted.

    Raises:
        TakenByAnother: it is not ours, as far as several looks over the lag time tell.
        DuplicateValue: lists may not show it yet.
        Trouble: Zoho could not be asked.
    """
    async with run.store.at_once() as tx:
        row = (await run.store.operations.of_keys(tx, run.connection_id, [operation.key]))[operation.key]
    found = await look(row, run)
    if isinstance(found, Answered):
        await settling.intend_again(operation, lease, run)
        return await settling.adopt(replace(found, attempt=row.attempt), lease, run)
    lag = timedelta(minutes=run.policy.lag_minutes)
    if row.attempt <= LOOKS or lease.first_failed_at is None or lease.now - lease.first_failed_at < lag:
        raise refusal
    raise TakenByAnother(refusal.text, key=operation.key) from refusal


async def _settle(row: OperationRow, lease: Lease, run: Runtime) -> Settled | Doubt | None:
    """Look one operation up; None when it is surely not there."""
    try:
        found = await look(row, run)
        read = await _read_since(row, found, lease, run)
    except Trouble as trouble:
        return Doubt(Outcome(Verdict.IN_DOUBT, reason_of(trouble)), trouble)
    if isinstance(found, NotThere):
        return await _not_found(row, found, lease, run)
    return await _adopt(row, found, read, lease, run)


async def _read_since(
    row: OperationRow, found: Answered | NotThere, lease: Lease, run: Runtime
) -> Mapping[str, KnownDocument] | None:
    """The documents that it had changed, as they are now; None unless it was carried out before a restore.

    An invoice that was found paid would be paid a second time in our tables, one that the backup knew open not at all.
    """
    if isinstance(found, NotThere) or not _before_a_restore(row, run):
        return None
    async with run.store.at_once() as tx:
        known = await run.store.documents.of_order(tx, run.connection_id, lease.subject.id)
    changed = {each.key: known[each.key] for each in effects(found.operation.draft, known)}
    return await edited.read_documents(edited.everything(changed), known, run)


async def _adopt(
    row: OperationRow, found: Answered, read: Mapping[str, KnownDocument] | None, lease: Lease, run: Runtime
) -> Settled | Doubt:
    """It had been written: it is ours, compared, and not sent again."""
    settled = await settling.adopt(replace(found, attempt=row.attempt), lease, run, changes=read is None)
    if read:
        await edited.keep(read, lease, run)
        settled = replace(settled, changed=tuple(read.values()))
    log.info("operation.adopted", key=row.key, zoho_id=settled.document.zoho_id)
    if not found.differences:
        return settled
    reason = Reason(
        "adopted_differs",
        f"Zoho had written it, and it is not what was wanted: {found.differences[0].text} Not sent again.",
        "Compare the two in Zoho, correct the document there, then look at the order again.",
        details=tuple((each.field, each.text) for each in found.differences),
    )
    return Doubt(Outcome(Verdict.HELD, reason))


async def _not_found(row: OperationRow, looked: NotThere, lease: Lease, run: Runtime) -> Doubt | None:
    """Once more later, or, when it surely is not there, back to the intent."""
    async with run.store.at_once() as tx:
        await run.store.operations.looked_up(tx, lease, [row.key])
    if not _answer_still_possible(row, lease) and (looked.surely or _long_enough(row, lease, run)):
        async with run.store.at_once() as tx:
            await run.store.operations.send_again(tx, lease, [row.key])
        log.info("operation.not_there", key=row.key, lookups=row.lookups + 1)
        return None
    until = _next_look(row, lease, run, surely=looked.surely)
    return Doubt(_perhaps_before_a_restore(until) if _before_a_restore(row, run) else _doubtful((row,), until))


def _answer_still_possible(row: OperationRow, lease: Lease) -> bool:
    """Whether the request may still be on its way: nobody may send again before `answer_before`."""
    return row.answer_before is not None and lease.now < row.answer_before


def _before_a_restore(row: OperationRow, run: Runtime) -> bool:
    """Whether the doubt is the restore's: nothing was sent since, and what was sent before is not known."""
    return run.restored_at is not None and (row.sent_at is None or row.sent_at < run.restored_at)


def _since(row: OperationRow, lease: Lease, run: Runtime) -> datetime:
    """From when the lag time counts: what a backup remembers of earlier looks says nothing about later sendings."""
    since = row.first_in_doubt_at or lease.now
    return since if run.restored_at is None else max(since, run.restored_at)


def _long_enough(row: OperationRow, lease: Lease, run: Runtime) -> bool:
    lag = timedelta(minutes=run.policy.lag_minutes)
    looks = 1 if _before_a_restore(row, run) else LOOKS
    return row.lookups + 1 >= looks and lease.now - _since(row, lease, run) >= lag


def _next_look(row: OperationRow, lease: Lease, run: Runtime, *, surely: bool) -> datetime:
    """Soon at first, since most lost answers are found at once; never long after the moment of certainty.

    After a restore many wait at once, and what is there is seen by the first look as a rule.

    Args:
        surely: What is read does not lag, so certainty comes with the moment at which no answer can come any more.
    """
    first = LONGEST_PAUSE_S if _before_a_restore(row, run) else FIRST_LOOK_S
    pause = timedelta(seconds=min(first * 2**row.lookups, LONGEST_PAUSE_S))
    lag = timedelta(0) if surely else timedelta(minutes=run.policy.lag_minutes, seconds=1)
    certain = _since(row, lease, run) + lag
    if row.answer_before is not None:
        certain = max(certain, row.answer_before)
    soon = lease.now + pause
    return min(soon, certain) if certain > lease.now else soon


def _doubtful(rows: tuple[OperationRow, ...], until: datetime) -> Outcome:
    sent = next((row.sent_at for row in rows if row.state in ("sent", "in_doubt") and row.sent_at), None)
    at = f" at {sent:%H:%M:%S} UTC" if sent else ""
    reason = Reason(
        "answer_lost",
        f"Sent{at}, and no answer came. We ask Zoho whether it was written before anything is sent again.",
    )
    return Outcome(Verdict.IN_DOUBT, reason, until=until)


def _perhaps_before_a_restore(until: datetime) -> Outcome:
    reason = Reason(
        "database_restored",
        "The database was restored, so this may be in Zoho without our knowing. We ask Zoho before anything is sent.",
    )
    return Outcome(Verdict.IN_DOUBT, reason, until=until)
