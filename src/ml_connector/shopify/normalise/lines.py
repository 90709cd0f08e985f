"""Order lines, shipping lines, fees, and the taxes and discounts on them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal

from ml_connector.domain.order import (
    AdditionalFee,
    Allocation,
    DiscountApplication,
    Duty,
    Line,
    ShippingLine,
    TaxLine,
)
from ml_connector.shopify.normalise.node import Node

_DISCOUNTS = {
    "DiscountCodeApplication": "code",
    "AutomaticDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
    "ScriptDiscountApplication": "script",
}


def rate(node: Node) -> Decimal:
    """The rate as a fraction. Zero when Shopify gave none: the price is truth, and the rate only names the tax."""
    given = node.decimal("rate")
    if given is not None:
        return given
    percentage = node.decimal("ratePercentage")
    return Decimal(0) if percentage is None else percentage / 100


def tax_line(node: Node) -> TaxLine:
    return TaxLine(
        title=node.maybe("title") or "",
        rate=rate(node),
        price=node.bag("priceSet"),
        channel_liable=node.flag("channelLiable"),
        source=node.maybe("source"),
    )


def tax_lines(node: Node, name: str = "taxLines") -> tuple[TaxLine, ...]:
    return tuple(tax_line(tax) for tax in node.children(name))


def _allocations(node: Node) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(entry.bag("allocatedAmountSet"), entry.child("discountApplication").count("index"))
        for entry in node.children("discountAllocations")
    )


def attributes(node: Node) -> tuple[tuple[str, str], ...]:
    """What the buyer or a theme wrote; a key that is empty, which Shopify lets pass, stays empty."""
    return tuple((entry.maybe("key") or "", entry.maybe("value") or "") for entry in node.children("customAttributes"))


def _duty(node: Node) -> Duty:
    return Duty(
        id=node.text("id"),
        price=node.bag("price"),
        tax_lines=tax_lines(node),
        harmonized_system_code=node.maybe("harmonizedSystemCode"),
        country_of_origin=node.maybe("countryCodeOfOrigin"),
    )


def line(node: Node) -> Line:
    return Line(
        id=node.text("id"),
        title=node.maybe("title") or "",
        quantity=node.count("quantity"),
        current_quantity=node.count("currentQuantity"),
        unit_price=node.bag("originalUnitPriceSet"),
        original_total=node.bag("originalTotalSet"),
        variant_title=node.maybe("variantTitle"),
        sku=node.maybe("sku"),
        vendor=node.maybe("vendor"),
        is_gift_card=node.flag("isGiftCard"),
        taxable=node.flag("taxable"),
        requires_shipping=node.flag("requiresShipping"),
        product_id=node.id_of("product"),
        variant_id=node.id_of("variant"),
        allocations=_allocations(node),
        tax_lines=tax_lines(node),
        duties=tuple(_duty(duty) for duty in node.children("duties")),
        attributes=attributes(node),
    )


def with_tips(lines: tuple[Line, ...], tip_ids: AbstractSet[str]) -> tuple[Line, ...]:
    """*lines* with those marked that the ledger calls tips."""
    return tuple(replace(line, is_tip=True) if line.id in tip_ids else line for line in lines)


def shipping_line(node: Node, index: int) -> ShippingLine:
    """A shipping line; one without an id of Shopify's (the schema allows it) is known by its place."""
    return ShippingLine(
        id=node.maybe("id") or f"shipping-line:{index}",
        title=node.maybe("title") or "",
        original_price=node.bag("originalPriceSet"),
        discounted_price=node.bag("discountedPriceSet"),
        current_discounted_price=node.bag("currentDiscountedPriceSet"),
        code=node.maybe("code"),
        is_removed=node.flag("isRemoved"),
        allocations=_allocations(node),
        tax_lines=tax_lines(node),
    )


def fee(node: Node) -> AdditionalFee:
    return AdditionalFee(node.text("id"), node.maybe("name") or "", node.bag("price"), tax_lines(node))


def discount(node: Node) -> DiscountApplication:
    """What a discount was called: its code, or its title."""
    kind = node.maybe("__typename") or ""
    return DiscountApplication(
        index=node.count("index"),
        kind=_DISCOUNTS.get(kind, kind),
        title=node.maybe("code") or node.maybe("title") or "",
        target=node.maybe("targetType") or "LINE_ITEM",
    )
