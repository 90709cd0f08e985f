"""One process's work: take a subject, run its job, and let nothing unforeseen stop the next.

The edge is the one place that catches everything: what nobody foresaw is our bug; it is written down, the subject gets
a time to come back by the retry series, and the worker goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from ml_connector.domain.outcome import Outcome, Verdict
from ml_connector.domain.trouble import Trouble
from ml_connector.queue.engine import Engine
from ml_connector.queue.relay import Relay
from ml_connector.queue.running import GivenUp, JobSeen
from ml_connector.queue.settings import DRAIN_S
from ml_connector.queue.subjects import Backlog, Subject, subject_of
from ml_connector.store.errors import StoreBusy, StoreUnavailable

log = structlog.get_logger(__name__)


class Process(Protocol):
    """Runs the job of one subject. It ends answered, or with a `due_at`; a subject with nothing outstanding is left.

    The outcome is only looked at for a final failure, which is then shown among the queue's failed jobs too.
    """

    async def __call__(self, subject: Subject) -> Outcome | None: ...


class Unexpected(Protocol):
    """Writes an unforeseen failure down with its traceback, and gives the subject a `due_at` or its final verdict."""

    async def __call__(self, subject: Subject, error: Exception) -> Outcome | None: ...


KnockAgain = Callable[[Subject], Awaitable[None]]
"""Adds one to `knocked`, as every door does."""


class Edge:
    """The worker's edge around one run."""

    def __init__(self, process: Process, unexpected: Unexpected, knock: KnockAgain) -> None:
        self._process = process
        self._unexpected = unexpected
        self._knock = knock

    async def __call__(self, job: JobSeen) -> None:
        """Run the subject of *job*.

        Raises:
            GivenUp: it failed for good and belongs among the failed jobs.
        """
        try:
            subject = subject_of(job.subject)
        except ValueError:
            raise GivenUp("This job names no subject of ours.") from None
        outcome = await self._run(subject, retried=job.retried)
        if outcome is not None and outcome.verdict is Verdict.FAILED:
            raise GivenUp(outcome.reason.text if outcome.reason else "It failed for good.")

    async def _run(self, subject: Subject, *, retried: bool) -> Outcome | None:
        try:
            if retried:
                await self._knock(subject)
            return await self._process(subject)
        except (StoreUnavailable, StoreBusy) as trouble:
            # foreseen, and nobody's bug: the row stays outstanding, and the relay finds that its job is gone
            log.warning("worker.store_away", subject=str(subject), code=trouble.code, text=trouble.text)
            return None
        except Exception as error:  # noqa: BLE001 - the one place: whatever it is, the next subject must run
            return await self._unforeseen(subject, error)

    async def _unforeseen(self, subject: Subject, error: Exception) -> Outcome | None:
        log.error("worker.unforeseen", subject=str(subject), exc_info=error)
        try:
            return await self._unexpected(subject, error)
        except Exception as second:
            log.exception("worker.could_not_write_down", subject=str(subject), exc_info=second)
            return None


class WorkerSide:
    """A relay and a worker, started and stopped together."""

    def __init__(self, engine: Engine, backlog: Backlog, edge: Edge, *, concurrency: int) -> None:
        self.relay = Relay(backlog, engine)
        self._engine = engine
        self._backlog = backlog
        self._running = engine.running(edge, concurrency=concurrency)

    @property
    def busy(self) -> int:
        """Subjects being worked on right now."""
        return self._running.busy

    async def run(self) -> None:
        """Work until `drain`; then everything has ended."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            group.create_task(self._running.run())

    async def drain(self, *, within_s: float = DRAIN_S) -> None:
        """Stop relaying, finish what runs (at most *within_s* seconds), and hand the rest to other processes."""
        self.relay.stop()
        await self._running.drain(within_s=within_s)
        back = [subject_of(subject) for subject in self._running.handed_back]
        if not back:
            return
        try:
            await self._backlog.put_back(back)
        except Trouble as trouble:  # their rows are outstanding all the same, and are added again after a while
            log.warning("worker.could_not_hand_back", code=trouble.code, rows=len(back))
