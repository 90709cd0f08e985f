"""Draft orders: an offer that becomes an order when it is completed.

Source: Shopify Admin API, DraftOrder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import OrderSpec
from ml_connector.sandbox.shopify.views import View, identity, moment, money_bag, ref

APP = (1_354_745, "Draft Orders")


@dataclass
class Draft:
    """An offer.

    Attributes:
        offer: The order as it would be, for its amounts.
        order_id: The order that it became.
    """

    id: int
    number: int
    spec: OrderSpec
    offer: Order
    created_at: datetime
    completed_at: datetime | None = None
    order_id: int | None = None


def draft_view(draft: Draft) -> View:
    """A `DraftOrder`."""
    offer, sums = draft.offer, totals.sold(draft.offer)
    completed = draft.completed_at is not None
    return {
        **identity("DraftOrder", draft.id),
        "name": f"#D{draft.number}",
        "status": "COMPLETED" if completed else "OPEN",
        "email": offer.email,
        "note2": offer.note,
        "tags": sorted(offer.tags),
        "customer": ref("Customer", offer.customer_id),
        "order": ref("Order", draft.order_id),
        "currencyCode": offer.currencies.shop,
        "presentmentCurrencyCode": offer.currencies.presentment,
        "taxesIncluded": offer.taxes_included,
        "totalPriceSet": money_bag(sums.price, offer.currencies),
        "subtotalPriceSet": money_bag(sums.subtotal, offer.currencies),
        "totalTaxSet": money_bag(sums.tax, offer.currencies),
        "createdAt": moment(draft.created_at),
        "updatedAt": moment(draft.completed_at or draft.created_at),
        "completedAt": moment(draft.completed_at),
        "invoiceSentAt": None,
        "reserveInventoryUntil": None,
        "lineItems": [
            {
                "id": gid("DraftOrderLineItem", line.id),
                "title": line.title,
                "quantity": line.quantity,
                "sku": line.sku,
                "originalUnitPriceSet": money_bag(line.unit_price, offer.currencies),
            }
            for line in offer.lines
        ],
    }
