"""A subject's name inside the queue, and what the relay and the worker need from the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """What a job is about: `SubjectKey(1, "order", "gid://shopify/Order/42")`."""

    connection_id: int
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> SubjectKey:
        """From what a job carries.

        Raises:
            ValueError: somebody else's job.
        """
        connection, kind, subject = text.split(":", 2)
        return cls(int(connection), kind, subject)


@dataclass(frozen=True, slots=True)
class Due:
    """An outstanding subject that may start now, and has just been noted as queued.

    Attributes:
        lane: 0 live, 1 refunds, 2 backfill, 3 re-reading.
        turn: How many of its connection's subjects are queued in this lane already; later turns wait for earlier ones
            of other connections.
        queued_before: A job of it may be waiting in a weaker lane.
    """

    key: SubjectKey
    lane: int
    turn: int
    queued_before: bool


class Backlog(Protocol):
    """What is outstanding, in the tables. Every method may raise a `StoreTrouble`."""

    async def knock_for_deliveries(self, limit: int) -> int:
        """Turn deliveries that wait for the relay into knocks; how many there were."""
        ...

    async def take_due(self, *, window: int, limit: int, lost_after_s: float) -> Sequence[Due]:
        """Subjects that are outstanding, due and not queued, noted as queued from now on.

        Taken by lane, then age, from each connection that is not paused, while fewer than *window* of it are queued in
        this lane and stronger ones. A subject whose note is older than *lost_after_s* counts as not queued.
        """
        ...

    async def put_back(self, keys: Sequence[SubjectKey]) -> None:
        """Take back the note "queued": their jobs were not made, or were handed back."""
        ...

    async def queued(self) -> int:
        """Outstanding subjects that are noted as queued for two seconds and more."""
        ...

    async def forget_queued(self) -> int:
        """Take back every such note; how many there were."""
        ...
