"""A subject's name inside the queue, and what the relay needs from the tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.deliveries import Deliveries
from ml_connector.store.subjects import Due, Subject, Subjects

__all__ = ["Backlog", "Due", "StoredBacklog", "Subject", "Tables", "name_of", "subject_of"]


def name_of(subject: Subject) -> str:
    """What a job carries: `1:order:gid://shopify/Order/42`."""
    return f"{subject.connection_id}:{subject.kind}:{subject.id}"


def subject_of(name: str) -> Subject:
    """From what a job carries.

    Raises:
        ValueError: somebody else's job.
    """
    connection, kind, subject = name.split(":", 2)
    return Subject(int(connection), kind, subject)


class Backlog(Protocol):
    """What is outstanding, in the tables. Every method may raise a `StoreTrouble`."""

    async def knock_for_deliveries(self, limit: int) -> int:
        """Turn deliveries that wait for the relay into knocks; how many there were."""
        ...

    async def take_due(self, *, window: int, limit: int, lost_after_s: float) -> Sequence[Due]:
        """Subjects that are outstanding, due and not queued, noted as queued from now on.

        Taken by lane, then age, from each connection that is well, while fewer than *window* of it are queued in this
        lane and stronger ones. A note older than *lost_after_s* counts as none.
        """
        ...

    async def put_back(self, subjects: Sequence[Subject]) -> None:
        """Take back the note "queued": their jobs were not made, or were handed back."""
        ...

    async def queued(self) -> int:
        """Outstanding subjects that have been noted as queued for two seconds and more."""
        ...

    async def forget_queued(self) -> int:
        """Take back every such note; how many there were."""
        ...


class Tables(Protocol):
    """The part of the store that is needed here."""

    @property
    def subjects(self) -> Subjects: ...

    @property
    def deliveries(self) -> Deliveries: ...

    def at_once(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Each statement is its own commit."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBacklog:
    """The tables as the relay's `Backlog`; each method is one statement and one commit."""

    tables: Tables

    async def knock_for_deliveries(self, limit: int) -> int:
        async with self.tables.at_once() as tx:
            return await self.tables.deliveries.relay(tx, limit=limit)

    async def take_due(self, *, window: int, limit: int, lost_after_s: float) -> Sequence[Due]:
        async with self.tables.at_once() as tx:
            return await self.tables.subjects.take_due(tx, window=window, limit=limit, lost_after_s=lost_after_s)

    async def put_back(self, subjects: Sequence[Subject]) -> None:
        async with self.tables.at_once() as tx:
            await self.tables.subjects.put_back(tx, subjects)

    async def queued(self) -> int:
        async with self.tables.at_once() as tx:
            return await self.tables.subjects.queued(tx)

    async def forget_queued(self) -> int:
        async with self.tables.at_once() as tx:
            return await self.tables.subjects.forget_queued(tx)
