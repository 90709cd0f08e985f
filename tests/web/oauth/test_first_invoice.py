"""From the first click to the first invoice, through the whole process; and what happens when access is taken away."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from tests.conftest import a_folder
from tests.journeys.world import NAME, POLICY, UNLIMITED
from tests.web.oauth.conftest import Browser, a_port

from ml_connector.cli.companies import SHOP, Companies, two_companies
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.connecting.grants import StoredGrants
from ml_connector.sandbox.shopify import LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.settings import Settings, load_settings
from ml_connector.store.connections import Connection
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.wiring import Application, migrate, opened
from ml_connector.wiring.process import Process
from ml_connector.zoho import errors

TOTAL = Decimal("11.90")


@dataclass
class Running:
    """Both companies, the connector that runs, and a browser; nobody has connected anything."""

    companies: Companies
    app: Application
    url: str
    browser: Browser

    async def click(self, vendor: str, **query: str) -> str:
        """Start connecting with a fresh ticket; the address where the browser ends."""
        ticket = StoredGrants(self.app.store, self.app.send, self.app.clock).ticket(NAME)
        query = {"connection": NAME, "ticket": ticket, **query}
        return (await self.browser.open(f"{self.url}/oauth/{vendor}/start?{urlencode(query)}")).url

    async def connect(self) -> str:
        return await self.click("shopify", shop=SHOP, then="zoho", region="eu")

    async def choose_accounts(self) -> None:
        """As the owner does in the console: where the money goes."""
        document = read_document(json.dumps({"name": NAME, "policy": POLICY}))
        await save(document, self.app.store, who="a test")

    async def connection(self) -> Connection:
        async with self.app.store.at_once() as tx:
            found = await self.app.store.connections.named(tx, NAME)
        assert found is not None
        return found

    def order(self) -> Order:
        """A box of tea to Germany, paid: 10.00 + 19 %."""
        line = LineSpec(title="Tea", price=Decimal("10.00"))
        spec = OrderSpec(lines=(line,), customer=person_in("DE"), taxes=(TaxSpec("MwSt", Decimal("0.19")),))
        return self.companies.shopify.shop(SHOP).place_order(spec)

    async def invoiced(self, order: Order, *, within_s: float = 30.0) -> Decimal:
        """The total of the one invoice of *order*, when it is there."""
        books = self.companies.zoho.books(self.companies.organization)
        async with asyncio.timeout(within_s):
            while not (found := [one for one in books.invoices() if one["reference_number"] == order.name]):  # noqa: ASYNC110 - the books are another company's
                await asyncio.sleep(0.05)
        (invoice,) = found
        return Decimal(str(invoice["total"]))

    async def wait_for_health(self, health: str, *, within_s: float = 30.0) -> Connection:
        async with asyncio.timeout(within_s):
            while (found := await self.connection()).health != health:  # noqa: ASYNC110 - another process may write it
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def running(database_url: str, folder: Path, port: int) -> AsyncIterator[Running]:
    url = f"http://127.0.0.1:{port}"
    async with two_companies(public_url=url) as companies:
        companies.organization.switches.set(minute_limit=UNLIMITED, day_limit=UNLIMITED, minute_block=UNLIMITED)
        settings = _settings(companies, database_url, folder, url)
        await migrate(settings)
        async with (
            opened(settings) as app,
            _served(app, port),
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            yield Running(companies, app, url, Browser(session, companies.credentials.zoho_endpoint))


def _settings(companies: Companies, database_url: str, folder: Path, url: str) -> Settings:
    known = companies.credentials
    return load_settings(
        env_file=None,
        data_dir=folder,
        database_url=database_url,
        secret_key=base64.urlsafe_b64encode(b"k" * 32).decode(),
        public_url=url,
        shopify_client_id=known.shopify_client_id,
        shopify_client_secret=known.shopify_client_secret,
        zoho_client_id=known.zoho_client_id,
        zoho_client_secret=known.zoho_client_secret,
        shopify_endpoint=known.shopify_endpoint,
        zoho_accounts_endpoint=known.zoho_endpoint,
        zoho_api_endpoint=known.zoho_endpoint,
        allow_http_endpoints=True,
    )


@asynccontextmanager
async def _served(app: Application, port: int) -> AsyncIterator[None]:
    process = Process(app, "all", "127.0.0.1", port)
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(process.run(up.set_result))
    await asyncio.wait({up, task}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        process.stop()
        await task


@pytest.fixture
async def world(postgres: EmbeddedPostgres) -> AsyncIterator[Running]:
    with a_folder() as folder, a_port() as port:
        async with running(postgres.fresh_database("clicks"), folder, port) as world:
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
