"""Transactions and refunds."""

from __future__ import annotations

from ml_connector.domain.money import MoneyBag
from ml_connector.domain.order import (
    Refund,
    RefundAdjustment,
    RefundDuty,
    RefundLine,
    RefundShipping,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from ml_connector.shopify.errors import NotUnderstood
from ml_connector.shopify.normalise.node import Node


def transaction(node: Node) -> Transaction:
    kind = node.text("kind")
    if kind not in TransactionKind.__members__:
        raise NotUnderstood(f"{node.path}.kind", f"{kind} is not a kind that we know")
    status = node.text("status")
    return Transaction(
        id=node.text("id"),
        kind=TransactionKind(kind),
        status=TransactionStatus.__members__.get(status, TransactionStatus.UNKNOWN),
        gateway=node.maybe("gateway") or "",
        amount=node.bag("amountSet"),
        processed_at=node.maybe_moment("processedAt") or node.moment("createdAt"),
        formatted_gateway=node.maybe("formattedGateway") or "",
        manual=node.flag("manualPaymentGateway"),
        test=node.flag("test"),
        rounding=node.maybe_bag("amountRoundingSet"),
        parent_id=node.id_of("parentTransaction"),
        payment_id=node.maybe("paymentId"),
        fees=tuple(_fee(entry) for entry in node.children("fees")),
    )


def _fee(node: Node) -> MoneyBag:
    """A gateway's fee has one amount, in the currency of the payout; it stands on both sides."""
    amount = node.money("amount")
    return MoneyBag(amount, amount)


def refund(node: Node) -> Refund:
    processed = node.moment("processedAt")
    return Refund(
        id=node.text("id"),
        created_at=node.maybe_moment("createdAt") or processed,
        processed_at=processed,
        total_refunded=node.bag("totalRefundedSet"),
        note=node.maybe("note"),
        return_id=node.id_of("return"),
        lines=tuple(_refund_line(line, index) for index, line in enumerate(node.nodes("refundLineItems"))),
        shipping=tuple(_refund_shipping(line) for line in node.nodes("refundShippingLines")),
        adjustments=tuple(_adjustment(entry) for entry in node.nodes("orderAdjustments")),
        duties=tuple(RefundDuty(d.id_of("originalDuty"), d.bag("amountSet")) for d in node.children("duties")),
        transaction_ids=tuple(entry.text("id") for entry in node.nodes("transactions")),
    )


def _refund_line(node: Node, index: int) -> RefundLine:
    return RefundLine(
        id=node.maybe("id") or f"refund-line:{index}",
        line_id=node.child("lineItem").text("id"),
        quantity=node.count("quantity"),
        subtotal=node.bag("subtotalSet"),
        total_tax=node.bag("totalTaxSet"),
        price=node.bag("priceSet"),
        restock_type=node.maybe("restockType") or "NO_RESTOCK",
    )


def _refund_shipping(node: Node) -> RefundShipping:
    return RefundShipping(
        id=node.text("id"),
        shipping_line_id=node.id_of("shippingLine"),
        subtotal=node.bag("subtotalAmountSet"),
        tax=node.bag("taxAmountSet"),
    )


def _adjustment(node: Node) -> RefundAdjustment:
    return RefundAdjustment(
        id=node.text("id"),
        reason=node.maybe("reason") or "",
        amount=node.bag("amountSet"),
        tax=node.bag("taxAmountSet"),
    )
