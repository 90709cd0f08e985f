"""Our tables as the queue's tests use them: knock, look, answer."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.queue.subjects import StoredBacklog
from ml_connector.store.connections import Connections
from ml_connector.store.database import at_once, connect
from ml_connector.store.deliveries import Deliveries
from ml_connector.store.leases import Leases
from ml_connector.store.pool import Pool
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.subjects import Knock, Lane, Lease, Subject, Subjects


@dataclass
class Rows:
    """The tables, and the few things that jobs do with them."""

    engine: Pool
    subjects: Subjects = field(default_factory=Subjects)
    deliveries: Deliveries = field(default_factory=Deliveries)
    connections: Connections = field(default_factory=Connections)
    leases: Leases = field(default_factory=Leases)

    @classmethod
    def at(cls, url: str) -> Rows:
        return cls(connect(url))

    @property
    def backlog(self) -> StoredBacklog:
        return StoredBacklog(self)

    def at_once(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return at_once(self.engine)

    async def a_connection(self, name: str) -> int:
        async with self.at_once() as tx:
            return (await self.connections.save(tx, name, shop=f"{name}.myshopify.com")).id

    async def pause(self, connection_id: int) -> None:
        async with self.at_once() as tx:
            await self.connections.set_health(tx, connection_id, "broken", "The token was revoked.")

    async def knock(self, subject: Subject, *, lane: Lane = Lane.LIVE) -> None:
        """As every door does."""
        async with self.at_once() as tx:
            await self.subjects.knock(tx, [Knock(subject, lane)])

    async def begin(self, subject: Subject) -> Lease | None:
        """As a run begins: the lease says which knocks it will answer. None: somebody else is at it."""
        async with self.at_once() as tx:
            return await self.subjects.take_lease(tx, subject, owner="test", for_s=60)

    async def end(self, lease: Lease) -> None:
        """As a run ends that has an outcome."""
        async with self.at_once() as tx:
            await self.subjects.answered(tx, lease)

    async def answer(self, subject: Subject) -> bool:
        """A whole run; False when there was nothing to do."""
        lease = await self.begin(subject)
        if lease is None:
            return False
        await self.end(lease)
        return lease.outstanding

    async def knocked(self, subject: Subject) -> int:
        async with self.at_once() as tx:
            state = await self.subjects.state(tx, subject)
        return state.knocked if state else 0

    async def outstanding(self) -> int:
        async with self.at_once() as tx:
            return sum(work.outstanding for work in await self.subjects.work(tx))

    async def age_notes(self, seconds: float) -> None:
        """As if every job had been made *seconds* earlier."""
        await self.do("UPDATE subjects SET queued_at = queued_at - make_interval(secs => :s)", s=seconds)

    async def do(self, statement: str, **values: Any) -> int:
        async with self.at_once() as tx:
            return await run(tx, text(statement), **values)


_FREE_IN = text("SELECT extract(epoch FROM until - clock_timestamp()) AS s, owner FROM leases WHERE name = :name")


async def expire(rows: Rows, name: str, *, in_s: float = 0) -> None:
    """As if the lease's time had passed, all but *in_s* seconds of it."""
    await rows.do(
        "UPDATE leases SET until = clock_timestamp() + make_interval(secs => :s) WHERE name = :name", name=name, s=in_s
    )


async def held(rows: Rows, name: str) -> tuple[str, float]:
    """Who has the lease, and for how many seconds."""
    async with rows.at_once() as tx:
        [row] = await all_rows(tx, _FREE_IN, name=name)
    return str(row.owner), float(row.s)
