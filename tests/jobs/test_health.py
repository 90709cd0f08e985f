"""A connection pauses for the access of today, never for the one from before somebody connected again."""

from __future__ import annotations

from tests.jobs.desk import Desk

from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.health import pause_connection
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
