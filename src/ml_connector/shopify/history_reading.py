"""Reading what happened to an order: refunds, ledger and exchanges, each to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.shopify.pages import Changed, Pages


async def read(pages: Pages) -> Mapping[str, Any]:
    """The order's history (`OrderHistory`), complete.

    Raises:
        Changed: the order is not the one whose first page was read.
        ShopifyError: Shopify did not answer, or the history is too large.
    """
    answer = await pages.ask("OrderHistory", {"id": pages.subject})
    history: dict[str, Any] = answer.data["order"]
    await pages.rest(history, "agreements", "OrderAgreements")
    await _sales(pages, history)
    for refund in history["refunds"]:
        await _refund(pages, refund)
    if history.get("returns"):
        await pages.rest(history, "returns", "OrderReturns")
        for entry in history["returns"]["nodes"]:
            pages.refuse_rest(entry, "exchangeLineItems", "exchanged lines in one return")
    return history


async def _sales(pages: Pages, history: Mapping[str, Any]) -> None:
    """Complete each agreement's sales. An agreement has no question of its own: it is the one after its neighbour."""
    before: str | None = None
    for edge in history["agreements"]["edges"]:
        agreement = edge["node"]

        def find(data: Mapping[str, Any], wanted: str = agreement["id"]) -> Any:
            found = data["order"]["agreements"]["nodes"]
            if not found or found[0]["id"] != wanted:
                raise Changed
            return found[0]["sales"]

        await pages.fill(agreement["sales"], "AgreementSales", {"id": pages.subject, "before": before}, find)
        before = edge["cursor"]


async def _refund(pages: Pages, refund: dict[str, Any]) -> None:
    await pages.fill(refund.get("refundLineItems"), "RefundLines", {"id": refund["id"]}, _lines)
    pages.refuse_rest(refund, "refundShippingLines", "shipping refunds in one refund")
    pages.refuse_rest(refund, "orderAdjustments", "adjustments in one refund")
    pages.refuse_rest(refund, "transactions", "transactions in one refund")


def _lines(data: Mapping[str, Any]) -> Any:
    return data["refund"]["refundLineItems"]
