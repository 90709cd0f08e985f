"""A client of Shopify's, and orders by their number."""

from __future__ import annotations

from typing import Any

from tests.shopify.builders import (
    SHOP,
    Clock,
    an_answer,
    an_order_node,
)

from ml_connector.net import HttpResponse
from ml_connector.shopify.client import ShopifyClient
from ml_connector.shopify.ids import gid
from ml_connector.shopify.wire import StaticToken, Time


def a_client(send: Any, clock: Clock | None = None, **more: Any) -> ShopifyClient:
    clock = clock or Clock()
    time = Time(clock.now, clock.monotonic, clock.sleep)
    return ShopifyClient(send, SHOP, more.pop("tokens", StaticToken("shpat_1")), time=time, **more)


def order_gid(number: int) -> str:
    return gid("Order", number)


def number_of(order_id: str) -> int:
    return int(order_id.rsplit("/", 1)[1])


def all_orders(ids: list[str], **_: Any) -> HttpResponse:
    return an_answer({"nodes": [an_order_node(number_of(one)) for one in ids]})
