"""The sandbox on a port: control, GraphQL, OAuth by any address, webhooks that arrive, lines that are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from tests.sandbox.shopify.scene import DOMAIN

from ml_connector.sandbox import http
from ml_connector.sandbox.http import Request, Response, json_response
from ml_connector.sandbox.shopify import server
from ml_connector.sandbox.shopify.server import ShopifyServer

Ask = Any


@pytest.fixture
async def sandbox() -> AsyncIterator[ShopifyServer]:
    running = await server.start()
    yield running
    await running.close()


@pytest.fixture
async def ask(sandbox: ShopifyServer) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession(sandbox.url) as session:

        async def send(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
            async with session.request(method, path, json=body, headers=headers) as answer:
                return answer.status, await answer.json()

        await send("POST", "/_sandbox/shops", {"domain": DOMAIN, "http_webhooks": True})
        yield send


async def test_a_shop_is_opened_filled_and_read_over_http(ask: Ask) -> None:
    _, installed = await ask("POST", f"/_sandbox/shops/{DOMAIN}/install")
    _, placed = await ask("POST", f"/_sandbox/shops/{DOMAIN}/orders", {
        "lines": [{"sku": "TEA-ASSAM-100", "quantity": 2}, {"title": "Spoon", "price": "3.33"}],
        "taxes": [{"title": "MwSt", "rate": "0.19"}],
        "customer": {"first_name": "Mara", "email": "m@example.com", "address": {"country_code": "DE"}},
    })  # fmt: skip

    status, body = await ask(
        "POST", f"/shops/{DOMAIN}/admin/api/2026-04/graphql.json",
        {"query": "{ orders(first: 1) { nodes { name currentTotalPriceSet { shopMoney { amount } } } } }"},
        **{"X-Shopify-Access-Token": installed["access_token"]},
    )  # fmt: skip

    assert placed["total"] == {"amount": "22.76", "currency": "EUR"}  # (15.80 + 3.33) x 1.19, each line rounded
    assert status == 200
    assert body["data"]["orders"]["nodes"][0]["currentTotalPriceSet"]["shopMoney"]["amount"] == "22.76"


async def test_every_change_has_an_address(ask: Ask) -> None:
    orders = f"/_sandbox/shops/{DOMAIN}/orders"
    await ask("POST", orders, {"lines": [{"title": "Tea", "price": "10.00", "quantity": 4}], "payments": []})
    steps: list[tuple[str, Any, str]] = [
        ("pay", {"gateway": "manual", "amount": "15.00"}, "PARTIALLY_PAID"),
        ("edit", {"add": [{"title": "Cup", "price": "5.00"}], "quantities": [[0, 3]]}, "PARTIALLY_PAID"),
        ("pay", {}, "PAID"),
        ("fulfil", {}, "PAID"),
        ("refund", {"lines": [[0, 1]], "pending": True}, "PAID"),
        ("settle_refund", {}, "PARTIALLY_REFUNDED"),
        ("return", {"lines": [[0, 1]], "exchange": [{"title": "Bowl", "price": "10.00"}]}, "PARTIALLY_REFUNDED"),
        ("tag", {"tags": ["seen"]}, "PARTIALLY_REFUNDED"),
        ("dispute", {}, "PARTIALLY_REFUNDED"),
        ("archive", {}, "PARTIALLY_REFUNDED"),
        ("cancel", {"reason": "INVENTORY"}, "REFUNDED"),
        ("delete", {}, "REFUNDED"),
    ]

    seen = [(await ask("POST", f"{orders}/1001/{name}", body)) for name, body, _ in steps]

    assert [status for status, _ in seen] == [200] * len(steps)
    assert [body["financial_status"] for _, body in seen] == [expected for *_, expected in steps]
    assert seen[-1][1]["deleted"] is True


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        (f"/_sandbox/shops/{DOMAIN}/orders", {"linez": []}, 400, "OrderSpec has no linez"),
        (f"/_sandbox/shops/{DOMAIN}/orders", {}, 400, "lines"),
        (f"/_sandbox/shops/{DOMAIN}/orders/9/pay", {}, 404, "9"),
        ("/_sandbox/shops/none.myshopify.com/orders", {"lines": []}, 404, "none.myshopify.com"),
        ("/_sandbox/faults", {"kind": "gremlin"}, 400, "no such fault"),
        ("/_sandbox/nowhere", {}, 404, "no such address"),
    ],
)
async def test_mistakes_are_answered_with_a_sentence(ask: Ask, path: str, body: Any, status: int, text: str) -> None:
    got, answer = await ask("POST", path, body)

    assert got == status
    assert text in answer["error"]


async def test_webhooks_arrive_and_a_failure_is_tried_again(ask: Ask) -> None:
    arrived: list[Request] = []
    came_twice = asyncio.Event()

    def receive(request: Request) -> Response:
        arrived.append(request)
        if len(arrived) == 2:
            came_twice.set()
        return json_response({}, 503 if len(arrived) == 1 else 200)

    listener = await http.serve(receive)
    _, installed = await ask("POST", f"/_sandbox/shops/{DOMAIN}/install")
    await ask("POST", "/_sandbox/habits", {"retry_delays_s": [0.0] * 8})
    await ask(
        "POST", "/admin/api/2026-04/graphql.json",
        {"query": "mutation C($u: String!) { webhookSubscriptionCreate(topic: ORDERS_CREATE, "
                  "webhookSubscription: {uri: $u}) { userErrors { message } } }",
         "variables": {"u": f"{listener.url}/webhooks/shopify"}},
        **{"X-Shopify-Access-Token": installed["access_token"]},
    )  # fmt: skip

    await ask("POST", f"/_sandbox/shops/{DOMAIN}/orders", {"lines": [{"title": "Tea", "price": "1.00"}]})
    await asyncio.wait_for(came_twice.wait(), 10)
    _, listed = await ask("GET", "/_sandbox/deliveries")

    assert [one.header("X-Shopify-Topic") for one in arrived] == ["orders/create"] * 2
    assert arrived[0].header("X-Shopify-Webhook-Id") == arrived[1].header("X-Shopify-Webhook-Id")
    assert arrived[0].path == "/webhooks/shopify"
    assert listed["deliveries"][0]["statuses"][0] == 503
    await listener.close()


async def test_a_kind_is_told_in_stages_and_a_morning_at_once(ask: Ask) -> None:
    _, kinds = await ask("GET", "/_sandbox/kinds")
    _, begun = await ask("POST", f"/_sandbox/shops/{DOMAIN}/kinds", {"kind": "full refund", "staged": True})
    _, told = await ask("POST", f"/_sandbox/stories/{begun['story']}/next")
    _, morning = await ask("POST", f"/_sandbox/shops/{DOMAIN}/morning", {"orders": 8, "seed": 1})

    assert len(kinds["kinds"]) > 80
    assert (begun["financial_status"], told["financial_status"]) == ("PAID", "REFUNDED")
    assert len(morning["orders"]) == 8


async def test_a_cut_connection_is_felt_as_one_and_the_clock_moves_on_request(ask: Ask) -> None:
    _, installed = await ask("POST", f"/_sandbox/shops/{DOMAIN}/install")
    _, before = await ask("GET", "/_sandbox")
    await ask("POST", "/_sandbox/clock", {"advance_s": 86_400})
    _, after = await ask("GET", "/_sandbox")
    await ask("POST", "/_sandbox/faults", {"kind": "cut_after"})

    with pytest.raises(aiohttp.ClientConnectionError):
        await ask(
            "POST", "/admin/api/2026-04/graphql.json", {"query": "{ shop { id } }"},
            **{"X-Shopify-Access-Token": installed["access_token"]},
        )  # fmt: skip

    assert before["now"][:10] < after["now"][:10]


async def test_customers_and_apps_have_addresses_too(ask: Ask) -> None:
    people = f"/_sandbox/shops/{DOMAIN}/customers"
    _, kept = await ask("POST", people, {"first_name": "Mara", "email": "m@example.com"})
    _, other = await ask("POST", people, {"first_name": "Mara", "email": "l@example.com"})
    changed, _ = await ask("POST", f"{people}/{kept['id']}/change", {"note": "likes green tea"})
    merged, _ = await ask("POST", f"{people}/merge", {"kept": kept["id"], "removed": other["id"]})
    _, app = await ask("POST", "/_sandbox/apps", {
        "client_id": "connector", "client_secret": "shpss_x", "redirect_uris": ["http://127.0.0.1/cb"],
        "scopes": ["read_orders"], "webhooks": {"SHOP_REDACT": "http://127.0.0.1/hook"},
    })  # fmt: skip
    again, kept_app = await ask("POST", "/_sandbox/apps", {"client_id": "connector", "refuses": True})
    _, draft = await ask("POST", f"/_sandbox/shops/{DOMAIN}/drafts", {"lines": [{"title": "Tea", "price": "2.00"}]})
    _, completed = await ask("POST", f"/_sandbox/shops/{DOMAIN}/drafts/{draft['id']}/complete", {"paid": True})
    company, _ = await ask("POST", f"/_sandbox/shops/{DOMAIN}/companies", {
        "name": "Café Nord", "contact": {"email": "i@example.com"}, "address": {"city": "Hamburg"},
    })  # fmt: skip
    frozen, _ = await ask("POST", f"/_sandbox/shops/{DOMAIN}/state", {"state": "frozen"})
    _, listed = await ask("GET", people)

    assert (changed, merged, frozen, again, company) == (200,) * 5
    assert [one["email"] for one in listed["customers"]] == ["m@example.com", "i@example.com"]
    assert kept_app["scopes"] == ["read_orders"]
    assert completed["financial_status"] == "PAID"
    assert app["redirect_uris"] == ["http://127.0.0.1/cb"]
