"""What `doctor` asks PostgreSQL about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from ml_connector.store.database import at_once, transaction
from ml_connector.store.pool import Pool

_FACTS = text("""
    SELECT current_setting('server_version') AS version, current_database() AS database,
           has_database_privilege(current_database(), 'CREATE') AS may_create, clock_timestamp() AS now,
           (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS max_connections
""")
_MAY_ASK = text("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')")
# The cluster's own number, its line of history, and the database's number in it: another after a restore from a dump
# or to a moment in time.
_CLUSTER = text("""
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                     (SELECT timeline_id FROM pg_control_checkpoint()),
                     (SELECT oid FROM pg_database WHERE datname = current_database())) AS cluster
""")
_PROCESS = text("SELECT pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A PostgreSQL as it was found.

    Attributes:
        may_create: Whether we may make schemas in this database, which BullMQ's own needs.
        keeps_session: False when a transaction pool stands between: our session's settings would be lost.
        now: The server's clock.
        cluster: What tells this database from a restored copy of it; empty where the server does not say.
    """

    version: str
    database: str
    may_create: bool
    keeps_session: bool
    now: datetime
    max_connections: int
    cluster: str = ""


async def examine(engine: Pool) -> ServerFacts:
    """Six round trips on two connections.

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
        cluster=await cluster_of(engine),
    )


async def cluster_of(engine: Pool) -> str:
    """What tells this database from a restored copy of it; empty where the server does not say. Two round trips.

    A copy of the files themselves, put back by hand, is not told from the original.

    Source: PostgreSQL, control data functions.
    """
    async with at_once(engine) as tx:
        if not (await tx.execute(_MAY_ASK)).scalar_one():
            return ""
        return str((await tx.execute(_CLUSTER)).scalar_one())
