"""The web side over loopback: a real uvicorn, real sockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest

from ml_connector.store.deliveries import Accepted, Delivery
from ml_connector.store.errors import StoreUnavailable
from ml_connector.web.app import Dependencies, IntakeNeeds, create_app
from ml_connector.web.intake.ports import Signer
from ml_connector.web.serving import Server

SHOP = "acme.myshopify.com"
SECRET = "shpss_acme"
BODY = b'{"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"}'


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def shopify_headers(
    body: bytes = BODY, *, webhook_id: str = "w-1", secret: str = SECRET, **other: str
) -> dict[str, str]:
    """What Shopify sends, valid by default; `topic="orders/paid"` replaces one, `topic=""` leaves it out."""
    named = {
        "topic": "orders/create",
        "hmac-sha256": signature(body, secret),
        "shop-domain": SHOP,
        "webhook-id": webhook_id,
        "event-id": "e-1",
        "triggered-at": "2026-03-30T14:30:00.123456789Z",
        "api-version": "2026-04",
    } | {name.replace("_", "-"): value for name, value in other.items()}
    return {f"X-Shopify-{name.title()}": value for name, value in named.items() if value}


NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


class StillClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 1000.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class MemoryInbox:
    """Keeps deliveries like the store does, can be held up, and can be away."""

    kept: dict[tuple[str, str, str], Delivery] = field(default_factory=dict)
    repeats: int = 0
    commits: list[int] = field(default_factory=list)
    away: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)
    poison: bytes = b"\0poison"

    def __post_init__(self) -> None:
        self.open.set()

    async def accept_many(self, deliveries: Sequence[Delivery]) -> Sequence[Accepted]:
        await self.open.wait()
        if self.away:
            raise StoreUnavailable("connection refused")
        if any(delivery.body == self.poison for delivery in deliveries):
            raise ValueError("a value that PostgreSQL does not take")
        self.commits.append(len(deliveries))
        return [Accepted(1, repeat=not self._keep(delivery)) for delivery in deliveries]

    def _keep(self, delivery: Delivery) -> bool:
        key = (delivery.source, delivery.shop, delivery.webhook_id)
        if key in self.kept:
            self.repeats += 1
            return False
        self.kept[key] = delivery
        return True


@dataclass
class Signers:
    """Who may sign, by shop or connection, and how often anybody asked."""

    by_name: dict[str, tuple[Signer, ...]]
    asked: list[str] = field(default_factory=list)
    away: bool = False

    async def __call__(self, name: str) -> Sequence[Signer]:
        self.asked.append(name)
        if self.away:
            raise StoreUnavailable("connection refused")
        return self.by_name.get(name, ())


@dataclass
class Site:
    """One running web side, and a client for it."""

    inbox: MemoryInbox
    shopify_signers: Signers
    zoho_signers: Signers
    port: int = 0
    client: aiohttp.ClientSession = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def post(self, body: bytes = BODY, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        """Deliver one webhook of Shopify's; status, headers and text of the answer."""
        given = shopify_headers(body) if headers is None else headers
        async with self.client.post(f"{self.url}/webhooks/shopify", data=io.BytesIO(body), headers=given) as answer:
            return answer.status, dict(answer.headers), await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()


def a_site() -> Site:
    """Nobody listens yet."""
    return Site(
        MemoryInbox(),
        Signers({SHOP: (Signer(1, SECRET), Signer(1, "older"))}),
        Signers({"acme": (Signer(1, "zoho-secret"),)}),
    )


Serve = Callable[[Dependencies], AbstractAsyncContextManager[int]]


@asynccontextmanager
async def serving(needs: Dependencies, port: int = 0) -> AsyncIterator[int]:
    """The application on a port of the kernel's choice."""
    server = Server(create_app(needs), "127.0.0.1", port, drain_s=5)
    task = asyncio.create_task(server.run())
    await server.listening()
    try:
        yield server.port
    finally:
        server.stop()
        await task


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """The webhook routes of a shop called acme."""
    site = a_site()
    needs = Dependencies(
        role="web", intake=IntakeNeeds(site.inbox, site.shopify_signers, site.zoho_signers), clock=StillClock()
    )
    async with serving(needs) as port, aiohttp.ClientSession() as client:
        site.port = port
        site.client = client
        yield site
