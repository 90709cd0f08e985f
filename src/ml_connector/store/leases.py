"""Named leases: what one process at a time does, and not again before a while."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import one_row, run, text

_TAKE = text("""
    WITH taken AS (
        INSERT INTO leases AS l (name, owner, until, fence)
        VALUES (:name, :owner, clock_timestamp() + make_interval(secs => :for_s), 1)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until, fence = l.fence + 1
            WHERE l.until IS NULL OR l.until <= clock_timestamp()
        RETURNING name
    )
    SELECT EXISTS (SELECT 1 FROM taken) AS ours,
           (SELECT extract(epoch FROM until - clock_timestamp())::float8 FROM leases WHERE name = :name) AS free_in_s
""")
_KEEP = text("""
    UPDATE leases SET until = clock_timestamp() + make_interval(secs => :for_s) WHERE name = :name AND owner = :owner
""")
_RELEASE = text("UPDATE leases SET until = clock_timestamp() WHERE name = :name AND owner = :owner")


class Leases:
    """Each method is one round trip. *owner* names a process, and is different after a restart."""

    async def take(self, tx: AsyncConnection, name: str, *, owner: str, for_s: float) -> float:
        """Take the lease for *for_s* seconds. 0: it is ours now; else the seconds after which it may be free."""
        row = await one_row(tx, _TAKE, name=name, owner=owner, for_s=for_s)
        assert row is not None
        if row.ours:
            return 0.0
        return max(row.free_in_s if row.free_in_s is not None else for_s, 0.001)

    async def keep(self, tx: AsyncConnection, name: str, *, owner: str, for_s: float) -> bool:
        """Hold a lease of ours for *for_s* seconds from now; False when somebody else has taken it."""
        return await run(tx, _KEEP, name=name, owner=owner, for_s=for_s) > 0

    async def release(self, tx: AsyncConnection, name: str, *, owner: str) -> None:
        """Let a lease of ours go, so that the next may start at once."""
        await run(tx, _RELEASE, name=name, owner=owner)
