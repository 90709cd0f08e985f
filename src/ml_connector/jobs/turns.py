"""Work of a whole connection that one process at a time does: a sweep, a backfill, a daily round."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.store import Store
from ml_connector.store.errors import StoreTrouble

TURN_S = 120.0
"""How long a turn lasts without a commit of its own; each page prolongs it."""


class Elsewhere(Trouble):
    """Another process is doing the same thing for the same connection right now."""

    code = "under_way_elsewhere"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self, name: str, wait_s: float) -> None:
        super().__init__("Another process is doing this right now, so there is nothing to do here.")
        self.name = name
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Turn:
    """A named lease that is ours."""

    store: Store
    name: str
    owner: str

    async def keep(self, tx: AsyncConnection) -> None:
        """Hold it on, in the commit of a step, which nobody else then repeats.

        Raises:
            Elsewhere: it took too long, and somebody else has gone on with it.
        """
        if not await self.store.leases.keep(tx, self.name, owner=self.owner, for_s=TURN_S):
            raise Elsewhere(self.name, TURN_S)


@asynccontextmanager
async def turn(name: str, store: Store) -> AsyncIterator[Turn]:
    """Hold the lease *name* while the block runs.

    Raises:
        Elsewhere: somebody else holds it.
    """
    ours = Turn(store, name, uuid.uuid4().hex)
    async with store.at_once() as tx:
        wait_s = await store.leases.take(tx, name, owner=ours.owner, for_s=TURN_S)
    if wait_s:
        raise Elsewhere(name, wait_s)
    try:
        yield ours
    finally:
        with suppress(StoreTrouble):  # it runs out by itself
            async with store.at_once() as tx:
                await store.leases.release(tx, name, owner=ours.owner)
