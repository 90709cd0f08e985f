"""What happens periodically, in one process at a time: sweeps, daily summaries, pruning.

Each activity has a name and a lease of that name in PostgreSQL, on PostgreSQL's clock. Whoever gets the lease does it
and lets the lease run out by itself: so it is both "nobody else now" and "not again before". A process that dies in the
middle costs one period, never a double run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.clock import Clock
from ml_connector.jobs.turns import Elsewhere
from ml_connector.store.leases import Leases

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
"""How often it is looked whether something is due."""
DRAIN_S: Final = 10.0
TROUBLED_S: Final = 900.0
"""What met trouble is begun again after this long, if not sooner: a day's round must not wait for the next day."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """One activity, e.g. `Periodic("sweep:acme", 300, …)`.

    Attributes:
        every_s: Seconds from one beginning to the next. One that takes longer delays its own next, nothing else.
    """

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


class PeriodLeases(Protocol):
    """Named leases in the tables. Methods may raise a `StoreTrouble`."""

    async def take(self, name: str, *, for_s: float) -> float:
        """Take the lease for *for_s* seconds. 0: it is ours now; else the seconds until it may be free."""
        ...

    async def keep(self, name: str, *, for_s: float) -> None:
        """Hold a lease of ours for *for_s* seconds from now."""
        ...


class Tables(Protocol):
    """The part of the store that is needed here."""

    @property
    def leases(self) -> Leases: ...

    def at_once(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


@dataclass(frozen=True, slots=True)
class StoredLeases:
    """Leases in the tables. *owner* names this process, and is different after a restart."""

    tables: Tables
    owner: str

    async def take(self, name: str, *, for_s: float) -> float:
        async with self.tables.at_once() as tx:
            return await self.tables.leases.take(tx, name, owner=self.owner, for_s=for_s)

    async def keep(self, name: str, *, for_s: float) -> None:
        async with self.tables.at_once() as tx:
            await self.tables.leases.keep(tx, name, owner=self.owner, for_s=for_s)


class Schedule:
    """Runs what is due until stopped.

    Args:
        activities: Asked at every look, so that a new connection gets its sweep without a restart.
        unexpected: Writes down what nobody foresaw; the activity comes again at its next time.
    """

    def __init__(
        self,
        activities: Callable[[], Awaitable[Sequence[Periodic]]],
        leases: PeriodLeases,
        clock: Clock,
        unexpected: Callable[[str, Exception], Awaitable[None]],
    ) -> None:
        self._activities = activities
        self._leases = leases
        self._clock = clock
        self._unexpected = unexpected
        self._not_before: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look, start what is due, and look again, until `stop`; then wait for what is under way."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except Trouble as trouble:
                log.warning("schedule.waits", code=trouble.code, text=trouble.text)
            await self._rest()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=DRAIN_S)
            for task in late:
                task.cancel()

    def stop(self) -> None:
        """Start nothing more."""
        self._stopping.set()

    async def look(self) -> list[str]:
        """Start what is due and free; the names of what was started.

        Raises:
            Trouble: the tables are away.
        """
        now = self._clock.monotonic()
        activities = await self._activities()
        self._forget_others({activity.name for activity in activities})
        return [
            activity.name
            for activity in activities
            if activity.name not in self._under_way
            and self._not_before.get(activity.name, now) <= now
            and await self._start(activity)
        ]

    async def settled(self) -> None:
        """Return when nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _start(self, activity: Periodic) -> bool:
        free_in = await self._leases.take(activity.name, for_s=activity.every_s)
        now = self._clock.monotonic()
        if free_in > 0:
            self._not_before[activity.name] = now + free_in
            return False
        self._not_before[activity.name] = now + activity.every_s
        task = asyncio.create_task(self._carry_out(activity), name=activity.name)
        self._under_way[activity.name] = task
        task.add_done_callback(lambda _: self._under_way.pop(activity.name, None))
        return True

    async def _carry_out(self, activity: Periodic) -> None:
        keeping = asyncio.create_task(self._keep(activity))
        try:
            await activity.run()
        except Trouble as trouble:
            # that somebody else is at it is how it should be, and nothing for a person to read
            say = log.debug if isinstance(trouble, Elsewhere) else log.warning
            say("schedule.troubled", name=activity.name, code=trouble.code, text=trouble.text)
            keeping.cancel()
            await self._sooner(activity)
        except Exception as error:  # noqa: BLE001 - the worker's edge, for what no job knocked for
            await self._unexpected(activity.name, error)
        finally:
            keeping.cancel()

    async def _sooner(self, activity: Periodic) -> None:
        """Let it begin again within `TROUBLED_S`, here or in another process."""
        if activity.every_s <= TROUBLED_S:
            return
        try:
            await self._leases.keep(activity.name, for_s=TROUBLED_S)
        except Trouble as trouble:
            log.warning("schedule.lease_not_kept", name=activity.name, code=trouble.code)
        else:
            self._not_before[activity.name] = self._clock.monotonic() + TROUBLED_S

    async def _keep(self, activity: Periodic) -> None:
        """While it takes longer than its period, hold the lease on."""
        while True:
            await self._clock.sleep(0.8 * activity.every_s)
            try:
                await self._leases.keep(activity.name, for_s=activity.every_s)
            except Trouble as trouble:
                log.warning("schedule.lease_not_kept", name=activity.name, code=trouble.code)

    def _forget_others(self, names: set[str]) -> None:
        for name in self._not_before.keys() - names:
            del self._not_before[name]

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._stopping.wait()
        except TimeoutError:
            return
