"""An order, put together from what was read of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import Agreement, Order, PaymentSchedule, Totals
from ml_connector.shopify.normalise import ledger, lines, money_moves, people
from ml_connector.shopify.normalise.node import Node


def history_needed(value: Mapping[str, Any]) -> bool:
    """Whether the order has a history beyond its first sale, so that refunds, ledger and returns have to be read.

    A tip needs the ledger too, because only there it says which line is a tip.

    Source: Shopify Admin GraphQL, Order: `lineItems` and their taxes keep the original quantity after edits.
    """
    node = Node(value, "order")
    return (
        node.flag("edited")
        or node.maybe("cancelledAt") is not None
        or bool(node.children("refunds"))
        or (node.maybe("returnStatus") or "NO_RETURN") != "NO_RETURN"
        or bool(node.bag("totalTipReceivedSet").shop)
        or _moved(node)
    )


def _moved(node: Node) -> bool:
    """Whether current and original figures differ anywhere, whatever the flags say."""
    return (
        any(line.count("quantity") != line.count("currentQuantity") for line in node.nodes("lineItems"))
        or any(line.flag("isRemoved") for line in node.nodes("shippingLines"))
        or node.bag("currentTotalPriceSet") != node.bag("originalTotalPriceSet")
    )


def order(
    value: Mapping[str, Any],
    history: Mapping[str, Any] | None = None,
    *,
    unread: Iterable[str] = (),
) -> Order:
    """The order of *value* (`OrderNow`) and, when it was read, of *history* (`OrderHistory`).

    Args:
        history: None when it was not needed: then `agreements` is None and there are no refunds.
        unread: What Shopify held back, in its words.

    Raises:
        NotUnderstood: a value that must be there is not, or has another type.
    """
    node = Node(value, "order")
    past = Node(history, "order") if history is not None else None
    agreements = None if past is None else tuple(ledger.agreement(entry) for entry in past.nodes("agreements"))
    return Order(
        id=node.text("id"),
        name=node.text("name"),
        created_at=node.moment("createdAt"),
        processed_at=node.moment("processedAt"),
        updated_at=node.moment("updatedAt"),
        currency=node.text("currencyCode"),
        presentment_currency=node.text("presentmentCurrencyCode"),
        taxes_included=node.flag("taxesIncluded"),
        totals=_totals(node),
        lines=lines.with_tips(tuple(lines.line(line) for line in node.nodes("lineItems")), _tips(agreements)),
        shipping_lines=tuple(lines.shipping_line(s, index) for index, s in enumerate(node.nodes("shippingLines"))),
        additional_fees=tuple(lines.fee(fee) for fee in node.children("additionalFees")),
        tax_lines=lines.tax_lines(node),
        current_tax_lines=lines.tax_lines(node, "currentTaxLines"),
        discounts=tuple(lines.discount(entry) for entry in node.nodes("discountApplications")),
        transactions=tuple(money_moves.transaction(entry) for entry in node.children("transactions")),
        refunds=() if past is None else tuple(money_moves.refund(entry) for entry in past.children("refunds")),
        agreements=agreements,
        exchange_line_ids=frozenset() if past is None else ledger.exchange_line_ids(past.nodes("returns")),
        **_people(node),
        **_facts(node),
        **_states(node),
        unread=tuple(unread),
    )


def _tips(agreements: tuple[Agreement, ...] | None) -> frozenset[str]:
    return frozenset() if agreements is None else ledger.tip_ids(agreements)


def _zero(node: Node) -> MoneyBag:
    return MoneyBag(
        Money.zero(node.text("currencyCode")),
        Money.zero(node.text("presentmentCurrencyCode")),
    )


def _totals(node: Node) -> Totals:
    """The order's figures. The four that the schema lets be null mean nothing of the kind, which is zero.

    A zero that is wrong cannot pass: the parts of an order must add up to its total before anything is posted.
    """
    zero = _zero(node)
    rounding = node.maybe_child("totalCashRoundingAdjustment")
    return Totals(
        subtotal_price=node.maybe_bag("subtotalPriceSet") or zero,
        total_discounts=node.maybe_bag("totalDiscountsSet") or zero,
        total_shipping_price=node.maybe_bag("totalShippingPriceSet") or zero,
        total_tax=node.maybe_bag("totalTaxSet") or zero,
        total_price=node.bag("totalPriceSet"),
        original_total_price=node.bag("originalTotalPriceSet"),
        current_total_price=node.bag("currentTotalPriceSet"),
        current_total_tax=node.bag("currentTotalTaxSet"),
        current_subtotal_price=node.bag("currentSubtotalPriceSet"),
        total_received=node.bag("totalReceivedSet"),
        total_refunded=node.bag("totalRefundedSet"),
        total_outstanding=node.bag("totalOutstandingSet"),
        net_payment=node.bag("netPaymentSet"),
        total_tip_received=node.bag("totalTipReceivedSet"),
        original_total_duties=node.maybe_bag("originalTotalDutiesSet"),
        current_total_duties=node.maybe_bag("currentTotalDutiesSet"),
        original_total_additional_fees=node.maybe_bag("originalTotalAdditionalFeesSet"),
        current_total_additional_fees=node.maybe_bag("currentTotalAdditionalFeesSet"),
        current_shipping_price=node.maybe_bag("currentShippingPriceSet"),
        refund_discrepancy=node.maybe_bag("refundDiscrepancySet"),
        cash_rounding_payment=rounding.maybe_bag("paymentSet") if rounding else None,
        cash_rounding_refund=rounding.maybe_bag("refundSet") if rounding else None,
    )


def _people(node: Node) -> dict[str, Any]:
    store = node.maybe_child("retailLocation")
    return {
        "customer": people.customer(node.maybe_child("customer")),
        "company": people.company(node.maybe_child("purchasingEntity")),
        "email": node.maybe("email"),
        "phone": node.maybe("phone"),
        "billing_address": people.address(node.maybe_child("billingAddress")),
        "shipping_address": people.address(node.maybe_child("shippingAddress")),
        "retail_location_id": store.maybe("id") if store else None,
        "retail_location_address": people.address(store.maybe_child("address")) if store else None,
    }


def _facts(node: Node) -> dict[str, Any]:
    app = node.maybe_child("app")
    seller = node.maybe_child("merchantOfRecordApp")
    return {
        "source_name": node.maybe("sourceName"),
        "channel": app.maybe("name") if app else None,
        "app_id": app.maybe("id") if app else None,
        "merchant_of_record": seller.maybe("name") or seller.maybe("id") if seller else None,
        "tags": node.texts("tags"),
        "note": node.maybe("note"),
        "po_number": node.maybe("poNumber"),
        "attributes": lines.attributes(node),
    }


def _states(node: Node) -> dict[str, Any]:
    terms = node.maybe_child("paymentTerms")
    return {
        "test": node.flag("test"),
        "edited": node.flag("edited"),
        "tax_exempt": node.flag("taxExempt"),
        "duties_included": node.flag("dutiesIncluded"),
        "estimated_taxes": node.flag("estimatedTaxes"),
        "cancelled_at": node.maybe_moment("cancelledAt"),
        "cancel_reason": node.maybe("cancelReason"),
        "closed_at": node.maybe_moment("closedAt"),
        "financial_status": node.maybe("displayFinancialStatus"),
        "fulfillment_status": node.maybe("displayFulfillmentStatus"),
        "fulfilled_at": _fulfilled_at(node),
        "payment_gateways": node.texts("paymentGatewayNames"),
        "payment_terms_name": terms.maybe("paymentTermsName") if terms else None,
        "payment_schedules": tuple(_schedule(entry) for entry in terms.nodes("paymentSchedules")) if terms else (),
        "disputes": tuple(_dispute(entry) for entry in node.children("disputes")),
    }


def _schedule(node: Node) -> PaymentSchedule:
    return PaymentSchedule(node.maybe_moment("dueAt"), node.maybe_moment("completedAt"))


def _dispute(node: Node) -> str:
    """`chargeback, under review`"""
    said = f"{node.maybe('initiatedAs') or 'dispute'}, {node.maybe('status') or 'unknown'}"
    return said.lower().replace("_", " ")


def _fulfilled_at(node: Node) -> datetime | None:
    """When the last successful fulfilment was made; None while the order is not fulfilled."""
    if node.maybe("displayFulfillmentStatus") != "FULFILLED":
        return None
    made = [entry.moment("createdAt") for entry in node.children("fulfillments") if entry.maybe("status") == "SUCCESS"]
    return max(made, default=None)
