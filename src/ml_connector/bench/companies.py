"""Both simulated companies in a process of their own, with many shops and as many organisations, for `pipeline`.

A number on standard input is how many seconds the first organisation's Zoho takes for each answer from then on.

What Shopify shows of each order is made before it is asked for: building it costs the simulated shop more than a whole
order costs the connector, and it is the connector that is measured.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from ml_connector.sandbox import http
from ml_connector.sandbox.http import Answer, Request, Response
from ml_connector.sandbox.shopify import CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify.stories import buy
from ml_connector.sandbox.zoho import ZohoCompany

REGION = "eu"
BUYER = "SE"
"""One customer in each shop, who lives there: the first order makes him known."""

NO_BLOCK = 1_000_000
"""Calls a minute of one user of Zoho's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many shops, and orders of each beside the first; `order_document` is what they are asked with."""

    connections: int
    orders: int
    order_document: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A connection's document, and the ids of its orders, oldest first."""

    document: dict[str, object]
    orders: list[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where both companies listen, and who is there."""

    shopify: str
    zoho: str
    shops: list[Shop]


class Prepared:
    """The simulated Shopify, with each order's answer made once."""

    def __init__(self, company: ShopifyCompany) -> None:
        self._company = company
        self._nodes: dict[tuple[str, str], tuple[bytes, int]] = {}

    def handle(self, request: Request) -> Answer:
        told = msgspec.json.decode(request.body) if request.path.endswith("graphql.json") else {}
        ids = (told.get("variables") or {}).get("ids")
        if not ids:
            return self._company.handle(request)
        found = [self._node(request, told, each) for each in ids]
        body = b'{"data":{"nodes":[' + b",".join(node for node, _ in found) + b"]},"
        bucket = b'"throttleStatus":{"maximumAvailable":20000,"currentlyAvailable":20000,"restoreRate":1000}'
        cost = sum(cost for _, cost in found)
        body += b'"extensions":{"cost":{"requestedQueryCost":%d,"actualQueryCost":%d,%s}}}' % (cost, cost, bucket)
        return Response(200, {"Content-Type": "application/json"}, body)

    def _node(self, request: Request, told: dict[str, object], order: str) -> tuple[bytes, int]:
        key = (request.headers["x-shopify-access-token"], order)
        if key not in self._nodes:
            alone = replace(request, body=msgspec.json.encode({**told, "variables": {"ids": [order]}}))
            answer = self._company.handle(alone)
            assert isinstance(answer, Response)
            body = answer.json()
            (node,) = body["data"]["nodes"]
            cost = body.get("extensions", {}).get("cost", {}).get("requestedQueryCost", 0)
            self._nodes[key] = (msgspec.json.encode(node), cost)
        return self._nodes[key]


def _shop(number: int, wanted: Wanted, shopify: ShopifyCompany, zoho: ZohoCompany, prepared: Prepared) -> Shop:
    domain, token = f"bench-{number}.myshopify.com", f"shpat_{number:032d}"
    shop = shopify.open_shop(ShopSettings(domain))
    shopify.install(domain, token=token)
    orders = [f"gid://shopify/Order/{buy(shop, country=BUYER, silent=True).id}" for _ in range(wanted.orders + 1)]
    organization = zoho.organization(REGION)
    organization.switches.set(minute_block=NO_BLOCK)  # all shops are one user's, who would be blocked for an hour
    client = zoho.client(["http://127.0.0.1/callback"], home=REGION)
    asked = {"query": wanted.order_document}
    for order in orders:
        body = msgspec.json.encode({**asked, "variables": {"ids": [order]}})
        headers = {"x-shopify-access-token": token, "content-type": "application/json"}
        prepared.handle(Request("POST", "/admin/api/2026-04/graphql.json", (), headers, body))
    document: dict[str, object] = {
        "name": f"bench-{number}",
        "shopify": {"shop": domain, "access_token": token, "client_secret": CLIENT_SECRET},
        "zoho": {
            "region": REGION,
            "client_id": client.client_id,
            "client_secret": client.secrets[REGION],
            "refresh_token": zoho.connect(client),
            "organization_id": organization.organization_id,
        },
        "policy": {
            "gateways": {"*": {"mode": "others", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"}},
            "start_date": "2020-01-01",
            "unknown_tax": "create",
            "accounts": {"rounding": "Rounding", "allowances": "Allowances", "fees": "Fees"},
        },
    }
    return Shop(document, orders)


async def _serve(wanted: Wanted) -> None:
    shopify, zoho = ShopifyCompany(lambda: datetime.now(UTC)), ZohoCompany()
    prepared = Prepared(shopify)
    shops = [_shop(number, wanted, shopify, zoho, prepared) for number in range(wanted.connections)]
    first = await http.serve(prepared.handle)
    second = await http.serve(zoho.handle)
    sys.stdout.write(msgspec.json.encode(Stage(first.url, second.url, shops)).decode() + "\n")
    sys.stdout.flush()
    # whoever started us holds the other end
    while line := await asyncio.to_thread(sys.stdin.readline):
        next(iter(zoho.organizations.values())).switches.set(latency_s=float(line))


if __name__ == "__main__":
    asyncio.run(_serve(msgspec.json.decode(sys.argv[1], type=Wanted)))
