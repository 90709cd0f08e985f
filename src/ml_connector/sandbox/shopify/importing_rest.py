"""A REST-shaped order retold in the Admin API's terms, amount by amount, none recomputed.

What REST does not say is left out: the ledger above all, and the transactions unless they are
given beside it or inside its refunds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.money import graphql_amount
from ml_connector.sandbox.shopify.rest_parts import ORDER_SETS
from ml_connector.sandbox.shopify.views import View

Document = dict[str, Any]


def order_from_rest(document: Document, transactions: Sequence[Document]) -> View:
    """The view of an imported order."""
    return {
        **_head(document),
        **_money(document, transactions),
        **_people(document),
        "lineItems": [_line(document, line) for line in document.get("line_items") or ()],
        "shippingLines": [_shipping(document, one) for one in document.get("shipping_lines") or ()],
        "discountApplications": [
            _application(document, one, n) for n, one in enumerate(document.get("discount_applications") or ())
        ],
        "transactions": [_transaction(document, one) for one in _all_transactions(document, transactions)],
        "refunds": [_refund(document, one) for one in document.get("refunds") or ()],
        "agreements": [],
        "returns": [],
        "fulfillments": [],
        "additionalFees": [],
        "disputes": [],
        "paymentTerms": None,
        "metafields": [],
        "localizedFields": [],
        "nonFulfillableLineItems": [],
    }


def _head(document: Document) -> View:
    number = int(document["id"])
    app = document.get("app_id")
    record = document.get("merchant_of_record_app_id")
    return {
        "__typename": "Order",
        "id": gid("Order", number),
        "legacyResourceId": str(number),
        "name": document.get("name") or f"#{number}",
        "number": document.get("order_number") or 0,
        "confirmationNumber": document.get("confirmation_number"),
        "createdAt": utc(document.get("created_at")),
        "processedAt": utc(document.get("processed_at")),
        "updatedAt": utc(document.get("updated_at")),
        "cancelledAt": utc(document.get("cancelled_at")),
        "cancelReason": upper(document.get("cancel_reason")),
        "closedAt": utc(document.get("closed_at")),
        "closed": bool(document.get("closed_at")),
        "test": bool(document.get("test")),
        "edited": False,
        "confirmed": document.get("confirmed", True),
        "note": document.get("note") or None,
        "poNumber": document.get("po_number"),
        "tags": [tag.strip() for tag in (document.get("tags") or "").split(",") if tag.strip()],
        "customAttributes": [
            {"key": one["name"], "value": one["value"]} for one in document.get("note_attributes") or ()
        ],
        "sourceName": document.get("source_name"),
        "sourceIdentifier": document.get("source_identifier"),
        "app": {"id": gid("App", app), "name": str(app)} if app else None,
        "merchantOfRecordApp": {"id": gid("App", record), "name": str(record)} if record else None,
        "currencyCode": document.get("currency"),
        "presentmentCurrencyCode": _buyer(document),
        "taxesIncluded": bool(document.get("taxes_included")),
        "taxExempt": bool(document.get("tax_exempt")),
        "estimatedTaxes": bool(document.get("estimated_taxes")),
        "dutiesIncluded": bool(document.get("duties_included")),
        "displayFinancialStatus": upper(document.get("financial_status")),
        "displayFulfillmentStatus": {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED"}.get(
            document.get("fulfillment_status") or "", "UNFULFILLED"
        ),
        "returnStatus": "NO_RETURN",
        "fullyPaid": document.get("financial_status") == "paid",
        "unpaid": document.get("financial_status") == "pending",
        "paymentGatewayNames": list(document.get("payment_gateway_names") or ()),
        "discountCodes": [one["code"] for one in document.get("discount_codes") or ()],
    }


def _buyer(document: Document) -> str:
    return str(document.get("presentment_currency") or document["currency"])


def utc(moment: str | None) -> str | None:
    """A REST moment as the Admin API writes it."""
    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def upper(value: str | None) -> str | None:
    """A REST word as the Admin API spells it."""
    return value.upper() if value else None


def bag(both: Document | None) -> View | None:
    """A money set as a `MoneyBag`."""
    if both is None:
        return None
    return {
        f"{side}Money": {
            "amount": graphql_amount(Decimal(str(both[f"{side}_money"]["amount"]))),
            "currencyCode": both[f"{side}_money"]["currency_code"],
        }
        for side in ("shop", "presentment")
    }


def _plain_bag(document: Document, amount: Any) -> View:
    """A bag for a plain shop amount; only right where both currencies are one."""
    text = graphql_amount(Decimal(str(amount or "0")))
    return {
        "shopMoney": {"amount": text, "currencyCode": document["currency"]},
        "presentmentMoney": {"amount": text, "currencyCode": _buyer(document)},
    }


def _set(document: Document, owner: Document, name: str) -> View | None:
    """`name_set` if there is one, else the plain `name`."""
    if owner.get(f"{name}_set") is not None:
        return bag(owner[f"{name}_set"])
    return None if owner.get(name) is None else _plain_bag(document, owner[name])


def _money(document: Document, transactions: Sequence[Document]) -> View:
    view = {graphql: _set(document, document, rest) for rest, graphql in ORDER_SETS.items()}
    done = [one for one in _all_transactions(document, transactions) if one.get("status") == "success"]
    came = _sum(document, [one for one in done if one["kind"] in ("sale", "capture")])
    went = _sum(document, [one for one in done if one["kind"] == "refund"])
    total, outstanding = document.get("total_price"), document.get("total_outstanding")
    if not done and total is not None and outstanding is not None:
        came = Decimal(str(document.get("current_total_price") or total)) - Decimal(str(outstanding))
    return {
        **view,
        "originalTotalPriceSet": view["totalPriceSet"],
        "totalTipReceivedSet": _plain_bag(document, document.get("total_tip_received")),
        "totalOutstandingSet": _plain_bag(document, outstanding),
        "totalReceivedSet": _plain_bag(document, came),
        "totalRefundedSet": _plain_bag(document, went),
        "netPaymentSet": _plain_bag(document, came - went),
        "taxLines": [_tax(document, one) for one in document.get("tax_lines") or ()],
        "currentTaxLines": [_tax(document, one) for one in document.get("tax_lines") or ()],
        "totalCashRoundingAdjustment": {
            "paymentSet": bag(document.get("total_cash_rounding_payment_adjustment_set")) or _plain_bag(document, 0),
            "refundSet": bag(document.get("total_cash_rounding_refund_adjustment_set")) or _plain_bag(document, 0),
        },
    }


def _sum(document: Document, entries: Sequence[Document]) -> Decimal:
    return sum((Decimal(str(one["amount"])) for one in entries), Decimal(0))


def _all_transactions(document: Document, given: Sequence[Document]) -> list[Document]:
    inside = [
        *(document.get("transactions") or ()),
        *(one for refund in document.get("refunds") or () for one in refund.get("transactions") or ()),
    ]
    return list({one["id"]: one for one in [*given, *inside]}.values())


def _people(document: Document) -> View:
    return {
        "email": document.get("email") or None,
        "phone": document.get("phone"),
        "customer": _customer(document.get("customer")),
        "purchasingEntity": None,
        "billingAddress": _address(document.get("billing_address")),
        "shippingAddress": _address(document.get("shipping_address")),
    }


def _customer(customer: Document | None) -> View | None:
    if customer is None:
        return None
    default = customer.get("default_address")
    return {
        "__typename": "Customer",
        "id": gid("Customer", customer["id"]),
        "legacyResourceId": str(customer["id"]),
        "firstName": customer.get("first_name"),
        "lastName": customer.get("last_name"),
        "note": customer.get("note"),
        "displayName": " ".join(part for part in (customer.get("first_name"), customer.get("last_name")) if part),
        "tags": [],
        "state": upper(customer.get("state")) or "DISABLED",
        "locale": "en",
        "taxExempt": bool(customer.get("tax_exempt")),
        "taxExemptions": list(customer.get("tax_exemptions") or ()),
        "defaultEmailAddress": {"emailAddress": customer["email"]} if customer.get("email") else None,
        "defaultPhoneNumber": {"phoneNumber": customer["phone"]} if customer.get("phone") else None,
        "email": customer.get("email"),
        "phone": customer.get("phone"),
        "createdAt": utc(customer.get("created_at")) or "2020-01-01T00:00:00Z",
        "updatedAt": utc(customer.get("updated_at")) or "2020-01-01T00:00:00Z",
        "defaultAddress": _address(default),
        "addressesV2": [_address(default)] if default else [],
    }


def _address(address: Document | None) -> View | None:
    if not address:
        return None
    names = {
        "firstName": "first_name",
        "lastName": "last_name",
        "name": "name",
        "company": "company",
        "address1": "address1",
        "address2": "address2",
        "city": "city",
        "province": "province",
        "provinceCode": "province_code",
        "zip": "zip",
        "country": "country",
        "countryCodeV2": "country_code",
        "phone": "phone",
    }
    view = {graphql: address.get(rest) for graphql, rest in names.items()}
    return {**view, "id": f"gid://shopify/MailingAddress/{address.get('id') or 1}?model_name=Address"}


def _tax(document: Document, tax: Document) -> View:
    rate = tax.get("rate") or 0
    return {
        "title": tax.get("title") or "",
        "rate": rate,
        "ratePercentage": float(Decimal(str(rate)) * 100),
        "channelLiable": tax.get("channel_liable"),
        "source": tax.get("source"),
        "priceSet": _set(document, tax, "price"),
    }


def _allocations(document: Document, owner: Document) -> list[View]:
    applications = document.get("discount_applications") or ()
    return [
        {
            "allocatedAmountSet": _set(document, one, "amount"),
            "discountApplication": _application(
                document, applications[one["discount_application_index"]], one["discount_application_index"]
            )
            if one["discount_application_index"] < len(applications)
            else {
                "__typename": "ManualDiscountApplication",
                "title": "",
                "description": None,
                "index": one["discount_application_index"],
                "allocationMethod": "ACROSS",
                "targetSelection": "ALL",
                "targetType": "LINE_ITEM",
                "value": {"__typename": "PricingPercentageValue", "percentage": 0.0},
            },
        }
        for one in owner.get("discount_allocations") or ()
    ]


def _application(document: Document, one: Document, index: int) -> View:
    kinds = {
        "discount_code": "DiscountCodeApplication",
        "automatic": "AutomaticDiscountApplication",
        "manual": "ManualDiscountApplication",
        "script": "ScriptDiscountApplication",
    }
    value: View = {"__typename": "PricingPercentageValue", "percentage": float(one["value"])}
    if one.get("value_type") == "fixed_amount":
        value = {
            "__typename": "MoneyV2",
            "amount": graphql_amount(Decimal(str(one["value"]))),
            "currencyCode": _buyer(document),
        }
    return {
        "__typename": kinds.get(one.get("type") or "", "ManualDiscountApplication"),
        "index": index,
        "allocationMethod": upper(one.get("allocation_method")) or "ACROSS",
        "targetSelection": upper(one.get("target_selection")) or "ALL",
        "targetType": upper(one.get("target_type")) or "LINE_ITEM",
        "value": value,
        "code": one.get("code") or "",
        "title": one.get("title") or "",
        "description": one.get("description"),
    }


def _line(document: Document, line: Document) -> View:
    quantity = line.get("quantity") or 0
    price = Decimal(str(line.get("price") or 0))
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line["id"]),
        "title": line.get("title") or "",
        "variantTitle": line.get("variant_title"),
        "name": line.get("name") or line.get("title") or "",
        "sku": line.get("sku"),
        "vendor": line.get("vendor"),
        "quantity": quantity,
        "currentQuantity": line.get("current_quantity", quantity),
        "refundableQuantity": quantity,
        "nonFulfillableQuantity": 0,
        "isGiftCard": bool(line.get("gift_card")),
        "requiresShipping": bool(line.get("requires_shipping")),
        "taxable": bool(line.get("taxable")),
        "product": None,
        "variant": None,
        "customAttributes": [{"key": one["name"], "value": str(one["value"])} for one in line.get("properties") or ()],
        "originalUnitPriceSet": _set(document, line, "price"),
        "originalTotalSet": _times(_set(document, line, "price"), quantity),
        "discountedTotalSet": _times(_set(document, line, "price"), quantity),
        "discountedUnitPriceAfterAllDiscountsSet": _set(document, line, "price"),
        "totalDiscountSet": _set(document, line, "total_discount") or _plain_bag(document, price * 0),
        "discountAllocations": _allocations(document, line),
        "taxLines": [_tax(document, one) for one in line.get("tax_lines") or ()],
        "duties": [_duty(document, one) for one in line.get("duties") or ()],
    }


def _times(money: View | None, quantity: int) -> View | None:
    if money is None:
        return None
    return {side: {**one, "amount": graphql_amount(Decimal(one["amount"]) * quantity)} for side, one in money.items()}


def _duty(document: Document, one: Document) -> View:
    price = bag(one) if "shop_money" in one else _plain_bag(document, 0)
    return {
        "__typename": "Duty",
        "id": gid("Duty", one["id"]),
        "harmonizedSystemCode": one.get("harmonized_system_code"),
        "countryCodeOfOrigin": one.get("country_code_of_origin"),
        "price": price,
        "taxLines": [_tax(document, tax) for tax in one.get("tax_lines") or ()],
    }


def _shipping(document: Document, line: Document) -> View:
    discounted = _set(document, line, "discounted_price") or _set(document, line, "price")
    return {
        "__typename": "ShippingLine",
        "id": gid("ShippingLine", line["id"]),
        "title": line.get("title") or "",
        "code": line.get("code"),
        "source": line.get("source"),
        "carrierIdentifier": line.get("carrier_identifier"),
        "deliveryCategory": None,
        "custom": False,
        "isRemoved": bool(line.get("is_removed")),
        "originalPriceSet": _set(document, line, "price"),
        "discountedPriceSet": discounted,
        "currentDiscountedPriceSet": bag(line.get("current_discounted_price_set")) or discounted,
        "discountAllocations": _allocations(document, line),
        "taxLines": [_tax(document, one) for one in line.get("tax_lines") or ()],
    }


def _transaction(document: Document, one: Document) -> View:
    currency = one.get("currency") or _buyer(document)
    text = graphql_amount(Decimal(str(one["amount"])))
    parent = one.get("parent_id")
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", one["id"]),
        "kind": upper(one["kind"]),
        "status": upper(one["status"]),
        "test": bool(one.get("test")),
        "gateway": one.get("gateway"),
        "formattedGateway": one.get("gateway"),
        "manualPaymentGateway": bool(one.get("manual_payment_gateway")),
        "createdAt": utc(one.get("created_at")) or utc(document["created_at"]),
        "processedAt": utc(one.get("processed_at")),
        "errorCode": None,
        "paymentId": one.get("payment_id"),
        "parentTransaction": {"id": gid("OrderTransaction", parent)} if parent else None,
        "amountSet": {
            "shopMoney": {"amount": text, "currencyCode": document["currency"]},
            "presentmentMoney": {"amount": text, "currencyCode": currency},
        },
        "amountRoundingSet": None,
        "totalUnsettledSet": None,
        "fees": [],
        "receiptJson": "{}",
    }


def _refund(document: Document, one: Document) -> View:
    entries = one.get("transactions") or ()
    moved = _sum(
        document, [entry for entry in entries if entry.get("status") == "success" and entry.get("kind") == "refund"]
    )
    lines = {line["id"]: line for line in document.get("line_items") or ()}
    return {
        "__typename": "Refund",
        "id": gid("Refund", one["id"]),
        "legacyResourceId": str(one["id"]),
        "createdAt": utc(one.get("created_at")),
        "note": one.get("note"),
        "processedAt": utc(one.get("processed_at")) or utc(one.get("created_at")),
        "updatedAt": utc(one.get("processed_at")) or utc(one.get("created_at")),
        "return": None,
        "totalRefundedSet": _plain_bag(document, moved),
        "duties": [],
        "refundLineItems": [
            {
                "__typename": "RefundLineItem",
                "id": gid("RefundLineItem", row["id"]),
                "quantity": row["quantity"],
                "restockType": upper(row.get("restock_type")) or "NO_RESTOCK",
                "restocked": row.get("restock_type") in ("return", "cancel"),
                "location": None,
                "lineItem": _line(document, lines.get(row["line_item_id"]) or row["line_item"]),
                "priceSet": _set(document, row.get("line_item") or {}, "price") or _plain_bag(document, 0),
                "subtotalSet": _set(document, row, "subtotal"),
                "totalTaxSet": _set(document, row, "total_tax"),
            }
            for row in one.get("refund_line_items") or ()
        ],
        "refundShippingLines": [
            {
                "__typename": "RefundShippingLine",
                "id": gid("RefundShippingLine", row["id"]),
                "shippingLine": _shipping(document, row["shipping_line"]),
                "subtotalAmountSet": bag(row.get("subtotal_amount_set")) or _plain_bag(document, 0),
                "taxAmountSet": bag(row.get("tax_amount_set")) or _plain_bag(document, 0),
            }
            for row in one.get("refund_shipping_lines") or ()
            if row.get("shipping_line")
        ],
        "orderAdjustments": [
            {
                "__typename": "OrderAdjustment",
                "id": gid("OrderAdjustment", row["id"]),
                "reason": (row.get("reason") or "").upper().replace(" ", "_") or None,
                "amountSet": _set(document, row, "amount"),
                "taxAmountSet": _set(document, row, "tax_amount"),
            }
            for row in one.get("order_adjustments") or ()
        ],
        "transactions": [_transaction(document, entry) for entry in entries],
    }
