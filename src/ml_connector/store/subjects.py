"""What has to be looked at: the knock is a row.

Whoever knocks adds one to `knocked`; a run writes the number it had read to `answered`. Outstanding is
`knocked > answered`, nothing else. The queue is only told; it may forget everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.errors import LeaseLost
from ml_connector.store.sql import all_rows, one_row, run, text


class Lane(IntEnum):
    """Who goes first when something is scarce."""

    LIVE = 0
    REFUNDS = 1
    BACKFILL = 2
    REREADING = 3

    @classmethod
    def named(cls, word: str) -> Lane:
        """From `live`, `refunds`, `backfill` or `rereading` (also written with a hyphen or underscore)."""
        return cls[word.replace("-", "").replace("_", "").upper()]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about: `Subject(1, "order", "gid://shopify/Order/42")`."""

    connection_id: int
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} of connection {self.connection_id}"


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody asks that *subject* be looked at. *due_at*: not before; None is now."""

    subject: Subject
    lane: Lane = Lane.LIVE
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to work on one subject, and what its row said when it was taken.

    Every commit of the run hands this back; once somebody else has taken the subject, `LeaseLost` is raised.
    """

    subject: Subject
    owner: str
    fence: int
    until: datetime
    lane: Lane
    knocked: int
    answered: int
    attempts: int
    first_failed_at: datetime | None
    now: datetime
    """PostgreSQL's clock when it was taken."""

    @property
    def outstanding(self) -> bool:
        return self.knocked > self.answered


@dataclass(frozen=True, slots=True)
class Due:
    """A subject that may start now and is noted as queued. `turn`: how many of its connection are before it in this
    lane; `queued_before`: a job of it may wait already, in a weaker lane."""

    subject: Subject
    lane: Lane
    turn: int
    queued_before: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What is not at rest in one connection."""

    connection_id: int
    outstanding: int
    oldest_outstanding_s: float


@dataclass(frozen=True, slots=True)
class SubjectState:
    """A subject's row, for pages and for `sync` that waits until at rest."""

    subject: Subject
    lane: Lane
    knocked: int
    answered: int
    due_at: datetime
    waiting_since: datetime
    attempts: int
    first_failed_at: datetime | None
    lease_until: datetime | None

    @property
    def outstanding(self) -> bool:
        return self.knocked > self.answered


# Sorted, so that two who knock for many lock the rows in the same order. While it is outstanding a weaker knock
# changes neither lane nor time; a new one after rest starts a new row of attempts.
KNOCK_MANY = """
    INSERT INTO subjects AS s (connection_id, kind, id, lane, knocked, due_at)
    SELECT connection_id, kind, id, min(lane), count(*), min(coalesce(due_at, clock_timestamp()))
    FROM {source}
    GROUP BY connection_id, kind, id ORDER BY connection_id, kind, id
    ON CONFLICT (connection_id, kind, id) DO UPDATE SET
        knocked = s.knocked + excluded.knocked,
        lane = CASE WHEN s.knocked > s.answered THEN least(s.lane, excluded.lane) ELSE excluded.lane END,
        due_at = CASE WHEN s.knocked = s.answered THEN excluded.due_at
                      WHEN excluded.lane <= s.lane THEN least(s.due_at, excluded.due_at) ELSE s.due_at END,
        waiting_since = CASE WHEN s.knocked > s.answered THEN s.waiting_since ELSE clock_timestamp() END,
        attempts = CASE WHEN s.knocked > s.answered THEN s.attempts ELSE 0 END,
        first_failed_at = CASE WHEN s.knocked > s.answered THEN s.first_failed_at END
"""
_KEY = "connection_id = :connection_id AND kind = :kind AND id = :id"
_KNOCK = text(
    KNOCK_MANY.format(
        source="""unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[]),
                         CAST(:lanes AS smallint[]), CAST(:due_ats AS timestamptz[]))
                  AS k(connection_id, kind, id, lane, due_at)"""
    )
)
_TAKE_LEASE = text("""
    INSERT INTO subjects AS s (connection_id, kind, id, lane, lease_owner, lease_until, fence)
    VALUES (:connection_id, :kind, :id, :lane, :owner, clock_timestamp() + make_interval(secs => :for_s), 1)
    ON CONFLICT (connection_id, kind, id) DO UPDATE
        SET lease_owner = excluded.lease_owner, fence = s.fence + 1,
            lease_until = clock_timestamp() + make_interval(secs => :for_s)
        WHERE s.lease_until IS NULL OR s.lease_until <= clock_timestamp()
    RETURNING s.fence, s.lease_until, s.lane, s.knocked, s.answered, s.attempts, s.first_failed_at,
              clock_timestamp() AS now
""")
_RENEW = text(f"""
    UPDATE subjects SET lease_until = clock_timestamp() + make_interval(secs => :for_s)
    WHERE {_KEY} AND fence = :fence RETURNING lease_until
""")  # noqa: S608 - text of our own
_RELEASE = text(f"UPDATE subjects SET lease_until = NULL, lease_owner = NULL WHERE {_KEY} AND fence = :fence")  # noqa: S608
_ANSWERED = text(f"""
    UPDATE subjects SET
        answered = greatest(answered, :seen), answered_at = clock_timestamp(),
        attempts = 0, first_failed_at = NULL, queued_at = NULL, queued_lane = NULL,
        lease_until = NULL, lease_owner = NULL,
        due_at = clock_timestamp(),
        waiting_since = CASE WHEN knocked > :seen THEN clock_timestamp() ELSE waiting_since END
    WHERE {_KEY} AND fence = :fence
    RETURNING knocked > answered AS more
""")  # noqa: S608
_DEFER = text(f"""
    UPDATE subjects SET
        due_at = :due_at, attempts = :attempts, first_failed_at = :first_failed_at,
        queued_at = NULL, queued_lane = NULL, lease_until = NULL, lease_owner = NULL
    WHERE {_KEY} AND fence = :fence
""")  # noqa: S608
_HELD = text(f"SELECT fence FROM subjects WHERE {_KEY} AND fence = :fence FOR NO KEY UPDATE")  # noqa: S608
_STATE = text(f"""
    SELECT connection_id, kind, id, lane, knocked, answered, due_at, waiting_since, attempts, first_failed_at, lease_until
    FROM subjects WHERE {_KEY}
""")  # noqa: S608
_OUTSTANDING_AMONG = text("""
    SELECT s.id FROM subjects s
    WHERE s.connection_id = :connection_id AND s.kind = :kind AND s.id = ANY(CAST(:ids AS text[]))
      AND s.knocked > s.answered
""")
_TAKE_DUE = text("""
    WITH wanted AS (
        SELECT s.connection_id, s.kind, s.id, s.lane, s.queued_before, s.turn
        FROM connections c CROSS JOIN LATERAL (
            SELECT d.*, q.same_lane + row_number() OVER (PARTITION BY d.lane ORDER BY d.due_at) - 1 AS turn,
                   q.up_to_lane + row_number() OVER (ORDER BY d.lane, d.due_at) AS place
            FROM (
                SELECT connection_id, kind, id, lane, due_at, queued_at IS NOT NULL AS queued_before
                FROM subjects
                WHERE connection_id = c.id AND knocked > answered AND due_at <= clock_timestamp()
                  AND (lease_until IS NULL OR lease_until <= clock_timestamp())
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
        WHERE (c.health = 'ok' OR c.health = 'paused' AND c.paused_until <= clock_timestamp()) AND s.place <= :window
        ORDER BY s.lane, s.turn LIMIT :limit
    )
    UPDATE subjects SET queued_at = clock_timestamp(), queued_lane = subjects.lane
    FROM wanted w
    WHERE subjects.connection_id = w.connection_id AND subjects.kind = w.kind AND subjects.id = w.id
    RETURNING w.connection_id, w.kind, w.id, w.lane, w.turn, w.queued_before
""")
_PUT_BACK = text("""
    UPDATE subjects s SET queued_at = NULL, queued_lane = NULL
    FROM unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[])) AS k(c, kind, id)
    WHERE s.connection_id = k.c AND s.kind = k.kind AND s.id = k.id
""")
_NOTED = "knocked > answered AND queued_at < clock_timestamp() - make_interval(secs => :older_than_s)"
_QUEUED = text(f"SELECT count(*) AS number FROM subjects WHERE {_NOTED}")  # noqa: S608
_FORGET = text(f"UPDATE subjects SET queued_at = NULL, queued_lane = NULL WHERE {_NOTED}")  # noqa: S608
_WORK = text("""
    SELECT connection_id, count(*) AS outstanding,
           extract(epoch FROM clock_timestamp() - min(waiting_since))::float8 AS oldest_outstanding_s
    FROM subjects
    WHERE knocked > answered AND (CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id)
    GROUP BY connection_id ORDER BY connection_id
""")
_DUE_NOW = text("""
    UPDATE subjects SET due_at = clock_timestamp()
    WHERE connection_id = :connection_id AND knocked > answered AND due_at > clock_timestamp()
""")


class Subjects:
    """Each method is one round trip."""

    async def knock(self, tx: AsyncConnection, knocks: Sequence[Knock]) -> None:
        """Ask that each subject be looked at; a row is made where there is none."""
        await run(tx, _KNOCK, **_columns([knock.subject for knock in knocks]), **_urgency(knocks))

    async def take_lease(
        self, tx: AsyncConnection, subject: Subject, *, owner: str, for_s: float, lane: Lane = Lane.LIVE
    ) -> Lease | None:
        """Take *subject* for *for_s* seconds; None while somebody else has it. A subject nobody knocked for gets a row."""
        row = await one_row(tx, _TAKE_LEASE, owner=owner, for_s=for_s, lane=int(lane), **_key(subject))
        return _lease(subject, owner, row) if row else None

    async def renew(self, tx: AsyncConnection, lease: Lease, *, for_s: float) -> datetime:
        """Keep the subject for *for_s* seconds from now; answers until when.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        row = await one_row(tx, _RENEW, for_s=for_s, **_fenced(lease))
        if row is None:
            raise lost(lease)
        until: datetime = row.lease_until
        return until

    async def release(self, tx: AsyncConnection, lease: Lease) -> None:
        """Let the subject go without an answer; nothing happens when it is lost already."""
        await run(tx, _RELEASE, **_fenced(lease))

    async def check(self, tx: AsyncConnection, lease: Lease) -> None:
        """Hold the subject's row to the end of this transaction, so that nobody takes it before we commit.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        if await one_row(tx, _HELD, **_fenced(lease)) is None:
            raise lost(lease)

    async def answered(self, tx: AsyncConnection, lease: Lease) -> bool:
        """The knocks that the run had read are answered; the lease is let go. True: there were others meanwhile.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        row = await one_row(tx, _ANSWERED, seen=lease.knocked, **_fenced(lease))
        if row is None:
            raise lost(lease)
        return bool(row.more)

    async def defer(
        self,
        tx: AsyncConnection,
        lease: Lease,
        due_at: datetime,
        *,
        attempts: int | None = None,
        first_failed_at: datetime | None = None,
    ) -> None:
        """The run ends without an answer: look again at *due_at*. The lease is let go.

        Args:
            attempts: Failed attempts so far; None leaves it and `first_failed_at` as they were.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        kept = attempts is None
        changed = await run(
            tx,
            _DEFER,
            due_at=due_at,
            attempts=lease.attempts if kept else attempts,
            first_failed_at=lease.first_failed_at if kept else first_failed_at,
            **_fenced(lease),
        )
        if not changed:
            raise lost(lease)

    async def state(self, tx: AsyncConnection, subject: Subject) -> SubjectState | None:
        row = await one_row(tx, _STATE, **_key(subject))
        if row is None:
            return None
        rest = {name: value for name, value in row._mapping.items() if name not in {"connection_id", "kind", "id"}}
        return SubjectState(subject, **{**rest, "lane": Lane(row.lane)})

    async def outstanding_among(
        self, tx: AsyncConnection, connection_id: int, kind: str, ids: Sequence[str]
    ) -> frozenset[str]:
        """Those of *ids* that are not at rest."""
        rows = await all_rows(tx, _OUTSTANDING_AMONG, connection_id=connection_id, kind=kind, ids=list(ids))
        return frozenset(row.id for row in rows)

    async def take_due(self, tx: AsyncConnection, *, window: int, limit: int, lost_after_s: float) -> tuple[Due, ...]:
        """Subjects that are outstanding, due, free and not queued, noted as queued from now on.

        By lane, then age, from each connection that is well, while fewer than *window* of it are queued in this lane and
        stronger ones; so no connection's backlog stands before another's first. A note older than *lost_after_s*
        seconds counts as none. Age within a lane counts from the moment at which it could start.
        """
        rows = await all_rows(tx, _TAKE_DUE, window=window, limit=limit, lost_after_s=lost_after_s)
        return tuple(
            Due(Subject(row.connection_id, row.kind, row.id), Lane(row.lane), row.turn, row.queued_before)
            for row in rows
        )

    async def put_back(self, tx: AsyncConnection, subjects: Sequence[Subject]) -> None:
        """Take back the note "queued": their jobs were not made, or were handed back."""
        await run(tx, _PUT_BACK, **_columns(subjects))

    async def queued(self, tx: AsyncConnection, *, older_than_s: float = 2.0) -> int:
        """How many outstanding subjects have been noted as queued for *older_than_s* seconds."""
        row = await one_row(tx, _QUEUED, older_than_s=older_than_s)
        return int(row.number) if row else 0

    async def forget_queued(self, tx: AsyncConnection, *, older_than_s: float = 2.0) -> int:
        """Take back every such note, after the queue was lost; how many there were."""
        return await run(tx, _FORGET, older_than_s=older_than_s)

    async def work(self, tx: AsyncConnection, connection_id: int | None = None) -> tuple[Work, ...]:
        """What is outstanding in each connection that has any, and the age of the oldest."""
        rows = await all_rows(tx, _WORK, connection_id=connection_id)
        return tuple(Work(row.connection_id, row.outstanding, row.oldest_outstanding_s) for row in rows)

    async def due_now(self, tx: AsyncConnection, connection_id: int) -> int:
        """Let everything that waits for its time start, because what it waited for is over; how many."""
        return await run(tx, _DUE_NOW, connection_id=connection_id)


def lost(lease: Lease) -> LeaseLost:
    return LeaseLost(str(lease.subject), lease.fence)


def _key(subject: Subject) -> dict[str, Any]:
    return {"connection_id": subject.connection_id, "kind": subject.kind, "id": subject.id}


def _fenced(lease: Lease) -> dict[str, Any]:
    return {**_key(lease.subject), "fence": lease.fence}


def _columns(subjects: Sequence[Subject]) -> dict[str, Any]:
    return {
        "connection_ids": [subject.connection_id for subject in subjects],
        "kinds": [subject.kind for subject in subjects],
        "ids": [subject.id for subject in subjects],
    }


def _urgency(knocks: Sequence[Knock]) -> dict[str, Any]:
    return {"lanes": [int(knock.lane) for knock in knocks], "due_ats": [knock.due_at for knock in knocks]}


def _lease(subject: Subject, owner: str, row: Row[Any]) -> Lease:
    return Lease(
        subject=subject,
        owner=owner,
        fence=row.fence,
        until=row.lease_until,
        lane=Lane(row.lane),
        knocked=row.knocked,
        answered=row.answered,
        attempts=row.attempts,
        first_failed_at=row.first_failed_at,
        now=row.now,
    )
