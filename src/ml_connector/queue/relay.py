"""From outstanding rows to jobs: the only way into the queue.

    deliveries ──► subjects (knocked) ──► due, by connection, lane and age ──► BullMQ, a minute's worth each

Every worker process runs one, at the same time and without harm: the tables note who took what, and a job added twice
is one job. The queue can be emptied at any moment: rows that claim to have a job and have none are found by counting,
within a few seconds, and by age (`LOST_AFTER_S`) if all else fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.queue.engine import Engine, Wanted
from ml_connector.queue.subjects import Backlog, Due, name_of

log = structlog.get_logger(__name__)

WINDOW: Final = 60
"""Jobs of one connection in the queue: about a minute's worth, as Zoho allows 100 calls a minute and a paid order of a
known customer takes two."""
BATCH: Final = 500
POLL_S: Final = 0.1
"""How often a process looks that nobody wakes: a delivery accepted by another process starts within this time."""
LOST_AFTER_S: Final = 120.0
"""The last resort for a row that claims to have a job; well above the minute that a job may wait."""
LOOK_AROUND_S: Final = 2.0
AWAY_S: Final = 1.0
TURNS_PER_LANE: Final = 100_000
"""BullMQ's priorities end at 2 097 152; four lanes of this many turns stay below."""


def priority_of(due: Due) -> int:
    """The job's turn in the queue, 1 first: by lane, and within it one of each connection after the other.

    So the sixtieth order of a busy shop waits behind the first of a quiet one, whichever came first.
    """
    return due.lane * TURNS_PER_LANE + min(due.turn, TURNS_PER_LANE - 1) + 1


class Relay:
    """Moves what is due into the queue until stopped."""

    def __init__(self, backlog: Backlog, engine: Engine) -> None:
        self._backlog = backlog
        self._engine = engine
        self._wake = asyncio.Event()
        self._stopping = False
        self._troubled: str | None = None
        self._suspected = False

    def wake(self) -> None:
        """Look now: something was knocked for in this process."""
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Relay until `stop`. An absent database or queue is waited for."""
        loop = asyncio.get_running_loop()
        look_at = 0.0
        while not self._stopping:
            # before the look: what is knocked for during it must wake the next one
            self._wake.clear()
            try:
                if loop.time() >= look_at:
                    await self.look_around()
                    look_at = loop.time() + LOOK_AROUND_S
                moved = await self.turn()
                self._tell_trouble(None)
            except Trouble as trouble:
                if trouble.remedy is not Remedy.LATER:
                    raise
                self._tell_trouble(trouble)
                await self._rest(AWAY_S)
            else:
                if moved < BATCH:
                    await self._rest(POLL_S)

    async def turn(self) -> int:
        """Move what is due now, at most `BATCH`; how many rows that were.

        Raises:
            Trouble: the tables or the queue are away; nothing is lost.
        """
        taken = await self._backlog.take_due(window=WINDOW, limit=BATCH, lost_after_s=LOST_AFTER_S)
        if taken:
            await self._add(taken)
        return len(taken)

    async def look_around(self) -> None:
        """What need not be looked for ten times a second: lost jobs, and deliveries that nobody has knocked for.

        The intake knocks in a delivery's own commit, so such deliveries are the exception.
        """
        await self.find_lost()
        while await self._backlog.knock_for_deliveries(BATCH) == BATCH:
            continue

    async def find_lost(self) -> int:
        """Notice that jobs are missing, and see that their rows get others; how many rows.

        An empty queue is noticed at the first look. Where only some are missing it takes two looks, because jobs and
        rows are not counted at the same moment; then all are added again, which changes nothing for those that wait.
        """
        alive = (await self._engine.counts()).alive
        # after the jobs: a job that ends in between has taken its row along
        missing = await self._backlog.queued() - alive
        suspected, self._suspected = self._suspected, missing > 0
        if missing <= 0 or (alive > 0 and not suspected):
            return 0
        self._suspected = False
        rows = await self._backlog.forget_queued()
        log.warning("relay.jobs_were_lost", missing=missing, rows=rows)
        return rows

    async def _add(self, taken: Sequence[Due]) -> None:
        try:
            jobs = await self._engine.add([_wanted(due) for due in taken])
        except Trouble:
            await self._backlog.put_back([due.subject for due in taken])
            raise
        for due, job_id in zip(taken, jobs, strict=True):
            if due.queued_before:  # a stronger knock does not move a waiting job by itself
                await self._engine.reprioritise(job_id, priority_of(due))

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _tell_trouble(self, trouble: Trouble | None) -> None:
        """Say once that something is away, and once that it is back."""
        code = trouble.code if trouble else None
        if code == self._troubled:
            return
        if trouble:
            log.warning("relay.waits", code=code, text=trouble.text)
        else:
            log.info("relay.goes_on")
        self._troubled = code


def _wanted(due: Due) -> Wanted:
    return Wanted(name_of(due.subject), due.subject.kind, priority_of(due))
