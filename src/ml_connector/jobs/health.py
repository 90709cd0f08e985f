"""How a connection is, and what follows: paused when every call would fail, well again when one works."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.runtime import Runtime

log = structlog.get_logger(__name__)

PAUSED = "connection_paused"
"""The notice that a paused connection raises, whatever the reason; it is over when the connection works again."""

LOOK_AGAIN = timedelta(minutes=5)
"""A paused connection is tried again after this time: what was repaired elsewhere needs no click here."""


async def pause_connection(tx: AsyncConnection, run: Runtime, trouble: Trouble) -> None:
    """Stop this connection's work without using up attempts, and raise one notice.

    What was refused to a run that began before somebody connected again says nothing about the access of today: then
    nothing is paused, and whatever waits may start. Four round trips, three where that is so.
    """
    # first: who connects again right now has ended before we look, or begins when we have said that it is paused
    await run.store.connections.hold(tx, run.connection_id)
    given = await run.store.credentials.of(tx, run.connection_id, kinds.ACCESS)
    if kinds.digest_of_access(given) != run.access:
        await run.store.subjects.due_now(tx, run.connection_id)
        return
    until = run.clock.now() + LOOK_AGAIN
    if await run.store.connections.set_health(tx, run.connection_id, "paused", trouble.text, until=until):
        log.warning("connection.paused", connection=run.name, code=trouble.code, text=trouble.text)
        await run.store.notices.open_(
            tx, PAUSED, trouble.text, fix=trouble.fix, connection_id=run.connection_id, severity="error"
        )


async def resume_connection(tx: AsyncConnection, run: Runtime) -> None:
    """A call worked: everything that waited for the connection may start. Whoever was told hears that it is over."""
    await run.store.notices.clear(tx, PAUSED, connection_id=run.connection_id)
    if await run.store.connections.set_health(tx, run.connection_id, "ok"):
        await run.store.subjects.due_now(tx, run.connection_id)
        log.info("connection.resumed", connection=run.name)
