"""The API over loopback: a real server, both companies, a real PostgreSQL, and a program with a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from tests.jobs.conftest import desk, store  # noqa: F401 - their fixtures are ours
from tests.jobs.desk import Desk
from tests.web.conftest import serving

from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.web.api import ApiNeeds, api_routes, openapi
from ml_connector.web.app import Dependencies

ROLES = ("viewer", "operator", "admin")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any


@dataclass
class Program:
    """Asks the API with a token of one role."""

    desk: Desk
    client: aiohttp.ClientSession
    url: str
    role: str | None = "admin"

    def as_(self, role: str | None) -> Program:
        """The same with another role; None: without a token."""
        return Program(self.desk, self.client, self.url, role)

    async def __call__(self, method: str, path: str, **more: Any) -> Answer:
        headers = dict(more.pop("headers", {}))
        if self.role is not None:
            headers["Authorization"] = f"Bearer {token_of(self.role)}"
        address = path if path.startswith("/api") else f"/api/v1{path}"
        async with self.client.request(method, f"{self.url}{address}", headers=headers, **more) as answer:
            return Answer(answer.status, await answer.json(), answer.headers)

    async def get(self, path: str, **params: Any) -> Answer:
        return await self("GET", path, params={name: str(value) for name, value in params.items()})

    async def post(self, path: str, **body: Any) -> Answer:
        return await self("POST", path, json=body)


def token_of(role: str) -> str:
    return f"mlc_{role}_token"


async def diagnosed() -> list[Finding]:
    return [Finding("not_public", "Nobody reaches us.", "Give PUBLIC_URL.", "info")]


@pytest.fixture
async def program(desk: Desk) -> AsyncIterator[Program]:  # noqa: F811
    async with desk.store.transaction() as tx:
        for role in ROLES:
            await desk.store.api_tokens.add(tx, role, role, token_of(role))
    needs = ApiNeeds(
        store=desk.store,
        runtime_of=desk.runtimes.of,
        clock=desk.clock,
        public_url="https://connector.example",
        listening=Listening("https://connector.example/webhooks/shopify", reachable=False),
        diagnose=diagnosed,
    )
    routes = Dependencies(role="web", intake=None, routes=api_routes(needs), openapi=openapi())
    async with serving(routes) as port, aiohttp.ClientSession() as client:
        yield Program(desk, client, f"http://127.0.0.1:{port}")
    await needs.background.close()
