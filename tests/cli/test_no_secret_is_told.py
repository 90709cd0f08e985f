"""Every secret of a whole run, searched for in everything that anybody else could read of it.

Places where a secret belongs are left out by name: the key file, the document and the words that are shown once.
"""

from __future__ import annotations

import asyncio
import base64
import html
import http.cookiejar
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psutil
import psycopg
import pytest
from tests.cli.conftest import PLENTY, Terminal, Town, a_town
from tests.conftest import ROOT, a_folder

from ml_connector.cli.demo.policy import policy
from ml_connector.jobs.clock import SystemClock
from ml_connector.jobs.connecting.grants import StoredGrants
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.sandbox.shopify import CLIENT_ID
from ml_connector.store import Store
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.keys import KeyFile

PASSWORD = "a horse, a battery, a staple"
WITHIN_S = 60
REPORTS: tuple[tuple[str, ...], ...] = (
    ("connections",),
    ("ping",),
    ("status",),
    ("orders",),
    ("policy", "clicked"),
    ("doctor",),
    ("operators", "list"),
    ("tokens", "list"),
)


@dataclass
class Searched:
    """The secrets of a run, and what was said where."""

    secrets: dict[str, str] = field(default_factory=dict)
    said: dict[str, bytes] = field(default_factory=dict)

    def know(self, **secrets: str) -> None:
        self.secrets.update({name: text for name, text in secrets.items() if text})

    def heard(self, where: str, what: bytes | str) -> None:
        self.said[where] = what.encode() if isinstance(what, str) else what

    def found(self) -> list[str]:
        """Each secret that stands somewhere, in any of the ways in which text is written."""
        return [
            f"{name} in {where}"
            for name, secret in self.secrets.items()
            for where, what in self.said.items()
            if any(way in what for way in _ways(secret))
        ]


def _ways(secret: str) -> set[bytes]:
    raw = secret.encode()
    return {raw, quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"="), raw.hex().encode()}


@dataclass
class Web:
    """A browser with cookies; every page that it sees is kept."""

    searched: Searched
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def open(self, address: str, form: Mapping[str, str] | None = None, **headers: str) -> str:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        body = None if form is None else urlencode(form).encode()
        request = urllib.request.Request(address, body, headers)
        try:
            with opener.open(request, timeout=WITHIN_S) as answer:
                page = answer.read()
        except urllib.error.HTTPError as refused:
            page = refused.read()
        self.searched.heard(f"page {len(self.searched.said)} {address.partition('?')[0]}", page)
        return page.decode("utf-8", "replace")


@contextmanager
def serving(folder: Path, port: int, settings: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("ML_CONNECTOR_")}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ml_connector", "serve", "--port", str(port)],
            env={**given, **settings, "PYTHONPATH": str(ROOT / "src")},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            _until(lambda: b"listens on" in (folder / "serve.log").read_bytes(), process)
            yield process
            process.terminate()
            assert process.wait(WITHIN_S) == 0
        finally:
            process.kill()
            process.wait()


def _until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + WITHIN_S
    while not true():
        assert process.poll() is None, "serve ended by itself"
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.1)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def own_town() -> Iterator[Town]:
    with a_town() as town:
        yield town


def test_no_secret_of_a_run_stands_anywhere(own_town: Town, terminal: Terminal) -> None:
    searched, port = Searched(), a_free_port()
    with a_folder() as folder:
        settings = _settings(own_town, folder, port)
        terminal.set(**{name.removeprefix("ML_CONNECTOR_"): value for name, value in settings.items()})
        with serving(folder, port, settings) as process:
            _everything_happens(own_town, terminal, Web(searched), process, f"http://127.0.0.1:{port}", folder)
            _reports(terminal, searched)
            _processes(searched, folder)
            _database(searched, folder / "data")
        _files(searched, folder)
        _secrets_of(own_town, searched)
        searched.know(key=(folder / "data" / "secret.key").read_text().strip())

    assert len(searched.secrets) > 15
    assert len(searched.said) > 40
    assert searched.found() == []


def _settings(town: Town, folder: Path, port: int) -> dict[str, str]:
    """All that a process is told; both companies send browsers back to it."""
    companies, url = town.companies, f"http://127.0.0.1:{port}"
    companies.shopify.apps[CLIENT_ID].redirect_uris = (f"{url}/oauth/shopify/callback",)
    for client in companies.zoho.clients.values():
        client.redirect_uris = (f"{url}/oauth/zoho/callback",)
    town.switch(minute_limit=PLENTY, minute_block=PLENTY)
    return {
        **companies.credentials.settings(),
        "ML_CONNECTOR_DATA_DIR": str(folder / "data"),
        "ML_CONNECTOR_PUBLIC_URL": url,
        "ML_CONNECTOR_LOG_LEVEL": "debug",
        "ML_CONNECTOR_LOG_FORMAT": "json",
    }


def _everything_happens(
    town: Town, terminal: Terminal, web: Web, process: subprocess.Popen[bytes], url: str, folder: Path
) -> None:
    """Both ways of connecting, an order, a token that dies, refusals, an operator, a program."""
    searched = web.searched
    document = town.document("given")
    said = terminal("connect", "--file", _written(folder, document), "--json")
    searched.know(webhook_secret=said.json["zoho_webhook_secret"])
    assert terminal("disconnect", "given", "--json").status == 0

    ticket = asyncio.run(_ticket(folder / "data"))
    searched.know(ticket=ticket)
    shop = town.companies.credentials.shop
    start = {"connection": "clicked", "ticket": ticket, "shop": shop, "then": "zoho", "region": "eu"}
    web.open(f"{url}/oauth/shopify/start?{urlencode(start)}")
    web.open(f"{url}/oauth/shopify/start?{urlencode(start)}")  # a ticket is good once
    web.open(f"{url}/oauth/shopify/callback?code=made-up-code&shop={shop}&state=made-up-state&hmac=00&timestamp=1")
    web.open(f"{url}/oauth/zoho/callback?code=1000.made.up&state=made-up-state&location=eu")
    rules = policy(town.companies.shopify.clock().date())
    assert terminal("connect", "--file", _written(folder, {"name": "clicked", "policy": rules})).status == 0
    _secrets_of(town, searched)
    town.companies.zoho.centres["eu"].access_tokens.clear()  # what is asked now is refused once
    order = town.tell("returning customer")
    _until(lambda: '"posted"' in terminal("orders", "--json").out, process)
    _refused_webhook(url, shop)
    searched.heard("show", terminal("show", str(order.id), "--json").out)
    searched.heard("preview", terminal("preview", str(order.id), "--json").out)
    _at_the_console(terminal, web, url)


def _written(folder: Path, document: dict[str, Any]) -> str:
    path = folder / "document.json"
    path.write_text(json.dumps(document))
    return str(path)


async def _ticket(data: Path) -> str:
    async with (
        EmbeddedPostgres(data) as server,
        await Store.open(server.url, KeyFile(data / "secret.key")) as store,
        AiohttpSender() as send,
    ):
        return StoredGrants(store, send, SystemClock()).ticket("clicked")


def _refused_webhook(url: str, shop: str) -> None:
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Shop-Domain": shop, "X-Shopify-Webhook-Id": "w1"}
    request = urllib.request.Request(
        f"{url}/webhooks/shopify", b"{}", {**headers, "X-Shopify-Hmac-Sha256": "c2lnbmVkIGJ5IG5vYm9keQ=="}
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)


def _at_the_console(terminal: Terminal, web: Web, url: str) -> None:
    """An operator logs in and looks at every page that there is; a program asks with its token."""
    searched = web.searched
    terminal.patch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert terminal("operators", "add", "ada", "--role", "admin", "--password-stdin").status == 0
    word = terminal("operators", "link", "ada").out.strip().rpartition("/")[2]
    token = terminal("tokens", "add", "warehouse", "--role", "admin").out.strip()
    searched.know(password=PASSWORD, first_run_word=word, api_token=token)
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', web.open(f"{url}/login")))
    form = {name: html.unescape(value) for name, value in form.items()}
    web.open(f"{url}/login", {**form, "name": "ada", "password": PASSWORD}, Origin=url)
    searched.know(**{f"cookie_{one.name}": one.value or "" for one in web.jar if len(one.value or "") > 20})
    seen, ahead = set[str](), ["/", "/connect?connection=clicked", "/metrics", "/health/ready", "/api/v1/openapi.json"]
    while ahead and len(seen) < 60:
        path = ahead.pop(0)
        seen.add(path)
        page = web.open(f"{url}{path}")
        links = [html.unescape(link) for link in re.findall(r'href="(/[^"#]*)"', page)]
        ahead += [link for link in dict.fromkeys(links) if link not in seen and link not in ahead and "out" not in link]
    for path in ("status", "connections", "orders"):
        web.open(f"{url}/api/v1/{path}", Authorization=f"Bearer {token}")


def _reports(terminal: Terminal, searched: Searched) -> None:
    for report in REPORTS:
        for way in (report, (*report, "--json")):
            said = terminal(*way)
            searched.heard(f"`{' '.join(way)}`", said.out + said.err)


def _processes(searched: Searched, folder: Path) -> None:
    """What everybody on the machine sees of every process of this run.

    Those are our children and theirs, and PostgreSQL, which is nobody's child and names the folder. What stands beside
    us may be another test, in which somebody signs by hand with the shop's secret.
    """
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended
        if int(process.name) in ours or str(folder).encode() in said:
            searched.heard(f"process {process.name}", said)


def _database(searched: Searched, data: Path) -> None:
    """Every row of every table of every schema, ours and the queue's, as text."""
    tables = """
        SELECT table_schema, table_name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
    """
    with EmbeddedPostgres(data) as server, psycopg.connect(server.url) as connection:
        for schema, table in connection.execute(tables).fetchall():
            rows = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" t').fetchall()  # type: ignore[arg-type]
            searched.heard(f"table {schema}.{table}", "\n".join(row for (row,) in rows))


def _files(searched: Searched, folder: Path) -> None:
    """The log, and every file of the data directory; the key and the document are where they belong."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("secret.key", "document.json"):
            searched.heard(str(path.relative_to(folder)), path.read_bytes())


def _secrets_of(town: Town, searched: Searched) -> None:
    """Everything that opens, or has opened, a door at one of the companies."""
    known, shopify, zoho = town.companies.credentials, town.companies.shopify.tokens, town.companies.zoho.centres["eu"]
    searched.know(
        shopify_static_token=known.access_token,
        shopify_client_secret=known.shopify_client_secret,
        zoho_client_secret=known.zoho_client_secret,
        zoho_refresh_token=known.refresh_token,
    )
    everything = {
        "shopify_access": shopify.access,
        "shopify_refresh": shopify.refresh,
        "shopify_code": shopify.codes,
        "zoho_access": zoho.access_tokens,
        "zoho_refresh": zoho.refresh_tokens,
        "zoho_code": zoho.grants,
    }
    for kind, tokens in everything.items():
        for token in set(tokens) - set(searched.secrets.values()):
            searched.know(**{f"{kind}_{len(searched.secrets)}": token})
