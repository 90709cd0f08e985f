"""A customer through the whole process: from the shop to Zoho, back with Zoho's own webhook, and at rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.world import World, a_world

from ml_connector.jobs.connecting.zoho_hooks import repair_hooks
from ml_connector.sandbox.shopify.kinds import Story
from ml_connector.sandbox.shopify.spec import CustomerSpec

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(database_url: str) -> AsyncIterator[World]:
    with a_folder() as folder:
        async with a_world(database_url, folder, policy={"customers_back": "on"}) as made:
            await told_of_everything(made)
            yield made


async def told_of_everything(world: World) -> None:
    """Zoho's webhooks are made, by the worker's round or, where that found somebody else at it, by us."""
    run = await world.app.runtimes.of(world.connection_id)
    async with asyncio.timeout(150):
        while len(world.companies.organization.automation.workflows) < 8:
            await repair_hooks(run, world.app.listening.zoho_address(run.name))
            await asyncio.sleep(0.2)


async def until(true: Callable[[], bool], *, within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - other processes have no event for us
            await asyncio.sleep(0.05)


def contacts(world: World, email: str) -> list[dict[str, Any]]:
    return [one for one in world.books.contacts() if one["email"] == email]


async def test_what_a_bookkeeper_corrects_is_in_the_shop_a_moment_later_and_nothing_goes_round(both: World) -> None:
    customer = both.shop.add_customer(CustomerSpec("Ada", "Lovelace", "ada@example.com"))
    await both.at_rest()
    (contact,) = contacts(both, "ada@example.com")
    automation = both.companies.organization.automation
    await until(lambda: not automation.waiting)
    await both.at_rest()
    await until(lambda: datetime.now(UTC) - customer.created_at > timedelta(seconds=2))  # Zoho counts seconds

    both.companies.zoho.human(both.companies.organization).edit_contact(
        contact["contact_id"], phone="+49301234567", last_name="King"
    )
    await until(lambda: customer.phone == "+49301234567" and not automation.waiting)
    await both.at_rest()

    assert customer.last_name == "King"
    (after,) = contacts(both, "ada@example.com")
    assert after["contact_id"] == contact["contact_id"]
    assert await both.outstanding() == 0


async def test_zoho_s_own_word_confirms_what_was_posted(both: World) -> None:
    order = Story.begin(both.shop, "single line").order
    await both.at_rest()

    await until(lambda: not both.companies.organization.automation.waiting)
    await both.at_rest()

    assert await both.verdict(order) == ("posted", "")
    async with both.app.store.at_once() as tx:
        told = await both.app.store.deliveries.page(tx, connection_id=both.connection_id, limit=200)
    assert {"invoice/changed", "customer_payment/changed"} <= {one.topic for one in told if one.source == "zoho"}
