"""A `Send` that reaches the simulated Shopify in the same process, and a client on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.shopify.builders import SHOP, Clock

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.sandbox.http import Answer, NoAnswer, Request, Slow
from ml_connector.sandbox.shopify.company import ShopifyCompany
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.shopify.client import ShopifyClient
from ml_connector.shopify.wire import StaticToken, Time


@dataclass
class Door:
    """Carries requests into a company's handler, as its port would."""

    company: ShopifyCompany
    requests: list[HttpRequest]

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.requests.append(request)
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()} | {"host": parts.netloc}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return _received(
            self.company.handle(Request(request.method, parts.path, query, headers, request.body)), timeout_s
        )


def _received(answer: Answer, timeout_s: float) -> HttpResponse:
    if isinstance(answer, Slow):
        if answer.seconds >= timeout_s:
            raise AnswerLost("no answer in time")
        return _received(answer.answer, timeout_s)
    if isinstance(answer, NoAnswer):
        raise AnswerLost("the connection broke") if answer.committed else NotSent("the connection was refused")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpResponse(answer.status, headers, answer.body, 0.01)


@dataclass
class Sandbox:
    """One shop with our app in it."""

    company: ShopifyCompany
    shop: Shop
    clock: Clock
    door: Door
    token: str
    scopes: frozenset[str]

    def client(self, **more: Any) -> ShopifyClient:
        time = Time(self.clock.now, self.clock.monotonic, self.clock.sleep)
        more = {"granted": self.scopes, "tokens": StaticToken(self.token)} | more
        return ShopifyClient(self.door, self.shop.settings.domain, time=time, **more)

    def questions(self) -> int:
        return len(self.door.requests)


def a_sandbox(scopes: tuple[str, ...] | None = None, domain: str = SHOP) -> Sandbox:
    clock = Clock()
    company = ShopifyCompany(clock.now)
    shop = company.open_shop(domain)
    token = company.install(domain, scopes=scopes)
    return Sandbox(company, shop, clock, Door(company, []), token.value, frozenset(token.scopes))
