"""Answers that the two companies may give as well: what nobody documented, or only some editions have."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.jobs.desk import Desk, Doors, a_desk

from ml_connector.jobs.connecting.check import Listening, check
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.net import HttpRequest, HttpResponse, Send
from ml_connector.sandbox.zoho import faults
from ml_connector.store import Store

OPTIONAL = (
    "/transactionlock",
    "/transactionlocks",
    "/settings/customfields*",
    "/settings/taxexemptions*",
    "/settings/taxgroups/*",
    "/bankaccounts*",
    "/organizations/*",
    "/settings/webhooks*",
    "/settings/workflows*",
    "/locations*",
    "/users/me",
)
"""Addresses without which orders can be posted."""

_OLDER = {"customerpayments": "customer_payments", "customfields": "custom_fields"}

Change = Callable[[HttpRequest, HttpResponse], HttpResponse]


@dataclass(frozen=True)
class Otherwise:
    """The same companies, whose answers are changed on the way."""

    doors: Doors
    change: Change

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        return self.change(request, await self.doors(request, timeout_s=timeout_s))


def otherwise(change: Change) -> Callable[[Doors], Send]:
    return lambda doors: Otherwise(doors, change)


@asynccontextmanager
async def a_desk_where(store: Store, change: Change, **more: Any) -> AsyncIterator[Desk]:
    desk = await a_desk(store, between=otherwise(change), **more)
    try:
        yield desk
    finally:
        await desk.runtimes.close()


def of_zoho(request: HttpRequest) -> bool:
    return urlsplit(request.url).netloc == "zoho.example"


def in_body(change: Callable[[Any], Any], where: Callable[[HttpRequest], bool] = of_zoho) -> Change:
    """Change the JSON of answers."""

    def changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not where(request) or not response.body.startswith(b"{"):
            return response
        return replace(response, body=json.dumps(change(json.loads(response.body))).encode())

    return changed


def each(change: Callable[[str, Any], Any]) -> Callable[[Any], Any]:
    """Change every named value, at any depth."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(name, changed(inner)) for name, inner in value.items()}
        return [changed(inner) for inner in value] if isinstance(value, list) else value

    return changed


def without(*names: str) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(inner) for name, inner in value.items() if name not in names}
        return [changed(inner) for inner in value] if isinstance(value, list) else value

    return changed


def of_token(change: Callable[[Any], Any]) -> Change:
    return in_body(change, lambda request: request.url.endswith("/oauth/v2/token"))


def _without_headers(*names: str) -> Change:
    def changed(_: HttpRequest, response: HttpResponse) -> HttpResponse:
        return replace(response, headers={name: told for name, told in response.headers.items() if name not in names})

    return changed


def _numbers_as_texts(_: str, value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _flags_as_texts(_: str, value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _ids_as_numbers(name: str, value: Any) -> Any:
    return int(value) if name.endswith("_id") and isinstance(value, str) and value.isdecimal() else value


def _another_version(_: HttpRequest, response: HttpResponse) -> HttpResponse:
    return replace(response, headers={**response.headers, "x-shopify-api-version": "2027-01"})


def all_of(*changes: Change) -> Change:
    def changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for change in changes:
            response = change(request, response)
        return response

    return changed


_RATES = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset")
READINGS: Mapping[str, Change] = {
    "everything is a text": all_of(
        in_body(each(_numbers_as_texts)),
        in_body(each(_flags_as_texts)),
        in_body(each(lambda name, value: [value] if name == "page_context" else value)),
        of_token(lambda body: {**body, "api_domain": "https://www.zohoapis.eu", "expires_in": "3600"}),
        _without_headers("date", *_RATES),
    ),
    "little is told": all_of(
        in_body(without("page_context", "is_sku_enabled", "tax_settings", "is_registered_for_tax", "plan_name")),
        in_body(without("version", "price_precision")),
        in_body(each(_ids_as_numbers)),
        of_token(without("api_domain", "scope")),
        in_body(without("extensions"), lambda request: "graphql" in request.url),
        _another_version,
    ),
    "older words": all_of(
        in_body(without("search_criteria")),
        in_body(lambda body: {_OLDER.get(name, name): value for name, value in body.items()}),
        of_token(lambda body: {**body, "api_domain": "http://127.0.0.1:9999", "expires_in": 3_600_000}),
    ),
}


@pytest.mark.parametrize("reading", READINGS)
async def test_an_order_is_posted_however_the_companies_put_it(store: Store, reading: str) -> None:
    async with a_desk_where(store, READINGS[reading]) as desk:
        order = desk.order()

        await desk.post(order)

        assert await desk.verdict(order) == ("posted", "")
        (invoice,) = desk.books.invoices()
        assert invoice["total"] == Decimal("23.80")


@pytest.mark.parametrize("how", ["404_url", "404_bare"])
async def test_addresses_that_a_zoho_does_not_have_are_findings_and_the_order_is_posted(desk: Desk, how: str) -> None:
    for path in OPTIONAL:
        desk.zoho.faults.add(faults.make(how, path=path, times=None))
    order = desk.order()

    await desk.pass_for_the_tables(13 * 3600)  # what was known of the organisation is too old
    await desk.post(order)

    assert await desk.verdict(order) == ("posted", "")


async def found(desk: Desk, listening: Listening) -> dict[str, str]:
    """What `ping` finds: code and severity."""
    checked = await check(await desk.run(), listening)
    return {one.code: one.severity for one in (*checked.shopify.findings, *checked.zoho.findings)}


async def test_what_is_not_told_is_said_to_be_unknown(desk: Desk) -> None:
    for path in OPTIONAL:
        desk.zoho.faults.add(faults.make("404_bare", path=path, times=None))

    told = await found(desk, Listening("", reachable=False))

    assert told["unique_field_unknown"] == "warning"
    assert told["lock_unknown"] == "info"
    assert "unique_field_missing" not in told
    assert "blocker" not in told.values()


HERE = Listening("http://127.0.0.1:8000/webhooks/shopify", reachable=True)
"""Where webhooks go: plain HTTP, which Shopify does not take and a sandbox may."""


def about_webhooks(desk: Desk) -> list[Finding]:
    """What connecting found about Shopify's webhooks."""
    return [one for one in desk.connected.checked.shopify.findings if one.code.startswith("webhooks")]


async def test_a_shop_that_takes_no_plain_http_is_one_finding_in_shopifys_words(store: Store) -> None:
    desk = await a_desk(store, listening=HERE, http_webhooks=False)

    (refused,) = about_webhooks(desk)

    assert (refused.code, refused.severity) == ("webhooks_refused", "warning")
    assert "orders/create" in refused.text
    assert "http://" in refused.text
    await desk.runtimes.close()


async def test_a_topic_that_shopify_does_not_take_stops_no_other(store: Store) -> None:
    said = {"errors": [{"message": "No such topic", "extensions": {"code": "INVALID_VARIABLE"}}]}

    def refusing(doors: Doors) -> Send:
        async def send(request: HttpRequest, *, timeout_s: float) -> HttpResponse:
            if b"RETURNS_CLOSE" in request.body:
                return HttpResponse(200, {"content-type": "application/json"}, json.dumps(said).encode())
            return await doors(request, timeout_s=timeout_s)

        return send

    desk = await a_desk(store, between=refusing, listening=HERE, http_webhooks=True)
    (refused,) = about_webhooks(desk)
    subscribed = {one.topic for one in await (await desk.run()).shopify.webhook_subscriptions()}
    await desk.runtimes.close()

    assert refused.text.startswith("Shopify does not take our webhooks for returns/close.")
    assert {"orders/create", "returns/reopen", "disputes/create"} <= subscribed
    assert "returns/close" not in subscribed


async def test_subscriptions_that_cannot_be_listed_keep_nothing_from_working(store: Store) -> None:
    def changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if b"webhookSubscriptions(" not in request.body:
            return response
        return replace(response, body=json.dumps({"data": None, "errors": [{"message": "Internal"}]}).encode())

    async with a_desk_where(store, changed, listening=HERE, http_webhooks=True) as desk:
        (unknown,) = about_webhooks(desk)

        assert (unknown.code, unknown.severity) == ("webhooks_unknown", "warning")


async def test_subscriptions_that_only_name_their_topic_are_repaired(store: Store) -> None:
    bare = in_body(without("format", "filter", "includeFields", "apiVersion"), lambda one: b"webhookSub" in one.body)

    async with a_desk_where(store, bare, listening=HERE, http_webhooks=True) as desk:
        assert about_webhooks(desk) == []
