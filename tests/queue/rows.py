"""Our tables as the relay's tests use them: knock, look, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine

from ml_connector.queue.subjects import Due, SubjectKey
from ml_connector.store.database import at_once, connect
from ml_connector.store.embedded.addresses import for_sqlalchemy
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.tables import metadata


def make_tables(url: str) -> None:
    """Our tables in an empty database."""
    engine = create_engine(for_sqlalchemy(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA ml_connector")
        connection.exec_driver_sql("SET LOCAL search_path TO ml_connector")
        metadata.create_all(connection)
    engine.dispose()


_TAKE = text("""
    WITH wanted AS (
        SELECT s.connection_id, s.kind, s.id, s.lane, s.queued_before, s.turn
        FROM connections c CROSS JOIN LATERAL (
            SELECT d.*, q.same_lane + row_number() OVER (PARTITION BY d.lane ORDER BY d.due_at) - 1 AS turn,
                   q.up_to_lane + row_number() OVER (ORDER BY d.lane, d.due_at) AS place
            FROM (
                SELECT connection_id, kind, id, lane, due_at, queued_at IS NOT NULL AS queued_before
                FROM subjects
                WHERE connection_id = c.id AND knocked > answered AND due_at <= clock_timestamp()
                  AND (queued_at IS NULL OR lane < queued_lane
                       OR queued_at < clock_timestamp() - make_interval(secs => :lost_after_s))
                ORDER BY lane, due_at LIMIT :window FOR UPDATE SKIP LOCKED
            ) d CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE queued_lane = d.lane) AS same_lane,
                       count(*) FILTER (WHERE queued_lane <= d.lane) AS up_to_lane
                FROM subjects
                WHERE connection_id = c.id AND knocked > answered
                  AND queued_at >= clock_timestamp() - make_interval(secs => :lost_after_s)
            ) q
        ) s
        WHERE c.disconnected_at IS NULL AND (c.paused_until IS NULL OR c.paused_until <= clock_timestamp())
          AND s.place <= :window
        ORDER BY s.lane, s.turn LIMIT :limit
    )
    UPDATE subjects SET queued_at = clock_timestamp(), queued_lane = subjects.lane
    FROM wanted w
    WHERE subjects.connection_id = w.connection_id AND subjects.kind = w.kind AND subjects.id = w.id
    RETURNING w.connection_id, w.kind, w.id, w.lane, w.turn, w.queued_before
""")
_NOTED = """knocked > answered AND queued_at < clock_timestamp() - interval '2 seconds'"""


@dataclass
class Rows:
    """The relay's `Backlog` on our tables."""

    engine: AsyncEngine

    @classmethod
    def at(cls, url: str) -> Rows:
        return cls(connect(url))

    async def knock_for_deliveries(self, limit: int) -> int:
        return 0

    async def take_due(self, *, window: int, limit: int, lost_after_s: float) -> Sequence[Due]:
        async with at_once(self.engine) as tx:
            rows = await all_rows(tx, _TAKE, window=window, limit=limit, lost_after_s=lost_after_s)
        return [
            Due(SubjectKey(row.connection_id, row.kind, row.id), row.lane, row.turn, row.queued_before) for row in rows
        ]

    async def put_back(self, keys: Sequence[SubjectKey]) -> None:
        for key in keys:
            await self._do(f"UPDATE subjects SET queued_at = NULL WHERE {_KEY}", **vars_of(key))

    async def queued(self) -> int:
        async with at_once(self.engine) as tx:
            [row] = await all_rows(tx, text(f"SELECT count(*) AS n FROM subjects WHERE {_NOTED}"))
        return int(row.n)

    async def forget_queued(self) -> int:
        return await self._do(f"UPDATE subjects SET queued_at = NULL WHERE {_NOTED}")

    async def a_connection(self, name: str) -> int:
        async with at_once(self.engine) as tx:
            [row] = await all_rows(
                tx, text("INSERT INTO connections (name, shop) VALUES (:name, :name) RETURNING id"), name=name
            )
        return int(row.id)

    async def pause(self, connection_id: int) -> None:
        await self._do(
            "UPDATE connections SET paused_until = clock_timestamp() + interval '1 hour' WHERE id = :id",
            id=connection_id,
        )

    async def knock(self, key: SubjectKey, *, lane: int = 0) -> None:
        """As every door does: one more knock; a stronger lane stays."""
        await self._do(
            """INSERT INTO subjects AS s (connection_id, kind, id, lane, knocked)
               VALUES (:connection_id, :kind, :id, :lane, 1)
               ON CONFLICT (connection_id, kind, id) DO UPDATE
               SET knocked = s.knocked + 1, lane = least(s.lane, excluded.lane), due_at = clock_timestamp()""",
            lane=lane,
            **vars_of(key),
        )

    async def knocked(self, key: SubjectKey) -> int:
        async with at_once(self.engine) as tx:
            rows = await all_rows(tx, text(f"SELECT knocked FROM subjects WHERE {_KEY}"), **vars_of(key))
        return int(rows[0].knocked)

    async def answer(self, key: SubjectKey, knocked: int) -> None:
        """As a run ends: what it read before is answered, and its job is over."""
        await self._do(
            f"UPDATE subjects SET answered = :knocked, queued_at = NULL, queued_lane = NULL WHERE {_KEY}",
            knocked=knocked,
            **vars_of(key),
        )

    async def age_notes(self, seconds: float) -> None:
        """As if every job had been made *seconds* earlier."""
        await self._do("UPDATE subjects SET queued_at = queued_at - make_interval(secs => :s)", s=seconds)

    async def outstanding(self) -> int:
        async with at_once(self.engine) as tx:
            [row] = await all_rows(tx, text("SELECT count(*) AS n FROM subjects WHERE knocked > answered"))
        return int(row.n)

    async def _do(self, statement: str, **values: Any) -> int:
        async with at_once(self.engine) as tx:
            return await run(tx, text(statement), **values)


_KEY = "connection_id = :connection_id AND kind = :kind AND id = :id"


def vars_of(key: SubjectKey) -> dict[str, Any]:
    return {"connection_id": key.connection_id, "kind": key.kind, "id": key.id}


_LEASE = text("""
    INSERT INTO leases AS l (name, owner, until, fence)
    VALUES (:name, :owner, clock_timestamp() + make_interval(secs => :for_s), 1)
    ON CONFLICT (name) DO UPDATE
    SET owner = excluded.owner, until = excluded.until, fence = l.fence + 1
    WHERE l.until IS NULL OR l.until <= clock_timestamp()
    RETURNING name
""")
_FREE_IN = text("""
    SELECT greatest(extract(epoch FROM until - clock_timestamp()), 0.001) AS s FROM leases WHERE name = :name
""")


@dataclass
class Leases:
    """One process's hold on the named leases in our tables."""

    engine: AsyncEngine
    owner: str

    async def take(self, name: str, *, for_s: float) -> float:
        async with at_once(self.engine) as tx:
            if await all_rows(tx, _LEASE, name=name, owner=self.owner, for_s=for_s):
                return 0.0
            [row] = await all_rows(tx, _FREE_IN, name=name)
        return float(row.s)

    async def keep(self, name: str, *, for_s: float) -> None:
        async with at_once(self.engine) as tx:
            await run(
                tx,
                text("""UPDATE leases SET until = clock_timestamp() + make_interval(secs => :for_s)
                        WHERE name = :name AND owner = :owner"""),
                name=name,
                owner=self.owner,
                for_s=for_s,
            )

    async def expire(self, name: str, *, in_s: float = 0) -> None:
        """As if the lease's time had passed, all but *in_s* seconds of it."""
        async with at_once(self.engine) as tx:
            await run(
                tx,
                text("UPDATE leases SET until = clock_timestamp() + make_interval(secs => :s) WHERE name = :name"),
                name=name,
                s=in_s,
            )

    async def left(self, name: str) -> float:
        """Seconds until the lease is free."""
        async with at_once(self.engine) as tx:
            [row] = await all_rows(tx, _FREE_IN, name=name)
        return float(row.s)

    async def holder(self, name: str) -> str:
        async with at_once(self.engine) as tx:
            [row] = await all_rows(tx, text("SELECT owner FROM leases WHERE name = :name"), name=name)
        return str(row.owner)
