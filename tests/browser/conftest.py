"""A real browser, Debian's Chromium, and a world for it to look at."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect
from tests.conftest import a_folder, not_here
from tests.journeys.world import World, a_world
from tests.web.oauth.running import Running

from ml_connector.jobs import operators
from ml_connector.sandbox.shopify.kinds import tell

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
expect.set_options(timeout=20_000)
PASSWORD = "correct horse battery"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        not_here(f"no browser: none of {', '.join(PROGRAMS)} is on the path, so the console was not walked through")
    return str(found)


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's source, from npm; a machine without npm goes without this check, and says so."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm, so the pages were not checked with axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "pack", "--silent", "axe-core@4"]
    packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if packed.returncode:
        pytest.skip(f"npm could not bring axe-core: {packed.stderr.strip()[:200]}")
    shutil.unpack_archive(folder / packed.stdout.split()[-1], folder)
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(database_url: str, chromium: str) -> AsyncIterator[World]:
    """Both companies, the connector with its console, and a first few orders: one of them held."""
    with a_folder() as folder:
        async with a_world(database_url, folder) as made:
            for kind in ("line discount", "presentment differs from shop", "line refund", "tax on shipping only"):
                tell(made.shop, kind)
            await made.at_rest()
            yield made


class Window:
    """One person's browser window, which writes down whatever goes wrong and every address that is asked for."""

    def __init__(self, world: World | Running, context: BrowserContext, page: Page) -> None:
        self.world = world
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)

    async def open(self, path: str) -> None:
        await self.page.goto(self.world.url + path)

    async def first_run(self) -> None:
        """Follow the link that is printed while nobody can log in, and choose the first password."""
        link = await operators.first_link(self.world.app.store, self.world.url)
        assert link is not None
        await self.page.goto(link)
        await self.page.get_by_label("Password 10 characters or more").fill(PASSWORD)
        await self.page.get_by_label("The same again").fill(PASSWORD)
        await self.page.get_by_role("button", name="Choose it and go on").click()

    async def log_in(self, name: str, path: str = "/login") -> None:
        await self.open(path)
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Log in").click()

    @property
    def path(self) -> str:
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest_asyncio.fixture(loop_scope="module")
async def window(world: World | Running, browser: Browser) -> AsyncIterator[Window]:
    async with a_window(world, browser) as made:
        yield made


@asynccontextmanager
async def a_window(world: World | Running, browser: Browser) -> AsyncIterator[Window]:
    """A window of its own, with cookies of its own."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    made = Window(world, context, await context.new_page())
    made.page.set_default_timeout(20_000)
    yield made
    await context.close()


def sheet() -> str:
    """The console's stylesheet."""
    root = Path(__file__).parents[2] / "src" / "ml_connector" / "web" / "console" / "static"
    return (root / "console.css").read_text(encoding="utf-8")
