"""Both companies on loopback, our web side in front of a real store, and a browser with cookies."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
from tests.tables import Tables
from tests.web.conftest import serving
from yarl import URL

from ml_connector.jobs.connecting import kinds
from ml_connector.net import HttpRequest, HttpResponse, Send
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify import server as shopify_server
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho import server as zoho_server
from ml_connector.sandbox.zoho.oauth import Client
from ml_connector.settings import Settings, load_settings
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.web.app import Dependencies
from ml_connector.web.oauth import OAuthNeeds, oauth_routes
from ml_connector.zoho import regions

SHOP = "acme.myshopify.com"
OTHER_SHOP = "other.myshopify.com"


@dataclass
class Clock:
    """The one clock of all three: it moves only when told."""

    moment: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.forward(seconds=seconds)

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(frozen=True)
class Page:
    """Where a browser ended."""

    status: int
    url: str
    body: str
    headers: dict[str, str]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))

    @property
    def links(self) -> list[str]:
        return [part.split('"', 1)[0].replace("&amp;", "&") for part in self.body.split('<a href="')[1:]]


@dataclass
class Browser:
    """Follows redirects, keeps cookies, and writes down every address it was at."""

    session: aiohttp.ClientSession
    zoho_url: str
    visited: list[str] = field(default_factory=list)

    async def open(self, address: str, *, until: str = "\0") -> Page:
        """Go to *address* and on, and stop before an address that begins with *until*."""
        while True:
            self.visited.append(address)
            async with self.session.get(URL(self._reachable(address), encoded=True), allow_redirects=False) as answer:
                page = Page(answer.status, address, await answer.text(), dict(answer.headers))
            if page.status != 302:
                return page
            address = page.headers["Location"]
            if address.startswith(until):
                return replace(page, url=address)

    def _reachable(self, address: str) -> str:
        """Zoho's accounts servers are played by one server, which tells the region by a prefix."""
        return at_sandbox(address, self.zoho_url)


def at_sandbox(address: str, zoho_url: str) -> str:
    """*address*, with a host of Zoho's replaced by the simulated data centre."""
    for region in regions.REGIONS:
        for host in (region.accounts, region.api):
            if address.startswith(f"{host}/"):
                return f"{zoho_url}/{region.code}{address.removeprefix(host)}"
    return address


@dataclass
class Carrier:
    """The sender of production, which writes down where it went and finds Zoho's hosts at the sandbox."""

    send: Send
    zoho_url: str
    went: list[str] = field(default_factory=list)

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.went.append(request.url)
        return await self.send(replace(request, url=at_sandbox(request.url, self.zoho_url)), timeout_s=timeout_s)


@dataclass
class Operator:
    """Whether whoever comes is signed in to the console."""

    here: bool = False

    async def __call__(self, _request: object) -> bool:
        return self.here


@dataclass
class House:
    """Everything of one test."""

    clock: Clock
    shopify: ShopifyCompany
    zoho: ZohoCompany
    zoho_client: Client
    store: Store
    settings: Settings
    needs: OAuthNeeds
    browser: Browser
    carrier: Carrier
    finished: list[str] = field(default_factory=list)
    operator: Operator = field(default_factory=Operator)

    def start(self, vendor: str, *, ticket: str | None = "", connection: str = "acme", **query: str) -> str:
        """An address to start at, with a fresh ticket unless another is given (None: without)."""
        given = self.needs.grants.ticket(connection) if ticket == "" else ticket
        named = {"connection": connection, **query} | ({"ticket": given} if given else {})
        return f"{self.settings.public_url}/oauth/{vendor}/start?{urlencode(named)}"

    def start_shopify(self, **query: Any) -> str:
        return self.start("shopify", **{"shop": SHOP, **query})

    def start_zoho(self, **query: Any) -> str:
        return self.start("zoho", **query)

    def callback(self, vendor: str) -> str:
        return f"{self.settings.public_url}/oauth/{vendor}/callback"

    async def both(self, **query: Any) -> Page:
        """From the first click to both sides connected."""
        return await self.browser.open(self.start_shopify(**{"then": "zoho", "region": "eu", **query}))

    async def a_browser(self) -> Browser:
        """Another person's, without cookies."""
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return Browser(session, self.browser.zoho_url)

    async def connection(self, name: str = "acme") -> Connection:
        async with self.store.at_once() as tx:
            found = await self.store.connections.named(tx, name)
        assert found is not None
        return found

    async def connections(self) -> list[str]:
        async with self.store.at_once() as tx:
            return [each.name for each in await self.store.connections.all(tx)]

    async def secrets(self, name: str = "acme") -> dict[str, str]:
        connection = await self.connection(name)
        async with self.store.at_once() as tx:
            found = await self.store.credentials.of(tx, connection.id)
        return {kind: value.decode() for kind, value in found.items() if kind != kinds.GUEST_SALT}

    def refresh_tokens(self, region: str = "eu") -> list[str]:
        """The refresh tokens that are alive at Zoho."""
        return list(self.zoho.centres[region].refresh_tokens)


@pytest.fixture
async def store(tables: Tables) -> AsyncIterator[Store]:
    """The store on empty tables."""
    async with await Store.open(tables.empty(), GivenKeys((Key.made(),))) as store:
        yield store


@asynccontextmanager
async def a_house(store: Store, *, zoho_replaced: bool = True, **without: None) -> AsyncIterator[House]:
    """One shop, one organisation in Europe, nothing connected yet.

    Args:
        zoho_replaced: Zoho's addresses are replaced by configuration; else its real ones are used, and found here.
        without: Settings that are left out.
    """
    clock = Clock()
    stack = AsyncExitStack()
    public_url = f"http://127.0.0.1:{stack.enter_context(a_port())}"
    shopify, zoho = ShopifyCompany(clock), ZohoCompany(clock, 7)
    shopify.open_shop(ShopSettings(SHOP))
    shopify.apps[CLIENT_ID].redirect_uris = (f"{public_url}/oauth/shopify/callback",)
    zoho.organization("eu")
    client = zoho.client([f"{public_url}/oauth/zoho/callback"], home="eu")
    async with stack:
        left = await shopify_server.start(shopify)
        stack.push_async_callback(left.close)
        right = await zoho_server.start(zoho)
        stack.push_async_callback(right.close)
        carrier = Carrier(await stack.enter_async_context(AiohttpSender()), right.url)
        settings = _settings(public_url, left.url, right.url if zoho_replaced else None, client, without)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        finished: list[str] = []

        async def finish(name: str) -> None:
            finished.append(name)

        operator = Operator()
        needs = OAuthNeeds.of(settings, store, carrier, clock, finish=finish, may_start=operator)
        browser = Browser(session, right.url)
        house = House(clock, shopify, zoho, client, store, settings, needs, browser, carrier, finished, operator)
        await stack.enter_async_context(_served(needs, public_url))
        yield house


@pytest.fixture
async def house(store: Store) -> AsyncIterator[House]:
    async with a_house(store) as house:
        yield house


@pytest.fixture
async def bare(store: Store) -> AsyncIterator[House]:
    """An installation whose settings name no app."""
    async with a_house(store, shopify_client_id=None, zoho_client_secret=None) as house:
        yield house


def _settings(public_url: str, shopify: str, zoho: str | None, client: Client, without: dict[str, None]) -> Settings:
    given: dict[str, Any] = dict(  # noqa: C408 - the names of settings
        public_url=public_url,
        shopify_client_id=CLIENT_ID,
        shopify_client_secret=CLIENT_SECRET,
        zoho_client_id=client.client_id,
        zoho_client_secret=client.secrets["eu"],
        shopify_endpoint=f"{shopify}/shops/{{shop}}",
        zoho_accounts_endpoint=zoho,
        zoho_api_endpoint=zoho,
        allow_http_endpoints=True,
    )
    return load_settings(env_file=None, **{**given, **without})


def _served(needs: OAuthNeeds, public_url: str) -> Any:
    return serving(
        Dependencies(role="web", intake=None, routes=oauth_routes(needs)), port=urlsplit(public_url).port or 0
    )


@contextmanager
def a_port() -> Iterator[int]:
    """A port of the kernel's choice that nobody else is given while the block lasts.

    It stays bound here without listening, so that our server, which reuses addresses too, can listen on it; closed and
    bound again it could be anybody's by then.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
