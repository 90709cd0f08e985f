"""A person's word on one order: keep it out of the books, for good or until somebody has looked; or Zoho is right.

It stands above every rule, and is taken back rather than overruled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import made, one_row, run, text

HOLD = "hold"
EXCLUDE = "exclude"
KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom and when."""

    order_id: str
    kind: str
    """hold | exclude | keep"""
    who: str
    at: datetime
    note: str
    about: str = ""
    """`keep`: a digest of Shopify's figures that the word was given about."""


_COLUMNS = "order_id, kind, who, at, note, about"
_PUT = text("""
    INSERT INTO decisions AS d (connection_id, order_id, kind, who, note, about)
    VALUES (:connection_id, :order_id, :kind, :who, :note, :about)
    ON CONFLICT (connection_id, order_id) DO UPDATE
        SET kind = excluded.kind, who = excluded.who, note = excluded.note, about = excluded.about,
            at = clock_timestamp()
""")
_GET = text(f"SELECT {_COLUMNS} FROM decisions WHERE connection_id = :connection_id AND order_id = :order_id")
_TAKE_BACK = text(f"""
    DELETE FROM decisions WHERE connection_id = :connection_id AND order_id = :order_id RETURNING {_COLUMNS}
""")
_CLAIMED = text("""
    SELECT EXISTS (SELECT 1 FROM documents WHERE connection_id = :connection_id AND order_id = :order_id
                                             AND kind IN ('invoice', 'payment', 'credit_note') AND state = 'done'
                                             AND zoho_id <> '')
        OR EXISTS (SELECT 1 FROM operations WHERE connection_id = :connection_id AND order_id = :order_id
                                              AND state IN ('sent', 'in_doubt')) AS yes
""")


class Decisions:
    """Each method is one round trip."""

    async def put(
        self,
        tx: AsyncConnection,
        connection_id: int,
        order_id: str,
        kind: str,
        *,
        who: str,
        note: str = "",
        about: str = "",
    ) -> None:
        """Give the word on one order; a later one replaces an earlier one."""
        await run(tx, _PUT, connection_id=connection_id, order_id=order_id, kind=kind, who=who, note=note, about=about)

    async def of(self, tx: AsyncConnection, connection_id: int, order_id: str) -> Decision | None:
        row = await one_row(tx, _GET, connection_id=connection_id, order_id=order_id)
        return made(Decision, row) if row else None

    async def take_back(self, tx: AsyncConnection, connection_id: int, order_id: str) -> Decision | None:
        """End it, and answer what it was; None when there was none."""
        row = await one_row(tx, _TAKE_BACK, connection_id=connection_id, order_id=order_id)
        return made(Decision, row) if row else None

    async def in_books(self, tx: AsyncConnection, connection_id: int, order_id: str) -> bool:
        """Whether Zoho holds a document of this order, or may hold one that is being looked up."""
        row = await one_row(tx, _CLAIMED, connection_id=connection_id, order_id=order_id)
        return row is not None and bool(row.yes)
