"""A connection made in the console writes nothing before its last step, and one that is paused until it goes on.

Every other way to connect begins at once: see `test_first_invoice.py` for a sign-in by address.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.world import NAME
from tests.web.oauth.conftest import a_port
from tests.web.oauth.running import Running, running

from ml_connector.cli.companies import SHOP
from ml_connector.jobs import resting
from ml_connector.jobs.report import status as report
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.store.subjects import Subject

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(database_url: str) -> AsyncIterator[Running]:
    with a_folder() as folder, a_port() as port:
        async with running(database_url, folder, port) as made:
            yield made


def invoices(world: Running) -> list[str]:
    found = world.companies.zoho.books(world.companies.organization).invoices()
    return [each["reference_number"] for each in found]


def gid(order: Order) -> str:
    return f"gid://shopify/Order/{order.id}"


async def planned(world: Running, order: Order, *, within_s: float = 30.0) -> OutcomeRow:
    """The order's row when it was read and waits for posting to go on."""
    connection = await world.connection()
    async with asyncio.timeout(within_s):
        while True:
            async with world.app.store.at_once() as tx:
                row = await world.app.store.outcomes.get(tx, connection.id, gid(order))
            if row is not None and row.reason is not None:
                return row
            await asyncio.sleep(0.05)


async def test_from_the_first_order_that_waits_to_posting_what_comes(world: Running) -> None:
    await world.click("shopify", shop=SHOP, set_up="yes")
    await world.click("zoho", region="eu", set_up="yes")
    await world.choose_accounts()

    first, second = world.order(), world.order()
    rows = [await planned(world, each) for each in (first, second)]

    assert {(row.verdict.value, row.reason.code if row.reason else "") for row in rows} == {("waiting", "not_begun")}
    assert rows[0].facts.total is not None
    assert invoices(world) == []
    row = await standing(world)
    assert row["health"] == "paused"
    assert str(row["reason"]).startswith("Posting has not begun.")

    await resting.post_first(world.app.store, await world.connection(), [gid(first)], "maeve")
    await world.invoiced(first)
    assert invoices(world) == [first.name]

    await resting.begin(world.app.store, await world.connection(), "maeve")
    await world.invoiced(second)
    third = world.order()
    await world.invoiced(third)
    assert (await standing(world))["health"] == "ok"


async def test_what_comes_while_posting_is_paused_is_posted_when_it_goes_on(world: Running) -> None:
    await resting.pause(world.app.store, await world.connection(), "maeve")
    order = world.order()

    waiting = await planned(world, order)

    assert waiting.reason is not None
    assert waiting.reason.text == "Paused by maeve. Orders keep arriving and wait; nothing is written to Zoho."
    assert order.name not in invoices(world)
    async with world.app.store.at_once() as tx:
        state = await world.app.store.subjects.state(tx, Subject((await world.connection()).id, "order", gid(order)))
    assert state is not None
    assert state.outstanding

    assert await resting.begin(world.app.store, await world.connection(), "maeve")
    await world.invoiced(order)
    assert not await resting.begin(world.app.store, await world.connection(), "maeve")


async def test_signing_in_again_from_the_console_stops_nothing(world: Running) -> None:
    await world.click("zoho", region="eu", set_up="yes")

    assert (await world.connection()).resting is None
    await world.invoiced(world.order())


async def standing(world: Running) -> dict[str, object]:
    found = await report.standing(world.app.store, await world.connection())
    (row,) = report.connections(found)["connections"]
    assert row["name"] == NAME
    return row
