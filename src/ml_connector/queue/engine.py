"""The queue's side of BullMQ behind our own words: add, look, retry, empty.

Engine                       add, reprioritise, counts, failed, retry, empty, prepare, reachable
 └─ Engine.running(…)        the worker's side, see running.py

Every call is bounded in time and raises `QueueAway` when the back end is gone; it comes back by itself with the back
end, nothing has to be opened again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from bullmq import Queue
from bullmq.job import Job

from ml_connector.queue.back_end import BackEnd
from ml_connector.queue.errors import away_on_failure
from ml_connector.queue.running import PRODUCTION, Processor, Running
from ml_connector.queue.settings import JOB_OPTIONS, QUEUE_NAME, Timings

CALL_S = 5.0
"""Longest wait for one answer of the back end, in seconds."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that should be waiting: its subject, the kind that people see as its name, and its turn.

    Attributes:
        priority: 1 first, at most 2 097 152. Equal ones are served in the order of the calls that added them.
    """

    subject: str
    kind: str
    priority: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs by what they are doing. `waiting` includes those with a priority, which is all of ours."""

    waiting: int
    active: int
    delayed: int
    failed: int

    @property
    def alive(self) -> int:
        """Jobs that will still run without anybody doing anything."""
        return self.waiting + self.active + self.delayed


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that ended for good, as BullMQ's own tools show it."""

    job_id: str
    subject: str
    reason: str
    failed_at: datetime | None


class Engine:
    """BullMQ's queue. Make one per process; it opens its connection at the first call."""

    def __init__(self, back_end: BackEnd, *, name: str = QUEUE_NAME) -> None:
        self.back_end = back_end
        self.name = name
        self._queue = Queue(name, {**back_end.options(), "defaultJobOptions": JOB_OPTIONS})

    @property
    def where(self) -> str:
        return self.back_end.where

    async def prepare(self) -> None:
        """Make or bring up to date what BullMQ needs in its back end: its schema on PostgreSQL, nothing on Redis.

        A newer schema is left as it is. Safe to call from several processes at once.

        Raises:
            QueueAway: the back end does not answer.
        """
        await self._ask(self._queue.backend.waitUntilReady, limit_s=60)

    async def reachable(self) -> None:
        """Ask something cheap.

        Raises:
            QueueAway: no answer.
        """
        await self._ask(self._queue.isPaused)

    async def add(self, wanted: Sequence[Wanted]) -> tuple[str, ...]:
        """See that each subject has a waiting job; give the id of that job, in order.

        A subject whose job already waits keeps that job, with its old priority (`reprioritise` changes it). One whose
        job is running right now gets one more, which starts when the running one has ended, however often it is added.
        """
        if not wanted:
            return ()
        # the same order everywhere: BullMQ locks subject by subject within one transaction
        ranked = sorted(range(len(wanted)), key=lambda index: wanted[index].subject)
        jobs = await self._ask(lambda: self._queue.addBulk([_as_job(wanted[index]) for index in ranked]))
        ids = {index: str(job.id) for index, job in zip(ranked, jobs, strict=True)}
        return tuple(ids[index] for index in range(len(wanted)))

    async def reprioritise(self, job_id: str, priority: int) -> bool:
        """Give a waiting job another turn; False when it is gone. One that runs already is not disturbed."""
        job = await self._job(job_id)
        if job is None:
            return False
        if job.priority == priority:
            return True
        try:
            await self._ask(lambda: job.changePriority({"priority": priority}))
        except TypeError:  # BullMQ's word for a job that ended in between
            return False
        return True

    async def counts(self) -> Counts:
        found = await self._ask(
            lambda: self._queue.getJobCounts("prioritized", "waiting", "active", "delayed", "failed")
        )
        return Counts(
            waiting=int(found["waiting"]) + int(found["prioritized"]),
            active=int(found["active"]),
            delayed=int(found["delayed"]),
            failed=int(found["failed"]),
        )

    async def failed(self, *, start: int = 0, limit: int = 50) -> tuple[FailedJob, ...]:
        """Jobs that ended for good, newest first."""
        # not Queue.getFailed: it raises on PostgreSQL when there is nothing to give
        ids = await self._ask(lambda: self._queue.backend.getRanges(["failed"], start, start + limit - 1, False))
        jobs = [await self._job(str(job_id)) for job_id in ids]
        return tuple(_failed(job) for job in jobs if job is not None)

    async def retry(self, job_id: str) -> bool:
        """Let a failed job run again, as BullMQ's own tools do; False when it is not there or has not failed."""
        job = await self._job(job_id)
        if job is None or not await self._ask(job.isFailed):
            return False
        await self._ask(job.retry)
        return True

    async def empty(self) -> None:
        """Throw every job away, running ones too. Nothing is lost: the relay adds again what is outstanding."""
        await self._ask(lambda: self._queue.obliterate(force=True), limit_s=60)

    async def close(self) -> None:
        await self._queue.close()

    def running(self, processor: Processor, *, concurrency: int, timings: Timings = PRODUCTION) -> Running:
        """The worker's side, not yet started."""
        return Running(self.back_end, self.name, processor, concurrency=concurrency, timings=timings)

    async def _job(self, job_id: str) -> Any:
        return await self._ask(lambda: Job.fromId(self._queue, job_id))

    async def _ask(self, call: Callable[[], Awaitable[_T]], *, limit_s: float = CALL_S) -> _T:
        with away_on_failure(self.where):
            async with asyncio.timeout(limit_s):
                try:
                    return await call()
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    # the first call after a restart finds the old connection dead; the second opens a new one.
                    # All our calls may be made twice: adding is deduplicated, the rest looks first.
                    return await call()


def _as_job(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.kind,
        "data": {"subject": wanted.subject},
        # no jobId: a kept id would block its successor
        "opts": {
            "priority": wanted.priority,
            "deduplication": {"id": wanted.subject, "keepLastIfActive": True},
        },
    }


def _failed(job: Any) -> FailedJob:
    at = datetime.fromtimestamp(job.finishedOn / 1000, UTC) if job.finishedOn else None
    return FailedJob(str(job.id), str(job.data.get("subject", "")), job.failedReason or "", at)
