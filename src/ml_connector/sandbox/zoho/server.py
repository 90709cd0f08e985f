"""Zoho on a port: serves the company and makes its webhook calls."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp

from ml_connector.sandbox.http import Server, serve
from ml_connector.sandbox.zoho.company import ZohoCompany
from ml_connector.sandbox.zoho.webhooks import Delivery

DELIVERY_TIMEOUT_S = 10.0
LOOK_EVERY_S = 0.2


class ZohoServer:
    """A served company; `url` is where its accounts servers and its API are."""

    def __init__(self, company: ZohoCompany, server: Server, courier: asyncio.Task[None]) -> None:
        self.company = company
        self._server = server
        self._courier = courier

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return self._server.url

    async def close(self) -> None:
        """Stop serving and stop making webhook calls."""
        self._courier.cancel()
        with suppress(asyncio.CancelledError):
            await self._courier
        await self._server.close()


async def start(company: ZohoCompany, host: str = "127.0.0.1", port: int = 0) -> ZohoServer:
    """Serve *company*; port 0 lets the kernel choose."""
    server = await serve(company.handle, host, port)
    return ZohoServer(company, server, asyncio.create_task(_deliver_for_ever(company)))


async def _deliver_for_ever(company: ZohoCompany) -> None:
    timeout = aiohttp.ClientTimeout(total=DELIVERY_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            await deliver_due(company, session)
            await asyncio.sleep(LOOK_EVERY_S)


async def deliver_due(company: ZohoCompany, session: aiohttp.ClientSession) -> int:
    """Make the webhook calls that are due, and say how many they were."""
    due = company.due_deliveries()
    for organization_id, delivery in due:
        status = await _send(session, delivery)
        company.delivered(organization_id, delivery.delivery_id, status)
    return len(due)


async def _send(session: aiohttp.ClientSession, delivery: Delivery) -> int | None:
    """The status that came back; None when nobody answered."""
    try:
        async with session.request(
            delivery.method, delivery.url, data=delivery.body, headers=delivery.headers
        ) as answered:
            return answered.status
    except (aiohttp.ClientError, TimeoutError):
        return None
