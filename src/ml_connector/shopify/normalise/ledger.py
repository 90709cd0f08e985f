"""The ledger of sales: agreements, their sales and taxes, and the lines that came in by an exchange."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.domain.order import Agreement, Sale, SaleTax
from ml_connector.shopify.normalise.lines import rate
from ml_connector.shopify.normalise.node import Node

_SUBJECTS = ("lineItem", "shippingLine", "duty", "additionalFee", "fee")


def agreement(node: Node) -> Agreement:
    return Agreement(
        id=node.text("id"),
        reason=node.text("reason"),
        happened_at=node.moment("happenedAt"),
        sales=tuple(sale(entry) for entry in node.nodes("sales")),
        refund_id=node.id_of("refund"),
        return_id=node.id_of("return"),
    )


def sale(node: Node) -> Sale:
    return Sale(
        id=node.text("id"),
        action_type=node.text("actionType"),
        line_type=node.text("lineType"),
        total=node.bag("totalAmount"),
        tax=node.bag("totalTaxAmount"),
        quantity=node.maybe_count("quantity"),
        subject_id=_subject(node),
        discount_before_tax=node.maybe_bag("totalDiscountAmountBeforeTaxes"),
        discount_after_tax=node.maybe_bag("totalDiscountAmountAfterTaxes"),
        taxes=tuple(_tax(entry) for entry in node.children("taxes")),
    )


def _subject(node: Node) -> str | None:
    """What was sold, under the id that the order itself has for it.

    A fee is a `SaleAdditionalFee` in the ledger and an `AdditionalFee` of the order, with the same number.
    """
    found = next((found for name in _SUBJECTS if (found := node.id_of(name))), None)
    return None if found is None else found.replace("/SaleAdditionalFee/", "/AdditionalFee/")


def _tax(node: Node) -> SaleTax:
    line = node.child("taxLine")
    return SaleTax(
        id=node.text("id"),
        title=line.maybe("title") or "",
        rate=rate(line),
        amount=node.bag("amount"),
        channel_liable=line.flag("channelLiable"),
    )


def tip_ids(agreements: Iterable[Agreement]) -> frozenset[str]:
    """Ids of the order lines that the ledger sells as tips."""
    return frozenset(
        sale.subject_id for entry in agreements for sale in entry.sales if sale.line_type == "TIP" and sale.subject_id
    )


def exchange_line_ids(returns: Iterable[Node]) -> frozenset[str]:
    """Ids of the order lines that came in as replacement goods."""
    return frozenset(
        line.text("id")
        for entry in returns
        for exchange in entry.nodes("exchangeLineItems")
        for line in exchange.children("lineItems")
    )
