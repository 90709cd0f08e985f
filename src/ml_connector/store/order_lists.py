"""Orders as the console lists them: newest order first, filtered, counted, in pages that stay fast at a million.

A page is found by the place of its last row, never by counting rows before it. Counts end at `MOST`, because nobody
reads more exactly and counting a million takes a while.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Verdict
from ml_connector.store.cursors import cursor_of, place_of
from ml_connector.store.outcomes import OutcomeRow, Wanted, outcome_row
from ml_connector.store.outcomes_sql import AT_REST, COLUMNS, FROM, NEVER_READ, verdict_conditions
from ml_connector.store.searching import query_of
from ml_connector.store.sql import Row, all_rows

MOST = 10_000
"""Counts go no further; what is more is said as "more than"."""

_AT = "coalesce(o.placed_at, o.changed_at)"
_CONDITIONS = {
    "connection_id": "o.connection_id = :connection_id",
    "cause": "o.cause = :cause",
    "query": "o.search @@ CAST(:query AS tsquery)",
    "customer_id": "o.customer_id = :customer_id",
    "placed_from": f"{_AT} >= :placed_from",
    "placed_until": f"{_AT} < :placed_until",
}
_OF_NEVER_READ = {
    "connection_id": "s.connection_id = :connection_id",
    "placed_from": "s.waiting_since >= :placed_from",
    "placed_until": "s.waiting_since < :placed_until",
}
_PLACE = "(:place_at, :place_connection, :place_order)"


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page, and the cursors of its neighbours; None where there is none. `top`: that of its first row."""

    rows: tuple[OutcomeRow, ...]
    newer: str | None
    older: str | None
    top: str = ""


OLDEST = cursor_of(datetime(1, 1, 1, tzinfo=UTC), 0, "")
"""A cursor before everything: `page(newer=OLDEST)` has the oldest orders, still newest first."""

_OF_INVOICE = text(f"""
    SELECT {COLUMNS} {FROM}
    WHERE lower(o.invoice_number) = lower(:number) AND o.invoice_number <> ''
      AND (CAST(:connection_id AS bigint) IS NULL OR o.connection_id = :connection_id) LIMIT 2
""")


class OrderLists:
    """Each method is one round trip."""

    async def page(
        self,
        tx: AsyncConnection,
        wanted: Wanted,
        *,
        older: str = "",
        newer: str = "",
        limit: int = 50,
        few: bool = False,
    ) -> ListPage:
        """The orders in *wanted*, newest first: behind the cursor *older*, or before the cursor *newer*.

        Args:
            few: Few orders have the text that is searched for. PostgreSQL cannot know how many begin with a word: it
                would walk through all orders by date to find those few.

        Raises:
            BadCursor: the cursor is none of ours.
        """
        backwards, cursor = bool(newer), newer or older
        values = {**_filters(wanted), **_place(cursor), "limit": limit + 1}
        given = frozenset(name for name, value in values.items() if value is not None)
        statement = _page(given, wanted.verdict, backwards=backwards, few=few and "query" in given)
        rows = await all_rows(tx, statement, **{name: values[name] for name in given})
        more, shown = len(rows) > limit, rows[:limit]
        if backwards:
            shown.reverse()
        return ListPage(
            rows=tuple(outcome_row(row) for row in shown),
            newer=_cursor(shown[0]) if shown and (more if backwards else bool(cursor)) else None,
            older=_cursor(shown[-1]) if shown and (bool(cursor) if backwards else more) else None,
            top=_cursor(shown[0]) if shown else "",
        )

    async def counts(self, tx: AsyncConnection, wanted: Wanted) -> dict[Verdict, int]:
        """How many there are of each outcome, up to `MOST` + 1 each; the outcome in *wanted* is not asked for.

        With a text they are of the first `MOST` + 1 that were found, whatever their outcome.
        """
        values = {name: value for name, value in _filters(wanted).items() if value is not None}
        rows = await all_rows(tx, _counts(frozenset(values)), **values)
        return {verdict: next((int(row.number) for row in rows if row.verdict == verdict), 0) for verdict in Verdict}

    async def of_invoice(
        self, tx: AsyncConnection, number: str, *, connection_id: int | None = None
    ) -> tuple[OutcomeRow, ...]:
        """Orders whose invoice has this number in Zoho; two at most, for more than one is no exact hit."""
        return tuple(
            outcome_row(row) for row in await all_rows(tx, _OF_INVOICE, number=number, connection_id=connection_id)
        )


def _filters(wanted: Wanted) -> dict[str, Any]:
    return {
        "connection_id": wanted.connection_id,
        "cause": wanted.cause,
        "query": query_of(wanted.text) if wanted.text else None,
        "customer_id": wanted.customer_id,
        "placed_from": wanted.placed_from,
        "placed_until": wanted.placed_until,
    }


def _cursor(row: Row) -> str:
    return cursor_of(row.at, row.connection_id, row.order_id)


def _place(cursor: str) -> dict[str, Any]:
    if not cursor:
        return {}
    return dict(zip(("place_at", "place_connection", "place_order"), place_of(cursor), strict=True))


@cache
def _page(given: frozenset[str], verdict: Verdict | None, *, backwards: bool, few: bool = False) -> TextClause:
    """Each branch can walk an index of its own and stop at the limit; those of a rare word are taken from the few."""
    turn, beyond = ("ASC", ">") if backwards else ("DESC", "<")
    order = f"ORDER BY at {turn}, connection_id {turn}, order_id {turn} LIMIT :limit"
    here = [f"({_AT}, o.connection_id, o.order_id) {beyond} {_PLACE}"] if "place_at" in given else []
    filters = [*_given(_CONDITIONS, given), *here]
    first = " AND ".join(_given(_CONDITIONS, given))
    found_first = f"WITH few AS MATERIALIZED (SELECT * FROM outcomes o WHERE {first}) " if few else ""
    source = FROM.replace("FROM outcomes o", "FROM few o") if few else FROM
    branches = [
        f"(SELECT {COLUMNS}, {_AT} AS at {source} WHERE {' AND '.join([*filters, each])} {order})"
        for each in verdict_conditions(verdict)
    ]
    if _knows_never_read(given, verdict):
        of_them = _given(_OF_NEVER_READ, given)
        if here:
            of_them.append(f"(s.waiting_since, s.connection_id, s.id) {beyond} {_PLACE}")
        conditions = "".join(f" AND {each}" for each in of_them)
        branches.append(f"(SELECT never.*, never.changed_at AS at FROM ({NEVER_READ}{conditions}) AS never {order})")
    return text(f"{found_first}SELECT * FROM ({' UNION ALL '.join(branches)}) AS found {order}")


@cache
def _counts(given: frozenset[str]) -> TextClause:
    """Kept verdicts by index alone, then those corrected that were knocked again: the outstanding are few."""
    filters = " AND ".join(_given(_CONDITIONS, given) or ["true"])
    kept = " UNION ALL ".join(
        f"SELECT '{verdict}' AS verdict, (SELECT count(*) FROM (SELECT FROM outcomes o "
        f"WHERE o.verdict = '{verdict}' AND {filters} LIMIT {MOST + 1}) AS first) AS number"
        for verdict in Verdict
    )
    if "query" in given:
        # one walk for all outcomes: a word that every order has would be collected once for each
        some = f"SELECT o.verdict FROM outcomes o WHERE {filters} LIMIT {MOST + 1}"
        kept = f"SELECT verdict, count(*) AS number FROM ({some}) AS first GROUP BY 1"
    never = ""
    if _knows_never_read(given, Verdict.WAITING):
        conditions = "".join(f" AND {each}" for each in _given(_OF_NEVER_READ, given))
        never = f" UNION ALL SELECT 'waiting', count(*) FROM ({NEVER_READ}{conditions}) AS unread"
    return text(f"""
        WITH knocked AS (
            SELECT o.verdict, count(*) AS number
            FROM subjects s JOIN outcomes o ON o.connection_id = s.connection_id AND o.order_id = s.id
            WHERE s.kind = 'order' AND s.knocked > s.answered AND o.verdict IN {AT_REST} AND {filters} GROUP BY 1
        )
        SELECT verdict, greatest(sum(number), 0) AS number FROM (
            {kept} UNION ALL SELECT verdict, -number FROM knocked UNION ALL SELECT 'waiting', number FROM knocked{never}
        ) AS parts GROUP BY 1
    """)


def _given(conditions: dict[str, str], given: Collection[str]) -> list[str]:
    return [condition for name, condition in conditions.items() if name in given]


def _knows_never_read(given: frozenset[str], verdict: Verdict | None) -> bool:
    """Whether orders that nobody has read yet can be among those that are asked for: they have no facts."""
    return verdict in (None, Verdict.WAITING) and given.isdisjoint(_CONDITIONS.keys() - _OF_NEVER_READ.keys())
