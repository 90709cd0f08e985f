"""Proof that both sides still take our word, before the next order needs it; and that somebody is at work here."""

from __future__ import annotations

from datetime import datetime, timedelta

from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.connecting.ending import announce_ending
from ml_connector.jobs.health import pause_connection, resume_connection
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store

NOBODY = 0
"""Watermarks that belong to no connection."""
WORKER = "worker"


async def prove(run: Runtime) -> bool:
    """Ask each side one small question. Whether both answered as they should.

    Uses both grants, so the tokens of an idle shop do not grow old, and a grant that ended is told about at once. A
    connection that was paused goes on when both are well. What only passes (a busy server) changes nothing.

    Source: Shopify, "Offline access tokens": idle shops are to be refreshed at least monthly.
    """
    try:
        await run.shopify.scopes()
        await run.zoho.in_lane("rereading").organisation()
    except Trouble as trouble:
        if trouble.remedy is not Remedy.CONNECTION:
            raise
        async with run.store.transaction() as tx:
            await pause_connection(tx, run, trouble)
        return False
    async with run.store.transaction() as tx:
        await resume_connection(tx, run)
    await announce_ending(run)
    return True


async def prove_again(run: Runtime) -> bool:
    """As `prove`, for a connection whose pause is over; nothing is asked of one that is well, or still pauses."""
    connection = await connection_of(run)
    now = await run.store.now()
    if connection.health == "paused" and (connection.paused_until is None or connection.paused_until <= now):
        return await prove(run)
    return connection.health == "ok"


async def beat(store: Store) -> None:
    """Leave word that a worker is alive."""
    now = await store.now()
    async with store.at_once() as tx:
        await store.watermarks.put(tx, NOBODY, WORKER, at=now)


async def last_beat(store: Store) -> datetime | None:
    """When a worker last left word; None when none ever did."""
    async with store.at_once() as tx:
        mark = await store.watermarks.get(tx, NOBODY, WORKER)
    return None if mark is None else mark.at


async def is_worked(store: Store, *, within: timedelta = timedelta(minutes=2)) -> bool:
    """Whether some process works: without one, orders are kept and nothing is posted."""
    at = await last_beat(store)
    return at is not None and await store.now() - at <= within
