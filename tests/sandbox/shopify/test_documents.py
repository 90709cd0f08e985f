"""The documents that a connector needs, taken from the references, at every version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from tests.sandbox.shopify.scene import Scene, a_line, a_scene, an_order, graphql

from ml_connector.sandbox.shopify import CustomerSpec, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.ids import gid

NEEDS_A_SCOPE_WE_DO_NOT_GRANT = {"shopify_payments_payouts"}


def document(shared: Path, name: str) -> str:
    return (shared / "reference" / "shopify" / "queries" / f"{name}.graphql").read_text("utf-8")


def a_lived_in_scene() -> tuple[Scene, dict[str, Any]]:
    scene = a_scene()
    shop = scene.shop
    order = shop.place_order(
        an_order(a_line(quantity=3), a_line("4.00"), customer=CustomerSpec("Mara", "L", "m@l.example"))
    )
    refund = shop.refund(order, RefundSpec(lines=((0, 1),)))
    shop.fulfil(order)
    shop.give_back(order, ReturnSpec(lines=((1, 1),), exchange=(a_line("5.00"),)))
    customer = next(iter(shop.customers.values()))
    ids = {
        "order": gid("Order", order.id), "refund": gid("Refund", refund.id),
        "customer": gid("Customer", customer.id),
        "item": gid("InventoryItem", next(iter(shop.variants.values())).inventory_item_id),
    }  # fmt: skip
    return scene, ids


def variables_for(name: str, text: str, ids: dict[str, Any]) -> dict[str, Any]:
    operation = next(one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode))
    wanted = {one.variable.name.value for one in operation.variable_definitions or ()}
    kinds = {"refund_by_id": "refund", "customer_by_id": "customer", "inventory_levels_by_item": "item"}
    others = {
        "company_location_by_id": gid("CompanyLocation", 1), "draft_order_by_id": gid("DraftOrder", 1),
        "bulk_status": gid("BulkOperation", 1), "webhook_subscription_delete": gid("WebhookSubscription", 1),
        "webhook_subscription_update": gid("WebhookSubscription", 1),
    }  # fmt: skip
    given = {
        "id": others.get(name) or ids[kinds.get(name, "order")], "first": 10, "topic": "ORDERS_CREATE",
        "query": "{ orders { edges { node { id } } } }" if name == "bulk_run_query" else "updated_at:>='2026-11-01'",
        "webhookSubscription": {"uri": "https://connector.example/webhooks/shopify"},
        "input": {"id": ids["customer"], "note": "Prefers green tea"},
        "jobId": "gid://shopify/CustomerMergeRequest/1",
    }  # fmt: skip
    return {key: value for key, value in given.items() if key in wanted}


def names(shared: Path) -> list[str]:
    folder = shared / "reference" / "shopify" / "queries"
    return sorted(one.stem for one in folder.glob("*.graphql"))


@pytest.mark.parametrize("version", ["2026-04", "2026-07", "2026-10"])
def test_every_document_of_the_references_is_answered(version: str, shared: Path) -> None:
    for name in set(names(shared)) - {"bulk_inner_orders", "bulk_cancel", *NEEDS_A_SCOPE_WE_DO_NOT_GRANT}:
        scene, ids = a_lived_in_scene()
        text = document(shared, name)

        body = scene.ask(text, version=version, **variables_for(name, text, ids))

        assert "errors" not in body, (name, body["errors"])
        assert scene.last.header("X-Shopify-API-Version") == version


COSTS = {
    ("shop", None): 4, ("locations", 10): 6, ("locations", 50): 9, ("locations", 100): 11, ("locations", 250): 13,
    ("orders_updated_since", 250): 13, ("orders_count", None): 10, ("order_agreements", None): 201,
    ("order_returns_exchanges", None): 278, ("refund_by_id", None): 50, ("customers_updated_since", 10): 42,
    ("customers_updated_since", 250): 112, ("customer_by_id", None): 6, ("customer_update", None): 12,
    ("webhook_subscription_create", None): 11, ("bulk_run_query", None): 10, ("order_line_items_page", 250): 36,
}  # fmt: skip


@pytest.mark.parametrize(("name", "first"), COSTS)
def test_the_requested_cost_is_the_documented_one(name: str, first: int | None, shared: Path) -> None:
    scene, ids = a_lived_in_scene()
    text = document(shared, name)
    variables = variables_for(name, text, ids) | ({"first": first} if first else {})

    body = scene.ask(text, **variables)

    assert body["extensions"]["cost"]["requestedQueryCost"] == COSTS[name, first]


def test_what_an_order_says_of_itself_agrees_between_the_interfaces(shared: Path) -> None:
    scene, ids = a_lived_in_scene()

    order = scene.data(document(shared, "order_by_id"), id=ids["order"])["order"]
    body = scene.shop.order_body(int(order["legacyResourceId"]))

    assert order["totalPriceSet"]["shopMoney"]["amount"] == "46.41"  # (30 + 4 + 5) x 1.19
    assert body["current_total_price"] == "29.75"  # (20 + 5) x 1.19
    assert [one["kind"] for one in order["transactions"]] == ["SALE", "REFUND"]
    assert order["lineItems"]["nodes"][0]["currentQuantity"] == body["line_items"][0]["current_quantity"] == 2


def test_an_unknown_order_is_null_and_a_foreign_id_is_refused() -> None:
    scene = a_scene()
    text = "query Q($id: ID!) { order(id: $id) { id } }"

    unknown = scene.ask(text, id=gid("Order", 5))
    foreign = scene.ask(text, id=gid("Product", 1))

    assert unknown["data"] == {"order": None}
    assert "errors" not in unknown
    assert foreign["data"] == {"order": None}
    assert foreign["errors"][0]["message"] == "Invalid id: gid://shopify/Product/1"
    assert foreign["errors"][0]["extensions"] == {"code": "RESOURCE_NOT_FOUND"}


def test_several_orders_come_in_one_answer() -> None:
    scene = a_scene()
    one, two = (scene.shop.place_order(an_order()) for _ in range(2))

    found = scene.data(
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { name } } }",
        ids=[gid("Order", two.id), gid("Order", 7), gid("Order", one.id)],
    )["nodes"]

    assert [node and node["name"] for node in found] == ["#1002", None, "#1001"]


def test_the_same_seed_and_the_same_requests_give_the_same_answers() -> None:
    def morning() -> list[str]:
        scene = a_scene(seed=7)
        scene.shop.place_order(an_order())
        answer = scene.company.handle(graphql(scene.token, "{ orders(first: 5) { nodes { id name updatedAt } } }"))
        return [str(answer), scene.token]

    assert morning() == morning()
