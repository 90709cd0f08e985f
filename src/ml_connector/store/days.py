"""Orders by day and outcome, and the money of a day on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Verdict
from ml_connector.store.outcomes_sql import AT_REST, FROM, KNOCKED, NEVER_READ
from ml_connector.store.sql import all_rows, one_row

_AT = "coalesce(o.placed_at, o.changed_at)"
_RANGE = f"o.connection_id = ANY(CAST(:ids AS bigint[])) AND {_AT} >= :first AND {_AT} < :beyond"
_EDGES = "CAST(:edges AS timestamptz[])"


@dataclass(frozen=True, slots=True)
class DaySum:
    """The orders of one day with one outcome in one currency.

    Attributes:
        shopify: What Shopify says was paid and not given back, and what is still owed.
        zoho: Invoices less credit notes; only of posted orders.
    """

    verdict: Verdict
    orders: int
    shopify: Money
    zoho: Money


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A posted order whose two sides differ."""

    connection_id: int
    order_id: str
    name: str
    shopify: Money
    zoho: Money


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When somebody last heard of the companies, and what our calls were for."""

    received_at: datetime | None
    answered_at: datetime | None
    took_s: float | None
    calls_for_orders: int


@cache
def _counts() -> TextClause:
    """A branch for each outcome walks its own index; the few that were knocked again are put right afterwards."""
    kept = " UNION ALL ".join(
        f"SELECT width_bucket({_AT}, {_EDGES}) AS day, '{verdict}' AS verdict, count(*) AS number FROM outcomes o "
        f"WHERE o.verdict = '{verdict}' AND {_RANGE} GROUP BY 1"
        for verdict in Verdict
    )
    return text(f"""
        WITH knocked AS (
            SELECT width_bucket({_AT}, {_EDGES}) AS day, o.verdict, count(*) AS number
            FROM subjects s JOIN outcomes o ON o.connection_id = s.connection_id AND o.order_id = s.id
            WHERE s.kind = 'order' AND s.knocked > s.answered AND o.verdict IN {AT_REST} AND {_RANGE} GROUP BY 1, 2
        ), unread AS (
            SELECT width_bucket(changed_at, {_EDGES}) AS day, count(*) AS number
            FROM ({NEVER_READ} AND s.connection_id = ANY(CAST(:ids AS bigint[]))
                  AND s.waiting_since >= :first AND s.waiting_since < :beyond) AS never GROUP BY 1
        )
        SELECT day, verdict, sum(number)::int AS number FROM (
            {kept}
            UNION ALL SELECT day, verdict, -number FROM knocked
            UNION ALL SELECT day, 'waiting', number FROM knocked
            UNION ALL SELECT day, 'waiting', number FROM unread
        ) AS parts GROUP BY 1, 2 HAVING sum(number) > 0
    """)


_ORDERS = f"""
    orders AS (
        SELECT o.connection_id, o.order_id, o.name, o.reason_code,
               CASE WHEN {KNOCKED} AND o.verdict IN {AT_REST} THEN 'waiting' ELSE o.verdict END AS verdict,
               coalesce(r.body -> 'billed' ->> 'currency', o.currency) AS currency,
               coalesce(CAST(r.body -> 'billed' ->> 'amount' AS numeric), o.total) AS shopify
        {FROM} LEFT JOIN readings r ON r.connection_id = o.connection_id AND r.order_id = o.order_id
        WHERE {_RANGE} AND o.currency IS NOT NULL AND o.total IS NOT NULL
    ), sides AS (
        SELECT o.*, coalesce((
            SELECT sum(CASE d.kind WHEN 'invoice' THEN d.total ELSE -d.total END) FROM documents d
            WHERE o.verdict = 'posted' AND d.connection_id = o.connection_id AND d.order_id = o.order_id
              AND d.kind IN ('invoice', 'credit_note') AND d.state = 'done' AND d.status <> 'void'), 0) AS zoho
        FROM orders o
    )"""
_MONEY = text(f"""
    WITH {_ORDERS}
    SELECT currency, verdict, count(*)::int AS orders, sum(shopify) AS shopify, sum(zoho) AS zoho
    FROM sides GROUP BY 1, 2 ORDER BY 1, 2
""")
_UNEXPLAINED = text(f"""
    WITH {_ORDERS}
    SELECT connection_id, order_id, name, currency, shopify, zoho FROM sides
    WHERE verdict = 'posted' AND shopify <> zoho AND reason_code IS DISTINCT FROM 'zoho_version_kept'
    ORDER BY abs(shopify - zoho) DESC, order_id LIMIT :limit
""")
_LAST_SEEN = text("""
    SELECT (SELECT max(received_at) FROM deliveries WHERE connection_id = :id) AS received_at, a.at AS answered_at,
           a.took_s,
           (SELECT count(*) FROM exchanges WHERE connection_id = :id AND at >= :since AND party = 'zoho'
                                             AND subject_kind = 'order')::int AS calls_for_orders
    FROM (VALUES (1)) AS one(row) LEFT JOIN LATERAL (
        SELECT at, took_s FROM exchanges WHERE connection_id = :id AND party = 'zoho' AND status IS NOT NULL
        ORDER BY at DESC LIMIT 1
    ) AS a ON true
""")


class Days:
    """Each method is one round trip."""

    async def counts(
        self, tx: AsyncConnection, connection_ids: Sequence[int], edges: Sequence[datetime]
    ) -> list[dict[Verdict, int]]:
        """Orders by outcome for each day between two neighbours of *edges* (midnights, ascending)."""
        rows = await all_rows(
            tx, _counts(), ids=list(connection_ids), edges=list(edges), first=edges[0], beyond=edges[-1]
        )
        days: list[dict[Verdict, int]] = [{} for _ in edges[1:]]
        for row in rows:
            days[row.day - 1][Verdict(row.verdict)] = row.number
        return days

    async def money(
        self, tx: AsyncConnection, connection_ids: Sequence[int], first: datetime, beyond: datetime
    ) -> tuple[DaySum, ...]:
        """Both sides of the orders placed from *first* on, before *beyond*, by currency and outcome."""
        rows = await all_rows(tx, _MONEY, ids=list(connection_ids), first=first, beyond=beyond)
        return tuple(
            DaySum(Verdict(row.verdict), row.orders, _money(row.shopify, row.currency), _money(row.zoho, row.currency))
            for row in rows
        )

    async def unexplained(
        self,
        tx: AsyncConnection,
        connection_ids: Sequence[int],
        first: datetime,
        beyond: datetime,
        *,
        limit: int = 20,
    ) -> tuple[Unexplained, ...]:
        """Posted orders of the same days whose sides differ, the greatest difference first.

        Those of which a person kept Zoho's version are explained by that.
        """
        rows = await all_rows(tx, _UNEXPLAINED, ids=list(connection_ids), first=first, beyond=beyond, limit=limit)
        return tuple(
            Unexplained(
                row.connection_id,
                row.order_id,
                row.name,
                _money(row.shopify, row.currency),
                _money(row.zoho, row.currency),
            )
            for row in rows
        )

    async def last_seen(self, tx: AsyncConnection, connection_id: int, since: datetime) -> LastSeen:
        """What was last heard, and how many calls since *since* were made for orders."""
        row = await one_row(tx, _LAST_SEEN, id=connection_id, since=since)
        assert row is not None
        return LastSeen(row.received_at, row.answered_at, row.took_s, row.calls_for_orders)


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount, currency)
