"""Who goes along in one call: runs of one connection in one process that are about to mark an invoice as sent.

    run A  invoice ──► arrives ──► leads: waits for those expected, at most 2 s ──► permit ──► one call for all
    run B    invoice ─────► arrives ──► commits its own step b ──► waits for the call ──► commits its own step c

Who expects nobody else goes alone, at once. Each operation stays its own order's, under that order's lease: only the
permit and the request are shared. Nothing here is remembered; a process that dies leaves operations that are in doubt
and looked up by id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from ml_connector.jobs.clock import Clock
from ml_connector.zoho.permits import Permit

T = TypeVar("T")

GATHER_S = 2.0
"""How long the first waits for the others."""
MOST = 50
"""Invoices in one call: their ids stand in the address."""


class LeaderGone(Exception):
    """The run that was to send for all ended before it could say how it went."""


@dataclass(eq=False, slots=True)
class Member:
    """One operation in a batch."""

    key: str
    invoice_id: str
    go: asyncio.Future[tuple[str, ...]] = field(repr=False)
    """Told by the leader, permit in hand: commit step b now. The ids that are meant to go together."""
    committed: asyncio.Future[Permit | None] = field(repr=False)
    """Told by the member: until when its own step b lets the request leave; None when it does not go along."""
    answered: asyncio.Future[None] = field(repr=False)
    """Told by the leader: done, or the trouble that the call met."""

    @classmethod
    def of(cls, key: str, invoice_id: str) -> Member:
        loop = asyncio.get_running_loop()
        return cls(key, invoice_id, loop.create_future(), loop.create_future(), loop.create_future())

    @staticmethod
    def tell(future: asyncio.Future[T], word: T) -> None:
        """Answer a member, who may have been called off meanwhile."""
        if not future.done():
            future.set_result(word)

    def leave(self) -> None:
        """Nobody need wait for its commit."""
        if not self.committed.done():
            self.committed.set_result(None)

    def end(self, error: BaseException) -> None:
        """Whatever it still waits for is over."""
        for future in (self.go, self.answered):
            if not future.done():
                future.set_exception(error)
                future.exception()  # it may be that nobody asks


@dataclass(eq=False, slots=True)
class Batch:
    """Those who arrived while the leader waited; the leader is not among them."""

    awaited: set[Expected] = field(default_factory=set)
    """Runs that were on their way when the leader arrived. Who sets out later may join, and is not waited for."""
    full: asyncio.Event = field(default_factory=asyncio.Event)
    others: list[Member] = field(default_factory=list)


class Together:
    """The batches of one connection in one process."""

    def __init__(self) -> None:
        self._expected: set[Expected] = set()
        self._batch: Batch | None = None
        self._alone: set[str] = set()

    @contextmanager
    def expecting(self, wanted: bool) -> Iterator[Expected]:
        """While the block runs, others may wait for this run's mark, until it has arrived."""
        expected = Expected(self)
        if wanted:
            self._expected.add(expected)
        try:
            yield expected
        finally:
            expected.arrived()

    def arrived(self, expected: Expected) -> None:
        """It is there, or will never be."""
        self._expected.discard(expected)
        if self._batch is not None:
            self._batch.awaited.discard(expected)
            if not self._batch.awaited:
                self._batch.full.set()

    def goes_alone(self, key: str) -> None:
        """A call for several was not clear about this one: the next time it is sent by itself."""
        self._alone.add(key)

    def join(self, key: str, invoice_id: str) -> Member | None:
        """Go along with the batch that gathers; None when there is none, or it must go alone."""
        if self._batch is None or key in self._alone:
            return None
        member = Member.of(key, invoice_id)
        self._batch.others.append(member)
        if len(self._batch.others) + 1 >= MOST:
            self._batch.full.set()
        return member

    async def gather(self, key: str, clock: Clock) -> Batch:
        """Lead: wait for those expected, at most `GATHER_S`; nobody joins afterwards."""
        batch = Batch(set(self._expected))
        if not batch.awaited or key in self._alone:
            self._alone.discard(key)
            return batch
        self._batch = batch
        full, late = asyncio.ensure_future(batch.full.wait()), asyncio.ensure_future(clock.sleep(GATHER_S))
        try:
            await asyncio.wait((full, late), return_when=asyncio.FIRST_COMPLETED)
        except BaseException as error:
            _end(batch, error)
            raise
        finally:
            self._batch = None
            full.cancel()
            late.cancel()
            await asyncio.gather(full, late, return_exceptions=True)
        return batch


def _end(batch: Batch, error: BaseException) -> None:
    for member in batch.others:
        member.end(LeaderGone(str(error)))


@dataclass(eq=False, slots=True)
class Expected:
    """One run on its way to a mark."""

    together: Together

    def arrived(self) -> None:
        """It is there, or will never be."""
        self.together.arrived(self)
