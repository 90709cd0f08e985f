"""What Shopify said of an order when it was last read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.reading import ReadOrder
from ml_connector.store.sql import one_row, run, text
from ml_connector.store.values import dumps, restore


@dataclass(frozen=True, slots=True)
class KeptReading:
    """An order as it was read, and when."""

    order: ReadOrder
    at: datetime


_PUT = text("""
    INSERT INTO readings AS r (connection_id, order_id, body) VALUES (:connection_id, :order_id, CAST(:body AS jsonb))
    ON CONFLICT (connection_id, order_id) DO UPDATE SET body = excluded.body, read_at = clock_timestamp()
""")
_GET = text("SELECT body, read_at FROM readings WHERE connection_id = :connection_id AND order_id = :order_id")


class Readings:
    """Each method is one round trip."""

    async def put(self, tx: AsyncConnection, connection_id: int, order_id: str, order: ReadOrder) -> None:
        """Keep what was read in place of what was read before."""
        await run(tx, _PUT, connection_id=connection_id, order_id=order_id, body=dumps(order))

    async def of(self, tx: AsyncConnection, connection_id: int, order_id: str) -> KeptReading | None:
        """None for an order that was never read, or not since we keep readings."""
        row = await one_row(tx, _GET, connection_id=connection_id, order_id=order_id)
        return KeptReading(restore(ReadOrder, row.body), row.read_at) if row else None
