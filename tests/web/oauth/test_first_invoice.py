"""From the first click to the first invoice, through the whole process; and what happens when access is taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from tests.conftest import a_folder
from tests.journeys.world import NAME
from tests.tables import NewDatabase
from tests.web.oauth.conftest import a_port
from tests.web.oauth.running import Running, running

from ml_connector.cli.companies import SHOP
from ml_connector.zoho import errors

TOTAL = Decimal("11.90")


@pytest.fixture
async def world(new_database: NewDatabase) -> AsyncIterator[Running]:
    with a_folder() as folder, a_port() as port:
        async with running(new_database(), folder, port) as world:
            yield world


async def test_from_the_first_click_to_the_first_invoice(world: Running) -> None:
    arrived = await world.connect()

    connection = await world.connection()
    assert arrived == f"{world.url}/connect?connection={NAME}"
    assert (connection.health, connection.organization_id) == ("ok", world.companies.organization.organization_id)
    subscribed = {one.topic for one in world.companies.shopify.shop(SHOP).subscriptions.values()}
    assert {"ORDERS_CREATE", "REFUNDS_CREATE", "APP_UNINSTALLED"} <= subscribed

    await world.choose_accounts()
    order = world.order()

    assert await world.invoiced(order) == TOTAL


async def test_access_that_was_revoked_pauses_the_connection_and_connecting_again_posts_what_waited(
    world: Running,
) -> None:
    await world.connect()
    await world.choose_accounts()
    first = world.order()
    await world.invoiced(first)
    centre = world.companies.zoho.centres["eu"]
    for token in list(centre.refresh_tokens):
        centre.revoke(token)
    waiting = world.order()
    paused = await world.wait_for_health("paused")
    assert "Zoho no longer accepts our connection" in (paused.health_reason or "")

    await world.click("zoho")

    assert await world.invoiced(waiting) == TOTAL
    assert (await world.connection()).health == "ok"


async def test_zohos_token_is_renewed_when_its_hour_is_over(world: Running) -> None:
    await world.connect()
    await world.choose_accounts()
    connection = await world.connection()
    run = await world.app.runtimes.of(connection.id)
    first = await run.zoho.token()
    centre = world.companies.zoho.centres["eu"]
    centre.access_tokens.clear()

    order = world.order()

    assert await world.invoiced(order) == TOTAL
    assert (await run.zoho.token()).access != first.access


async def test_a_refresh_token_that_zoho_pushed_out_is_told_as_what_it_is(world: Running) -> None:
    """The 21st refresh token of a user and client silently deletes the oldest, and its access tokens."""
    await world.connect()
    connection = await world.connection()
    client = world.companies.zoho.clients[world.companies.credentials.zoho_client_id]
    for _ in range(20):
        world.companies.zoho.connect(client)
    run = await world.app.runtimes.of(connection.id)

    with pytest.raises(errors.ConnectionRevoked) as told:
        await run.zoho.organisations()

    assert "Zoho no longer accepts our connection" in told.value.text
