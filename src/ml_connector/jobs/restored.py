"""Whether the database is the one that we knew: after a restore it says less than what was sent to Zoho."""

from __future__ import annotations

from ml_connector.jobs.alive import NOBODY
from ml_connector.store import Store
from ml_connector.store.examining import cluster_of

KNOWN = "cluster"
"""The watermark that holds what the database was when we last looked, and nobody had anything against it."""


async def known_cluster(store: Store) -> str:
    """As it was written down; empty before the first time."""
    async with store.at_once() as tx:
        mark = await store.watermarks.get(tx, NOBODY, KNOWN)
    return "" if mark is None else mark.cursor


async def accept_cluster(store: Store, cluster: str) -> None:
    """From now on this database is the one that we know."""
    async with store.at_once() as tx:
        await store.watermarks.put(tx, NOBODY, KNOWN, at=await store.now(), cursor=cluster)


async def note_cluster(store: Store) -> None:
    """Write down once which database this is. Called once a day."""
    if not await known_cluster(store):
        await accept_cluster(store, await cluster_of(store.engine))
