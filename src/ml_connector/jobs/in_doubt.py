"""Operations of which we do not know whether Zoho carried them out: asked before anything is sent again.

    sent ──► in doubt ──┬──► done        found in Zoho by its mark: adopted and compared, never sent again
                        └──► intended    surely not there: the next plan may send it

"Surely" means: after `answer_before`, several looks over the lag time (policy `lag_minutes`), every row compared
exactly; for what is read by id, which does not lag, one look after `answer_before`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs import settling
from ml_connector.jobs.looking import NotThere, look
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered
from ml_connector.jobs.verdicts import reason_of
from ml_connector.store.operations import OperationRow
from ml_connector.store.subjects import Lease

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
        if row.state == "in_doubt" and (doubt := await _settle(row, lease, run)):
            return doubt
    return None


async def _settle(row: OperationRow, lease: Lease, run: Runtime) -> Doubt | None:
    """Look one operation up; None when it is settled."""
    try:
        found = await look(row, run)
    except Trouble as trouble:
        return Doubt(Outcome(Verdict.IN_DOUBT, reason_of(trouble)), trouble)
    if isinstance(found, NotThere):
        return await _not_found(row, found, lease, run)
    return await _adopt(row, found, lease, run)


async def _adopt(row: OperationRow, found: Answered, lease: Lease, run: Runtime) -> Doubt | None:
    """It had been written: it is ours, compared, and not sent again."""
    settled = await settling.adopt(replace(found, attempt=row.attempt), lease, run)
    log.info("operation.adopted", key=row.key, zoho_id=settled.document.zoho_id)
    if not found.differences:
        return None
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
    return Doubt(_doubtful((row,), _next_look(row, lease, run)))


def _answer_still_possible(row: OperationRow, lease: Lease) -> bool:
    """Whether the request may still be on its way: nobody may send again before `answer_before`."""
    return row.answer_before is not None and lease.now < row.answer_before


def _long_enough(row: OperationRow, lease: Lease, run: Runtime) -> bool:
    lag = timedelta(minutes=run.policy.lag_minutes)
    since = row.first_in_doubt_at or lease.now
    return row.lookups + 1 >= LOOKS and lease.now - since >= lag


def _next_look(row: OperationRow, lease: Lease, run: Runtime) -> datetime:
    """Soon at first, since most lost answers are found at once; never long after the moment of certainty."""
    pause = timedelta(seconds=min(FIRST_LOOK_S * 2**row.lookups, LONGEST_PAUSE_S))
    certain = (row.first_in_doubt_at or lease.now) + timedelta(minutes=run.policy.lag_minutes, seconds=1)
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
