"""The gate before every input and output: time stands still there until the seed says who goes on.

Each statement, transaction, request and sleep of each simulated process begins with a stop at the gate. Only one stop
is let through at a time, and the next only when what it set going has come to rest; so a seed gives the same order of
events again. A process that dies, dies at a stop: whatever it held in memory is gone, and whatever it tries afterwards
fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta


class Died(asyncio.CancelledError):
    """This simulated process is dead. No `except Exception` meets it, and asyncio takes it as an ordinary end."""


class VirtualTime:
    """One clock for PostgreSQL, both companies and, but for their errors, all processes. It moves when told to."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.now = start

    @property
    def seconds(self) -> float:
        """Since the start."""
        return (self.now - self.start).total_seconds()

    def advance_to(self, moment: datetime) -> None:
        """Never back."""
        self.now = max(self.now, moment)


@dataclass(eq=False, slots=True)
class Stop:
    """Somebody waits at the gate."""

    machine: str
    what: str
    since: datetime
    until: datetime
    """Not before this moment."""
    parked: bool
    """Waits for work: let through only with some."""
    passed: asyncio.Future[object] = field(repr=False)


class Gate:
    """Where everything stops."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.stops: list[Stop] = []
        self._under_way = 0
        self._rest: asyncio.Future[None] | None = None

    async def stop(self, machine: str, what: str, *, for_s: float = 0.0, parked: bool = False) -> object:
        """Wait until let through, not before *for_s* virtual seconds; the work, for one who is parked.

        Raises:
            Died: the process was ended here.
        """
        until = self.time.now + timedelta(seconds=for_s)
        passed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        stop = Stop(machine, what, self.time.now, until, parked, passed)
        self.stops.append(stop)
        try:
            return await passed
        finally:
            if stop in self.stops:
                self.stops.remove(stop)

    def let_through(self, stop: Stop, work: object = None) -> None:
        """Let it go on."""
        self.stops.remove(stop)
        if not stop.passed.done():
            stop.passed.set_result(work)

    def end(self, machine: str) -> None:
        """Everything of *machine* that waits here dies here."""
        for stop in [each for each in self.stops if each.machine == machine]:
            self.stops.remove(stop)
            if not stop.passed.done():
                stop.passed.set_exception(Died(machine))

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Real input or output is going on: nobody else is let through meanwhile."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way and self._rest is not None and not self._rest.done():
                self._rest.set_result(None)

    async def at_rest(self) -> None:
        """Until nothing can go on without being let through."""
        while True:
            if self._under_way:
                self._rest = asyncio.get_running_loop().create_future()
                await self._rest
            await asyncio.sleep(0)
            if not self._under_way and not _somebody_can_go_on():
                return


def _somebody_can_go_on() -> bool:
    """Whether the running event loop has anything to do but wait; it has no public way to say so."""
    return bool(asyncio.get_running_loop()._ready)  # type: ignore[attr-defined]
