"""Waiting for what happens elsewhere, bounded, without guessing how long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ml_connector.queue import Engine, JobSeen, Running
from ml_connector.queue.settings import Timings

QUICK = Timings(lock=0.6, stalled_every=0.2, again_after=0.05, idle_wait=0.5)
"""Production's behaviour at another pace."""


async def eventually(holds: Callable[[], Awaitable[bool]], *, within_s: float = 15.0) -> None:
    """Return as soon as *holds*; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 - another process, or another company's code, has no event for us
            await asyncio.sleep(0.01)


class Recorder:
    """A processor that notes what it sees, and can be told to wait or to fail."""

    def __init__(self, then: Callable[[JobSeen], Awaitable[None]] | None = None) -> None:
        self.seen: list[JobSeen] = []
        self._then = then
        self._news = asyncio.Condition()

    @property
    def subjects(self) -> list[str]:
        return [job.subject for job in self.seen]

    async def __call__(self, job: JobSeen) -> None:
        async with self._news:
            self.seen.append(job)
            self._news.notify_all()
        if self._then is not None:
            await self._then(job)

    async def saw(self, number: int, *, within_s: float = 15.0) -> list[str]:
        """The first *number* subjects, as soon as there are that many."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: len(self.seen) >= number)
        return self.subjects[:number]


@asynccontextmanager
async def running(
    engine: Engine, processor: Callable[[JobSeen], Awaitable[None]], *, concurrency: int = 4
) -> AsyncIterator[Running]:
    """A worker for the length of the block; drained at its end."""
    worker = engine.running(processor, concurrency=concurrency, timings=QUICK)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.drain(within_s=5)
        await task


async def at_rest(engine: Engine) -> None:
    """Until no job waits or runs."""

    async def empty() -> bool:
        return (await engine.counts()).alive == 0

    await eventually(empty)
