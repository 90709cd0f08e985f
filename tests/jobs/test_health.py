"""A connection pauses for the access of today, never for the one from before somebody connected again."""

from __future__ import annotations

import asyncio

from tests.jobs.desk import Desk

from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.health import pause_connection
from ml_connector.store.sql import all_rows, text
from ml_connector.zoho.errors import ConnectionRevoked

REVOKED = ConnectionRevoked("Zoho no longer accepts our connection, so posting has paused.")


async def health(desk: Desk) -> str:
    async with desk.store.at_once() as tx:
        found = await desk.store.connections.get(tx, desk.connection_id)
    assert found is not None
    return found.health


async def test_refused_access_pauses_the_connection(desk: Desk) -> None:
    run = await desk.run()

    async with desk.store.transaction() as tx:
        await pause_connection(tx, run, REVOKED)

    assert await health(desk) == "paused"


async def test_what_was_refused_before_somebody_connected_again_pauses_nothing(desk: Desk) -> None:
    run = await desk.run()
    async with desk.store.transaction() as tx:
        await desk.store.credentials.put(tx, desk.connection_id, {kinds.ZOHO_REFRESH_TOKEN: b"1000.new.new"})

    async with desk.store.transaction() as tx:
        await pause_connection(tx, run, REVOKED)

    assert await health(desk) == "ok"


async def test_a_refusal_that_is_written_down_while_somebody_connects_again_pauses_nothing(desk: Desk) -> None:
    run = await desk.run()

    async def refused() -> None:
        async with desk.store.transaction() as tx:
            await pause_connection(tx, run, REVOKED)

    async with desk.store.transaction() as tx:
        await desk.store.connections.save(tx, "acme")
        pausing = asyncio.create_task(refused())
        await somebody_waits(desk)
        await desk.store.credentials.put(tx, desk.connection_id, {kinds.ZOHO_REFRESH_TOKEN: b"1000.new.new"})
    await pausing

    assert await health(desk) == "ok"


async def somebody_waits(desk: Desk) -> None:
    """Return when somebody waits for a row that another transaction holds."""
    waiting = text("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    async with asyncio.timeout(10), desk.store.at_once() as tx:
        while not await all_rows(tx, waiting):
            pass
