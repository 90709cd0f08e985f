"""The bodies of webhooks: REST-shaped, whatever interface the subscription was made through.

Made from the same views that the Admin API answers with, so the two never disagree.

Source: Shopify webhook topics, version 2026-04.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector.sandbox.shopify.ids import GID
from ml_connector.sandbox.shopify.money import rest_amount
from ml_connector.sandbox.shopify.views import Ref, View

Body = dict[str, Any]


class RestWriter:
    """Writes bodies for one shop, in its time zone.

    Args:
        look_up: Gives the view behind a `Ref`, or nothing.
    """

    def __init__(self, zone: str, look_up: Any) -> None:
        self._zone = ZoneInfo(zone)
        self._look_up = look_up

    def order(self, view: View) -> Body:
        """The body of `orders/*`, all but `orders/edited` and `orders/delete`."""
        return {
            **self._order_head(view),
            **self._order_money(view),
            **self._order_parts(view),
        }

    def _order_head(self, view: View) -> Body:
        app, channel = view.get("app"), view.get("merchantOfRecordApp")
        return {
            "id": number(view["id"]),
            "admin_graphql_api_id": view["id"],
            "app_id": number(app["id"]) if app else None,
            "browser_ip": view.get("clientIp"),
            "buyer_accepts_marketing": bool(view.get("customerAcceptsMarketing")),
            "cancel_reason": lower(view.get("cancelReason")),
            "cancelled_at": self.moment(view.get("cancelledAt")),
            "cart_token": None,
            "checkout_token": None,
            "client_details": None,
            "closed_at": self.moment(view.get("closedAt")),
            "confirmation_number": view.get("confirmationNumber"),
            "confirmed": view.get("confirmed", True),
            "contact_email": view.get("email"),
            "created_at": self.moment(view.get("createdAt")),
            "currency": view["currencyCode"],
            "customer_locale": view.get("customerLocale"),
            "device_id": None,
            "discount_codes": discount_codes(view),
            "duties_included": bool(view.get("dutiesIncluded")),
            "email": view.get("email"),
            "estimated_taxes": bool(view.get("estimatedTaxes")),
            "financial_status": lower(view.get("displayFinancialStatus")),
            "fulfillment_status": fulfillment_status(view),
            "landing_site": None,
            "landing_site_ref": None,
            "location_id": reference(view.get("retailLocation")),
            "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
            "merchant_of_record_app_id": number(channel["id"]) if channel else None,
            "name": view["name"],
            "note": view.get("note"),
            "note_attributes": pairs(view.get("customAttributes"), "name"),
            "number": (view.get("number") or 1000) - 1000,
            "order_number": view.get("number"),
            "order_status_url": view.get("statusPageUrl"),
            "payment_gateway_names": list(view.get("paymentGatewayNames") or ()),
            "phone": view.get("phone"),
            "po_number": view.get("poNumber"),
            "presentment_currency": view["presentmentCurrencyCode"],
            "processed_at": self.moment(view.get("processedAt")),
            "reference": None,
            "referring_site": None,
            "source_identifier": view.get("sourceIdentifier"),
            "source_name": view.get("sourceName"),
            "source_url": None,
            "tags": ", ".join(view.get("tags") or ()),
            "tax_exempt": bool(view.get("taxExempt")),
            "taxes_included": bool(view.get("taxesIncluded")),
            "test": bool(view.get("test")),
            "token": view.get("confirmationNumber"),
            "updated_at": self.moment(view.get("updatedAt")),
            "user_id": None,
        }

    def _order_money(self, view: View) -> Body:
        rounding = view.get("totalCashRoundingAdjustment") or {}
        sets = {rest: view.get(graphql) for rest, graphql in ORDER_SETS.items()}
        body: Body = {f"{name}_set": bag_set(bag) for name, bag in sets.items()}
        body |= {name: shop_amount(sets[name]) for name in PLAIN if sets[name] is not None}
        return body | {
            "total_outstanding": shop_amount(view.get("totalOutstandingSet")),
            "total_tip_received": shop_amount(view.get("totalTipReceivedSet")),
            "total_cash_rounding_payment_adjustment_set": bag_set(rounding.get("paymentSet")),
            "total_cash_rounding_refund_adjustment_set": bag_set(rounding.get("refundSet")),
            "total_weight": 0,
            "tax_lines": [tax_line(line) for line in view.get("taxLines") or ()],
        }

    def _order_parts(self, view: View) -> Body:
        return {
            "billing_address": address(view.get("billingAddress")),
            "shipping_address": address(view.get("shippingAddress")),
            "customer": self._order_customer(view),
            "discount_applications": [discount_application(one) for one in view.get("discountApplications") or ()],
            "fulfillments": [self._fulfillment(one, view) for one in view.get("fulfillments") or ()],
            "line_items": [line_item(line) for line in view.get("lineItems") or ()],
            "line_item_groups": [],
            "payment_terms": self._terms(view.get("paymentTerms")),
            "refunds": [self.refund(one, view["id"]) for one in view.get("refunds") or ()],
            "returns": [
                {
                    "id": number(one["id"]),
                    "admin_graphql_api_id": one["id"],
                    "status": lower(one["status"]),
                    "name": one["name"],
                }
                for one in view.get("returns") or ()
            ],
            "shipping_lines": [shipping_line(line) for line in view.get("shippingLines") or ()],
        }

    def _order_customer(self, view: View) -> Body | None:
        customer = self._resolve(view.get("customer"))
        if customer is None:
            return None
        body = self.customer(customer)
        body.pop("addresses", None)
        return body

    def _resolve(self, value: Any) -> View | None:
        found: View | None = self._look_up(value) if isinstance(value, Ref) else value
        return found

    def _terms(self, terms: View | None) -> Body | None:
        if terms is None:
            return None
        return {
            "id": number(terms["id"]),
            "payment_terms_name": terms["paymentTermsName"],
            "payment_terms_type": lower(terms["paymentTermsType"]),
            "due_in_days": terms["dueInDays"],
            "payment_schedules": [
                {
                    "id": number(one["id"]),
                    "issued_at": self.moment(one["issuedAt"]),
                    "due_at": self.moment(one["dueAt"]),
                    "completed_at": self.moment(one["completedAt"]),
                    "amount": one["balanceDue"]["amount"],
                    "currency": one["balanceDue"]["currencyCode"],
                }
                for one in terms["paymentSchedules"]
            ],
        }

    def _fulfillment(self, one: View, order: View) -> Body:
        return {
            "id": number(one["id"]),
            "admin_graphql_api_id": one["id"],
            "order_id": number(order["id"]),
            "name": one.get("name"),
            "status": lower(one.get("status")),
            "created_at": self.moment(one.get("createdAt")),
            "updated_at": self.moment(one.get("updatedAt")),
            "service": "manual",
            "location_id": reference(one.get("location")),
            "shipment_status": None,
            "tracking_company": None,
            "tracking_number": None,
            "tracking_numbers": [],
            "tracking_url": None,
            "tracking_urls": [],
            "line_items": [
                line_item(part["lineItem"]) | {"quantity": part["quantity"]}
                for part in one.get("fulfillmentLineItems") or ()
            ],
        }

    def refund(self, view: View, order_id: str) -> Body:
        """The body of `refunds/create`."""
        return {
            "id": number(view["id"]),
            "order_id": number(order_id),
            "created_at": self.moment(view.get("createdAt")),
            "note": view.get("note"),
            "user_id": None,
            "processed_at": self.moment(view.get("processedAt")),
            "duties": [
                {"duty_id": number(one["originalDuty"]["id"]), "amount_set": bag_set(one["amountSet"])}
                for one in view.get("duties") or ()
            ],
            "total_duties_set": None,
            "return": self._refund_return(view),
            "restock": any(line.get("restocked") for line in view.get("refundLineItems") or ()),
            "admin_graphql_api_id": view["id"],
            "refund_shipping_lines": [
                {
                    "id": number(one["id"]),
                    "shipping_line": shipping_line(one["shippingLine"]),
                    "subtotal_amount_set": bag_set(one["subtotalAmountSet"]),
                    "tax_amount_set": bag_set(one["taxAmountSet"]),
                }
                for one in view.get("refundShippingLines") or ()
            ],
            "order_adjustments": [order_adjustment(one, view, order_id) for one in view.get("orderAdjustments") or ()],
            "refund_line_items": [refund_line(one) for one in view.get("refundLineItems") or ()],
            "transactions": [self.transaction(one, order_id) for one in view.get("transactions") or ()],
        }

    def _refund_return(self, view: View) -> Body | None:
        linked = view.get("return")
        return None if linked is None else {"id": reference(linked)}

    def transaction(self, view: View, order_id: str) -> Body:
        """The body of `order_transactions/create`; amounts in the buyer's currency."""
        paid = view["amountSet"]["presentmentMoney"]
        rounding = view.get("amountRoundingSet")
        return {
            "id": number(view["id"]),
            "order_id": number(order_id),
            "kind": lower(view["kind"]),
            "gateway": view.get("gateway"),
            "status": lower(view["status"]),
            "message": None,
            "created_at": self.moment(view.get("createdAt")),
            "test": bool(view.get("test")),
            "authorization": None,
            "location_id": None,
            "user_id": None,
            "parent_id": reference(view.get("parentTransaction")),
            "processed_at": self.moment(view.get("processedAt")),
            "device_id": None,
            "error_code": lower(view.get("errorCode")),
            "source_name": "web",
            "receipt": {},
            "amount": rest_amount(Decimal(paid["amount"]), paid["currencyCode"]),
            "currency": paid["currencyCode"],
            "payment_id": view.get("paymentId"),
            "total_unsettled_set": unsettled(view.get("totalUnsettledSet")),
            "manual_payment_gateway": bool(view.get("manualPaymentGateway")),
            "amount_rounding": None
            if rounding is None
            else rest_amount(Decimal(rounding["presentmentMoney"]["amount"]), paid["currencyCode"]),
            "admin_graphql_api_id": view["id"],
        }

    def customer(self, view: View) -> Body:
        """The body of `customers/create` and `customers/update`."""
        customer_id = number(view["id"])
        default = view.get("defaultAddress")
        return {
            "id": customer_id,
            "created_at": self.moment(view.get("createdAt")),
            "updated_at": self.moment(view.get("updatedAt")),
            "first_name": view.get("firstName"),
            "last_name": view.get("lastName"),
            "state": lower(view.get("state") or "DISABLED"),
            "note": view.get("note"),
            "verified_email": bool(view.get("verifiedEmail", True)),
            "multipass_identifier": None,
            "tax_exempt": bool(view.get("taxExempt")),
            "email": (view.get("defaultEmailAddress") or {}).get("emailAddress"),
            "phone": (view.get("defaultPhoneNumber") or {}).get("phoneNumber"),
            "currency": view.get("currency"),
            "addresses": [customer_address(one, customer_id, default) for one in view.get("addressesV2") or ()],
            "tax_exemptions": list(view.get("taxExemptions") or ()),
            "admin_graphql_api_id": view["id"],
            **({"default_address": customer_address(default, customer_id, default)} if default else {}),
        }

    def moment(self, value: str | None) -> str | None:
        """A moment of the Admin API in the shop's zone, with its offset."""
        if value is None:
            return None
        return datetime.fromisoformat(value).astimezone(self._zone).isoformat(timespec="seconds")


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
