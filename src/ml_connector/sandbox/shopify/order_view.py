"""An order as the Admin API shows it.

The view is complete: whatever a document selects is cut out of it. What belongs to another
resource (customer, variant, location) is a `Ref`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.ledger import balance
from ml_connector.sandbox.shopify.line_view import application, line_item, line_ref, shipping_line
from ml_connector.sandbox.shopify.model import Order, Terms
from ml_connector.sandbox.shopify.money import NOTHING, Bag
from ml_connector.sandbox.shopify.money_view import agreement, refund, return_view, transaction
from ml_connector.sandbox.shopify.views import (
    Ref,
    View,
    address,
    attributes,
    identity,
    moment,
    money,
    money_bag,
    ref,
    tax_line,
)


def order_view(order: Order, shop_domain: str) -> View:
    """Everything there is to know about *order*."""
    return {
        **identity("Order", order.id),
        **_head(order),
        **_people(order),
        **_states(order),
        **_sold(order),
        **_current(order),
        **_paid(order),
        **_parts(order),
        **_deprecated(order),
        "statusPageUrl": f"https://{shop_domain}/orders/{order.confirmation}/authenticate",
    }


def _head(order: Order) -> View:
    return {
        "name": order.name,
        "number": order.number,
        "confirmationNumber": order.confirmation,
        "createdAt": moment(order.created_at),
        "processedAt": moment(order.processed_at),
        "updatedAt": moment(order.updated_at),
        "cancelledAt": moment(order.cancelled_at),
        "cancelReason": order.cancel_reason,
        "closedAt": moment(order.closed_at),
        "cancellation": {"staffNote": None} if order.cancelled_at else None,
        "test": order.test,
        "edited": order.edited,
        "confirmed": True,
        "closed": order.closed_at is not None,
        "note": order.note,
        "poNumber": order.po_number,
        "tags": sorted(order.tags),
        "customAttributes": attributes(order.attributes),
        "sourceName": order.source_name,
        "sourceIdentifier": None,
        "registeredSourceUrl": None,
        "app": _app(order.app),
        "merchantOfRecordApp": _app(order.merchant_of_record),
        "channelInformation": _channel(order),
        "retailLocation": ref("Location", order.location_id),
        "physicalLocation": ref("Location", order.location_id),
        "currencyCode": order.currencies.shop,
        "presentmentCurrencyCode": order.currencies.presentment,
        "taxesIncluded": order.taxes_included,
        "taxExempt": order.tax_exempt,
        "estimatedTaxes": False,
        "dutiesIncluded": order.duties_included,
        "clientIp": None,
        "customerLocale": "en",
        "customerAcceptsMarketing": False,
        "metafields": [],
        "localizedFields": [],
        "disputes": [
            {"id": gid("OrderDisputeSummary", number), "initiatedAs": kind, "status": status}
            for number, kind, status in order.disputes
        ],
    }


def _app(app: tuple[int, str] | None) -> View | None:
    if app is None:
        return None
    return {
        "id": gid("App", app[0]),
        "name": app[1],
        "icon": {"id": None, "url": "https://cdn.shopify.com/app.png", "altText": None},
    }


def _channel(order: Order) -> View | None:
    if order.channel is None:
        return None
    number = order.app[0] if order.app else 0
    return {
        "id": gid("ChannelInformation", number),
        "channelId": gid("Channel", number),
        "channelDefinition": {"id": gid("ChannelDefinition", number), "handle": order.channel},
    }


def _people(order: Order) -> View:
    return {
        "email": order.email,
        "phone": order.phone,
        "customer": ref("Customer", order.customer_id),
        "purchasingEntity": _purchaser(order),
        "billingAddress": address(order.billing),
        "shippingAddress": address(order.shipping_address),
        "displayAddress": address(order.shipping_address or order.billing),
        "billingAddressMatchesShippingAddress": order.billing == order.shipping_address,
    }


def _purchaser(order: Order) -> View | Ref | None:
    if order.company_location_id is not None:
        return Ref("PurchasingCompany", order.company_location_id)
    return ref("Customer", order.customer_id)


def _states(order: Order) -> View:
    outstanding, came = totals.outstanding(order), totals.received(order)
    return {
        "displayFinancialStatus": totals.financial_status(order),
        "displayFulfillmentStatus": totals.fulfillment_status(order),
        "returnStatus": totals.return_status(order),
        "fullyPaid": outstanding.presentment <= 0 and not order.cancelled_at,
        "unpaid": not came.presentment and outstanding.presentment > 0,
        "canMarkAsPaid": outstanding.presentment > 0 and not order.cancelled_at,
        "capturable": totals.capturable(order).presentment > 0,
        "refundable": totals.net_payment(order).presentment > 0,
        "restockable": bool(order.lines),
        "fulfillable": not order.cancelled_at,
        "requiresShipping": any(line.requires_shipping for line in order.lines),
    }


def _sold(order: Order) -> View:
    sums, bag = totals.sold(order), _bagger(order)
    return {
        "taxLines": [tax_line(tax, order.currencies) for tax in sums.tax_lines],
        "subtotalPriceSet": bag(sums.subtotal),
        "totalDiscountsSet": bag(sums.discounts),
        "totalShippingPriceSet": bag(sums.shipping),
        "totalTaxSet": bag(sums.tax),
        "totalPriceSet": bag(sums.price),
        "totalTipReceivedSet": bag(order.tip),
        "cartDiscountAmountSet": bag(totals.cart_discount(order)),
        "originalTotalPriceSet": bag(order.original_total),
        "originalTotalDutiesSet": _bag_or_none(order, order.original_duties),
        "originalTotalAdditionalFeesSet": _bag_or_none(order, order.original_fees),
        "discountCodes": _codes(order),
        "discountCode": next(iter(_codes(order)), None),
        "subtotalLineItemsQuantity": sum(line.quantity for line in order.lines),
        "totalWeight": "0",
        "totalLineItemsPriceSet": bag(sums.line_items),
    }


def _current(order: Order) -> View:
    sums, bag = totals.current(order), _bagger(order)
    return {
        "currentTaxLines": [tax_line(tax, order.currencies) for tax in sums.tax_lines],
        "currentSubtotalPriceSet": bag(sums.subtotal),
        "currentTotalDiscountsSet": bag(sums.discounts),
        "currentCartDiscountAmountSet": bag(_current_cart_discount(order)),
        "currentShippingPriceSet": bag(sums.shipping_discounted),
        "currentTotalTaxSet": bag(sums.tax),
        "currentTotalPriceSet": bag(sums.price),
        "currentTotalDutiesSet": None if order.original_duties is None else bag(sums.duties),
        "currentTotalAdditionalFeesSet": None if order.original_fees is None else bag(sums.fees),
        "currentSubtotalLineItemsQuantity": sum(
            max(0, balance(order, ("LineItem", line.id)).quantity) for line in order.lines
        ),
    }


def _current_cart_discount(order: Order) -> Bag:
    return totals.cart_discount(order) if totals.current(order).price else NOTHING


def _paid(order: Order) -> View:
    bag = _bagger(order)
    return {
        "paymentGatewayNames": list(order.gateways),
        "totalReceivedSet": bag(totals.received(order)),
        "totalRefundedSet": bag(totals.refunded(order)),
        "netPaymentSet": bag(totals.net_payment(order)),
        "totalOutstandingSet": bag(totals.outstanding(order)),
        "totalCapturableSet": bag(totals.capturable(order)),
        "refundDiscrepancySet": bag(order.refunds_suggested_less),
        "totalRefundedShippingSet": bag(_refunded_shipping(order)),
        "totalCashRoundingAdjustment": {
            "paymentSet": bag(totals.rounding(order, refunds=False)),
            "refundSet": bag(totals.rounding(order, refunds=True)),
        },
        "paymentTerms": _terms(order),
        "paymentCollectionDetails": {"additionalPaymentCollectionUrl": None},
        "transactionsCount": {"count": len(order.transactions), "precision": "EXACT"},
    }


def _refunded_shipping(order: Order) -> Bag:
    back = [line for refund in order.refunds for line in refund.shipping]
    return sum((line.subtotal for line in back), NOTHING)


def _parts(order: Order) -> View:
    tip = order.tip_line
    return {
        "lineItems": [line_item(order, line) for line in order.lines],
        "nonFulfillableLineItems": [] if tip is None else [line_item(order, tip)],
        "shippingLines": [shipping_line(order, line) for line in order.shipping],
        "shippingLine": next((shipping_line(order, line) for line in order.shipping if not line.removed), None),
        "discountApplications": [application(order, one, n) for n, one in enumerate(order.applications)],
        "additionalFees": [
            {
                "__typename": "AdditionalFee",
                "id": gid("AdditionalFee", fee.id),
                "name": fee.name,
                "price": money_bag(fee.price, order.currencies),
                "taxLines": [tax_line(tax, order.currencies) for tax in fee.taxes],
            }
            for fee in order.fees
        ],
        "agreements": [agreement(order, one) for one in order.agreements],
        "transactions": [transaction(order, one) for one in order.transactions],
        "refunds": [refund(order, one) for one in order.refunds],
        "returns": [return_view(order, one) for one in order.returns],
        "fulfillments": [_fulfillment(order, n) for n in range(len(order.fulfillments))],
    }


def _codes(order: Order) -> list[str]:
    return [one.title for one in order.applications if one.kind == "DiscountCodeApplication"]


def _fulfillment(order: Order, position: int) -> View:
    one = order.fulfillments[position]
    return {
        **identity("Fulfillment", one.id),
        "name": one.name,
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": moment(one.created_at),
        "updatedAt": moment(one.created_at),
        "deliveredAt": None,
        "requiresShipping": True,
        "totalQuantity": sum(quantity for _, _, quantity in one.lines),
        "location": ref("Location", one.location_id),
        "order": Ref("Order", order.id),
        "trackingInfo": [],
        "fulfillmentLineItems": [
            {"id": gid("FulfillmentLineItem", number), "quantity": quantity, "lineItem": line_ref(order, line_id)}
            for number, line_id, quantity in one.lines
        ],
    }


def _terms(order: Order) -> View | None:
    terms = order.terms
    if terms is None:
        return None
    left = totals.outstanding(order).presentment
    return {
        "__typename": "PaymentTerms",
        "id": gid("PaymentTerms", terms.id),
        "paymentTermsName": terms.name,
        "translatedName": terms.name,
        "paymentTermsType": terms.type,
        "dueInDays": terms.due_in_days,
        "due": False,
        "overdue": False,
        "order": Ref("Order", order.id),
        "paymentSchedules": _schedules(order, terms, left),
    }


def _schedules(order: Order, terms: Terms, left: Decimal) -> list[View]:
    currency = order.currencies.presentment
    whole = totals.current(order).price.presentment
    return [
        {
            "__typename": "PaymentSchedule",
            "id": gid("PaymentSchedule", one.id),
            "issuedAt": moment(one.issued_at),
            "dueAt": moment(one.due_at),
            "completedAt": moment(one.completed_at),
            "due": False,
            "balanceDue": money(left, currency),
            "totalBalance": money(left, currency),
            "amount": money(whole, currency),
        }
        for one in terms.schedules
    ]


def _deprecated(order: Order) -> View:
    sums = totals.sold(order)
    plain = {
        "subtotalPrice": sums.subtotal,
        "totalDiscounts": sums.discounts,
        "totalPrice": sums.price,
        "totalShippingPrice": sums.shipping,
        "totalTax": sums.tax,
        "totalReceived": totals.received(order),
        "totalRefunded": totals.refunded(order),
        "netPayment": totals.net_payment(order),
    }
    return {name: format(bag.shop, "f") for name, bag in plain.items()}


def _bagger(order: Order) -> Callable[[Bag], View]:
    return lambda bag: money_bag(bag, order.currencies)


def _bag_or_none(order: Order, bag: Bag | None) -> View | None:
    return None if bag is None else money_bag(bag, order.currencies)
