"""Lets go of what need not be kept, a small batch at a time, so that no commit is long and nobody waits.

Operations, documents and outcomes stay. Raw deliveries, exchanges and timelines go after the connection's retention;
what belongs to no connection, and what is only housekeeping, after the general one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import run, text

SHORTEST_DAYS = 7
"""Shopify repeats a delivery for four hours; a week leaves room for a long week-end."""
SIGNING_SECRETS_DAYS = 60

_BY_CONNECTION = {
    "deliveries": "received_at",
    "exchanges": "at",
    "timeline": "at",
}


def _old(table: str, whose: str) -> TextClause:
    """Walks the index by connection and moment, from the oldest row to the end of the batch or of what is old.

    It ends there because of the statement's own moment: a clock that may have moved on is asked at each row.
    """
    moment = _BY_CONNECTION[table]
    return text(f"""
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT x.ctid FROM {table} x
            WHERE x.connection_id {whose} AND x.{moment} < statement_timestamp() - make_interval(days => :days)
            ORDER BY x.connection_id, x.{moment} LIMIT :batch))
    """)


OLD = {table: _old(table, "= CAST(:connection_id AS bigint)") for table in _BY_CONNECTION}
OLD_OF_NOBODY = {"deliveries": _old("deliveries", "IS NULL")}
_SNAPSHOTS = text("""
    UPDATE readings SET snapshot = NULL WHERE ctid = ANY(ARRAY(
        SELECT x.ctid FROM readings x
        WHERE x.connection_id = CAST(:connection_id AS bigint) AND x.snapshot IS NOT NULL
          AND x.read_at < statement_timestamp() - make_interval(days => :days)
        ORDER BY x.read_at LIMIT :batch))
""")
_SESSIONS = text("DELETE FROM sessions WHERE until < clock_timestamp() - interval '1 day'")
# What may be used once is remembered as a lease (`oauth:…`) for longer than it is good.
_USED = text("DELETE FROM leases WHERE name LIKE 'oauth:%' AND until < clock_timestamp() - interval '1 day'")
_SUBJECTS = text("""
    DELETE FROM subjects WHERE ctid = ANY(ARRAY(
        SELECT x.ctid FROM subjects x
        WHERE x.knocked = x.answered AND x.kind <> 'order' AND x.created_at < clock_timestamp() - interval '30 days'
          AND coalesce(x.answered_at, x.lease_until, x.created_at) < clock_timestamp() - interval '30 days'
          AND (x.lease_until IS NULL OR x.lease_until < clock_timestamp() - interval '1 day')
        LIMIT :batch))
""")
_SIGNING = text("""
    DELETE FROM secrets s USING connections c
    WHERE c.id = s.connection_id AND s.kind <> 'guest_salt'
      AND c.disconnected_at < clock_timestamp() - make_interval(days => :days)
""")


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went from each table."""

    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


class Pruning:
    """Call `batch` until it finds nothing; each statement is its own commit with `Store.at_once`."""

    async def batch(self, tx: AsyncConnection, connection_id: int | None, *, days: int, batch: int = 1000) -> Pruned:
        """Let go of the oldest rows of one connection, or of none: deliveries of unknown shops. Up to four round trips.

        Args:
            days: Retention; at least 7 is kept whatever is asked.
            batch: The most rows of each table.
        """
        values = {"connection_id": connection_id, "days": max(days, SHORTEST_DAYS), "batch": batch}
        old = OLD_OF_NOBODY if connection_id is None else OLD
        rows = {table: await run(tx, statement, **values) for table, statement in old.items()}
        if connection_id is not None:
            rows["snapshots"] = await run(tx, _SNAPSHOTS, **values)
        return Pruned(rows)

    async def housekeeping(self, tx: AsyncConnection, *, batch: int = 1000) -> Pruned:
        """Sessions that are over, subjects other than orders at rest for a month, secrets of connections that were
        disconnected 60 days ago, notes of sign-ins. Four round trips."""
        return Pruned(
            {
                "sessions": await run(tx, _SESSIONS),
                "leases": await run(tx, _USED),
                "subjects": await run(tx, _SUBJECTS, batch=batch),
                "secrets": await run(tx, _SIGNING, days=SIGNING_SECRETS_DAYS),
            }
        )
