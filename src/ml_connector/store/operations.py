"""Documents we want in Zoho, each with a key that never changes, through their states.

            a               b               c
    (none) ──► intended ──────► sent ──────────► done
                  │              │  d
                  │              ├──────────────► refused
                  │ e            │  f           g
                  └──► dropped   └──► in doubt ─────► done | intended

Each step locks the subject's row and compares the fencing number in the same statement, so a run that has lost its
lease changes nothing, and one that has it cannot lose it before its commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.allowances import ANSWER_WITHIN_S, Back, DayTold, Granted, Refused, pace_values, verdict
from ml_connector.store.errors import ClaimTaken, WrongState
from ml_connector.store.operations_sql import (
    CLAIMS,
    DOUBT,
    GONE,
    IN_DOUBT,
    INTEND,
    LOOKED_UP,
    MOVE,
    NOT_SENT,
    OF_KEYS,
    OF_SUBJECT,
    SEND,
    SEND_ALONG,
    SETTLE,
    STALE,
    TAKE_OVER,
)
from ml_connector.store.sql import Row, all_rows, made, one_row, run, text
from ml_connector.store.subjects import Lane, Lease, Subject, lost
from ml_connector.store.values import dumps

SEND_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Intent:
    """What a plan wants, kept before anything is sent. `draft` and `reasons` become JSON, dataclasses too."""

    key: str
    kind: str
    draft: Any
    reasons: Any = ()
    claims: tuple[str, ...] = ()
    order_id: str | None = None
    policy_version: int = 0


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation as it is now."""

    connection_id: int
    key: str
    number: int
    kind: str
    subject_kind: str
    subject_id: str
    order_id: str | None
    state: str
    draft: Any
    request: Any
    request_sha: str
    reasons: Any
    claims: Sequence[str]
    policy_version: int
    fence: int
    attempt: int
    send_before: datetime | None
    answer_before: datetime | None
    lookups: int
    first_in_doubt_at: datetime | None
    last_lookup_at: datetime | None
    zoho_id: str
    answer: Any
    intended_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sending:
    """Leave to send, committed. Both times count from the moment before the statement was sent, on the sender's
    monotonic clock: the request leaves within `send_within_s`, and is given up `answer_within_s` after that moment.
    """

    permit_id: int
    attempts: Mapping[str, int]
    """Number of the attempt by key."""
    send_within_s: float = SEND_WITHIN_S
    answer_within_s: float = ANSWER_WITHIN_S


@dataclass(frozen=True, slots=True)
class Step:
    """How an operation ended, or that it is in doubt."""

    key: str
    state: str
    """done | refused | in_doubt"""
    zoho_id: str = ""
    answer: Any = None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an earlier run left in `sent`: now in doubt; and when the last of the others may be taken up."""

    in_doubt: tuple[str, ...]
    not_before: datetime | None


class Operations:
    """Each method is one round trip."""

    async def intend(self, tx: AsyncConnection, lease: Lease, intents: Sequence[Intent]) -> frozenset[str]:
        """Step a: keep what the plan wants, and claim the sales and transactions it accounts for.

        An operation that is sent, in doubt or done stays as it is; so do its claims.

        Returns:
            The keys that are intended now.

        Raises:
            LeaseLost: somebody else has the subject.
            ClaimTaken: another document accounts for one of the sales or transactions already. The caller's transaction
                must not be committed then.
        """
        row = await _one(tx, INTEND, lease, intents=dumps(intents))
        _keep_lease(row, lease)
        for source_id, key, other_key in row.taken or ():
            raise ClaimTaken(source_id, key=key, other_key=other_key)
        return frozenset(row.kept)

    async def permit_and_send(  # noqa: PLR0913 - one statement settles all of it
        self,
        tx: AsyncConnection,
        lease: Lease,
        keys: Sequence[str],
        *,
        organization: str,
        lane: Lane,
        request: Any,
        request_sha: str,
        back: Sequence[Back] = (),
        told: DayTold | None = None,
        now: datetime | None = None,
    ) -> Sending | Refused:
        """Step b: a permit, the attempt number and the deadlines, in one statement. Commit before sending.

        Args:
            keys: One operation; or several that one request settles together.
            request: The request as it will be sent, without secrets; kept as evidence.
            request_sha: Digest of the request's bytes.
            back, told: Permits that ended and headers since the last statement, see `Allowances.take`.
            now: In tests, the time by which the permit is paced. The deadlines are always PostgreSQL's.

        Raises:
            LeaseLost: somebody else has the subject.
            WrongState: one of *keys* is not intended.
        """
        values = {
            **pace_values(organization, lane, want=1, back=back, told=told, now=now),
            "keys": list(keys),
            "number": len(keys),
            "request": dumps(request),
            "request_sha": request_sha,
            "send_s": SEND_WITHIN_S,
        }
        row = await _one(tx, SEND, lease, **values)
        if row.n is None and row.ready == len(keys):  # the organisation's first call
            await run(
                tx,
                text("INSERT INTO allowances (organization) VALUES (:organization) ON CONFLICT DO NOTHING"),
                organization=organization,
            )
            row = await _one(tx, SEND, lease, **values)
        _keep_lease(row, lease)
        if row.ready != len(keys):
            raise WrongState(", ".join(keys), "sent")
        granted = verdict(row)
        return Sending(granted.ids[0], row.attempts) if isinstance(granted, Granted) else granted

    async def send_along(self, tx: AsyncConnection, lease: Lease, key: str, *, request: Any, request_sha: str) -> int:
        """Step b for an operation that goes along in somebody else's request, under that one's permit.

        The deadlines are those of `permit_and_send`, from this statement on. Commit before the request leaves.

        Returns:
            The number of the attempt.

        Raises:
            LeaseLost: somebody else has the subject.
            WrongState: it is not intended.
        """
        row = await _one(
            tx,
            SEND_ALONG,
            lease,
            key=key,
            request=dumps(request),
            request_sha=request_sha,
            send_s=SEND_WITHIN_S,
            answer_s=ANSWER_WITHIN_S,
        )
        _keep_lease(row, lease)
        if row.attempt is None:
            raise WrongState(key, "sent")
        return int(row.attempt)

    async def settle(
        self, tx: AsyncConnection, lease: Lease, steps: Sequence[Step], *, for_s: float | None = None
    ) -> None:
        """Steps c, d, f, and g when the document was found: how operations that were sent or in doubt ended.

        An intended one may become `done` (it was found in Zoho) or `refused` (it cannot be sent), never in doubt.

        Args:
            for_s: Keep the subject for so many seconds from now.

        Raises:
            LeaseLost: somebody else has the subject.
            WrongState: one was not sent.
        """
        row = await _one(tx, SETTLE, lease, for_s=for_s, steps=dumps(steps))
        _keep_lease(row, lease)
        _all_of([step.key for step in steps], row.settled, "settled")

    async def not_sent(
        self, tx: AsyncConnection, lease: Lease, keys: Sequence[str], *, for_s: float | None = None
    ) -> None:
        """Back from `sent` to `intended`: the sender knows for sure that nothing left. *for_s*: as `settle`.

        Raises:
            LeaseLost, WrongState: as `settle`.
        """
        row = await _one(tx, NOT_SENT, lease, keys=list(keys), for_s=for_s)
        _keep_lease(row, lease)
        _all_of(keys, row.moved, "taken back")

    async def drop(self, tx: AsyncConnection, lease: Lease, keys: Sequence[str]) -> None:
        """Step e: a newer plan does not want them. Their claims are free again.

        Raises:
            LeaseLost: somebody else has the subject.
            WrongState: one is not merely intended.
        """
        row = await _one(tx, MOVE, lease, keys=list(keys), state="dropped", from_state="intended")
        _keep_lease(row, lease)
        _all_of(keys, row.moved, "dropped")

    async def gone(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> int:
        """What was done is gone from Zoho, so it may be wanted anew; how many.

        For contacts, which a merchant may delete, and whose addresses go with them.
        """
        return await run(tx, GONE, connection_id=connection_id, keys=list(keys))

    async def send_again(self, tx: AsyncConnection, lease: Lease, keys: Sequence[str]) -> None:
        """Step g when it is surely not in Zoho: from in doubt to intended, never before `answer_before`.

        When it was last looked up stays: after a restore that tells it from what was not asked for yet.

        Raises:
            LeaseLost: somebody else has the subject.
            WrongState: one is not in doubt, or its answer may still come.
        """
        row = await _one(tx, MOVE, lease, keys=list(keys), state="intended", from_state="in_doubt")
        _keep_lease(row, lease)
        _all_of(keys, row.moved, "sent again")

    async def take_over(self, tx: AsyncConnection, lease: Lease) -> TakenOver:
        """Put what an earlier run of this subject left in `sent` in doubt, once its answer cannot come any more.

        Raises:
            LeaseLost: somebody else has the subject.
        """
        row = await _one(tx, TAKE_OVER, lease)
        _keep_lease(row, lease)
        return TakenOver(tuple(row.doubted), row.not_before)

    async def looked_up(self, tx: AsyncConnection, lease: Lease, keys: Sequence[str]) -> None:
        """Count a look-up in Zoho that did not find these.

        Raises:
            LeaseLost: somebody else has the subject.
        """
        row = await _one(tx, LOOKED_UP, lease, keys=list(keys))
        _keep_lease(row, lease)

    async def doubt(self, tx: AsyncConnection, lease: Lease, key: str, *, restored_at: datetime) -> bool:
        """Put an intended operation in doubt, unless it was looked up after *restored_at* already; whether it was.

        The doubt is as old as the restore. What left before it may still be on its way for a moment.

        Raises:
            LeaseLost: somebody else has the subject.
        """
        row = await _one(tx, DOUBT, lease, key=key, restored_at=restored_at, answer_s=ANSWER_WITHIN_S)
        _keep_lease(row, lease)
        return bool(row.doubted)

    async def of_subject(self, tx: AsyncConnection, subject: Subject) -> tuple[OperationRow, ...]:
        """All operations of *subject*, in the order in which they were first wanted."""
        rows = await all_rows(tx, OF_SUBJECT, connection_id=subject.connection_id, kind=subject.kind, id=subject.id)
        return tuple(made(OperationRow, row) for row in rows)

    async def stale(self, tx: AsyncConnection, subject: Subject, wanted: Collection[str]) -> tuple[str, ...]:
        """What an older plan of *subject* intends still, and *wanted* does not."""
        rows = await all_rows(
            tx, STALE, connection_id=subject.connection_id, kind=subject.kind, id=subject.id, keys=list(wanted)
        )
        return tuple(row.key for row in rows)

    async def of_keys(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> dict[str, OperationRow]:
        rows = await all_rows(tx, OF_KEYS, connection_id=connection_id, keys=list(keys))
        return {row.key: made(OperationRow, row) for row in rows}

    async def in_doubt(
        self, tx: AsyncConnection, connection_id: int | None = None, *, limit: int = 500
    ) -> tuple[OperationRow, ...]:
        rows = await all_rows(tx, IN_DOUBT, connection_id=connection_id, limit=limit)
        return tuple(made(OperationRow, row) for row in rows)

    async def claims(self, tx: AsyncConnection, connection_id: int, source_ids: Collection[str]) -> dict[str, str]:
        """Which document accounts for each of these sales and transactions; those of none are left out."""
        rows = await all_rows(tx, CLAIMS, connection_id=connection_id, source_ids=list(source_ids))
        return {row.source_id: row.operation_key for row in rows}


async def _one(tx: AsyncConnection, statement: Any, lease: Lease, **values: Any) -> Row:
    subject = lease.subject
    row = await one_row(
        tx,
        statement,
        connection_id=subject.connection_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        fence=lease.fence,
        **values,
    )
    assert row is not None
    return row


def _keep_lease(row: Row, lease: Lease) -> None:
    if not row.held:
        raise lost(lease)


def _all_of(wanted: Sequence[str], changed: Sequence[str], step: str) -> None:
    missing = sorted(set(wanted) - set(changed))
    if missing:
        raise WrongState(", ".join(missing), step)
