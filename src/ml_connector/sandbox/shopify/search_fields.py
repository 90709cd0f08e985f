"""Which fields each list can be searched by, and how to get them from a view.

Source: Shopify Admin API, the `query` argument of each list.
"""

from __future__ import annotations

from ml_connector.sandbox.shopify.search import Getter
from ml_connector.sandbox.shopify.views import View


def _number(node: View) -> str:
    return str(node["id"]).rsplit("/", 1)[-1]


def _status(node: View) -> list[str]:
    if node.get("cancelledAt"):
        return ["cancelled", "any"]
    return ["closed", "any"] if node.get("closedAt") else ["open", "any"]


def _customer_number(node: View) -> str | None:
    customer = node.get("customer")
    if customer is None:
        return None
    return str(customer.id) if hasattr(customer, "id") else _number(customer)


def _lower(name: str) -> Getter:
    return lambda node: str(node.get(name) or "").lower()


def _plain(name: str) -> Getter:
    return lambda node: node.get(name)


ORDER_FIELDS: dict[str, Getter] = {
    "id": _number,
    "name": lambda node: [node["name"], node["name"].lstrip("#")],
    "updated_at": _plain("updatedAt"),
    "created_at": _plain("createdAt"),
    "processed_at": _plain("processedAt"),
    "email": _plain("email"),
    "test": lambda node: str(bool(node.get("test"))).lower(),
    "status": _status,
    "financial_status": _lower("displayFinancialStatus"),
    "fulfillment_status": _lower("displayFulfillmentStatus"),
    "return_status": _lower("returnStatus"),
    "customer_id": _customer_number,
    "tag": _plain("tags"),
    "source_name": _plain("sourceName"),
    "sales_channel": lambda node: ((node.get("channelInformation") or {}).get("channelDefinition") or {}).get("handle"),
    "gateway": _plain("paymentGatewayNames"),
    "po_number": _plain("poNumber"),
    "discount_code": _plain("discountCodes"),
    "confirmation_number": _plain("confirmationNumber"),
}
CUSTOMER_FIELDS: dict[str, Getter] = {
    "id": _number,
    "updated_at": _plain("updatedAt"),
    "customer_date": _plain("createdAt"),
    "created_at": _plain("createdAt"),
    "email": _plain("email"),
    "phone": _plain("phone"),
    "first_name": _plain("firstName"),
    "last_name": _plain("lastName"),
    "tag": _plain("tags"),
    "state": _lower("state"),
    "orders_count": _plain("numberOfOrders"),
    "country": lambda node: (node.get("defaultAddress") or {}).get("country"),
    "default": lambda node: [node.get("displayName"), node.get("email")],
}
VARIANT_FIELDS: dict[str, Getter] = {
    "id": _number,
    "sku": _plain("sku"),
    "updated_at": _plain("updatedAt"),
    "title": _plain("title"),
    "barcode": _plain("barcode"),
    "taxable": lambda node: str(bool(node.get("taxable"))).lower(),
}
WEBHOOK_FIELDS: dict[str, Getter] = {
    "id": _number,
    "topic": _plain("topic"),
    "created_at": _plain("createdAt"),
    "updated_at": _plain("updatedAt"),
    "endpoint": _plain("uri"),
    "uri": _plain("uri"),
}
PLAIN_FIELDS: dict[str, Getter] = {
    "id": _number,
    "name": _plain("name"),
    "updated_at": _plain("updatedAt"),
    "created_at": _plain("createdAt"),
    "status": _lower("status"),
    "active": lambda node: str(bool(node.get("isActive"))).lower(),
    "operation_type": _lower("type"),
    "processed_at": _plain("processedAt"),
    "test": lambda node: str(bool(node.get("test"))).lower(),
}
