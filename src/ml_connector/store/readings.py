"""What Shopify said of an order when it was last read: its figures for a page, and the order to be planned again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.effect import without_people
from ml_connector.domain.order import Order
from ml_connector.domain.reading import ReadOrder
from ml_connector.store.sql import all_rows, one_row, run, text
from ml_connector.store.values import dumps, loads, restore


@dataclass(frozen=True, slots=True)
class KeptReading:
    """An order as it was read, and when."""

    order: ReadOrder
    at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An order as it was read, without anybody's name; `at`: its place in lists."""

    order: Order
    at: datetime


_PUT = text("""
    INSERT INTO readings AS r (connection_id, order_id, body, snapshot)
    VALUES (:connection_id, :order_id, CAST(:body AS jsonb), :snapshot)
    ON CONFLICT (connection_id, order_id) DO UPDATE
        SET body = excluded.body, snapshot = excluded.snapshot, read_at = clock_timestamp()
""")
_GET = text("SELECT body, read_at FROM readings WHERE connection_id = :connection_id AND order_id = :order_id")
_AT = "coalesce(o.placed_at, o.changed_at)"
_SNAPSHOTS = text(f"""
    SELECT r.snapshot, {_AT} AS at
    FROM outcomes o JOIN readings r ON r.connection_id = o.connection_id AND r.order_id = o.order_id
    WHERE o.connection_id = :connection_id AND {_AT} >= :since AND r.snapshot IS NOT NULL
      AND (CAST(:after_at AS timestamptz) IS NULL OR ({_AT}, o.order_id) < (:after_at, CAST(:after_id AS text)))
    ORDER BY {_AT} DESC, o.order_id DESC LIMIT :limit
""")
_COUNT = text(f"""
    SELECT count(*)::int AS orders FROM outcomes o WHERE o.connection_id = :connection_id AND {_AT} >= :since
""")


class Readings:
    """Each method is one round trip."""

    async def put(
        self, tx: AsyncConnection, connection_id: int, order_id: str, figures: ReadOrder, order: Order | None = None
    ) -> None:
        """Keep what was read in place of what was read before; of *order* nothing that names anybody."""
        kept = None if order is None else zlib.compress(dumps(without_people(order)).encode(), 1)
        await run(tx, _PUT, connection_id=connection_id, order_id=order_id, body=dumps(figures), snapshot=kept)

    async def of(self, tx: AsyncConnection, connection_id: int, order_id: str) -> KeptReading | None:
        """None for an order that was never read, or not since we keep readings."""
        row = await one_row(tx, _GET, connection_id=connection_id, order_id=order_id)
        return KeptReading(restore(ReadOrder, row.body), row.read_at) if row else None

    async def snapshots(
        self,
        tx: AsyncConnection,
        connection_id: int,
        since: datetime,
        *,
        after: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> tuple[Snapshot, ...]:
        """Orders placed from *since* on, newest first, behind the place *after*."""
        at, order_id = after or (None, None)
        rows = await all_rows(
            tx, _SNAPSHOTS, connection_id=connection_id, since=since, after_at=at, after_id=order_id, limit=limit
        )
        return tuple(Snapshot(_order(row.snapshot), row.at) for row in rows)

    async def count_since(self, tx: AsyncConnection, connection_id: int, since: datetime) -> int:
        """How many orders were placed from *since* on, read or not."""
        row = await one_row(tx, _COUNT, connection_id=connection_id, since=since)
        return int(row.orders) if row else 0


def _order(snapshot: bytes) -> Order:
    return restore(Order, loads(zlib.decompress(bytes(snapshot))))
