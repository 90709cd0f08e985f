"""The whole process between both companies, to which nobody has connected anything yet."""

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
from tests.journeys.world import NAME, POLICY, UNLIMITED
from tests.pace import quick_companies
from tests.web.oauth.conftest import Browser

from ml_connector.cli.companies import SHOP, Companies
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.connecting.grants import StoredGrants
from ml_connector.sandbox.shopify import LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.settings import Settings, load_settings
from ml_connector.store.connections import Connection
from ml_connector.wiring import Application, migrate, opened
from ml_connector.wiring.process import Process


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

    async def at_rest(self, *, within_s: float = 30.0) -> None:
        """Return when every webhook has been delivered and no order waits."""
        connection = await self.connection()
        async with asyncio.timeout(within_s):
            while self._undelivered or await self._outstanding(connection.id):  # noqa: ASYNC110 - two companies' doing
                await asyncio.sleep(0.05)

    @property
    def _undelivered(self) -> int:
        return sum(one.state in ("waiting", "flying") for one in self.companies.shopify.outbox.deliveries)

    async def _outstanding(self, connection_id: int) -> int:
        async with self.app.store.at_once() as tx:
            return sum(work.outstanding for work in await self.app.store.subjects.work(tx, connection_id))

    async def wait_for_health(self, health: str, *, within_s: float = 30.0) -> Connection:
        async with asyncio.timeout(within_s):
            while (found := await self.connection()).health != health:  # noqa: ASYNC110 - another process may write it
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def running(
    database_url: str, folder: Path, port: int, *, companies_at: str = "127.0.0.1"
) -> AsyncIterator[Running]:
    """
    Args:
        companies_at: The host by which both companies are known. `localhost` is another site than ours to a browser,
            as they are in earnest, so its rules for cookies hold.
    """
    url = f"http://127.0.0.1:{port}"
    async with quick_companies(public_url=url) as companies:
        companies.organization.switches.set(minute_limit=UNLIMITED, day_limit=UNLIMITED, minute_block=UNLIMITED)
        settings = _settings(companies, database_url, folder, url, companies_at)
        await migrate(settings)
        async with (
            opened(settings) as app,
            _served(app, port),
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            yield Running(companies, app, url, Browser(session, companies.credentials.zoho_endpoint))


def _settings(companies: Companies, database_url: str, folder: Path, url: str, companies_at: str) -> Settings:
    known = companies.credentials
    shopify, zoho = (
        address.replace("127.0.0.1", companies_at) for address in (known.shopify_endpoint, known.zoho_endpoint)
    )
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
        shopify_endpoint=shopify,
        zoho_accounts_endpoint=zoho,
        zoho_api_endpoint=zoho,
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
