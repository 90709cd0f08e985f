"""The summaries of a connection's days: noted, claimed before they are sent, and what became of them.

    open ──a──► sending ──b──► sent
     ▲             │ ──c──► failed   (surely nobody was told; taken up again like open)
     │             │ ──d──► kept     (nobody to tell)
     └── skipped   └──e──► in_doubt  (perhaps somebody was told; taken up again by a person only)

a: a process claims it, in the commit that keeps the statement. b, c, d: it settles its own claim. e: the answer was
lost, or the process died and `DOUBT_S` have passed: decided towards not sending twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.values import dumps

DOUBT_S = 600.0
"""A claim older than this is of a process that died on the way."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One day as it is noted. `document` is the statement that was kept, None before there was one."""

    connection_id: int
    date: date
    state: str
    document: Any
    claimed_at: datetime | None
    sent_at: datetime | None
    told: Sequence[Any]
    trouble: str
    attempts: int
    retry_at: datetime | None
    calls: int


_COLUMNS = ", ".join(field.name for field in fields(Summary))

# What the organisation used since we last looked; a count that began anew counts as a whole. The first day that is
# noted at all takes the count as it stands.
_NOTE = text("""
    INSERT INTO summaries AS s (connection_id, date, calls, calls_seen, calls_since)
    SELECT :connection_id, :date,
           CASE WHEN EXISTS (SELECT 1 FROM summaries x WHERE x.connection_id = :connection_id)
                THEN 0 ELSE coalesce(a.calls_today, 0) END,
           a.calls_today, a.calls_since
    FROM (VALUES (1)) AS one(row) LEFT JOIN allowances a ON a.organization = :organization
    ON CONFLICT (connection_id, date) DO UPDATE SET
        calls = s.calls + greatest(excluded.calls_seen - CASE
            WHEN s.calls_since IS NOT DISTINCT FROM excluded.calls_since THEN coalesce(s.calls_seen, 0) ELSE 0 END, 0),
        calls_seen = excluded.calls_seen, calls_since = excluded.calls_since
    WHERE (s.calls_seen, s.calls_since) IS DISTINCT FROM (excluded.calls_seen, excluded.calls_since)
      AND excluded.calls_seen IS NOT NULL
""")
_SINCE = text(f"""
    SELECT {_COLUMNS} FROM summaries
    WHERE connection_id = :connection_id
      AND (date >= :first OR date = (SELECT min(x.date) FROM summaries x WHERE x.connection_id = :connection_id))
    ORDER BY date
""")
_GET = text(f"SELECT {_COLUMNS} FROM summaries WHERE connection_id = :connection_id AND date = :date")
_LAST = text(f"""
    SELECT {_COLUMNS} FROM summaries
    WHERE connection_id = :connection_id AND document IS NOT NULL ORDER BY date DESC LIMIT 1
""")
# `again` takes up what was sent or is in doubt, but only as the person saw it: a second click finds something else.
_CLAIM = text("""
    INSERT INTO summaries AS s (connection_id, date, state, document, claimed_by, claimed_at, attempts)
    VALUES (:connection_id, :date, 'sending', CAST(:document AS jsonb), :owner, clock_timestamp(), 1)
    ON CONFLICT (connection_id, date) DO UPDATE SET
        state = 'sending', document = excluded.document, claimed_by = excluded.claimed_by,
        claimed_at = excluded.claimed_at, attempts = s.attempts + 1
    WHERE s.state IN ('open', 'failed')
       OR :again AND s.state IN ('sent', 'in_doubt', 'kept', 'skipped')
          AND s.claimed_at IS NOT DISTINCT FROM CAST(:seen AS timestamptz)
    RETURNING date
""")
_SETTLE = text("""
    UPDATE summaries SET state = :state, told = CAST(:told AS jsonb), trouble = :trouble,
        sent_at = CASE WHEN :state = 'sent' THEN clock_timestamp() ELSE sent_at END,
        retry_at = CASE WHEN :state = 'failed' THEN clock_timestamp() + make_interval(secs => :retry_s) END
    WHERE connection_id = :connection_id AND date = :date AND claimed_by = :owner AND state = 'sending'
""")
_DOUBT = text(f"""
    UPDATE summaries SET state = 'in_doubt', trouble = :trouble
    WHERE connection_id = :connection_id AND state = 'sending'
      AND claimed_at < clock_timestamp() - make_interval(secs => :doubt_s)
    RETURNING {_COLUMNS}
""")
_PUT_OFF = text("""
    INSERT INTO summaries AS s (connection_id, date, trouble, retry_at)
    VALUES (:connection_id, :date, :trouble, clock_timestamp() + make_interval(secs => :for_s))
    ON CONFLICT (connection_id, date) DO UPDATE SET trouble = excluded.trouble, retry_at = excluded.retry_at
    WHERE s.state IN ('open', 'failed')
""")
_SKIP = text("""
    INSERT INTO summaries AS s (connection_id, date, state) VALUES (:connection_id, :date, 'skipped')
    ON CONFLICT (connection_id, date) DO UPDATE SET state = 'skipped' WHERE s.state IN ('open', 'failed')
""")


class Summaries:
    """Each method is one round trip."""

    async def note(self, tx: AsyncConnection, connection_id: int, day: date, organization: str) -> None:
        """Note that *day* runs, and the calls that the organisation has used since it was noted last."""
        await run(tx, _NOTE, connection_id=connection_id, date=day, organization=organization)

    async def since(self, tx: AsyncConnection, connection_id: int, first: date) -> tuple[Summary, ...]:
        """What is noted from *first* on, oldest first; and the very first date that is noted."""
        rows = await all_rows(tx, _SINCE, connection_id=connection_id, first=first)
        return tuple(made(Summary, row) for row in rows)

    async def get(self, tx: AsyncConnection, connection_id: int, day: date) -> Summary | None:
        row = await one_row(tx, _GET, connection_id=connection_id, date=day)
        return made(Summary, row) if row else None

    async def last(self, tx: AsyncConnection, connection_id: int) -> Summary | None:
        """The latest day of which a statement is kept."""
        row = await one_row(tx, _LAST, connection_id=connection_id)
        return made(Summary, row) if row else None

    async def claim(
        self,
        tx: AsyncConnection,
        connection_id: int,
        day: date,
        document: Any,
        *,
        owner: str,
        again: bool = False,
        seen: datetime | None = None,
    ) -> bool:
        """Take *day* up to send it, and keep its statement; False when somebody else has, or it was sent already.

        Args:
            again: A person wants it sent once more, having seen that it was last claimed at *seen*.
        """
        values = {"connection_id": connection_id, "date": day, "owner": owner, "again": again, "seen": seen}
        return await one_row(tx, _CLAIM, document=dumps(document), **values) is not None

    async def settle(  # noqa: PLR0913 - what a claim came to
        self,
        tx: AsyncConnection,
        connection_id: int,
        day: date,
        *,
        owner: str,
        state: str,
        told: Sequence[Any] = (),
        trouble: str = "",
        retry_s: float = 0.0,
    ) -> bool:
        """What became of our claim. *retry_s*: how long a `failed` one waits. False when it is ours no more."""
        values = {"connection_id": connection_id, "date": day, "owner": owner, "state": state, "trouble": trouble}
        return await run(tx, _SETTLE, told=dumps(told), retry_s=retry_s, **values) > 0

    async def doubt(self, tx: AsyncConnection, connection_id: int, trouble: str) -> tuple[Summary, ...]:
        """Put claims whose process died in doubt; those that were."""
        rows = await all_rows(tx, _DOUBT, connection_id=connection_id, trouble=trouble, doubt_s=DOUBT_S)
        return tuple(made(Summary, row) for row in rows)

    async def put_off(self, tx: AsyncConnection, connection_id: int, day: date, trouble: str, *, for_s: float) -> None:
        """It could not be made now; not again before *for_s* seconds."""
        await run(tx, _PUT_OFF, connection_id=connection_id, date=day, trouble=trouble, for_s=for_s)

    async def skip(self, tx: AsyncConnection, connection_id: int, day: date) -> None:
        """The operator wants none of that day."""
        await run(tx, _SKIP, connection_id=connection_id, date=day)
