"""A terminal, and two companies that a command can reach over HTTP while it has the main thread to itself."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from tests.conftest import a_folder
from tests.pace import quick_companies
from tests.tables import NewDatabase

from ml_connector.cli import run
from ml_connector.cli.companies import Companies
from ml_connector.cli.demo.policy import policy
from ml_connector.sandbox.shopify.kinds import tell
from ml_connector.sandbox.shopify.model import Order
from ml_connector.settings import PREFIX

T = TypeVar("T")
PLENTY = 100_000
"""Calls a minute, for tests that are about commands and not about pace."""
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Runs commands in this process, as `ml-connector …` would, with the settings that the test has made."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str) -> Said:
        self.capture.readouterr()
        status = run(arguments)
        said = self.capture.readouterr()
        return Said(status, said.out, said.err)

    def set(self, **settings: str) -> None:
        """Change settings, by their names without prefix."""
        for name, value in settings.items():
            self.patch.setenv(f"{PREFIX}{name}", value)


class Elsewhere:
    """An event loop in a thread of its own, because commands bring their own loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        self.do(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @staticmethod
    async def _ended() -> None:
        """Call off what is still being answered, as after a caller that gave up."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Town:
    """Both companies on loopback; what happens there happens in their own thread."""

    companies: Companies
    elsewhere: Elsewhere

    def tell(self, kind: str) -> Order:
        """A story of that kind happens in the shop."""
        return self._do(lambda: tell(self.companies.shopify.shop(self.companies.credentials.shop), kind))

    def switch(self, **switches: Any) -> None:
        """Change how the organisation answers."""
        self._do(lambda: self.companies.organization.switches.set(**switches))

    def document(self, name: str = "acme") -> dict[str, Any]:
        clock = self.companies.shopify.clock
        return self.companies.credentials.document(name, policy(clock().date()))

    def _do(self, what: Callable[[], T]) -> T:
        async def there() -> T:
            return what()

        return self.elsewhere.do(there())


@contextmanager
def a_town() -> Iterator[Town]:
    elsewhere = Elsewhere()
    context = quick_companies()
    companies = elsewhere.do(context.__aenter__())
    try:
        yield Town(companies, elsewhere)
    finally:
        elsewhere.do(context.__aexit__(None, None, None))
        elsewhere.close()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """One shop and one organisation for a module."""
    with a_town() as made:
        yield made


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A terminal without settings, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal(capsys, monkeypatch)


@pytest.fixture
def settled(terminal: Terminal, town: Town, migrated: str) -> Terminal:
    """A terminal whose settings lead to the companies and to a migrated database."""
    for name, value in town.companies.credentials.settings().items():
        terminal.patch.setenv(name, value)
    terminal.set(DATABASE_URL=migrated, SECRET_KEY=KEY)
    return terminal


@pytest.fixture(scope="module")
def migrated(new_database: NewDatabase, town: Town) -> str:
    """The address of a migrated database, new for each module, whose organisation is never out of calls."""
    url = new_database()
    organization = f"{town.companies.credentials.region}:{town.companies.credentials.organization_id}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ml_connector.allowances (organization, per_minute) VALUES (%s, %s)",
            [organization, PLENTY],
        )
    town.switch(minute_limit=PLENTY, minute_block=PLENTY)
    return url


@pytest.fixture
def connected(settled: Terminal, town: Town, tmp_path: Path) -> Terminal:
    """A terminal whose database has the connection `acme` under a policy that posts."""
    file = tmp_path / "acme.json"
    file.write_text(json.dumps(town.document()))
    said = settled("connect", "--file", str(file), "--json")
    assert said.status == 0, said.err
    return settled


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where an embedded database lives for a module, because the first use of one takes seconds."""
    with a_folder() as made:
        yield made
