"""The parts of webhook bodies: amounts, lines, taxes, discounts, addresses.

Amounts are strings with the currency's places, ids are numbers, and a plain amount is shop money.

Source: Shopify webhook topics, version 2026-04.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from ml_connector.sandbox.shopify.ids import GID
from ml_connector.sandbox.shopify.money import rest_amount
from ml_connector.sandbox.shopify.views import Ref, View

Body: TypeAlias = dict[str, Any]

ORDER_SETS: Mapping[str, str] = {
    "current_shipping_price": "currentShippingPriceSet",
    "current_subtotal_price": "currentSubtotalPriceSet",
    "current_total_additional_fees": "currentTotalAdditionalFeesSet",
    "current_total_discounts": "currentTotalDiscountsSet",
    "current_total_duties": "currentTotalDutiesSet",
    "current_total_price": "currentTotalPriceSet",
    "current_total_tax": "currentTotalTaxSet",
    "original_total_additional_fees": "originalTotalAdditionalFeesSet",
    "original_total_duties": "originalTotalDutiesSet",
    "subtotal_price": "subtotalPriceSet",
    "total_discounts": "totalDiscountsSet",
    "total_line_items_price": "totalLineItemsPriceSet",
    "total_price": "totalPriceSet",
    "total_shipping_price": "totalShippingPriceSet",
    "total_tax": "totalTaxSet",
}
PLAIN = (
    "current_subtotal_price",
    "current_total_discounts",
    "current_total_price",
    "current_total_tax",
    "subtotal_price",
    "total_discounts",
    "total_line_items_price",
    "total_price",
    "total_tax",
)


def number(global_id: str | None) -> int | None:
    """The number in a global id."""
    match = GID.match(global_id or "")
    return int(match[2]) if match else None


def reference(value: Any) -> int | None:
    """The number of what *value* stands for."""
    if isinstance(value, Ref):
        return value.id
    return number(value["id"]) if value else None


def lower(value: str | None) -> str | None:
    """An enum value as REST spells it."""
    return None if value is None else value.lower()


def fulfillment_status(view: View) -> str | None:
    """REST's word for it: null, partial or fulfilled."""
    words = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}
    return words.get(view.get("displayFulfillmentStatus") or "")


def one_money(side: View) -> Body:
    """One side of a money set."""
    currency = side["currencyCode"]
    return {"amount": rest_amount(Decimal(side["amount"]), currency), "currency_code": currency}


def bag_set(bag: View | None) -> Body | None:
    """A money set."""
    if bag is None:
        return None
    return {"shop_money": one_money(bag["shopMoney"]), "presentment_money": one_money(bag["presentmentMoney"])}


def unsettled(bag: View | None) -> Body | None:
    """A money set of the shape that says `currency` instead of `currency_code`."""
    sides = bag_set(bag)
    if sides is None:
        return None
    return {side: {"amount": value["amount"], "currency": value["currency_code"]} for side, value in sides.items()}


def shop_amount(bag: View | None) -> str | None:
    """A plain amount: shop money."""
    return None if bag is None else one_money(bag["shopMoney"])["amount"]


def pairs(attributes: Any, key: str) -> list[Body]:
    """Custom attributes, as REST names them."""
    return [{key: one["key"], "value": one["value"]} for one in attributes or ()]


def discount_codes(view: View) -> list[Body]:
    """Codes with what they came to."""
    codes = []
    for one in view.get("discountApplications") or ():
        if one.get("__typename") == "DiscountCodeApplication":
            kind = "percentage" if "percentage" in one["value"] else "fixed_amount"
            codes.append({"code": one["code"], "type": kind, "amount": allocated(view, one["index"])})
    return codes


def allocated(view: View, index: int) -> str:
    """What one discount took off in the shop's currency, everywhere."""
    lines = [*(view.get("lineItems") or ()), *(view.get("shippingLines") or ())]
    amounts = [
        Decimal(one["allocatedAmountSet"]["shopMoney"]["amount"])
        for line in lines
        for one in line.get("discountAllocations") or ()
        if one["discountApplication"]["index"] == index
    ]
    return rest_amount(sum(amounts, Decimal(0)), view["currencyCode"])


def discount_application(one: View) -> Body:
    """A discount as it was promised."""
    value = one["value"]
    kinds = {
        "DiscountCodeApplication": "discount_code",
        "AutomaticDiscountApplication": "automatic",
        "ManualDiscountApplication": "manual",
        "ScriptDiscountApplication": "script",
    }
    percentage = "percentage" in value
    body = {
        "target_type": lower(one["targetType"]),
        "type": kinds.get(one["__typename"], "manual"),
        "value": str(value["percentage"] if percentage else value["amount"]),
        "value_type": "percentage" if percentage else "fixed_amount",
        "allocation_method": lower(one["allocationMethod"]),
        "target_selection": lower(one["targetSelection"]),
    }
    return body | ({"code": one["code"]} if "code" in one else {"title": one.get("title")})


def tax_line(line: View) -> Body:
    """A tax line."""
    return {
        "channel_liable": line.get("channelLiable"),
        "price": shop_amount(line["priceSet"]),
        "price_set": bag_set(line["priceSet"]),
        "rate": line.get("rate"),
        "title": line["title"],
    }


def allocations(view: View) -> list[Body]:
    """Discount allocations of a line."""
    return [
        {
            "amount": shop_amount(one["allocatedAmountSet"]),
            "amount_set": bag_set(one["allocatedAmountSet"]),
            "discount_application_index": one["discountApplication"]["index"],
        }
        for one in view.get("discountAllocations") or ()
    ]


def line_item(line: View) -> Body:
    """A line of the order."""
    return {
        "id": number(line["id"]),
        "admin_graphql_api_id": line["id"],
        "attributed_staffs": [],
        "current_quantity": line["currentQuantity"],
        "fulfillable_quantity": line.get("fulfillableQuantity", 0),
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": bool(line.get("isGiftCard")),
        "grams": 0,
        "name": line.get("name"),
        "price": shop_amount(line["originalUnitPriceSet"]),
        "price_set": bag_set(line["originalUnitPriceSet"]),
        "product_exists": line.get("product") is not None,
        "product_id": reference(line.get("product")),
        "properties": pairs(line.get("customAttributes"), "name"),
        "quantity": line["quantity"],
        "requires_shipping": bool(line.get("requiresShipping")),
        "sales_line_item_group_id": number((line.get("lineItemGroup") or {}).get("id")),
        "sku": line.get("sku"),
        "taxable": bool(line.get("taxable")),
        "title": line["title"],
        "total_discount": shop_amount(line.get("totalDiscountSet")),
        "total_discount_set": bag_set(line.get("totalDiscountSet")),
        "variant_id": reference(line.get("variant")),
        "variant_inventory_management": "shopify" if line.get("variant") else None,
        "variant_title": line.get("variantTitle"),
        "vendor": line.get("vendor"),
        "tax_lines": [tax_line(tax) for tax in line.get("taxLines") or ()],
        "duties": [duty(one) for one in line.get("duties") or ()],
        "discount_allocations": allocations(line),
    }


def duty(one: View) -> Body:
    """Customs duty on a line."""
    return {
        "id": number(one["id"]),
        "harmonized_system_code": one.get("harmonizedSystemCode"),
        "country_code_of_origin": one.get("countryCodeOfOrigin"),
        "shop_money": one_money(one["price"]["shopMoney"]),
        "presentment_money": one_money(one["price"]["presentmentMoney"]),
        "tax_lines": [tax_line(tax) for tax in one.get("taxLines") or ()],
        "admin_graphql_api_id": one["id"],
    }


def shipping_line(line: View) -> Body:
    """A delivery charge."""
    return {
        "id": number(line["id"]),
        "carrier_identifier": line.get("carrierIdentifier"),
        "code": line.get("code"),
        "current_discounted_price_set": bag_set(line.get("currentDiscountedPriceSet")),
        "discounted_price": shop_amount(line["discountedPriceSet"]),
        "discounted_price_set": bag_set(line["discountedPriceSet"]),
        "is_removed": bool(line.get("isRemoved")),
        "phone": line.get("phone"),
        "price": shop_amount(line["originalPriceSet"]),
        "price_set": bag_set(line["originalPriceSet"]),
        "requested_fulfillment_service_id": None,
        "source": line.get("source"),
        "title": line["title"],
        "tax_lines": [tax_line(tax) for tax in line.get("taxLines") or ()],
        "discount_allocations": allocations(line),
    }


def refund_line(one: View) -> Body:
    """Goods given back. Unlike everywhere else, the plain amounts are JSON numbers."""
    return {
        "id": number(one["id"]),
        "quantity": one["quantity"],
        "line_item_id": number(one["lineItem"]["id"]),
        "location_id": reference(one.get("location")),
        "restock_type": lower(one["restockType"]),
        "subtotal": float(one["subtotalSet"]["shopMoney"]["amount"]),
        "total_tax": float(one["totalTaxSet"]["shopMoney"]["amount"]),
        "subtotal_set": bag_set(one["subtotalSet"]),
        "total_tax_set": bag_set(one["totalTaxSet"]),
        "line_item": line_item(one["lineItem"]),
    }


def order_adjustment(one: View, refund: View, order_id: str) -> Body:
    """What was paid back less or more than the goods' worth."""
    return {
        "id": number(one["id"]),
        "order_id": number(order_id),
        "refund_id": number(refund["id"]),
        "amount": shop_amount(one["amountSet"]),
        "amount_set": bag_set(one["amountSet"]),
        "tax_amount": shop_amount(one["taxAmountSet"]),
        "tax_amount_set": bag_set(one["taxAmountSet"]),
        "kind": "refund_discrepancy",
        "reason": {
            "REFUND_DISCREPANCY": "Refund discrepancy",
            "PENDING_REFUND_DISCREPANCY": "Pending refund discrepancy",
        }.get(one.get("reason") or "", one.get("reason")),
    }


def address(view: View | None) -> Body | None:
    """An address of an order."""
    if view is None:
        return None
    return {
        "first_name": view.get("firstName"),
        "address1": view.get("address1"),
        "phone": view.get("phone"),
        "city": view.get("city"),
        "zip": view.get("zip"),
        "province": view.get("province"),
        "country": view.get("country"),
        "last_name": view.get("lastName"),
        "address2": view.get("address2"),
        "company": view.get("company"),
        "latitude": None,
        "longitude": None,
        "name": view.get("name"),
        "country_code": view.get("countryCodeV2"),
        "province_code": view.get("provinceCode"),
    }


def customer_address(view: View, customer_id: int | None, default: View | None) -> Body:
    """An address of a customer."""
    plain = address(view) or {}
    plain.pop("latitude", None)
    plain.pop("longitude", None)
    return {
        "id": number(view.get("id")),
        "customer_id": customer_id,
        **plain,
        "country_name": view.get("country"),
        "default": default is not None and view.get("id") == default.get("id"),
    }
