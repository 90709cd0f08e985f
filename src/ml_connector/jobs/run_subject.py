"""One run of one subject: take it, do its job, write the outcome down, let it go.

    knocked ──take──► leased ──┬──► answered            posted, held, failed, excluded
                               └──► due again later     waiting, in doubt

A run always ends answered, or with a `due_at`. The verdict, the answer to the knocks that were read before Shopify was
asked, and the end of the lease are one commit; a knock that came in between stays outstanding.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Outcome, Verdict
from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.jobs.health import pause_connection
from ml_connector.jobs.instructions import INSTRUCTIONS
from ml_connector.jobs.remember import remember
from ml_connector.jobs.retry import Again, retry
from ml_connector.jobs.runtime import Runtime, Runtimes
from ml_connector.jobs.sync_order import sync_order
from ml_connector.jobs.synced import Synced
from ml_connector.jobs.verdicts import UnexpectedFailure, outcome_of
from ml_connector.store.errors import LeaseLost, StoreTrouble
from ml_connector.store.subjects import Lease, Subject

log = structlog.get_logger(__name__)

LEASE_S = 90.0
"""How long a run may go on without a commit of its own; each request to Zoho prolongs it in its own commit."""
PAUSED_AGAIN = timedelta(minutes=15)
"""When a subject of a paused connection is looked at again; the connection's recovery makes all of them due at once."""

TRIES_OF_OURS = 4
SAME_SECOND = timedelta(seconds=2)
"""A second, and one for the difference between two clocks."""

Job = Callable[[Lease, Runtime], Awaitable[Synced]]

ORDER = "order"

JOBS: Mapping[str, Job] = {ORDER: sync_order, **INSTRUCTIONS}
"""The job of each kind of subject. Only an order has a verdict that lists show."""


@dataclass(frozen=True, slots=True)
class SubjectRunner:
    """Runs subjects for one process. `owner` names it in leases."""

    runtimes: Runtimes
    owner: str
    _kept: dict[Lease, Runtime] = field(default_factory=dict)
    """Leases of runs that have ended, and that could not be let go because the tables were away."""

    @classmethod
    def of(cls, runtimes: Runtimes) -> SubjectRunner:
        return cls(runtimes, f"run-{uuid.uuid4().hex[:12]}")

    async def __call__(self, subject: Subject) -> Outcome | None:
        """Run *subject*; None when there was nothing to do or somebody else is at it.

        Raises:
            StoreTrouble: the tables are away. Nothing is lost, the subject stays outstanding.
        """
        run = await self.runtimes.of(subject.connection_id)
        lease = await self._take(subject, run)
        if lease is None:
            return None
        try:
            if lease.outstanding and subject.kind in JOBS:
                return await self._finish(lease, run, await self._job(lease, in_lane(lease, run)))
            if lease.outstanding:
                await self._acknowledge(lease, run)
                return None
        except LeaseLost:
            # we were away for longer than a lease lasts: whoever has the subject now settles what we left
            log.info("subject.taken_over", subject=str(subject), owner=self.owner, fence=lease.fence)
            return None
        except BaseException:
            # whoever runs it next need not wait for the lease to run out
            await self._let_go(lease, run)
            raise
        await self._let_go(lease, run)
        return None

    async def let_go(self) -> None:
        """End the leases that could not be ended while the tables were away, so that nobody waits until they run out.

        Raises:
            StoreTrouble: the tables still are.
        """
        for lease, run in tuple(self._kept.items()):
            async with run.store.at_once() as tx:
                await run.store.subjects.release(tx, lease)
            self._kept.pop(lease, None)

    async def unforeseen(self, subject: Subject, error: Exception) -> Outcome | None:
        """Write down what nobody foresaw, and give the subject its next time or its final verdict."""
        failure = UnexpectedFailure(uuid.uuid4().hex[:8].upper(), during=f"{type(error).__name__} in {subject.kind}")
        log.error("subject.unforeseen", subject=str(subject), reference=failure.reference, exc_info=error)
        run = await self.runtimes.of(subject.connection_id)
        lease = await self._take(subject, run)
        return None if lease is None else await self._finish(lease, run, Synced(None, outcome_of(failure), failure))

    async def _take(self, subject: Subject, run: Runtime) -> Lease | None:
        async with run.store.at_once() as tx:
            return await run.store.subjects.take_lease(tx, subject, owner=self.owner, for_s=LEASE_S)

    async def _acknowledge(self, lease: Lease, run: Runtime) -> None:
        """Answer a knock that asks for nothing: the delivery itself is kept as evidence."""
        async with run.store.at_once() as tx:
            await run.store.subjects.answered(tx, lease)

    async def _let_go(self, lease: Lease, run: Runtime) -> None:
        """Release the lease; where the tables are away, `let_go` does it when they are back."""
        try:
            async with run.store.at_once() as tx:
                await run.store.subjects.release(tx, lease)
        except StoreTrouble:
            self._kept[lease] = run

    async def _job(self, lease: Lease, run: Runtime) -> Synced:
        try:
            return await JOBS[lease.subject.kind](lease, run)
        except LeaseLost:
            raise
        except Trouble as trouble:
            # what was sent stays in its row, whatever the trouble was, and is settled by the next run
            return Synced(None, outcome_of(trouble), trouble)

    async def _finish(self, lease: Lease, run: Runtime, synced: Synced) -> Outcome:
        """Remember, in one commit."""
        written, again = what_next(lease, synced, run.random)
        async with run.store.transaction() as tx:
            if again is None:
                await run.store.subjects.answered(tx, lease, updated_at=_read(synced, lease))
            else:
                await _defer(tx, lease, run, again)
            if written.outcome.verdict is Verdict.EXCLUDED:
                await _let_go_of_intents(tx, lease, run)
            await remember(tx, lease, run, written)
            if synced.trouble is not None and synced.trouble.remedy is Remedy.CONNECTION:
                await pause_connection(tx, run, synced.trouble)
        reason = written.outcome.reason
        log.info(
            "subject.settled",
            subject=str(lease.subject),
            verdict=written.outcome.verdict.value,
            reason=reason.code if reason else None,
        )
        return written.outcome


def in_lane(lease: Lease, run: Runtime) -> Runtime:
    """The same connection, asking Zoho behind whoever goes before this subject."""
    return replace(run, zoho=run.zoho.in_lane(lease.lane.name.lower()))


def _read(synced: Synced, lease: Lease) -> datetime | None:
    """The update up to which a sweep need not knock again.

    Shopify counts updates in whole seconds: what was read in the second of an update may have changed later in it.
    """
    updated = synced.updated_at if synced.order is None else synced.order.updated_at
    if updated is None or lease.now - updated >= SAME_SECOND:
        return updated
    return updated - timedelta(seconds=1)


async def _let_go_of_intents(tx: AsyncConnection, lease: Lease, run: Runtime) -> None:
    """Step e: what was intended before the order was left out is not wanted any more; what it claimed is free."""
    intended = await run.store.operations.stale(tx, lease.subject, ())
    if intended:
        await run.store.operations.drop(tx, lease, intended)


async def _defer(tx: AsyncConnection, lease: Lease, run: Runtime, again: Again) -> None:
    if not again.counted:
        await run.store.subjects.defer(tx, lease, again.due_at)
        return
    await run.store.subjects.defer(
        tx, lease, again.due_at, attempts=lease.attempts + 1, first_failed_at=lease.first_failed_at or lease.now
    )


def what_next(lease: Lease, synced: Synced, random: Random) -> tuple[Synced, Again | None]:
    """The verdict to write down, and when to come back; None when the knocks are answered.

    A fault of our own is tried a few times, because what caused it may pass; then it fails and says so.
    """
    outcome, trouble = synced.outcome, synced.trouble
    ours = trouble is not None and trouble.remedy is Remedy.BUG and lease.attempts < TRIES_OF_OURS
    if outcome.verdict.at_rest and not ours:
        return synced, None
    again = _again(lease, outcome, trouble, random)
    if again is None:
        return replace(synced, outcome=replace(outcome, verdict=Verdict.FAILED)), None
    verdict = Verdict.WAITING if outcome.verdict.at_rest else outcome.verdict
    return replace(synced, outcome=replace(outcome, verdict=verdict, until=again.due_at)), again


def _again(lease: Lease, outcome: Outcome, trouble: Trouble | None, random: Random) -> Again | None:
    """When to come back; None when about a day of tries is over."""
    if outcome.until is not None:
        return Again(outcome.until, counted=False)
    if trouble is None or trouble.remedy is Remedy.CONNECTION:
        return Again(lease.now + PAUSED_AGAIN, counted=False)
    found = retry(
        trouble, attempt=lease.attempts + 1, first_failed_at=lease.first_failed_at, now=lease.now, random=random
    )
    return found if isinstance(found, Again) else None
