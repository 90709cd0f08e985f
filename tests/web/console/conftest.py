"""The console over loopback: a real server, a real PostgreSQL, and a browser that keeps cookies and sends forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp
import pytest_asyncio
from tests.tables import Tables
from tests.web.conftest import serving
from yarl import URL

from ml_connector.jobs import operators
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.web.app import Dependencies
from ml_connector.web.console import ConsoleNeeds, console_routes, for_browsers

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that moves only when told."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Page:
    """What a browser shows."""

    status: int
    path: str
    """With its query."""
    body: str
    headers: Mapping[str, str]

    @property
    def heading(self) -> str:
        """The `h1` as text."""
        return self.text_of("h1")

    def text_of(self, tag: str) -> str:
        found = re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}>", self.body, re.DOTALL)
        return plain(found[1]) if found else ""

    @property
    def text(self) -> str:
        """Everything a person reads on the page itself, without the navigation."""
        return plain(self.body.split("<main", 1)[-1].split("</main>", 1)[0])

    @property
    def token(self) -> str:
        found = re.search(r'name="form" value="([^"]*)"', self.body)
        return found[1] if found else ""

    @property
    def forms(self) -> list[str]:
        """Where its forms go."""
        return [unescape(each) for each in re.findall(r'<form method="post" action="([^"]*)"', self.body)]

    @property
    def links(self) -> list[str]:
        return [unescape(each) for each in re.findall(r'<a\b[^>]*? href="([^"]*)"', self.body)]


def plain(html: str) -> str:
    """The text of a piece of HTML, spaces made one."""
    without = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", without))).strip()


@dataclass
class Browser:
    """Follows redirects, keeps cookies, and sends a form as the page before had it."""

    url: str
    session: aiohttp.ClientSession
    page: Page = field(default_factory=lambda: Page(0, "", "", {}))

    async def open(self, path: str, **headers: str) -> Page:
        return await self._go("GET", path, None, headers)

    async def send(self, path: str, *, token: str | None = None, **fields: str) -> Page:
        """Send a form to *path*, with the word of the page that is open, or with *token*."""
        given = {"form": self.page.token if token is None else token, **fields}
        return await self._go("POST", path, given, {"Referer": f"{self.url}{self.page.path}"})

    async def log_in(self, name: str, password: str = PASSWORD) -> Page:
        await self.open("/login")
        return await self.send("/login", name=name, password=password)

    def cookie(self, name: str) -> str:
        kept = self.session.cookie_jar.filter_cookies(URL(self.url))
        return kept[name].value if name in kept else ""

    def forget(self) -> None:
        self.session.cookie_jar.clear()

    async def _go(self, method: str, path: str, data: dict[str, str] | None, headers: Mapping[str, str]) -> Page:
        given = {"Accept": "text/html", **headers}
        async with self.session.request(method, URL(self.url + path, encoded=True), data=data, headers=given) as answer:
            parts = urlsplit(str(answer.url))
            where = parts.path + (f"?{parts.query}" if parts.query else "")
            self.page = Page(answer.status, where, await answer.text(), dict(answer.headers))
        return self.page


@dataclass
class Site:
    """One console and the store behind it."""

    store: Store
    clock: Clock
    url: str
    knocks: list[None]

    async def operator(self, name: str, role: str, password: str = PASSWORD) -> None:
        kept = _HASHES.get(password) or await operators.hash_password(password)
        _HASHES[password] = kept
        async with self.store.at_once() as tx:
            await self.store.operators.save(tx, name, role, password_hash=kept)


_HASHES: dict[str, str] = {}
"""Hashing is slow on purpose; the same password is hashed once for all tests."""


async def no_company(_connection_id: int) -> Runtime:
    """For pages that ask neither Shopify nor Zoho."""
    never()


def never() -> NoReturn:
    raise AssertionError("this page asks nobody")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tables: Tables) -> AsyncIterator[Site]:
    """A console of its own for each module."""
    clock, knocks = Clock(), list[None]()
    async with await Store.open(tables.empty(), GivenKeys((Key.made(),))) as store:
        needs = ConsoleNeeds(store, no_company, clock, "http://127.0.0.1:8000", lambda: knocks.append(None))
        async with serving(
            Dependencies(role="web", intake=None, routes=console_routes(needs), for_browsers=for_browsers(needs))
        ) as port:
            yield Site(store, clock, f"http://127.0.0.1:{port}", knocks)


@asynccontextmanager
async def a_browser(site: Site) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Browser(site.url, session)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(site: Site) -> AsyncIterator[Browser]:
    """Nobody is logged in."""
    async with a_browser(site) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def clean(site: Site, tables: Tables) -> Site:
    """The site without anybody and anything."""
    site.clock.moment = NOW
    site.knocks.clear()
    # in a thread: the site may be at something on this loop
    await asyncio.to_thread(tables.empty, but=("keys",))
    return site
