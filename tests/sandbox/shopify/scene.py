"""A shop to test in, and a way to ask it. Everything is ordinary unless a test says otherwise."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import (
    LineSpec,
    OrderSpec,
    ShopifyCompany,
    ShopSettings,
    TaxSpec,
)
from ml_connector.sandbox.shopify.shop import Shop

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOMAIN = "acme.myshopify.com"
VAT = (TaxSpec("MwSt", Decimal("0.19")),)


@dataclass
class Clock:
    """A clock that stands still until it is told to move."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Scene:
    """One company with one shop and one app in it."""

    company: ShopifyCompany
    clock: Clock
    shop: Shop
    token: str
    last: Response = field(default_factory=Response)

    def ask(self, document: str, version: str = "2026-04", **variables: Any) -> Any:
        """The whole body of the answer to a document."""
        answer = self.company.handle(graphql(self.token, document, variables, version))
        assert isinstance(answer, Response), answer
        self.last = answer
        return answer.json()

    def data(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        body = self.ask(document, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]


def graphql(token: str, document: str, variables: Any = None, version: str = "2026-04") -> Request:
    body = json.dumps({"query": document, "variables": variables or {}}).encode()
    headers = {"content-type": "application/json", "x-shopify-access-token": token}
    return Request("POST", f"/admin/api/{version}/graphql.json", headers=headers, body=body)


def a_scene(seed: int = 1, scopes: tuple[str, ...] | None = None, **settings: Any) -> Scene:
    clock = Clock()
    company = ShopifyCompany(clock, seed)
    shop = company.open_shop(ShopSettings(DOMAIN, **settings))
    return Scene(company, clock, shop, company.install(DOMAIN, scopes=scopes).value)


def an_order(*lines: LineSpec, **changed: Any) -> OrderSpec:
    return OrderSpec(lines=lines or (LineSpec(title="Tea", price=Decimal("10.00")),), **{"taxes": VAT, **changed})


def a_line(price: str = "10.00", quantity: int = 1, **changed: Any) -> LineSpec:
    return LineSpec(title="Tea", price=Decimal(price), quantity=quantity, **changed)


def post(path: str, body: Any) -> Request:
    return Request("POST", path, headers={"content-type": "application/json"}, body=json.dumps(body).encode())
