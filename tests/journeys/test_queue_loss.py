"""The queue may forget everything: the tables are the truth, on both of BullMQ's back ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.world import World, a_world, differences, mark_of

from ml_connector.sandbox.shopify import CustomerSpec, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def forgetful(empty_database: str, queue_address: str | None) -> AsyncIterator[World]:
    with a_folder() as folder:
        async with a_world(empty_database, folder, redis_url=queue_address) as made:
            yield made


async def test_emptying_the_queue_in_the_middle_loses_nothing_and_doubles_nothing(forgetful: World) -> None:
    shop = forgetful.shop
    tea = (LineSpec(title="Tea", price=Decimal("10.00")),)
    address = person_in("DE").address
    orders = [
        shop.place_order(
            OrderSpec(
                tea,
                customer=CustomerSpec("Lost", str(number), f"lost{number}@example.com", address=address),
                taxes=(TaxSpec("MwSt", Decimal("0.19")),),
            )
        )
        for number in range(ORDERS)
    ]
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


async def some_are_in(world: World, number: int) -> None:
    """Return when Zoho holds *number* invoices, so that the rest is on its way."""
    async with asyncio.timeout(30):
        while len(world.companies.organization.invoices) < number:  # noqa: ASYNC110 - Zoho has no event for us
            await asyncio.sleep(0.005)
