"""What one order costs: statements and round trips to PostgreSQL, questions to Shopify, calls to Zoho.

Counted in one process without sockets, so the figures are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from unittest import mock

import psycopg

from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.masters import fetch_masters
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes
from ml_connector.net import HttpRequest, HttpResponse, Send
from ml_connector.prove.calm import CalmClock, CalmSend
from ml_connector.prove.gate import VirtualTime
from ml_connector.prove.machine import ENDPOINTS, SHOPIFY
from ml_connector.prove.world import World
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.stories import UNPAID, buy
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.subjects import Knock, Subject
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Cost:
    """`trips`: round trips to PostgreSQL, BEGIN and COMMIT among them; `statements`: without those two."""

    case: str
    verdict: str
    trips: int
    statements: int
    shopify: int
    zoho: int


@dataclass(slots=True)
class _Counted:
    trips: int = 0
    statements: int = 0
    requests: list[str] = field(default_factory=list)


class _Send:
    """Notes where requests go; a `Send`."""

    def __init__(self, send: Send, counted: _Counted) -> None:
        self._send = send
        self._counted = counted

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self._counted.requests.append(request.url)
        return await self._send(request, timeout_s=timeout_s)


async def measure(url: str) -> list[Cost]:
    """The cost of an order in the usual cases, on the empty, migrated database at *url*."""
    time = VirtualTime(datetime.now(UTC))
    world = World(lambda: time.now)
    counted = _Counted()
    async with await Store.open(url, GivenKeys((Key.made(),))) as store:
        connection, _ = await save(read_document(dumps(world.document())), store, who="bench")
        runtimes = ConnectionRuntimes(store, _Send(CalmSend(world), counted), ENDPOINTS, CalmClock(time), Random(1))
        await fetch_masters(await runtimes.of(connection.id))
        runner = SubjectRunner.of(runtimes)

        async def cost(case: str, order: Order) -> Cost:
            subject = Subject(connection.id, "order", f"gid://shopify/Order/{order.id}")
            async with store.at_once() as tx:
                await store.subjects.knock(tx, [Knock(subject)])
            counted.trips, counted.statements, counted.requests = 0, 0, []
            with _noting(counted):
                outcome = await runner(subject)
            shopify = sum(each.startswith(SHOPIFY) for each in counted.requests)
            verdict = outcome.verdict.value if outcome else ""
            return Cost(case, verdict, counted.trips, counted.statements, shopify, len(counted.requests) - shopify)

        await cost("warm", buy(world.shop, country="FR", silent=True))
        first = buy(world.shop, country="SE", silent=True)
        new = await cost("paid, a new customer", first)
        # what was learnt with it is a new version of the policy, which the next run reads
        await cost("warm", buy(world.shop, country="SE", silent=True))
        found = [
            new,
            await cost("paid, a known customer", buy(world.shop, country="SE", silent=True)),
            await cost("not paid, a known customer", buy(world.shop, country="SE", silent=True, payments=UNPAID)),
            await cost("looked at again, nothing changed", first),
        ]
        await runtimes.close()
    return found


@contextmanager
def _noting(counted: _Counted) -> Iterator[None]:
    """Count at the driver: every wait for the server is a round trip."""
    wait, execute = psycopg.AsyncConnection.wait, psycopg.AsyncCursor.execute

    async def waited(connection: Any, *rest: Any, **more: Any) -> Any:
        counted.trips += 1
        return await wait(connection, *rest, **more)

    async def executed(cursor: Any, *rest: Any, **more: Any) -> Any:
        counted.statements += 1
        return await execute(cursor, *rest, **more)

    with (
        mock.patch.object(psycopg.AsyncConnection, "wait", waited),
        mock.patch.object(psycopg.AsyncCursor, "execute", executed),
    ):
        yield
