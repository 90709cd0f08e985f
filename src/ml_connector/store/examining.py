"""What `doctor` asks PostgreSQL about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ml_connector.store.database import at_once, transaction

_FACTS = text("""
    SELECT current_setting('server_version') AS version, current_database() AS database,
           has_database_privilege(current_database(), 'CREATE') AS may_create, clock_timestamp() AS now,
           (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS max_connections
""")
_PROCESS = text("SELECT pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A PostgreSQL as it was found.

    Attributes:
        may_create: Whether we may make schemas in this database, which BullMQ's own needs.
        keeps_session: False when a transaction pool stands between: our session's settings would be lost.
        now: The server's clock.
    """

    version: str
    database: str
    may_create: bool
    keeps_session: bool
    now: datetime
    max_connections: int


async def examine(engine: AsyncEngine) -> ServerFacts:
    """Four round trips on two connections.

    Raises:
        StoreUnavailable: nobody answers.
    """
    async with at_once(engine) as ours:
        row = (await ours.execute(_FACTS)).one()
        before = (await ours.execute(_PROCESS)).scalar_one()
        # a pool that lends connections by transaction gives this one ours, and us another afterwards
        async with transaction(engine) as other:
            await other.execute(_PROCESS)
            after = (await ours.execute(_PROCESS)).scalar_one()
    return ServerFacts(
        version=row.version,
        database=row.database,
        may_create=row.may_create,
        keeps_session=before == after,
        now=row.now,
        max_connections=row.max_connections,
    )
