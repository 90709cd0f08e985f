"""Letting go of raw deliveries and exchanges after their time, a small batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import structlog

from ml_connector.store import Store
from ml_connector.store.pruning import Pruned

log = structlog.get_logger(__name__)

BATCH = 1000
MOST = 1000
"""Batches in one go; what is left is the next round's."""


async def prune(store: Store, connection_id: int | None, *, days: int) -> Mapping[str, int]:
    """Prune one connection, or what belongs to none; rows that went, by table. Each batch is its own commit."""
    gone: Counter[str] = Counter()
    for _ in range(MOST):
        async with store.at_once() as tx:
            pruned = await store.pruning.batch(tx, connection_id, days=days, batch=BATCH)
        gone.update(pruned.rows)
        if not _full(pruned):
            break
    if gone.total():
        log.info("pruning.done", connection_id=connection_id, days=days, **gone)
    return gone


async def keep_house(store: Store, *, days: int) -> Mapping[str, int]:
    """What belongs to no connection, sessions that are over, secrets whose time is over."""
    gone: Counter[str] = Counter(await prune(store, None, days=days))
    for _ in range(MOST):
        async with store.at_once() as tx:
            pruned = await store.pruning.housekeeping(tx, batch=BATCH)
        gone.update(pruned.rows)
        if not _full(pruned):
            break
    return gone


def _full(pruned: Pruned) -> bool:
    return any(rows >= BATCH for rows in pruned.rows.values())
