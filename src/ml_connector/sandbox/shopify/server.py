"""The sandbox's Shopify on a port, delivering its webhooks.

Source: Shopify webhooks: a delivery has five seconds, and anything but 2xx is a failure.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp

from ml_connector.sandbox.http import Answer, Request, Server, serve
from ml_connector.sandbox.shopify.company import ShopifyCompany
from ml_connector.sandbox.shopify.control import Control
from ml_connector.sandbox.shopify.webhooks import Delivery

DELIVERY_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 1.0
LOOK_EVERY_S = 0.05
AT_ONCE = 32


class AdvancingClock:
    """The real time, put forward on request."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self._ahead += by


class ShopifyServer:
    """A running sandbox. `url` is where it listens; close it when done."""

    def __init__(self, company: ShopifyCompany, server: Server, mail: asyncio.Task[None]) -> None:
        self.company = company
        self.url = server.url
        self._server = server
        self._mail = mail

    async def close(self) -> None:
        """Stop delivering and listening."""
        self._mail.cancel()
        await asyncio.gather(self._mail, return_exceptions=True)
        await self._server.close()


async def start(company: ShopifyCompany | None = None, host: str = "127.0.0.1", port: int = 0) -> ShopifyServer:
    """Put *company* (an empty one by default) on a port and start delivering its webhooks."""
    company = company or ShopifyCompany(AdvancingClock())
    server = await serve(router(company), host, port)
    company.base_url = server.url
    mail = asyncio.create_task(deliver_for_ever(company), name="shopify-sandbox-mail")
    return ShopifyServer(company, server, mail)


class Router:
    """`/_sandbox/…` to the control side, everything else to the company."""

    def __init__(self, company: ShopifyCompany) -> None:
        self._company = company
        self._control = Control(company)

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/_sandbox"):
            return self._control.handle(request)
        return self._company.handle(request)


def router(company: ShopifyCompany) -> Router:
    """A handler for both sides of *company*."""
    return Router(company)


async def deliver_for_ever(company: ShopifyCompany) -> None:
    """Send what is due, as long as this runs."""
    timeout = aiohttp.ClientTimeout(total=DELIVERY_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    # not the connector's own limit: the seconds of a delivery begin when it leaves, not while it waits for others
    room = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        sending: set[asyncio.Task[None]] = set()
        try:
            while True:
                for delivery in company.due_deliveries(company.clock()):
                    task = asyncio.create_task(_deliver(session, company, delivery, room))
                    sending.add(task)
                    task.add_done_callback(sending.discard)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)


async def _deliver(
    session: aiohttp.ClientSession, company: ShopifyCompany, delivery: Delivery, room: asyncio.Semaphore
) -> None:
    async with room:
        status = await _attempt(session, delivery)
    company.delivered(delivery.id, status)


async def _attempt(session: aiohttp.ClientSession, delivery: Delivery) -> int | None:
    """The status that one attempt was answered with; nothing for no answer in time."""
    try:
        async with session.post(
            delivery.uri, data=delivery.body, headers=delivery.headers, allow_redirects=False
        ) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
