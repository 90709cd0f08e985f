"""Zoho's allowance, shared by everything that calls one organisation: minute, day, calls in flight, lanes.

See `pacing_sql` for the arithmetic. Times come from PostgreSQL's clock; a caller tells ages, never moments.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.pacing_sql import FLIGHT_CUT, PACE, ROW
from ml_connector.store.sql import Row, all_rows, made, one_row, run, text
from ml_connector.store.subjects import Lane

ANSWER_WITHIN_S = 40.0
"""From a permit to the moment after which its call has surely ended."""

ONE_CROWD_S = 5
"""Calls that Zoho refuses with 1070 within this time were too many together, which is learnt once."""


@dataclass(frozen=True, slots=True)
class Back:
    """A permit that is not needed any more. *age_s*: seconds since its call ended; None: nothing was sent."""

    id: int
    age_s: float | None = 0.0


@dataclass(frozen=True, slots=True)
class DayTold:
    """The daily figures of an answer's headers; `reset_s` is seconds from now to the reset.

    Source: Zoho Books API v3, X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """Leave to make as many calls as there are ids, each answered within `answer_within_s` from the moment *before* the
    statement was sent."""

    ids: tuple[int, ...]
    answer_within_s: float = ANSWER_WITHIN_S


@dataclass(frozen=True, slots=True)
class Refused:
    """Not now.

    Attributes:
        why: `minute`, `day`, `in_flight`, `lane` (a stronger one waits), or the reason of a block.
        wait_s: Seconds after which it is worth asking again.
    """

    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class AllowanceState:
    """An organisation's allowance, for pages and `status`."""

    organization: str
    per_minute: int
    minute_used: int
    out: int
    day_limit: int | None
    day_remaining: int | None
    day_reset_at: datetime | None
    calls_today: int
    blocked_until: datetime | None
    blocked_why: str | None


_OPEN = text("INSERT INTO allowances (organization) VALUES (:organization) ON CONFLICT DO NOTHING")
_CONFIGURE = text("""
    INSERT INTO allowances AS a (organization, per_minute, in_flight)
    VALUES (:organization, coalesce(CAST(:per_minute AS int), 100), :in_flight)
    ON CONFLICT (organization) DO UPDATE SET
        per_minute = coalesce(CAST(:per_minute AS int), a.per_minute),
        in_flight = coalesce(excluded.in_flight, a.in_flight)
""")
_TAKE = text(f"WITH {ROW.format(only_if='')} {PACE} SELECT * FROM paced")
_SAME_CROWD = f"coalesce(flight_cut_at > t.now - interval '{ONE_CROWD_S} seconds', false)"
_LIMITED = text(f"""
    WITH t AS (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now)
    UPDATE allowances SET
        blocked_until = greatest(blocked_until, t.now + make_interval(secs => :for_s)),
        blocked_why = CASE WHEN blocked_until > t.now + make_interval(secs => :for_s) THEN blocked_why ELSE :why END,
        cut = CASE WHEN :why = 'minute' THEN 0.3 ELSE cut END,
        cut_at = CASE WHEN :why = 'minute' THEN t.now ELSE cut_at END,
        flight_cut = CASE WHEN :why = 'in_flight' AND NOT {_SAME_CROWD}
                          THEN (1 + {FLIGHT_CUT.format(now="t.now")}) / 2 ELSE flight_cut END,
        flight_cut_at = CASE WHEN :why = 'in_flight' AND NOT {_SAME_CROWD} THEN t.now ELSE flight_cut_at END,
        day_remaining = CASE WHEN :why = 'day' THEN 0 ELSE day_remaining END
    FROM t WHERE organization = :organization
""")
_STATE = text("""
    WITH t AS (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now)
    SELECT organization, per_minute,
           (SELECT count(*) FROM unnest(spent_until) u WHERE u > t.now)::int
             + (SELECT count(*) FROM unnest(out_until) u WHERE u + interval '60 seconds' > t.now)::int AS minute_used,
           (SELECT count(*) FROM unnest(out_until) u WHERE u > t.now)::int AS out,
           day_limit, day_reset_at,
           CASE WHEN day_reset_at <= t.now THEN day_limit ELSE day_remaining END AS day_remaining,
           CASE WHEN day_reset_at <= t.now THEN 0 ELSE calls_today END AS calls_today,
           CASE WHEN blocked_until > t.now THEN blocked_until END AS blocked_until,
           CASE WHEN blocked_until > t.now THEN blocked_why END AS blocked_why
    FROM allowances, t WHERE organization = ANY(CAST(:organizations AS text[]))
""")


class Allowances:
    """Each method is one round trip; the first `take` of an organisation is three.

    A statement that waits holds nobody up for longer than one commit, so use `Store.at_once`, or make it the last of a
    transaction. *now* replaces PostgreSQL's clock in tests.
    """

    async def take(
        self,
        tx: AsyncConnection,
        organization: str,
        lane: Lane,
        *,
        want: int = 1,
        back: Sequence[Back] = (),
        told: DayTold | None = None,
        now: datetime | None = None,
    ) -> Granted | Refused:
        """Take up to *want* permits, and hand back those in *back* on the way.

        More than one is for reads that follow each other; at most half of the calls in flight are given to one taker.
        """
        values = pace_values(organization, lane, want=want, back=back, told=told, now=now)
        row = await one_row(tx, _TAKE, **values)
        if row is None:
            await self.open(tx, organization)
            row = await one_row(tx, _TAKE, **values)
        assert row is not None
        return verdict(row)

    async def give_back(
        self,
        tx: AsyncConnection,
        organization: str,
        back: Sequence[Back],
        *,
        told: DayTold | None = None,
        now: datetime | None = None,
    ) -> None:
        """These calls are over, also when no answer came; and what the answer's headers told."""
        await one_row(tx, _TAKE, **pace_values(organization, Lane.LIVE, want=0, back=back, told=told, now=now))

    async def limited(
        self, tx: AsyncConnection, organization: str, why: str, *, for_s: float, now: datetime | None = None
    ) -> None:
        """Zoho refused for volume: nobody calls for *for_s* seconds.

        Args:
            why: `minute` (44; somebody else uses the minute too, so we take less of it for ten minutes), `day` (45),
                `in_flight` (1070; we have half as many under way, and more again over an hour) or `blocked` (43).
        """
        await run(tx, _LIMITED, organization=organization, why=why, for_s=for_s, now=now)

    async def open(self, tx: AsyncConnection, organization: str) -> None:
        """Make the organisation's row where there is none."""
        await run(tx, _OPEN, organization=organization)

    async def configure(
        self, tx: AsyncConnection, organization: str, *, per_minute: int | None = None, in_flight: int | None = None
    ) -> None:
        """Set limits of this organisation; None leaves one. Without `in_flight` it follows the day's limit: 10, or 5 up
        to 1000 calls a day and while that is not known."""
        await run(tx, _CONFIGURE, organization=organization, per_minute=per_minute, in_flight=in_flight)

    async def state(
        self, tx: AsyncConnection, organization: str, *, now: datetime | None = None
    ) -> AllowanceState | None:
        return (await self.states(tx, (organization,), now=now)).get(organization)

    async def states(
        self, tx: AsyncConnection, organizations: Collection[str], *, now: datetime | None = None
    ) -> dict[str, AllowanceState]:
        """The allowances of *organizations*; those that never called are left out."""
        rows = await all_rows(tx, _STATE, organizations=list(organizations), now=now)
        return {row.organization: made(AllowanceState, row) for row in rows}


def pace_values(
    organization: str,
    lane: Lane,
    *,
    want: int,
    back: Sequence[Back] = (),
    told: DayTold | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The values of `PACE`."""
    figures = told or DayTold()
    return {
        "organization": organization,
        "lane": int(lane),
        "want": want,
        "answer_s": ANSWER_WITHIN_S,
        "back_ids": [permit.id for permit in back],
        "back_ages": [permit.age_s for permit in back],
        "day_limit": figures.limit,
        "day_remaining": figures.remaining,
        "day_reset_s": figures.reset_s,
        "now": now,
    }


def verdict(row: Row) -> Granted | Refused:
    """What a row of `paced` says."""
    if row.n:
        return Granted(tuple(range(row.first_id, row.first_id + row.n)))
    return Refused(row.why or "minute", max(row.wait_s or 0.0, 0.0))
