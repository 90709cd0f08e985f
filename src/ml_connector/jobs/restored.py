"""After a restore the database says less than what was sent to Zoho, so Zoho is asked before older things are sent.

    known ──another cluster is seen, or an operator says so──► restored_at, on every connection

Nothing ends the mark, because nothing could say when the last of the older orders will come again. It costs what it has
to: orders placed after it are as ever, and of an older one each key that is not known as done is looked up once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ml_connector.jobs.alive import NOBODY
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.examining import cluster_of

KNOWN = "cluster"
"""The watermark that holds what the database was when we last looked, and nobody had anything against it."""
RESTORED = "cluster_restored"
"""The watermark that holds for which database the connections were marked last."""


async def known_cluster(store: Store) -> str:
    """As it was written down; empty before the first time."""
    async with store.at_once() as tx:
        mark = await store.watermarks.get(tx, NOBODY, KNOWN)
    return "" if mark is None else mark.cursor


async def notice_restore(store: Store, cluster: str | None = None) -> None:
    """Write down once which database this is; mark the connections, once, when it is another than that.

    Called when a process starts, once a day, and by `doctor`. Three queries when nothing has happened.

    Args:
        cluster: What was found just now; asked for when it is left out.
    """
    found = await cluster_of(store.engine) if cluster is None else cluster
    known = await known_cluster(store)
    if not known:
        await _write_down(store, found)
    elif found and found != known:
        await _mark(store, found)


async def accept_cluster(store: Store, cluster: str) -> None:
    """From now on this database is the one that we know: an operator says that it was restored.

    Where nobody had noticed, the connections are marked now.
    """
    if await known_cluster(store) == cluster:
        async with store.transaction() as tx:
            await store.connections.restored(tx)
    else:
        await _mark(store, cluster)
    await _write_down(store, cluster)


def concerning(made_at: datetime, run: Runtime) -> Runtime:
    """The run for something that was made in Shopify at *made_at*: after the restore nothing is looked up for it.

    What was made within the lag time counts as before it: the customer's contact may be too young for a search, and two
    clocks may differ.
    """
    if run.restored_at is None or made_at < run.restored_at + timedelta(minutes=run.policy.lag_minutes):
        return run
    return replace(run, restored_at=None)


async def _mark(store: Store, cluster: str) -> None:
    async with store.transaction() as tx:
        mark = await store.watermarks.get(tx, NOBODY, RESTORED)
        if mark is not None and mark.cursor == cluster:
            return
        await store.connections.restored(tx)
        await store.watermarks.put(tx, NOBODY, RESTORED, at=await store.now(), cursor=cluster)


async def _write_down(store: Store, cluster: str) -> None:
    async with store.at_once() as tx:
        await store.watermarks.put(tx, NOBODY, KNOWN, at=await store.now(), cursor=cluster)
