"""Where runs inside one process follow each other: a database with one connection, emptied before each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.masters import fetch_masters
from ml_connector.jobs.runtimes import ConnectionRuntimes
from ml_connector.prove.calm import CalmClock, CalmSend
from ml_connector.prove.gate import VirtualTime
from ml_connector.prove.machine import ENDPOINTS
from ml_connector.prove.run import START, Ran, run_once
from ml_connector.prove.tables import SEARCH_PATH, Tables, prepare, wait_on_the_spot
from ml_connector.prove.world import World
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.values import dumps

ONE = 1
"""Nothing is let through the gate while a statement or a transaction is under way, so one session serves everybody."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A database with one connection, on which runs follow each other."""

    store: Store
    tables: Tables
    connection_id: int

    async def run(self, seed: int) -> Ran:
        return await run_once(seed, self.store, self.tables, self.connection_id)


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    """Prepare the empty database at *url* for runs."""
    await asyncio.to_thread(prepare, url)
    async with await Store.open(url, GivenKeys((Key.made(),)), schema=SEARCH_PATH, pool_size=ONE) as store:
        document = read_document(dumps(World(lambda: START).document()))
        connection, _ = await save(document, store, who="prove")
        await wait_on_the_spot(store.engine)
        tables = Tables(store.engine)
        await tables.set_clock(START)
        for marked in (True, False):
            await _masters(store, connection.id, marked=marked)
            await tables.keep_masters(marked=marked)
        yield Bench(store, tables, connection.id)


async def _masters(store: Store, connection_id: int, *, marked: bool) -> None:
    """What an organisation of this kind has, asked for once: most runs begin knowing it, as most days do."""
    time = VirtualTime(START)
    world = World(lambda: time.now, marked=marked)
    runtimes = ConnectionRuntimes(store, CalmSend(world), ENDPOINTS, CalmClock(time), Random(1))
    await fetch_masters(await runtimes.of(connection_id))
    await runtimes.close()
