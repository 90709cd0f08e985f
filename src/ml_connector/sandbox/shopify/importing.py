"""Orders taken in as documents, consistent or not, and served exactly as they are.

A GraphQL-shaped document is kept as it is; its connections become lists. A REST-shaped one is
kept as it is for webhooks, and retold in the Admin API's terms for reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from ml_connector.sandbox.shopify.ids import gid, number_of
from ml_connector.sandbox.shopify.importing_rest import order_from_rest
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.views import View


def import_order(shop: Shop, document: dict[str, Any], *, transactions: Sequence[dict[str, Any]] | None = None) -> int:
    """Take an order in; gives its number.

    Args:
        transactions: REST-shaped transactions, which an order's webhook body does not have.

    Raises:
        ValueError: It is neither shape.
    """
    document = document.get("order", document)
    if isinstance(document.get("id"), int):
        return _rest(shop, document, transactions or ())
    if isinstance(document.get("id"), str) and document["id"].startswith("gid://shopify/Order/"):
        return _graphql(shop, document)
    raise ValueError("an order document has a number or an Order's global id as its id")


def _rest(shop: Shop, document: dict[str, Any], transactions: Sequence[dict[str, Any]]) -> int:
    number = int(document["id"])
    shop.imported_bodies[number] = document
    shop.imported[number] = order_from_rest(document, transactions)
    return number


def _graphql(shop: Shop, document: dict[str, Any]) -> int:
    number = number_of(document["id"])
    view = flattened(document)
    now = shop.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    view.setdefault("__typename", "Order")
    view.setdefault("legacyResourceId", str(number))
    view.setdefault("name", f"#{number}")
    for name in ("createdAt", "processedAt", "updatedAt"):
        view.setdefault(name, now)
    currency = _currency(view) or shop.settings.currency
    view.setdefault("currencyCode", currency)
    view.setdefault("presentmentCurrencyCode", view["currencyCode"])
    view.setdefault("id", gid("Order", number))
    shop.imported[number] = view
    return number


def _currency(view: View) -> str | None:
    bag = view.get("totalPriceSet") or view.get("currentTotalPriceSet") or {}
    return (bag.get("shopMoney") or {}).get("currencyCode")


def flattened(value: Any) -> Any:
    """*value* with every connection replaced by the list of its nodes."""
    if isinstance(value, list):
        return [flattened(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "nodes" in value and value.keys() <= {"nodes", "edges", "pageInfo", "__typename"}:
        return [flattened(one) for one in value["nodes"]]
    if "edges" in value and value.keys() <= {"edges", "pageInfo", "__typename"}:
        return [flattened(one["node"]) for one in value["edges"]]
    return {key: flattened(one) for key, one in value.items()}
