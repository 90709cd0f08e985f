"""The worker's side of BullMQ: take jobs, run them, stop without losing any.

States of a `Running`:

    made ──run()──► taking ──drain()──► draining ──► closed
                      ▲ │
                      └─┘ a: BullMQ's worker ended (back end away at the start, or its own fault): a new one after 1 s

While draining, a job that BullMQ still hands over is given back untouched; after `DRAIN_S` what is left is cancelled
as by a kill, and taken over by another process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from bullmq import Worker
from bullmq.custom_errors import UnrecoverableError

from ml_connector.queue.back_end import BackEnd
from ml_connector.queue.settings import DRAIN_S, Timings, back_off_ms

log = structlog.get_logger(__name__)

PRODUCTION = Timings()
_CLOSE_S = 3.0


@dataclass(frozen=True, slots=True)
class JobSeen:
    """What a job says: its subject, and how it came to run.

    Attributes:
        retried: Somebody asked BullMQ to run a job again that had ended (Bull Board, the Node library, ourselves), or
            BullMQ could not store its end. A knock like any other.
        added_at: When the job was added, by the adding process's clock.
    """

    subject: str
    retried: bool
    added_at: datetime


class GivenUp(Exception):
    """Raised by a processor: this ended for good, show it among the failed jobs. The message is shown there."""


Processor = Callable[[JobSeen], Awaitable[None]]


class Running:
    """One process's worker. `run()` returns when `drain()` is done.

    The processor's exceptions: `GivenUp` puts the job among the failed ones; anything else is tried again within
    `LONGEST_DELAY_MS`, so a processor that wants a say catches its own.
    """

    def __init__(
        self, back_end: BackEnd, name: str, processor: Processor, *, concurrency: int, timings: Timings = PRODUCTION
    ) -> None:
        self._back_end = back_end
        self._name = name
        self._processor = processor
        self._concurrency = concurrency
        self._timings = timings
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._life: tuple[Any, asyncio.Future[None]] | None = None
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self.draining = False
        self.handed_back: list[str] = []
        """Subjects of jobs that came while draining; the relay of another process may add them again at once."""

    @property
    def busy(self) -> int:
        """Jobs being run right now."""
        return self._busy

    async def run(self) -> None:
        """Take and run jobs until `drain`."""
        self._ended.clear()
        try:
            while not self.draining:
                await self._one_life()
                if not self.draining:
                    await _within(self._timings.again_after, self._stop.wait())
        finally:
            self._ended.set()

    async def drain(self, *, within_s: float = DRAIN_S) -> None:
        """Take nothing more, wait for what runs, then close. Returns within *within_s* seconds and a little."""
        # before the first await: a job that arrives in between must be handed back
        self.draining = True
        self._stop.set()
        if self._life is not None:
            worker, life = self._life
            # parks BullMQ's loop while locks are still renewed; close() alone would stop renewing under running jobs
            await worker.pause(do_not_wait_active=True)
            await _within(within_s, self._idle.wait())
            if not self._busy:
                await self._end(worker, life)
            await _close(worker, gently=not self._busy)
            await asyncio.wait({life}, timeout=_CLOSE_S)
        await self._ended.wait()

    async def _end(self, worker: Any, life: asyncio.Future[None]) -> None:
        """End BullMQ's loop so that nothing is left between "taken" and "run"; see docs/decisions/0020."""
        await _within(_CLOSE_S, _settled(worker))
        # what close() begins with; its second half must wait until the loop has ended what it still took
        worker.closing = True
        worker.paused = False
        worker.resume_event.set()
        await asyncio.wait({life}, timeout=_CLOSE_S)

    async def _one_life(self) -> None:
        """Run one BullMQ worker until it ends, however it ends."""
        worker = Worker(self._name, self._run_job, self._worker_options())
        worker.on("error", _log_error)
        worker.on("stalled", lambda job_id: log.info("queue.job_taken_over", job_id=job_id))
        life = asyncio.ensure_future(worker.run())
        self._life = (worker, life)
        try:
            await asyncio.wait({life})
        except asyncio.CancelledError:
            life.cancel()
            raise
        _log_end(life)
        if not self.draining:
            self._life = None
            await _close(worker)

    def _worker_options(self) -> dict[str, Any]:
        settings = {"backoffStrategy": back_off_ms}
        return {
            **self._timings.options(),
            **self._back_end.options(),
            "concurrency": self._concurrency,
            "settings": settings,
        }

    async def _run_job(self, job: Any, _token: str) -> None:
        subject = str(job.data.get("subject", ""))
        if self.draining:
            self.handed_back.append(subject)
            return
        self._busy += 1
        self._idle.clear()
        try:
            await self._processor(
                JobSeen(subject, job.attemptsMade > 0, datetime.fromtimestamp(job.timestamp / 1000, UTC))
            )
        except GivenUp as end:
            raise UnrecoverableError(str(end)) from None
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()


async def _settled(worker: Any) -> None:
    """Wait until every task of BullMQ's paused worker has come to its end."""
    while unfinished := {task for task in worker.processing if not task.done()}:
        # pause() cancels this wait, but not one that a task made before begins only now
        if worker.waiting and not worker.waiting.done():
            worker.waiting.cancel()
        await asyncio.wait(unfinished, timeout=0.02)


async def _within(seconds: float, wait: Awaitable[object]) -> None:
    """Wait, but not longer than *seconds*."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wait, seconds)


async def _close(worker: Any, *, gently: bool = True) -> None:
    """Close BullMQ's worker; left to itself it waits for ever for what still runs, or when its back end is away."""
    for force in (False, True) if gently else (True,):
        closing = asyncio.ensure_future(worker.close(force=force))
        await asyncio.wait({closing}, timeout=_CLOSE_S)
        if closing.done():
            return


def _log_error(error: BaseException, _job: object = None) -> None:
    log.warning("queue.worker_error", error=type(error).__name__, text=str(error))


def _log_end(life: asyncio.Future[None]) -> None:
    if not life.done() or life.cancelled():
        return
    error = life.exception()
    if error is not None:
        log.warning("queue.worker_ended", error=type(error).__name__, text=str(error))
