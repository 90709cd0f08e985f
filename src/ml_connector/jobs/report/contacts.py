"""Zoho's contacts and whom each stands for, as a list."""

from __future__ import annotations

from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.store import Store
from ml_connector.store.contacts import KeptContact


async def customers(store: Store, connection_id: int, *, after: str | None = None, limit: int = 50) -> Json:
    """One page by key; `next` asks for the one behind it, as *after*. One query."""
    async with store.at_once() as tx:
        rows = await store.contacts.page(tx, connection_id, after=after, limit=limit + 1)
    shown = rows[:limit]
    return {"customers": [_row(each) for each in shown], "next": shown[-1].link.key if len(rows) > limit else None}


def _row(kept: KeptContact) -> Json:
    link = kept.link
    return {
        "key": link.key,
        "customer_id": kept.customer_id,
        "contact_id": link.contact_id,
        "currency": link.currency or None,
        "name": link.name or None,
        "matched_by": link.matched_by or None,
        "checked_at": moment(link.checked_at),
        "alias_of": kept.alias_of,
    }
