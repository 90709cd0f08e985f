"""How many paid orders of known customers one worker process posts in a second when nobody limits it.

Every organisation has a hundred calls in its first minute, so the orders are spread over many connections, as they
are in life: what is measured is the worker, its PostgreSQL (fsync on) and BullMQ, against both companies in another
process.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import msgspec

from ml_connector.bench.companies import Shop, Stage, Wanted
from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.jobs.clock import SystemClock
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.masters import fetch_masters
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.net import HttpRequest, HttpResponse, Send
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.queue import Engine, PostgresBackEnd
from ml_connector.queue.subjects import StoredBacklog
from ml_connector.queue.worker import Edge, WorkerSide
from ml_connector.shopify.documents import document
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.subjects import Knock, Subject
from ml_connector.store.values import dumps

CONCURRENCY = 16
LOOK_EVERY_S = 0.05
GIVEN_UP_AFTER_S = 300.0


class NotPosted(Trouble):
    """Orders of the benchmark are not at rest in time, so there is nothing to measure."""

    code = "bench_not_posted"
    wrote = Wrote.YES
    remedy = Remedy.BUG
    acts = Acts.US


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What was measured, of the orders of connections that are well.

    `worker_ms`: the worker's own processor time for one order; a thousand divided by it is what one worker could do
    beside a PostgreSQL and companies that cost it nothing.
    """

    connections: int
    orders: int
    seconds: float
    per_second: float
    worker_ms: float
    zoho_calls: float


class _Counting:
    """Counts what goes to Zoho Books; a `Send`."""

    def __init__(self, send: Send) -> None:
        self.calls = 0
        self._send = send

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.calls += "/books/" in request.url
        return await self._send(request, timeout_s=timeout_s)


async def measure(url: str, connections: int, orders: int, *, slow_s: float = 0.0) -> Pipeline:
    """Post *orders* orders of each connection, on the empty, migrated database at *url*.

    Args:
        slow_s: How many seconds the first connection's Zoho takes for each answer, once its customer is known; its
            orders are not counted.
    """
    wanted = Wanted(connections, orders, document("OrdersByIds", None).text)
    keys = GivenKeys((Key.made(),))
    async with (
        _companies(wanted) as (stage, companies),
        await Store.open(url, keys, pool_size=CONCURRENCY + 8) as store,
        AiohttpSender() as sender,
    ):
        send = _Counting(sender)
        endpoints = Endpoints(shopify=stage.shopify, zoho_accounts=stage.zoho, zoho_api=stage.zoho)
        runtimes = ConnectionRuntimes(store, send, endpoints, SystemClock(), Random())
        runner = SubjectRunner.of(runtimes)
        subjects = [await _known(each, store, runtimes, runner) for each in stage.shops]
        counted = [one for each in subjects[1 if slow_s else 0 :] for one in each]
        knocked = [one for each in subjects for one in each]
        companies.write(f"{slow_s}\n".encode())
        calls = send.calls
        took, spent = await _worked(url, store, runner, knocked, counted)
        await runtimes.close()
    return Pipeline(
        connections=connections,
        orders=len(counted),
        seconds=round(took, 2),
        per_second=round(len(counted) / took, 1),
        worker_ms=round(spent / len(counted) * 1000, 2),
        zoho_calls=round((send.calls - calls) / len(knocked), 2),
    )


async def _known(shop: Shop, store: Store, runtimes: ConnectionRuntimes, runner: SubjectRunner) -> list[Subject]:
    """Connect, fetch the masters and post one order, after which the customer is known; the others' subjects."""
    connection, _ = await save(read_document(dumps(shop.document)), store, who="bench")
    await fetch_masters(await runtimes.of(connection.id))
    first, *others = [Subject(connection.id, "order", each) for each in shop.orders]
    await _knock(store, [first])
    await runner(first)
    return others


async def _knock(store: Store, subjects: Sequence[Subject]) -> None:
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(each) for each in subjects])


async def _worked(
    url: str, store: Store, runner: SubjectRunner, knocked: Sequence[Subject], counted: Sequence[Subject]
) -> tuple[float, float]:
    """Knock for everything, and let one worker work until what is counted is at rest.

    Returns:
        Seconds until then, and those that this process was at work. That the worker ends is not counted.
    """
    engine = Engine(PostgresBackEnd(url), name="bench")
    await engine.prepare()

    async def knock(subject: Subject) -> None:
        await _knock(store, [subject])

    side = WorkerSide(engine, StoredBacklog(store), Edge(runner, runner.unforeseen, knock), concurrency=CONCURRENCY)
    before, cpu = time.monotonic(), time.process_time()
    await _knock(store, knocked)
    working = asyncio.create_task(side.run())
    try:
        given_up_at = time.monotonic() + GIVEN_UP_AFTER_S
        while left := await _left(store, counted):
            if time.monotonic() > given_up_at:
                raise NotPosted(f"{left} of {len(counted)} orders were not at rest after {GIVEN_UP_AFTER_S:.0f} s.")
            await asyncio.sleep(LOOK_EVERY_S)
        return time.monotonic() - before, time.process_time() - cpu
    finally:
        await side.drain()
        await working
        await engine.close()


async def _left(store: Store, counted: Sequence[Subject]) -> int:
    wanted = {each.connection_id for each in counted}
    async with store.at_once() as tx:
        return sum(each.outstanding for each in await store.subjects.work(tx) if each.connection_id in wanted)


@asynccontextmanager
async def _companies(wanted: Wanted) -> AsyncIterator[tuple[Stage, asyncio.StreamWriter]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ml_connector.bench.companies", msgspec.json.encode(wanted).decode(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield msgspec.json.decode(await process.stdout.readline(), type=Stage), process.stdin
    finally:
        process.kill()
        await process.wait()
