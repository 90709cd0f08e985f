"""Business of before the connection, and of a period that the accountant has closed: nobody posts into it unasked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.telling import tell_all
from tests.journeys.world import World, a_world, differences
from tests.tables import NewDatabase

from ml_connector.sandbox.shopify.kinds import Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connected_today(new_database: NewDatabase) -> AsyncIterator[World]:
    """A connection whose documents begin with the last two days."""
    start = datetime.now(UTC).date() - timedelta(days=2)
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, policy={"start_date": start.isoformat()}) as made:
            yield made


def lock_last_month(world: World) -> None:
    """Let the accountant close everything up to the end of last month."""
    last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    world.companies.zoho.human(world.companies.organization).lock_until(last)


async def test_an_order_from_before_the_connection_is_not_posted_when_it_is_touched(connected_today: World) -> None:
    told = await tell_all(connected_today, ["an order from before the connection"], staged=True)

    order = told["an order from before the connection"].story.order
    assert await connected_today.verdict(order) == ("excluded", "before_start_date")
    assert connected_today.documents(order).invoices == []


async def test_a_refund_of_an_order_from_before_the_start_is_asked_about(connected_today: World) -> None:
    told = await tell_all(connected_today, ["refund of an order before the start date"], staged=True)

    order = told["refund of an order before the start date"].story.order
    verdict, _ = await connected_today.verdict(order)
    assert verdict == "held"
    assert connected_today.documents(order).creditnotes == []
    assert await connected_today.sentence(order)


async def test_an_invoice_of_a_month_closed_since_is_credited_today_when_its_order_is_cancelled(world: World) -> None:
    story = Story.begin(world.shop, "cancelled in a locked period")
    await world.at_rest()
    assert await world.verdict(story.order) == ("posted", "")

    lock_last_month(world)
    story.finish()
    await world.at_rest()

    found = world.documents(story.order)
    assert await world.verdict(story.order) == ("posted", "")
    assert found.void == []
    assert len(found.creditnotes) == 1
    assert differences(story.order, found) == {}


async def test_an_order_of_a_closed_month_is_held(world: World) -> None:
    lock_last_month(world)
    told = await tell_all(world, ["an order in a locked period"], staged=True)

    order = told["an order in a locked period"].story.order
    verdict, code = await world.verdict(order)
    assert (verdict, code) == ("held", "period_locked")
    assert world.documents(order).invoices == []
