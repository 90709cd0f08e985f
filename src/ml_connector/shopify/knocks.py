"""Whom a delivery is about. Pure.

The body of a delivery is evidence, never a source of figures: all we take from it is its subject, and where the
delivery itself is the instruction, what is asked.

Source: Shopify, webhook topics, API 2026-04.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from ml_connector.shopify import ids


class Kind(StrEnum):
    """What a delivery asks of us."""

    ORDER = "order"
    """Look at this order."""
    CUSTOMER = "customer"
    """Look at this customer."""
    CUSTOMER_MERGE = "customer_merge"
    """`other` was merged into `id`."""
    RETURN = "return"
    """Something about a return whose order the body does not name; the order's own update announces it too."""
    UNINSTALLED = "uninstalled"
    SCOPES = "scopes"
    """The granted scopes changed."""
    SHOP = "shop"
    """The shop's own settings changed."""
    DATA_REQUEST = "data_request"
    CUSTOMER_REDACT = "customer_redact"
    SHOP_REDACT = "shop_redact"
    NONE = "none"
    """Nothing to do; `verdict` says why."""


@dataclass(frozen=True, slots=True)
class Knock:
    """Whom a delivery is about.

    Attributes:
        id: Global id of the order or customer; empty where the kind needs none, or when none was found.
        other: The customer that was merged away.
        orders: Orders that a compliance request names, as global ids.
        verdict: A sentence for the person who looks at the delivery; empty when there is nothing to say.
    """

    kind: Kind
    id: str = ""
    other: str = ""
    orders: tuple[str, ...] = ()
    verdict: str = ""


_INSTRUCTIONS = {
    "app/uninstalled": Kind.UNINSTALLED,
    "app/scopes_update": Kind.SCOPES,
    "shop/update": Kind.SHOP,
    "shop/redact": Kind.SHOP_REDACT,
}
_COMPLIANCE = {"customers/data_request": Kind.DATA_REQUEST, "customers/redact": Kind.CUSTOMER_REDACT}

# The resources whose bodies are about an order, and the paths at which they name it.
_ORDER_PATHS: dict[str, tuple[str, ...]] = {
    "orders": ("admin_graphql_api_id", "id", "order_edit.order_id", "admin_graphql_api_order_id", "order_id"),
    "refunds": ("order_id", "order.admin_graphql_api_id", "order.id"),
    "order_transactions": ("order_id", "admin_graphql_api_order_id"),
    "tender_transactions": ("order_id",),
    "fulfillments": ("order_id", "admin_graphql_api_order_id"),
    "returns": ("order_id", "order.admin_graphql_api_id", "order.id", "admin_graphql_api_order_id"),
    "disputes": ("order_id", "admin_graphql_api_order_id"),
    "payment_schedules": ("order_id", "admin_graphql_api_order_id"),
    "payment_terms": ("order_id", "admin_graphql_api_order_id"),
}
# These describe an order_edit or an assessment, whose own id is not the order's.
_NOT_BY_ID = frozenset({"orders/edited", "orders/risk_assessment_changed"})


def knock(topic: str, body: bytes) -> Knock:
    """Whom the delivery of *topic* is about. Never raises: a body that says nothing gets a verdict that says so."""
    instruction = _INSTRUCTIONS.get(topic)
    if instruction is not None:
        return Knock(instruction)
    content = _decoded(body)
    if topic in _COMPLIANCE:
        return _compliance(_COMPLIANCE[topic], content or {})
    if content is None:
        return Knock(Kind.NONE, verdict="The message is not readable (no JSON object), so it names nothing to look at.")
    resource = topic.partition("/")[0]
    if resource == "customers":
        return _merge(content) if topic == "customers/merge" else _customer(topic, content)
    if resource in _ORDER_PATHS:
        return _order(topic, resource, content)
    return Knock(Kind.NONE, verdict=f"Messages about {topic} are kept, but nothing depends on them.")


def _decoded(body: bytes) -> Mapping[str, Any] | None:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _order(topic: str, resource: str, content: Mapping[str, Any]) -> Knock:
    for path in _ORDER_PATHS[resource]:
        if topic in _NOT_BY_ID and path in ("admin_graphql_api_id", "id"):
            continue
        found = _gid("Order", _at(content, path))
        if found:
            return Knock(Kind.ORDER, found)
    if resource == "returns":
        return Knock(Kind.RETURN, _gid("Return", _at(content, "admin_graphql_api_id")), verdict=_UNNAMED)
    return Knock(Kind.NONE, verdict=_UNNAMED)


_UNNAMED = "The message does not say which order it is about; the order's own update, or the sweep, will find it."


def _customer(topic: str, content: Mapping[str, Any]) -> Knock:
    for path in ("admin_graphql_api_id", "id", "customerId", "customer_id", "admin_graphql_api_customer_id"):
        found = _gid("Customer", _at(content, path))
        if found:
            return Knock(Kind.CUSTOMER, found)
    return Knock(Kind.NONE, verdict=f"The message about {topic} does not say which customer it is about.")


def _merge(content: Mapping[str, Any]) -> Knock:
    kept = _gid("Customer", content.get("admin_graphql_api_customer_kept_id"))
    gone = _gid("Customer", content.get("admin_graphql_api_customer_deleted_id"))
    status = content.get("status")
    if status == "failed":
        return Knock(Kind.NONE, kept, gone, verdict="Shopify could not merge the two customers, so nothing changed.")
    if not kept or not gone:
        return Knock(Kind.NONE, verdict="The message about merged customers does not name both of them.")
    return Knock(Kind.CUSTOMER_MERGE, kept, gone)


def _compliance(kind: Kind, content: Mapping[str, Any]) -> Knock:
    """A legal request stays one even when it names no customer: somebody has to look."""
    customer = _gid("Customer", _at(content, "customer.id"))
    listed = content.get("orders_requested") or content.get("orders_to_redact") or ()
    orders = tuple(filter(None, (_gid("Order", item) for item in listed))) if isinstance(listed, list) else ()
    verdict = "" if customer else "The request does not say which customer it is about; somebody has to ask."
    return Knock(kind, customer, orders=orders, verdict=verdict)


def _at(content: Mapping[str, Any], path: str) -> object:
    value: object = content
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _gid(kind: str, value: object) -> str:
    """The global id of a *kind*, from a number, a text of digits, or a global id; else empty."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return ids.gid(kind, value) if 0 < value < 2**63 else ""
    if not isinstance(value, str):
        return ""
    if ids.is_gid(kind, value):
        return value
    return _gid(kind, int(value)) if value.isascii() and value.isdigit() and len(value) <= 19 else ""
