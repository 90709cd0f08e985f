"""`prove`: thousands of seeded runs, and every violation with the seed that shows it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.masters import fetch_masters
from ml_connector.jobs.runtimes import ConnectionRuntimes
from ml_connector.prove.calm import CalmClock, CalmSend
from ml_connector.prove.gate import VirtualTime
from ml_connector.prove.machine import ENDPOINTS
from ml_connector.prove.processes import yard
from ml_connector.prove.run import START, Ran, run_once
from ml_connector.prove.tables import SEARCH_PATH, Tables, prepare
from ml_connector.prove.world import World
from ml_connector.store import Store
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.values import dumps

POOL = 24


@dataclass(slots=True)
class Report:
    """What a proof showed."""

    runs: int = 0
    orders: int = 0
    deaths: int = 0
    took_s: float = 0.0
    violated: list[Ran] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.violated

    def add(self, ran: Ran) -> None:
        self.runs += 1
        self.orders += ran.orders
        self.deaths += ran.deaths
        if ran.violations:
            self.violated.append(ran)


Progress = Callable[[Report, Ran], None]
"""Told after each run."""


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
    async with await Store.open(url, GivenKeys((Key.made(),)), schema=SEARCH_PATH, pool_size=POOL) as store:
        document = read_document(dumps(World(lambda: START).document()))
        connection, _ = await save(document, store, who="prove")
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


async def prove(runs: int, processes: int, seed: int, progress: Progress, *, redis_url: str = "") -> Report:
    """*runs* runs inside one process, then *processes* with real ones, from *seed* on, in databases of their own.

    Args:
        redis_url: Every second run with real processes has BullMQ on this Redis; without one all have it on PostgreSQL.
    """
    report = Report()
    started = time.monotonic()

    def told(ran: Ran) -> None:
        report.add(ran)
        report.took_s = time.monotonic() - started
        progress(report, ran)

    with tempfile.TemporaryDirectory(prefix="mlc-prove-") as folder:
        async with EmbeddedPostgres(Path(folder)) as server:
            if runs:
                async with bench(server.fresh_database("prove")) as on:
                    for number in range(runs):
                        told(await on.run(seed + number))
            if processes:
                async with yard(server.fresh_database("prove_processes"), Path(folder), redis_url) as real:
                    for number in range(processes):
                        told(await real.run(seed + number, on_redis=bool(redis_url) and number % 2 == 1))
    return report
