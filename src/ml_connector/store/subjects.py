"""What has to be looked at: the knock is a row.

Whoever knocks adds one to `knocked`; a run writes the number it had read to `answered`. Outstanding is
`knocked > answered`, nothing else. The queue is only told; it may forget everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.errors import LeaseLost
from ml_connector.store.sql import Row, all_rows, one_row, run
from ml_connector.store.subjects_sql import (
    ANSWERED,
    BY_LANE,
    DEFER,
    DUE_NOW,
    FORGET,
    HELD,
    KNOCK,
    LET_BACKFILL,
    OUTSTANDING_OF,
    PUT_BACK,
    QUEUED,
    RELEASE,
    RENEW,
    STATE,
    TAKE_DUE,
    TAKE_LEASE,
    UNANSWERED,
    WORK,
)


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
    backfill: bool = False
    """Whether an operator asked for this order although it is from before the start date."""

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
    backfill: bool = False

    @property
    def outstanding(self) -> bool:
        return self.knocked > self.answered


class Subjects:
    """Each method is one round trip."""

    async def knock(self, tx: AsyncConnection, knocks: Sequence[Knock]) -> None:
        """Ask that each subject be looked at; a row is made where there is none."""
        await run(tx, KNOCK, **columns([knock.subject for knock in knocks]), **urgency(knocks))

    async def take_lease(
        self, tx: AsyncConnection, subject: Subject, *, owner: str, for_s: float, lane: Lane = Lane.LIVE
    ) -> Lease | None:
        """Take *subject* for *for_s* seconds; None while somebody else has it. One nobody knocked for gets a row."""
        row = await one_row(tx, TAKE_LEASE, owner=owner, for_s=for_s, lane=int(lane), **_key(subject))
        return _lease(subject, owner, row) if row else None

    async def renew(self, tx: AsyncConnection, lease: Lease, *, for_s: float) -> datetime:
        """Keep the subject for *for_s* seconds from now; answers until when.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        row = await one_row(tx, RENEW, for_s=for_s, **_fenced(lease))
        if row is None:
            raise lost(lease)
        until: datetime = row.lease_until
        return until

    async def release(self, tx: AsyncConnection, lease: Lease) -> None:
        """Let the subject go without an answer; nothing happens when it is lost already."""
        await run(tx, RELEASE, **_fenced(lease))

    async def check(self, tx: AsyncConnection, lease: Lease) -> None:
        """Hold the subject's row to the end of this transaction, so that nobody takes it before we commit.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        if await one_row(tx, HELD, **_fenced(lease)) is None:
            raise lost(lease)

    async def answered(self, tx: AsyncConnection, lease: Lease, *, updated_at: datetime | None = None) -> bool:
        """The knocks that the run had read are answered; the lease is let go. True: there were others meanwhile.

        Args:
            updated_at: `updatedAt` of what the run had read, for `unanswered`; None when nothing could be read.

        Raises:
            LeaseLost: somebody else has taken it.
        """
        row = await one_row(tx, ANSWERED, seen=lease.knocked, updated_at=updated_at, **_fenced(lease))
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
            DEFER,
            due_at=due_at,
            attempts=lease.attempts if kept else attempts,
            first_failed_at=lease.first_failed_at if kept else first_failed_at,
            **_fenced(lease),
        )
        if not changed:
            raise lost(lease)

    async def state(self, tx: AsyncConnection, subject: Subject) -> SubjectState | None:
        row = await one_row(tx, STATE, **_key(subject))
        if row is None:
            return None
        rest = {name: value for name, value in row._asdict().items() if name not in {"connection_id", "kind", "id"}}
        return SubjectState(subject, **{**rest, "lane": Lane(row.lane)})

    async def outstanding_of(
        self, tx: AsyncConnection, connection_id: int, kinds: Sequence[str], *, limit: int = 500
    ) -> tuple[Subject, ...]:
        """What is not at rest of these kinds, oldest first."""
        rows = await all_rows(tx, OUTSTANDING_OF, connection_id=connection_id, kinds=list(kinds), limit=limit)
        return tuple(Subject(row.connection_id, row.kind, row.id) for row in rows)

    async def unanswered(
        self, tx: AsyncConnection, connection_id: int, kind: str, updated: Mapping[str, datetime]
    ) -> frozenset[str]:
        """Those of *updated* (id to `updatedAt`) that are newer than what a run has answered.

        What waits for a run anyway is none of them, unless a run is at it right now: it may have read before.
        """
        rows = await all_rows(
            tx,
            UNANSWERED,
            connection_id=connection_id,
            kind=kind,
            ids=list(updated),
            updated_ats=list(updated.values()),
        )
        return frozenset(row.id for row in rows)

    async def let_backfill(self, tx: AsyncConnection, connection_id: int, ids: Sequence[str]) -> int:
        """An operator asks for these orders, from before the start date too; for good. How many are new."""
        return await run(tx, LET_BACKFILL, connection_id=connection_id, ids=list(ids))

    async def by_lane(self, tx: AsyncConnection, connection_id: int) -> dict[Lane, int]:
        """How many orders are outstanding in each lane that has any."""
        rows = await all_rows(tx, BY_LANE, connection_id=connection_id)
        return {Lane(row.lane): int(row.number) for row in rows}

    async def take_due(self, tx: AsyncConnection, *, window: int, limit: int, lost_after_s: float) -> tuple[Due, ...]:
        """Subjects that are outstanding, due, free and not queued, noted as queued from now on.

        By lane, then age, from each connection that is well, while fewer than *window* of it are queued in this lane
        and stronger ones; so no connection's backlog stands before another's first. A note older than *lost_after_s*
        seconds counts as none. Age within a lane counts from the moment at which it could start.
        """
        rows = await all_rows(tx, TAKE_DUE, window=window, limit=limit, lost_after_s=lost_after_s)
        return tuple(
            Due(Subject(row.connection_id, row.kind, row.id), Lane(row.lane), row.turn, row.queued_before)
            for row in rows
        )

    async def put_back(self, tx: AsyncConnection, subjects: Sequence[Subject]) -> None:
        """Take back the note "queued": their jobs were not made, or were handed back."""
        await run(tx, PUT_BACK, **columns(subjects))

    async def queued(self, tx: AsyncConnection, *, older_than_s: float = 2.0) -> int:
        """How many outstanding subjects have been noted as queued for *older_than_s* seconds."""
        row = await one_row(tx, QUEUED, older_than_s=older_than_s)
        return int(row.number) if row else 0

    async def forget_queued(self, tx: AsyncConnection, *, older_than_s: float = 2.0) -> int:
        """Take back every such note, after the queue was lost; how many there were."""
        return await run(tx, FORGET, older_than_s=older_than_s)

    async def work(self, tx: AsyncConnection, connection_id: int | None = None) -> tuple[Work, ...]:
        """What is outstanding in each connection that has any, and the age of the oldest."""
        rows = await all_rows(tx, WORK, connection_id=connection_id)
        return tuple(Work(row.connection_id, row.outstanding, row.oldest_outstanding_s) for row in rows)

    async def due_now(self, tx: AsyncConnection, connection_id: int) -> int:
        """Let everything that waits for its time start, because what it waited for is over; how many."""
        return await run(tx, DUE_NOW, connection_id=connection_id)


def lost(lease: Lease) -> LeaseLost:
    return LeaseLost(str(lease.subject), lease.fence)


def _key(subject: Subject) -> dict[str, Any]:
    return {"connection_id": subject.connection_id, "kind": subject.kind, "id": subject.id}


def _fenced(lease: Lease) -> dict[str, Any]:
    return {**_key(lease.subject), "fence": lease.fence}


def columns(subjects: Sequence[Subject]) -> dict[str, Any]:
    """Subjects as the arrays that statements take."""
    return {
        "connection_ids": [subject.connection_id for subject in subjects],
        "kinds": [subject.kind for subject in subjects],
        "ids": [subject.id for subject in subjects],
    }


def urgency(knocks: Sequence[Knock]) -> dict[str, Any]:
    """Lanes and times of knocks as arrays, beside `columns`."""
    return {"lanes": [int(knock.lane) for knock in knocks], "due_ats": [knock.due_at for knock in knocks]}


def _lease(subject: Subject, owner: str, row: Row) -> Lease:
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
        backfill=row.backfill,
    )
