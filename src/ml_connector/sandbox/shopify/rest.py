"""The bodies of webhooks: REST-shaped, whatever interface the subscription was made through.

Made from the same views that the Admin API answers with, so the two never disagree.

Source: Shopify webhook topics, version 2026-04.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector.sandbox.shopify.money import rest_amount
from ml_connector.sandbox.shopify.rest_parts import (
    ORDER_SETS,
    PLAIN,
    Body,
    address,
    bag_set,
    customer_address,
    discount_application,
    discount_codes,
    fulfillment_status,
    line_item,
    lower,
    number,
    order_adjustment,
    pairs,
    reference,
    refund_line,
    shipping_line,
    shop_amount,
    tax_line,
    unsettled,
)
from ml_connector.sandbox.shopify.views import Ref, View


class RestWriter:
    """Writes bodies for one shop, in its time zone.

    Args:
        look_up: Gives the view behind a `Ref`, or nothing.
    """

    def __init__(self, zone: str, look_up: Callable[[Ref], View | None]) -> None:
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
        return self._look_up(value) if isinstance(value, Ref) else value

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
