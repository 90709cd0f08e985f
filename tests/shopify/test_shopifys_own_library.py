"""Shopify's own library for Node believes our simulated Shopify, and we believe what that library signs.

The library comes from npm when the test is run, into a folder that is removed afterwards. Where there is no npm, or
nothing to be had from it, the comparison is skipped with a sentence that says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.conftest import a_folder

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify.spec import LineSpec, OrderSpec
from ml_connector.shopify import delivery, signature

LIBRARY = "@shopify/shopify-api@15.0.0"
WITHIN_S = 120
SHOP = "acme.myshopify.com"
CALLBACK = "https://books.example/oauth/shopify/callback"
ASKER = Path(__file__).parent / "oracle" / "answer.cjs"


@dataclass
class Library:
    """The library, in a process of its own."""

    process: subprocess.Popen[str]

    def ask(self, ask: str, **question: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": ask, **question}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"there is no npm on the path, so {LIBRARY} was not asked")
    with a_folder() as folder:
        _fetched(npm, folder)
        asked = [node, str(ASKER), str(folder), CLIENT_SECRET]
        with subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Library(process)
            finally:
                process.kill()


def _fetched(npm: str, folder: Path) -> None:
    """Bring the library into *folder*; it is run by nobody while it is brought."""
    options = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
    try:
        done = subprocess.run(
            [npm, "install", "--prefix", str(folder), *options, LIBRARY],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {LIBRARY} within {WITHIN_S} s, so it was not asked")
    if done.returncode != 0:
        pytest.skip(f"npm could not bring {LIBRARY}, so it was not asked: {done.stderr.strip()[-300:]}")


@pytest.fixture
def company() -> ShopifyCompany:
    """A Shopify whose clock is ours, because the library compares with its own."""
    made = ShopifyCompany(lambda: datetime.now(UTC))
    made.open_shop(ShopSettings(SHOP))
    app = made.apps[CLIENT_ID]
    app.redirect_uris = (CALLBACK,)
    app.webhooks = {"ORDERS_CREATE": "https://books.example/webhooks/shopify"}
    made.install(SHOP)
    return made


def a_webhook(company: ShopifyCompany) -> tuple[bytes, Mapping[str, str]]:
    """What Shopify sends for an order whose buyer has a name that is not ASCII."""
    line = LineSpec(title="Grüner Tee “extra”", price=Decimal(5))
    company.shop(SHOP).place_order(OrderSpec(lines=(line,), email="ü@example.com"))
    made = next(each for each in company.outbox.deliveries if "create" in each.topic.lower())
    return made.body, made.headers


def a_callback(company: ShopifyCompany, state: str) -> dict[str, str]:
    """What the browser brings back after the merchant has agreed."""
    asked = (("client_id", CLIENT_ID), ("redirect_uri", CALLBACK), ("state", state), ("scope", "read_orders"))
    answer = company.handle(Request("GET", "/admin/oauth/authorize", asked, {"host": SHOP}, b""))
    assert isinstance(answer, Response)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_it_believes_the_webhooks_of_our_shopify(library: Library, company: ShopifyCompany) -> None:
    body, headers = a_webhook(company)

    found = library.ask("webhook", body=body.decode(), headers=dict(headers))

    assert found["valid"] is True
    assert (found["topic"], found["domain"]) == ("ORDERS_CREATE", SHOP)


def test_it_doubts_one_that_was_changed_as_we_do(library: Library, company: ShopifyCompany) -> None:
    body, headers = a_webhook(company)
    changed = body + b" "

    assert library.ask("webhook", body=changed.decode(), headers=dict(headers))["reason"] == "invalid_hmac"
    assert not signature.signed(changed, headers["X-Shopify-Hmac-Sha256"], [CLIENT_SECRET])


@pytest.mark.parametrize("left_out", ["X-Shopify-Topic", "X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id"])
def test_it_misses_the_headers_that_we_miss(library: Library, company: ShopifyCompany, left_out: str) -> None:
    body, headers = a_webhook(company)
    fewer = {name: value for name, value in headers.items() if name != left_out}

    found = library.ask("webhook", body=body.decode(), headers=fewer)

    assert found["valid"] is False
    assert found["reason"] in ("missing_headers", "missing_hmac")
    with pytest.raises(delivery.HeadersMissing):
        delivery.headers(fewer)


@pytest.mark.parametrize("body", ['{"id":1}', "{}", '{"name":"Grüner Tee “extra” \\u0000"}', " "])
def test_we_believe_the_bodies_that_it_signs(library: Library, body: str) -> None:
    signed = library.ask("signBody", body=body)

    assert signature.signed(body.encode(), signed, ["another", CLIENT_SECRET])
    assert signed == signature.sign_body(body.encode(), CLIENT_SECRET)


def test_it_believes_the_callbacks_of_our_shopify(library: Library, company: ShopifyCompany) -> None:
    query = a_callback(company, "a-state_of-letters-and-digits42")

    assert library.ask("query", query=query) is True
    assert library.ask("query", query={**query, "shop": "evil.myshopify.com"}) is False
    assert signature.query_signed(query, [CLIENT_SECRET])


@pytest.mark.parametrize(
    "query",
    [
        {"code": "c0de", "shop": SHOP, "state": "s", "timestamp": "1795000000"},
        {"shop": SHOP, "state": "with=padding==", "host": "YWRtaW4+/w==", "timestamp": "1"},
        {"shop": SHOP, "name": "two words ~ & more: 50 % *", "timestamp": "1"},
        {"shop": SHOP, "ids": ["1", "2"], "timestamp": "1"},
    ],
    ids=["plain", "padding", "words", "list"],
)
def test_we_believe_the_queries_that_it_signs(library: Library, query: dict[str, Any]) -> None:
    hmac = library.ask("signQuery", query=query)

    assert signature.query_signed({**query, "hmac": hmac}, [CLIENT_SECRET])
    assert not signature.query_signed({**query, "hmac": hmac, "shop": "other.myshopify.com"}, [CLIENT_SECRET])


@pytest.mark.parametrize(
    "domain",
    [SHOP, "a-b-1.myshopify.com", "https://acme.myshopify.com", "acme.myshopify.com.evil.example", "-a.myshopify.com"],
)
def test_it_takes_the_same_addresses_for_shops(library: Library, domain: str) -> None:
    assert (library.ask("shop", domain=domain) is not None) == signature.is_shop_domain(domain)
