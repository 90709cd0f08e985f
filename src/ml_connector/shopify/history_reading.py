"""Reading what happened to an order: refunds, ledger and exchanges, each to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.shopify.normalise.node import Node
from ml_connector.shopify.pages import Changed, Pages


async def read(pages: Pages) -> Mapping[str, Any]:
    """The order's history (`OrderHistory`), complete.

    Raises:
        Changed: the order is not the one whose first page was read.
        ShopifyError: Shopify did not answer, or the history is too large.
    """
    history = (await pages.ask("OrderHistory", {"id": pages.subject})).child("order")
    await pages.rest(history, "agreements", "OrderAgreements")
    await _sales(pages, history)
    for refund in history.children("refunds"):
        await _refund(pages, refund)
    await pages.rest(history, "returns", "OrderReturns")
    for entry in history.nodes("returns"):
        pages.refuse_rest(entry, "exchangeLineItems", "exchanged lines in one return")
    return history.value


async def _sales(pages: Pages, history: Node) -> None:
    """Complete each agreement's sales. An agreement has no question of its own: it is the one after its neighbour."""
    before: str | None = None
    for edge in history.child("agreements").children("edges"):
        agreement = edge.child("node")

        def find(data: Node, wanted: str = agreement.text("id")) -> Node:
            found = data.child("order").nodes("agreements")
            if not found or found[0].text("id") != wanted:
                raise Changed
            return found[0].child("sales")

        await pages.fill(agreement, "sales", "AgreementSales", {"id": pages.subject, "before": before}, find)
        before = edge.text("cursor")


async def _refund(pages: Pages, refund: Node) -> None:
    lines = "refundLineItems"
    await pages.fill(
        refund, lines, "RefundLines", {"id": refund.text("id")}, lambda data: data.child("refund").child(lines)
    )
    pages.refuse_rest(refund, "refundShippingLines", "shipping refunds in one refund")
    pages.refuse_rest(refund, "orderAdjustments", "adjustments in one refund")
    pages.refuse_rest(refund, "transactions", "transactions in one refund")
