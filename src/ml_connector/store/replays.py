"""Bulk replays: started once, told about while they run, stopped as far as that is honest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Verdict
from ml_connector.store.sql import Row, all_rows, one_row, text
from ml_connector.store.subjects import Knock, urgency
from ml_connector.store.subjects import columns as subject_columns
from ml_connector.store.subjects_sql import KNOCK_MANY
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay and how far it is.

    Attributes:
        plan: What the operator was shown before starting: documents, money, calls.
        results: Orders that have been read, by verdict.
        to_go: Orders still waiting for their turn or between two tries.
        stopped: Orders whose turn was taken back.
    """

    id: int
    connection_id: int | None
    kind: str
    title: str
    who: str
    plan: Mapping[str, Any]
    started_at: datetime
    stopped_at: datetime | None
    results: Mapping[Verdict, int]
    to_go: int
    stopped: int

    @property
    def finished(self) -> bool:
        return self.to_go == 0


_START = text("""
    INSERT INTO replays (connection_id, word, kind, title, who, plan)
    VALUES (:connection_id, :word, :kind, :title, :who, CAST(:plan AS jsonb))
    ON CONFLICT (word) DO NOTHING RETURNING id
""")
_KNOCK = text(
    "WITH k AS ("
    + KNOCK_MANY.format(
        source="""unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[]),
                         CAST(:lanes AS smallint[]), CAST(:due_ats AS timestamptz[]))
                  AS k(connection_id, kind, id, lane, due_at)"""
    )
    + """ RETURNING s.connection_id, s.kind, s.id, s.knocked, s.answered)
    INSERT INTO replay_orders (replay_id, connection_id, subject_kind, subject_id, knocked, alone)
    SELECT :replay_id, connection_id, kind, id, knocked, knocked - answered = 1 FROM k
    """
)
_FAR = """
    SELECT r.id, r.connection_id, r.kind, r.title, r.who, r.plan, r.started_at, r.stopped_at,
           (SELECT jsonb_object_agg(coalesce(verdict, ''), number) FROM (
               SELECT CASE WHEN x.stopped THEN 'stopped' WHEN s.answered >= x.knocked THEN o.verdict END AS verdict,
                      count(*) AS number
               FROM replay_orders x
               LEFT JOIN subjects s
                   ON s.connection_id = x.connection_id AND s.kind = x.subject_kind AND s.id = x.subject_id
               LEFT JOIN outcomes o ON o.connection_id = x.connection_id AND o.order_id = x.subject_id
               WHERE x.replay_id = r.id GROUP BY 1) AS counts) AS counts
    FROM replays r
"""
_GET = text(f"{_FAR} WHERE r.id = :id")
_OF_WORD = text(f"{_FAR} WHERE r.word = :word")
_RECENT = text(f"""
    {_FAR} WHERE r.started_at > clock_timestamp() - make_interval(days => :days)
      AND (CAST(:connection_id AS bigint) IS NULL OR r.connection_id = :connection_id)
    ORDER BY r.started_at DESC, r.id DESC LIMIT :limit
""")
# Taken back are only knocks that stand alone, of orders that no run has touched since: not leased, nothing under way in
# Zoho, and a verdict at rest to go back to.
_STOP = text("""
    WITH taken_back AS (
        UPDATE subjects s SET answered = s.knocked, queued_at = NULL, queued_lane = NULL
        FROM replay_orders x
        WHERE x.replay_id = :id AND x.alone AND NOT x.stopped
          AND s.connection_id = x.connection_id AND s.kind = x.subject_kind AND s.id = x.subject_id
          AND s.knocked = x.knocked AND s.answered < s.knocked AND s.attempts = 0
          AND (s.lease_until IS NULL OR s.lease_until <= clock_timestamp())
          AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.connection_id = s.connection_id AND o.order_id = s.id
                                                     AND o.verdict IN ('waiting', 'in_doubt'))
          AND NOT EXISTS (SELECT 1 FROM operations p
                          WHERE p.connection_id = s.connection_id AND p.subject_kind = s.kind AND p.subject_id = s.id
                            AND p.state IN ('intended', 'sent', 'in_doubt'))
        RETURNING s.connection_id, s.kind, s.id
    ),
    noted AS (
        UPDATE replay_orders x SET stopped = true FROM taken_back t
        WHERE x.replay_id = :id AND x.connection_id = t.connection_id AND x.subject_kind = t.kind
          AND x.subject_id = t.id
    ),
    ended AS (UPDATE replays SET stopped_at = clock_timestamp() WHERE id = :id)
    SELECT count(*) AS number FROM taken_back
""")
_ORDERS = text("""
    SELECT subject_id FROM replay_orders WHERE replay_id = :id AND subject_kind = 'order' ORDER BY subject_id
""")


class Replays:
    """`start` is three round trips in the caller's transaction, every other method one."""

    async def start(  # noqa: PLR0913 - a row has as many columns
        self,
        tx: AsyncConnection,
        knocks: Sequence[Knock],
        *,
        word: str,
        who: str,
        title: str = "",
        connection_id: int | None = None,
        kind: str = "replay",
        plan: Mapping[str, Any] | None = None,
    ) -> Replay:
        """Knock for the orders of *knocks*, which are fixed from now on, and remember that it was done.

        Args:
            word: Belongs to one form; who comes with it again gets the replay that it started.
            kind: `replay` or `backfill`.
        """
        row = await one_row(
            tx, _START, connection_id=connection_id, word=word, kind=kind, title=title, who=who, plan=dumps(plan or {})
        )
        if row is not None:
            subjects = [knock.subject for knock in knocks]
            await tx.execute(_KNOCK, {"replay_id": row.id, **subject_columns(subjects), **urgency(knocks)})
        started = await one_row(tx, _OF_WORD, word=word)
        assert started is not None
        return _replay(started)

    async def get(self, tx: AsyncConnection, replay_id: int) -> Replay | None:
        row = await one_row(tx, _GET, id=replay_id)
        return _replay(row) if row else None

    async def recent(
        self, tx: AsyncConnection, connection_id: int | None = None, *, days: int = 30, limit: int = 50
    ) -> tuple[Replay, ...]:
        """Those of the last *days* days, newest first."""
        rows = await all_rows(tx, _RECENT, connection_id=connection_id, days=days, limit=limit)
        return tuple(_replay(row) for row in rows)

    async def stop(self, tx: AsyncConnection, replay_id: int) -> int:
        """Take back the orders that have not started; how many. What has begun goes on to its end."""
        row = await one_row(tx, _STOP, id=replay_id)
        return int(row.number) if row else 0

    async def order_ids(self, tx: AsyncConnection, replay_id: int) -> tuple[str, ...]:
        """Its orders, for `Outcomes.page`."""
        return tuple(row.subject_id for row in await all_rows(tx, _ORDERS, id=replay_id))


def _replay(row: Row) -> Replay:
    counts: dict[str, int] = dict(row.counts or {})
    to_go, stopped = counts.pop("", 0), counts.pop("stopped", 0)
    return Replay(
        id=row.id,
        connection_id=row.connection_id,
        kind=row.kind,
        title=row.title,
        who=row.who,
        plan=row.plan,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        results={Verdict(word): number for word, number in counts.items()},
        to_go=to_go,
        stopped=stopped,
    )
