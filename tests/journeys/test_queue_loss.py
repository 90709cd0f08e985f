"""The queue may forget everything: the tables are the truth, on both of BullMQ's back ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from decimal import Decimal

import pytest
import pytest_asyncio
import redis
from tests.conftest import a_folder
from tests.journeys.world import World, a_world, differences, mark_of

from ml_connector.sandbox.shopify import CustomerSpec, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forgetful(empty_database: str, queue_address: str | None) -> AsyncIterator[World]:
    with a_folder() as folder:
        async with a_world(empty_database, folder, redis_url=queue_address) as made:
            yield made


def an_order(world: World, name: str) -> Order:
    return world.shop.place_order(
        OrderSpec(
            (LineSpec(title="Tea", price=Decimal("10.00")),),
            customer=CustomerSpec("Lost", name, f"lost{name}@example.com", address=person_in("DE").address),
            taxes=(TaxSpec("MwSt", Decimal("0.19")),),
        )
    )


@pytest.fixture
def redis_client(queue_address: str | None) -> Iterator[redis.Redis | None]:
    """A hand in the queue's Redis; None where the queue is in PostgreSQL."""
    if queue_address is None:
        yield None
        return
    with closing(redis.Redis.from_url(queue_address)) as client:
        yield client


async def test_emptying_the_queue_in_the_middle_loses_nothing_and_doubles_nothing(forgetful: World) -> None:
    orders = [an_order(forgetful, str(number)) for number in range(ORDERS)]
    await some_are_in(forgetful, 5)

    engine = forgetful.app.queue_engine()
    try:
        await engine.empty()
    finally:
        await engine.close()
    emptied_at = len(forgetful.books.invoices())
    await forgetful.at_rest(within_s=60)

    assert emptied_at < ORDERS
    assert {await forgetful.verdict(order) for order in orders} == {("posted", "")}
    assert [differences(order, forgetful.documents(order)) for order in orders] == [{}] * ORDERS
    marks = [mark_of(one) for one in (*forgetful.books.invoices(), *forgetful.books.payments())]
    assert (len(marks), len(set(marks))) == (2 * ORDERS, 2 * ORDERS)


async def test_yesterdays_redis_loses_nothing_and_doubles_nothing(
    forgetful: World, queue_address: str | None, redis_client: redis.Redis | None
) -> None:
    if redis_client is None:
        pytest.skip("a queue in PostgreSQL is restored together with the tables, which is another case")
    before = len(forgetful.books.invoices())
    first = [an_order(forgetful, f"Y{number}") for number in range(15)]
    await some_are_in(forgetful, before + 5)
    yesterday = {key: redis_client.dump(key) for key in redis_client.scan_iter()}
    await forgetful.at_rest(within_s=60)
    second = [an_order(forgetful, f"T{number}") for number in range(5)]

    redis_client.flushall()
    for key, value in yesterday.items():
        if value is not None:
            redis_client.restore(key, 0, value)
    await forgetful.at_rest(within_s=60)

    orders = [*first, *second]
    assert {await forgetful.verdict(order) for order in orders} == {("posted", "")}
    assert [differences(order, forgetful.documents(order)) for order in orders] == [{}] * len(orders)
    marks = [mark_of(one) for one in (*forgetful.books.invoices(), *forgetful.books.payments())]
    assert len(marks) == len(set(marks))


async def some_are_in(world: World, number: int) -> None:
    """Return when Zoho holds *number* invoices, so that the rest is on its way."""
    async with asyncio.timeout(30):
        while len(world.companies.organization.invoices) < number:  # noqa: ASYNC110 - Zoho has no event for us
            await asyncio.sleep(0.005)
