"""The proof with real processes: workers that are killed at random moments, sockets between them and both companies.

Time goes on by itself here. Between two lives of the workers, while none of them runs, all clocks are put forward, so
that leases, deadlines and the lag time run out without anybody waiting for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.prove import books
from ml_connector.prove.chaos import KINDS, Chaos, draw
from ml_connector.prove.nursery import Nursery, kill, nursery
from ml_connector.prove.run import LEFT, VERDICTS, Ran
from ml_connector.prove.tables import SEARCH_PATH, Tables, prepare
from ml_connector.prove.worker import Told
from ml_connector.prove.world import World
from ml_connector.queue import Engine, PostgresBackEnd
from ml_connector.sandbox import http
from ml_connector.sandbox.shopify import server as shopify_server
from ml_connector.store import Store
from ml_connector.store.keys import KeyFile
from ml_connector.store.sql import text
from ml_connector.store.subjects import Knock, Subject
from ml_connector.store.values import dumps

WORKERS = 2
LIVES = 3
"""After so many deaths the workers are let live, but for being put forward in time."""
MOST_LIVES = 60
JUMP_S = 100.0
"""More than a lease and a deadline."""
LOOK_EVERY_S = 0.1

_OUTSTANDING = text("""
    SELECT count(*) AS number, coalesce(extract(epoch FROM min(due_at) - clock_timestamp()), 0)::float8 AS wait_s
    FROM subjects WHERE knocked > answered
""")


@dataclass(frozen=True, slots=True)
class Yard:
    """A database with one connection, on which real runs follow each other."""

    url: str
    key_file: Path
    store: Store
    tables: Tables
    connection_id: int
    redis_url: str
    nursery: Nursery

    async def run(self, seed: int, *, on_redis: bool = False, orders: int = 1, lives: int = LIVES) -> Ran:
        """One run: stories happen, workers die, everything comes to rest, the books are checked.

        Args:
            orders: At least so many.
            lives: How often all workers are killed.
        """
        await self.tables.empty(masters=False, marked=True)
        return await _Drive(self, seed, self.redis_url if on_redis else "", orders, lives).drive()


@asynccontextmanager
async def yard(url: str, folder: Path, redis_url: str = "") -> AsyncIterator[Yard]:
    """Prepare the empty database at *url* for runs with real processes; *folder* gets a key file."""
    await asyncio.to_thread(prepare, url, stands_still=False)
    engine = Engine(PostgresBackEnd(url))
    await engine.prepare()
    await engine.close()
    key_file = folder / "secret.key"
    async with nursery() as workers, await Store.open(url, KeyFile(key_file), schema=SEARCH_PATH) as store:
        document = World(lambda: datetime.now(UTC)).document(lag_minutes=1)
        connection, _ = await save(read_document(dumps(document)), store, who="prove")
        yield Yard(url, key_file, store, Tables(store.engine), connection.id, redis_url, workers)


class _Drive:
    """One run with real processes."""

    def __init__(self, yard: Yard, seed: int, redis_url: str, orders: int, lives: int) -> None:
        self._yard = yard
        self._redis_url = redis_url
        self._orders = orders
        self._lives = lives
        self._seed = seed
        self._random = Random(seed)
        self._chaos: Chaos = draw(self._random)
        self._ahead = timedelta()
        self._world = World(lambda: datetime.now(UTC) + self._ahead, seed, marked=self._chaos.marked)
        self._trace: list[str] = []
        self._deaths = 0
        self._queue = f"prove-{seed}-0"

    async def drive(self) -> Ran:
        await self._yard.tables.set_ahead(self._ahead)
        shopify = await http.serve(shopify_server.router(self._world.shopify))
        zoho = await http.serve(self._world.zoho.handle)
        self._faults()
        stories = [self._world.begin(kind) for kind in self._chaos.kinds]
        while len(self._world.orders) < self._orders:
            stories.append(self._world.begin(self._random.choice(KINDS)))
        try:
            await self._knock()
            found = ["not at rest"]
            for life in range(self._lives + MOST_LIVES):
                calm = life >= self._lives
                if await self._live(shopify.url, zoho.url, calm=calm) and calm:
                    found = []
                    break
                if not calm:
                    for story in stories:
                        story.next() if life < self._lives - 1 else story.finish()
                    await self._knock()
                await self._put_forward()
        finally:
            await shopify.close()
            await zoho.close()
        found += await self._check()
        return Ran(
            self._seed,
            found,
            self._trace,
            len(self._trace),
            self._deaths,
            len(self._world.orders),
            0.0,
            self._chaos,
            with_processes=True,
        )

    def _faults(self) -> None:
        self._world.organization.switches.set(list_lag_s=min(self._chaos.lag_s, 30.0))
        for kind in ("commit_then_no_answer", "no_answer_before_commit", "500_after_commit"):
            if self._random.random() < 0.3:
                self._world.zoho.fault(kind, path="/[ic]*", times=1, after=self._random.randrange(6))

    async def _knock(self) -> None:
        subjects = [
            Subject(self._yard.connection_id, "order", f"gid://shopify/Order/{each}")
            for each in self._world.shop.orders
        ]
        async with self._yard.store.at_once() as tx:
            await self._yard.store.subjects.knock(tx, [Knock(each) for each in subjects])

    async def _live(self, shopify: str, zoho: str, *, calm: bool) -> bool:
        """One life of the workers; whether everything was at rest when it ended."""
        workers = [await self._start(shopify, zoho) for _ in range(1 if calm else WORKERS)]
        try:
            if calm:
                return await self._at_rest()
            while workers:
                await asyncio.sleep(self._random.uniform(0.0, 0.5))
                await self._kill(workers.pop())
            return False
        finally:
            for worker in workers:
                await self._kill(worker)

    async def _start(self, shopify: str, zoho: str) -> int:
        yard = self._yard
        if self._random.random() < 0.8:
            # most of the time the queue is lost with its workers: what is outstanding is known from the tables
            self._queue = f"prove-{self._seed}-{self._random.getrandbits(32)}"
        told = Told(
            yard.url, str(yard.key_file), shopify, zoho, self._queue, self._redis_url, self._ahead.total_seconds()
        )
        worker = await yard.nursery.start(told)
        self._trace.append(f"worker {worker}")
        return worker

    async def _kill(self, worker: int) -> None:
        await kill(worker)
        self._deaths += 1
        self._trace.append(f"killed {worker}")

    async def _at_rest(self) -> bool:
        """True when nothing is outstanding; false when the next thing to do is far away."""
        for _ in range(600):
            row = (await self._yard.tables.rows(_OUTSTANDING))[0]
            if not row.number:
                return True
            if row.wait_s > 1.5:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return False

    async def _put_forward(self) -> None:
        self._ahead += timedelta(seconds=JUMP_S)
        self._trace.append(f"all clocks {self._ahead} ahead")
        await self._yard.tables.set_ahead(self._ahead)

    async def _check(self) -> list[str]:
        found = list(books.violations(self._world.orders, self._world.books, marked=self._chaos.marked))
        found += [row.said for row in await self._yard.tables.rows(LEFT)]
        found += books.verdicts(self._world.orders, await self._yard.tables.rows(VERDICTS))
        return found
