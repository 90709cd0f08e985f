"""Copies of what changes slowly: Zoho's masters, items by SKU, and where a sweep has got to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.books import Item
from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.values import dumps, restore


@dataclass(frozen=True, slots=True)
class Master:
    """A copy of something of Zoho's, and when it was fetched."""

    kind: str
    body: Any
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class ItemLink:
    """A Zoho item that was verified to have this SKU. `item` None: it was looked for and is not there."""

    sku: str
    item: Item | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a periodic look has got."""

    at: datetime | None
    cursor: str
    body: Mapping[str, Any]
    changed_at: datetime


_MOMENT = text("SELECT clock_timestamp() AS moment")
# What was asked before somebody said that it is out of date, or before what is kept, is not kept.
_PUT = text("""
    INSERT INTO masters (connection_id, kind, body, fetched_at)
    SELECT :connection_id, :kind, CAST(:body AS jsonb), coalesce(CAST(:asked_at AS timestamptz), clock_timestamp())
    WHERE NOT EXISTS (
        SELECT 1 FROM watermarks w
        WHERE w.connection_id = :connection_id AND w.name = 'forgotten:' || :kind
          AND w.changed_at > CAST(:asked_at AS timestamptz)
    )
    ON CONFLICT (connection_id, kind) DO UPDATE SET body = excluded.body, fetched_at = excluded.fetched_at
    WHERE masters.fetched_at <= excluded.fetched_at
""")
_GET = text("SELECT kind, body, fetched_at FROM masters WHERE connection_id = :connection_id AND kind = :kind")
_MANY = text("""
    SELECT kind, body, fetched_at FROM masters
    WHERE connection_id = :connection_id AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(CAST(:kinds AS text[])))
""")
_FORGET = text("""
    WITH named AS (
        SELECT kind FROM masters WHERE connection_id = :connection_id AND CAST(:kinds AS text[]) IS NULL
        UNION SELECT unnest(CAST(:kinds AS text[]))
    ), noted AS (
        INSERT INTO watermarks (connection_id, name, changed_at)
        SELECT :connection_id, 'forgotten:' || kind, clock_timestamp() FROM named
        ON CONFLICT (connection_id, name) DO UPDATE SET changed_at = clock_timestamp()
    )
    DELETE FROM masters
    WHERE connection_id = :connection_id AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(CAST(:kinds AS text[])))
""")
_PUT_ITEMS = text("""
    INSERT INTO item_links (connection_id, sku, body)
    SELECT :connection_id, sku, CAST(body AS jsonb)
    FROM unnest(CAST(:skus AS text[]), CAST(:bodies AS text[])) AS t(sku, body) ORDER BY sku
    ON CONFLICT (connection_id, sku) DO UPDATE SET body = excluded.body, checked_at = clock_timestamp()
""")
_ITEMS = text("""
    SELECT sku, body, checked_at FROM item_links
    WHERE connection_id = :connection_id AND sku = ANY(CAST(:skus AS text[]))
""")
_SET_MARK = text("""
    INSERT INTO watermarks (connection_id, name, at, cursor, body)
    VALUES (:connection_id, :name, :at, :cursor, CAST(:body AS jsonb))
    ON CONFLICT (connection_id, name) DO UPDATE
        SET at = excluded.at, cursor = excluded.cursor, body = excluded.body, changed_at = clock_timestamp()
""")
_MARK = text("""
    SELECT at, cursor, body, changed_at FROM watermarks WHERE connection_id = :connection_id AND name = :name
""")


class Masters:
    """Each method is one round trip."""

    async def moment(self, tx: AsyncConnection) -> datetime:
        """Now, on the clock that `put` and `forget` go by."""
        row = await one_row(tx, _MOMENT)
        assert row is not None
        moment: datetime = row.moment
        return moment

    async def put(
        self, tx: AsyncConnection, connection_id: int, kind: str, body: Any, *, asked_at: datetime | None = None
    ) -> None:
        """Keep *body* (plain values, or what `values.plain` takes).

        Args:
            asked_at: From when on it is known to be true; None: now. Whoever asked before a `forget`, or before what is
                kept by now, changes nothing.
        """
        await run(tx, _PUT, connection_id=connection_id, kind=kind, body=dumps(body), asked_at=asked_at)

    async def get(self, tx: AsyncConnection, connection_id: int, kind: str) -> Master | None:
        row = await one_row(tx, _GET, connection_id=connection_id, kind=kind)
        return made(Master, row) if row else None

    async def many(
        self, tx: AsyncConnection, connection_id: int, kinds: Collection[str] | None = None
    ) -> dict[str, Master]:
        """Those of *kinds* that are kept; all when None."""
        wanted = None if kinds is None else list(kinds)
        rows = await all_rows(tx, _MANY, connection_id=connection_id, kinds=wanted)
        return {row.kind: made(Master, row) for row in rows}

    async def forget(self, tx: AsyncConnection, connection_id: int, kinds: Collection[str] | None = None) -> int:
        """Let go of copies that were found to be out of date; all when None."""
        return await run(tx, _FORGET, connection_id=connection_id, kinds=None if kinds is None else list(kinds))


class Items:
    """Zoho items by SKU. Each method is one round trip."""

    async def put(self, tx: AsyncConnection, connection_id: int, items: Mapping[str, Item | None]) -> None:
        """Remember what each SKU is in Zoho, None where it is nothing."""
        bodies = [dumps(item) for item in items.values()]
        await run(tx, _PUT_ITEMS, connection_id=connection_id, skus=list(items), bodies=bodies)

    async def of(self, tx: AsyncConnection, connection_id: int, skus: Collection[str]) -> dict[str, ItemLink]:
        rows = await all_rows(tx, _ITEMS, connection_id=connection_id, skus=list(skus))
        return {
            row.sku: ItemLink(row.sku, restore(Item, row.body) if row.body else None, row.checked_at) for row in rows
        }


class Watermarks:
    """How far each periodic look has got. Each method is one round trip."""

    async def put(
        self,
        tx: AsyncConnection,
        connection_id: int,
        name: str,
        *,
        at: datetime | None = None,
        cursor: str = "",
        body: Mapping[str, Any] | None = None,
    ) -> None:
        await run(tx, _SET_MARK, connection_id=connection_id, name=name, at=at, cursor=cursor, body=dumps(body or {}))

    async def get(self, tx: AsyncConnection, connection_id: int, name: str) -> Watermark | None:
        row = await one_row(tx, _MARK, connection_id=connection_id, name=name)
        return made(Watermark, row) if row else None
