"""Webhook topics: which we subscribe to, what each needs, and how they are spelt in GraphQL.

Source: Shopify webhook topics, API 2026-04.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ml_connector.shopify.scopes import granted

SUBSCRIBED: dict[str, str | None] = {
    "app/scopes_update": None,
    "app/uninstalled": None,
    "shop/update": None,
    "orders/create": "read_orders",
    "orders/updated": "read_orders",
    "orders/paid": "read_orders",
    "orders/cancelled": "read_orders",
    "orders/edited": "read_orders",
    "orders/fulfilled": "read_orders",
    "orders/delete": "read_orders",
    "refunds/create": "read_orders",
    "order_transactions/create": "read_orders",
    "customers/create": "read_customers",
    "customers/update": "read_customers",
    "customers/delete": "read_customers",
    "customers/merge": "read_customer_merge",
    "returns/cancel": "read_returns",
    "returns/close": "read_returns",
    "returns/reopen": "read_returns",
    "disputes/create": "read_shopify_payments_disputes",
    "disputes/update": "read_shopify_payments_disputes",
}
"""Topic to the scope that it needs. Returns that change money also announce themselves as an updated order."""

COMPLIANCE = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
"""Can only be declared in the app's own configuration; their deliveries are instructions with a legal deadline."""


def wanted(scopes: AbstractSet[str]) -> frozenset[str]:
    """The topics to subscribe to in a shop that granted *scopes*."""
    return frozenset(topic for topic, scope in SUBSCRIBED.items() if scope is None or granted(scope, scopes))


def enum(topic: str) -> str:
    """`orders/create` as GraphQL spells it: `ORDERS_CREATE`."""
    return topic.upper().replace("/", "_")


_BY_ENUM = {enum(topic): topic for topic in (*SUBSCRIBED, *COMPLIANCE)}


def from_enum(name: str) -> str:
    """`ORDERS_CREATE` as deliveries spell it. A topic that is none of ours is split at its last word, for display."""
    known = _BY_ENUM.get(name)
    if known:
        return known
    resource, _, event = name.lower().rpartition("_")
    return f"{resource}/{event}" if resource else name.lower()
