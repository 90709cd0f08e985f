"""From when on a connection's orders are ours to look at, and where its days begin."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.connections import Connection


async def connection_of(run: Runtime) -> Connection:
    """The connection's row as it is now. One query."""
    async with run.store.at_once() as tx:
        found = await run.store.connections.get(tx, run.connection_id)
    if found is None:
        raise LookupError(f"connection {run.connection_id} has no row")
    return found


async def first_moment(run: Runtime) -> datetime:
    """The first moment of the start date in the organisation's zone; that of the day of connection when none is set."""
    connection = await connection_of(run)
    zone = zone_of(connection)
    day = run.policy.start_date or connection.created_at.astimezone(zone).date()
    return midnight(day, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
