"""Everything that the demonstration plays on, opened and closed as one: companies, database, connector, connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from pydantic import SecretStr

from ml_connector import wiring
from ml_connector.cli.companies import Companies, two_companies
from ml_connector.cli.demo.policy import policy
from ml_connector.cli.demo.signing_in import NAME, signed_in
from ml_connector.jobs.connecting.check import Checked
from ml_connector.jobs.connecting.connect import connect
from ml_connector.jobs.connecting.document import read_document
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.settings import Settings, load_settings
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.keys import Key
from ml_connector.wiring.process import Process

CALLS_A_MINUTE = 6000
"""What the simulated Zoho allows here. The real one allows 100, and 50 orders would take about two minutes longer."""
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stage:
    """The connector with its two companies, connected."""

    app: wiring.Application
    companies: Companies
    address: str
    connection_id: int
    checked: Checked

    @property
    def shop(self) -> Shop:
        return self.companies.shopify.shop(self.companies.credentials.shop)


@asynccontextmanager
async def stage(base: Settings, port: int) -> AsyncIterator[Stage]:
    """Open it on a fresh database in `DATA_DIR/demo`, and connect.

    Raises:
        Unusable, EmbeddedTrouble: the database cannot be made.
        OSError: a port cannot be listened on.
    """
    port = port or _free_port()
    address = f"http://{HOST}:{port}"
    async with two_companies(public_url=address) as companies, _database(base) as url:
        companies.organization.switches.set(minute_limit=CALLS_A_MINUTE, minute_block=10 * CALLS_A_MINUTE)
        settings = _settings(base, companies, url, address, port)
        await wiring.migrate(settings)
        async with wiring.opened(settings) as app, _serving(app, port):
            connection_id, checked = await connected(app, companies, address)
            async with app.store.at_once() as tx:
                organization = f"{companies.credentials.region}:{companies.credentials.organization_id}"
                await app.store.allowances.configure(tx, organization, per_minute=CALLS_A_MINUTE)
            yield Stage(app, companies, address, connection_id, checked)


async def connected(app: wiring.Application, companies: Companies, address: str) -> tuple[int, Checked]:
    """Connect the shop with the organisation as a browser would, then choose the policy; and what was found.

    Raises:
        Stop: the browser did not come back to where a connection is shown.
    """
    await signed_in(app, companies, address)
    document = read_document(msgspec.json.encode({"name": NAME, "policy": policy(app.clock.now().date())}))
    done = await connect(document, app.store, app.runtimes.of, app.listening, who="demo")
    return done.connection.id, done.checked


@asynccontextmanager
async def _database(base: Settings) -> AsyncIterator[str]:
    """A database of the demonstration's own, empty each time; the installation's is not touched."""
    async with EmbeddedPostgres(_folder(base)) as server:
        yield await asyncio.to_thread(server.fresh_database, "demo")


def _folder(base: Settings) -> Path:
    return base.data_dir / "demo"


def _settings(base: Settings, companies: Companies, url: str, address: str, port: int) -> Settings:
    """The operator's settings for logs and speed, everything else the demonstration's own."""
    credentials = companies.credentials
    return load_settings(
        env_file=None,
        data_dir=_folder(base),
        database_url=SecretStr(url),
        redis_url=base.redis_url,
        secret_key=SecretStr(Key.made().text),
        public_url=address,
        host=HOST,
        port=port,
        shopify_client_id=credentials.shopify_client_id,
        shopify_client_secret=SecretStr(credentials.shopify_client_secret),
        zoho_client_id=credentials.zoho_client_id,
        zoho_client_secret=SecretStr(credentials.zoho_client_secret),
        shopify_endpoint=credentials.shopify_endpoint,
        zoho_accounts_endpoint=credentials.zoho_endpoint,
        zoho_api_endpoint=credentials.zoho_endpoint,
        allow_http_endpoints=True,
        worker_concurrency=base.worker_concurrency,
    )


@asynccontextmanager
async def _serving(app: wiring.Application, port: int) -> AsyncIterator[None]:
    """The connector as `serve` runs it, web and worker side, until the block ends."""
    process = Process(app, "all", HOST, port)
    up = asyncio.Event()
    running = asyncio.create_task(process.run(lambda _: up.set()))
    listening = asyncio.create_task(up.wait())
    await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    try:
        if not running.done():
            yield
    finally:
        process.stop()
        await running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
