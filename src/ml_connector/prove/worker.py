"""One worker process of the proof, made to be killed: the relay and the worker of `serve`, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic

from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.prove.tables import SEARCH_PATH
from ml_connector.queue import Engine, PostgresBackEnd, RedisBackEnd
from ml_connector.queue.subjects import StoredBacklog
from ml_connector.queue.worker import Edge, WorkerSide
from ml_connector.store import Store
from ml_connector.store.keys import KeyFile
from ml_connector.store.subjects import Knock, Subject


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker is started with. `ahead_s`: how far its clock is put forward."""

    database_url: str
    key_file: str
    shopify: str
    zoho: str
    queue: str
    redis_url: str
    ahead_s: float


@dataclass(frozen=True, slots=True)
class AheadClock:
    """The machine's clock, put forward."""

    ahead: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def work(told: Told, *, ready: Callable[[], None], until_closed: int) -> None:
    """Work until killed, or until nobody holds the other end of the pipe *until_closed* any more."""
    clock = AheadClock(timedelta(seconds=told.ahead_s))
    endpoints = Endpoints(shopify=told.shopify, zoho_accounts=told.zoho, zoho_api=told.zoho)
    back_end = RedisBackEnd(told.redis_url) if told.redis_url else PostgresBackEnd(told.database_url)
    keys = KeyFile(Path(told.key_file))
    async with await Store.open(told.database_url, keys, schema=SEARCH_PATH) as store, AiohttpSender() as send:
        runtimes = ConnectionRuntimes(store, send, endpoints, clock, Random())

        async def knock(subject: Subject) -> None:
            async with store.at_once() as tx:
                await store.subjects.knock(tx, [Knock(subject)])

        runner = SubjectRunner.of(runtimes)
        engine = Engine(back_end, name=told.queue)
        edge = Edge(runner, runner.unforeseen, knock)
        side = WorkerSide(engine, StoredBacklog(store), edge, concurrency=4)
        ready()
        working = asyncio.create_task(side.run())
        await asyncio.to_thread(os.read, until_closed, 1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
