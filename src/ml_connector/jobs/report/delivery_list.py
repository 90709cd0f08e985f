"""Deliveries as a list, newest first."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.store import Store
from ml_connector.store.deliveries import KeptDelivery


async def deliveries(
    store: Store,
    names: Mapping[int, str],
    *,
    connection_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Json:
    """One page; `next` asks for the one behind it, as *before*. One query.

    Args:
        names: The connections' names by id.
    """
    async with store.at_once() as tx:
        rows = await store.deliveries.page(tx, connection_id=connection_id, before=before, limit=limit + 1)
    shown = rows[:limit]
    return {"deliveries": [_row(each, names) for each in shown], "next": shown[-1].id if len(rows) > limit else None}


def _row(kept: KeptDelivery, names: Mapping[int, str]) -> Json:
    return {
        "id": kept.id,
        "connection": names.get(kept.connection_id) if kept.connection_id is not None else None,
        "source": kept.source,
        "shop": kept.shop,
        "webhook_id": kept.webhook_id,
        "topic": kept.topic,
        "event_id": kept.event_id or None,
        "triggered_at": moment(kept.triggered_at),
        "received_at": moment(kept.received_at),
        "verdict": kept.verdict,
        "subject_kind": kept.subject_kind,
        "subject_id": kept.subject_id,
        "repeats": kept.repeats,
        "relayed_at": moment(kept.relayed_at),
    }
