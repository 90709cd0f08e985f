"""The world of one run: a shop where stories happen, an organisation that keeps books, and the way between."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import urlsplit

from ml_connector.net import HttpRequest
from ml_connector.prove.chaos import Chaos
from ml_connector.prove.gate import VirtualTime
from ml_connector.prove.machine import SHOPIFY, Fate, Machine, as_received
from ml_connector.sandbox.http import Answer, Clock, Response, json_response
from ml_connector.sandbox.shopify import CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify.kinds import Story
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.readmodel import Books

SHOP = "acme.myshopify.com"
ACCESS = "shpat_00000000000000000000000000000000"
REGION = "eu"
POLICY: Mapping[str, Any] = {
    "gateways": {"*": {"mode": "others", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"}},
    "start_date": "2020-01-01",
    "unknown_tax": "create",
    "accounts": {"rounding": "Rounding", "allowances": "Allowances", "fees": "Fees"},
}


class World:
    """Both companies on one clock. The same seed makes the same ids, tokens and secrets, so one connection fits all."""

    def __init__(self, clock: Clock, seed: int = 1, *, marked: bool = True) -> None:
        """*marked*: whether the organisation has the custom field for our key, which forbids duplicates."""
        self._seen: dict[bytes, tuple[object, Answer]] = {}
        self.shopify = ShopifyCompany(clock, seed)
        self.shop = self.shopify.open_shop(ShopSettings(SHOP))
        self.shopify.install(SHOP, token=ACCESS)
        self.zoho = ZohoCompany(clock)
        self.organization = self.zoho.organization(REGION)
        if not marked:
            for fields in self.organization.custom_fields.values():
                fields.clear()
        self._client = self.zoho.client(["http://127.0.0.1/callback"], home=REGION)
        self._refresh_token = self.zoho.connect(self._client)

    def document(self, **policy: Any) -> dict[str, Any]:
        """The document that `connect --file` takes; *policy* replaces parts of the usual one."""
        return {
            "name": "proof",
            "shopify": {"shop": SHOP, "access_token": ACCESS, "client_secret": CLIENT_SECRET},
            "zoho": {
                "region": REGION,
                "client_id": self._client.client_id,
                "client_secret": self._client.secrets[REGION],
                "refresh_token": self._refresh_token,
                "organization_id": self.organization.organization_id,
            },
            "policy": {**POLICY, **policy},
        }

    @property
    def books(self) -> Books:
        return self.zoho.books(self.organization)

    @property
    def orders(self) -> list[Order]:
        return list(self.shop.orders.values())

    def begin(self, kind: str) -> Story:
        """The first stage of a story."""
        return Story.begin(self.shop, kind)

    def handle(self, request: HttpRequest) -> Answer:
        """What the company that was addressed answers."""
        if request.url.startswith(SHOPIFY):
            return self._shown(request)
        return self.zoho.handle(as_received(request))

    def _shown(self, request: HttpRequest) -> Answer:
        """What Shopify shows; the same again as long as no order has changed, since GraphQL costs most of a run."""
        state = tuple((each.id, each.version) for each in self.shop.orders.values())
        known = self._seen.get(request.body)
        if known is not None and known[0] == state:
            return known[1]
        answer = self.shopify.handle(as_received(request))
        self._seen[request.body] = (state, answer)
        return answer


class RoughWire:
    """The way to the companies, as unkind as the seed says."""

    def __init__(self, world: World, chaos: Chaos, random: Random, time: VirtualTime) -> None:
        self._time = time
        self._world = world
        self._chaos = chaos
        self._random = random

    def fate(self, machine: Machine, request: HttpRequest) -> Fate:
        there, back = self._random.choice((0.1, 0.2, 0.3)), self._random.choice((0.1, 0.2, 0.3))
        chaos = self._chaos
        if self._time.seconds > chaos.wire_until_s or "/oauth/" in request.url:
            return Fate(there, back)
        drawn = self._random.random()
        for chance, fate in (
            (chaos.not_sent, Fate(not_sent=True)),
            (chaos.cut_before, Fate(there_s=1_000.0)),
            (chaos.cut_after, Fate(there, back, lost=True)),
            (chaos.late / 2, Fate(there, self._random.uniform(5.0, 60.0))),
            (chaos.late / 2, Fate(self._random.uniform(5.0, 35.0), back)),
        ):
            if drawn < chance:
                return fate
            drawn -= chance
        return Fate(there, back)

    def handle(self, request: HttpRequest) -> Answer:
        """Answered, or an error of the server's own, after or before it did what it was asked."""
        rough = self._time.seconds <= self._chaos.wire_until_s
        to_books = urlsplit(request.url).path.startswith("/books/")
        if rough and to_books and self._random.random() < self._chaos.server_error:
            return self._failing(request)
        return self._world.handle(request)

    def _failing(self, request: HttpRequest) -> Response:
        if self._random.random() < 0.5:
            self._world.handle(request)
        return json_response({"code": 1000, "message": "Internal error"}, 500)
