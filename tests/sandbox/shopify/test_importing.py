"""Orders taken in as documents are served exactly as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.shopify.scene import a_scene
from tests.sandbox.shopify.test_documents import document

from ml_connector.sandbox.shopify.importing import import_order

FOLDERS = ("rest-docs-2026-04/order-*", "real/*", "official-2026-04/orders__create.json")


def samples(shared: Path) -> list[Any]:
    payloads = shared / "reference/shopify/payloads"
    files = sorted(file for pattern in FOLDERS for file in payloads.glob(pattern))
    return [json.loads(file.read_text("utf-8")) for file in files]


def test_recorded_orders_are_served_to_the_cent_by_both_interfaces(shared: Path) -> None:
    found = samples(shared)
    for sample in found:
        scene = a_scene()
        order = sample.get("order", sample)
        number = import_order(scene.shop, sample)

        body = scene.shop.order_body(number)
        view = scene.data(document(shared, "order_by_id"), id=f"gid://shopify/Order/{number}")["order"]

        assert body == order
        assert view["name"] == order["name"]
        assert float(view["totalPriceSet"]["shopMoney"]["amount"]) == float(order["total_price"])
        assert float(view["totalTaxSet"]["shopMoney"]["amount"]) == float(order["total_tax"])
        assert len(view["lineItems"]["nodes"]) == len(order["line_items"])
        assert len(view["refunds"]) == len(order.get("refunds", []))
    assert len(found) > 15


def test_a_graphql_document_is_served_as_it_is_inconsistent_or_not() -> None:
    scene = a_scene()
    bag = {side: {"amount": "7.0", "currencyCode": "EUR"} for side in ("shopMoney", "presentmentMoney")}
    number = import_order(scene.shop, {
        "id": "gid://shopify/Order/42", "name": "#X1", "createdAt": "2026-11-20T10:00:00Z",
        "totalPriceSet": bag, "currencyCode": "EUR", "presentmentCurrencyCode": "EUR",
        "lineItems": {"nodes": [{"id": "gid://shopify/LineItem/1", "title": "One", "quantity": 3}]},
    })  # fmt: skip

    order = scene.data(
        '{ order(id: "gid://shopify/Order/42") { name test totalPriceSet { shopMoney { amount } } '
        "currentTotalPriceSet { shopMoney { amount currencyCode } } tags "
        "lineItems(first: 5) { nodes { title quantity taxLines { title } } } } }"
    )["order"]

    assert number == 42
    assert order == {
        "name": "#X1", "test": False, "totalPriceSet": {"shopMoney": {"amount": "7.0"}}, "tags": [],
        "currentTotalPriceSet": {"shopMoney": {"amount": "0.0", "currencyCode": "EUR"}},
        "lineItems": {"nodes": [{"title": "One", "quantity": 3, "taxLines": []}]},
    }  # fmt: skip


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="an order document has"):
        import_order(a_scene().shop, {"id": "gid://shopify/Product/1"})
