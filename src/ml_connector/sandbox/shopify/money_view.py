"""The ledger, the money and what was given back, as the Admin API shows them."""

from __future__ import annotations

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.line_view import line_ref, shipping_line
from ml_connector.sandbox.shopify.model import Agreement, Order, Refund, Return, Sale, Transaction
from ml_connector.sandbox.shopify.money import NOTHING, Bag, total
from ml_connector.sandbox.shopify.views import Ref, View, identity, moment, money, money_bag, ref, tax_line

AGREEMENTS = {
    "ORDER": "OrderAgreement",
    "ORDER_EDIT": "OrderEditAgreement",
    "REFUND": "RefundAgreement",
    "RETURN": "ReturnAgreement",
}
SALES = {
    "PRODUCT": "ProductSale",
    "GIFT_CARD": "GiftCardSale",
    "SHIPPING": "ShippingLineSale",
    "TIP": "TipSale",
    "DUTY": "DutySale",
    "ADDITIONAL_FEE": "AdditionalFeeSale",
    "FEE": "FeeSale",
    "ADJUSTMENT": "AdjustmentSale",
    "UNKNOWN": "UnknownSale",
}


def agreement(order: Order, one: Agreement) -> View:
    """A `SalesAgreement`."""
    kind = AGREEMENTS[one.reason]
    view: View = {
        "__typename": kind,
        "id": gid(kind, one.id),
        "happenedAt": moment(one.happened_at),
        "reason": one.reason,
        "app": None,
        "user": None,
        "order": Ref("Order", order.id),
        "sales": [sale(order, entry) for entry in one.sales],
    }
    if one.source is not None:
        view[one.source[0].lower()] = Ref(*one.source)
    return view


def sale(order: Order, one: Sale) -> View:
    """A `Sale`."""
    before, after = _discounts(order, one)
    kind = SALES[one.line_type]
    return {
        "__typename": kind,
        "id": gid(kind, one.id),
        "actionType": one.action,
        "lineType": one.line_type,
        "quantity": _quantity(order, one),
        "totalAmount": money_bag(one.amount, order.currencies),
        "totalTaxAmount": money_bag(one.tax, order.currencies),
        "totalDiscountAmountBeforeTaxes": money_bag(before, order.currencies),
        "totalDiscountAmountAfterTaxes": money_bag(after, order.currencies),
        "taxes": [
            {
                "id": gid("SaleTax", one.id * 10 + n),
                "amount": money_bag(tax.amount, order.currencies),
                "taxLine": tax_line(tax, order.currencies),
            }
            for n, tax in enumerate(one.taxes)
        ],
        **_subject(order, one),
    }


def _quantity(order: Order, one: Sale) -> int | None:
    if one.quantity is None or order.readings.negative_quantities:
        return one.quantity
    return abs(one.quantity)


def _discounts(order: Order, one: Sale) -> tuple[Bag, Bag]:
    """The discount without its tax, and with it."""
    rate = sum((tax.rate for tax in one.taxes), start=one.discount.shop * 0)
    share = order.currencies.portion
    if order.taxes_included:
        return share(one.discount, 1, 1 + rate), one.discount
    return one.discount, share(one.discount, 1 + rate, 1)


def _subject(order: Order, one: Sale) -> View:
    if one.subject is None:
        return {}
    kind, number = one.subject
    if kind == "LineItem":
        return {"lineItem": line_ref(order, number)}
    if kind == "ShippingLine":
        line = next(line for line in order.shipping if line.id == number)
        return {"shippingLine": shipping_line(order, line)}
    if kind == "Duty":
        return {"duty": _duty(order, number)}
    if kind == "AdditionalFee":
        fee = next(fee for fee in order.fees if fee.id == number)
        return {
            "additionalFee": {
                "id": gid("SaleAdditionalFee", number),
                "name": fee.name,
                "price": money_bag(fee.price, order.currencies),
                "taxLines": [tax_line(tax, order.currencies) for tax in fee.taxes],
            }
        }
    return {"fee": {"__typename": kind, "id": gid(kind, number), "amountSet": money_bag(one.amount, order.currencies)}}


def _duty(order: Order, number: int) -> View:
    duty = next(duty for line in order.lines for duty in line.duties if duty.id == number)
    return {
        "__typename": "Duty",
        "id": gid("Duty", number),
        "harmonizedSystemCode": duty.harmonized_code,
        "countryCodeOfOrigin": duty.origin,
        "price": money_bag(duty.price, order.currencies),
        "taxLines": [tax_line(tax, order.currencies) for tax in duty.taxes],
    }


def transaction(order: Order, one: Transaction) -> View:
    """An `OrderTransaction`."""
    currencies = order.currencies
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", one.id),
        "kind": one.kind,
        "status": one.status,
        "test": one.test,
        "gateway": one.gateway,
        "formattedGateway": one.gateway.replace("_", " ").title(),
        "manualPaymentGateway": one.manual,
        "createdAt": moment(one.created_at),
        "processedAt": moment(one.processed_at),
        "errorCode": one.error_code,
        "paymentId": f"{order.name}.{order.transactions.index(one) + 1}",
        "parentTransaction": ref("OrderTransaction", one.parent),
        "order": Ref("Order", order.id),
        "amountSet": money_bag(one.amount, currencies),
        "amountRoundingSet": None if one.rounding is None else money_bag(one.rounding, currencies),
        "totalUnsettledSet": money_bag(_unsettled(order, one), currencies),
        "settlementCurrency": None,
        "settlementCurrencyRate": None,
        "currencyExchangeAdjustment": None,
        "authorizationCode": None,
        "accountNumber": None,
        "authorizationExpiresAt": moment(one.expires_at),
        "location": None,
        "manuallyCapturable": False,
        "multiCapturable": one.kind == "AUTHORIZATION",
        "maximumRefundableV2": None,
        "paymentDetails": None,
        "fees": [_fee(order, one, n) for n in range(len(one.fees))],
        "receiptJson": "{}",
    }


def _unsettled(order: Order, one: Transaction) -> Bag:
    if one.kind != "AUTHORIZATION":
        return NOTHING
    captured = [
        entry.amount
        for entry in order.transactions
        if entry.parent == one.id and entry.kind in ("CAPTURE", "VOID") and entry.succeeded
    ]
    return one.amount - total(captured)


def _fee(order: Order, one: Transaction, position: int) -> View:
    name, rate, amount = one.fees[position]
    currency = order.currencies.shop
    return {
        "id": gid("TransactionFee", one.id * 10 + position),
        "type": "processing_fee",
        "rateName": name,
        "rate": format(rate, "f"),
        "flatFeeName": None,
        "amount": money(amount, currency),
        "flatFee": money(amount * 0, currency),
        "taxAmount": money(amount * 0, currency),
    }


def refund(order: Order, one: Refund) -> View:
    """A `Refund`."""
    bag = order.currencies
    entries = [order.transaction(number) for number in one.transaction_ids]
    moved = total([entry.amount for entry in entries if entry.succeeded])
    return {
        **identity("Refund", one.id),
        "createdAt": moment(one.created_at),
        "processedAt": moment(one.processed_at),
        "updatedAt": moment(one.updated_at),
        "note": one.note,
        "order": Ref("Order", order.id),
        "staffMember": None,
        "return": ref("Return", one.return_id),
        "totalRefundedSet": money_bag(moved, bag),
        "totalRefunded": money(moved.shop, bag.shop),
        "refundLineItems": [
            {
                "__typename": "RefundLineItem",
                "id": gid("RefundLineItem", line.id),
                "quantity": line.quantity,
                "restockType": line.restock,
                "restocked": line.restock in ("RETURN", "CANCEL"),
                "location": ref("Location", line.location_id),
                "lineItem": line_ref(order, line.line_id),
                "priceSet": money_bag(line.price, bag),
                "subtotalSet": money_bag(line.subtotal, bag),
                "totalTaxSet": money_bag(line.tax, bag),
            }
            for line in one.lines
        ],
        "refundShippingLines": [
            {
                "__typename": "RefundShippingLine",
                "id": gid("RefundShippingLine", line.id),
                "shippingLine": shipping_line(
                    order, next(known for known in order.shipping if known.id == line.shipping_line_id)
                ),
                "subtotalAmountSet": money_bag(line.subtotal, bag),
                "taxAmountSet": money_bag(line.tax, bag),
            }
            for line in one.shipping
        ],
        "orderAdjustments": [
            {
                "__typename": "OrderAdjustment",
                "id": gid("OrderAdjustment", entry.id),
                "reason": entry.reason,
                "amountSet": money_bag(entry.amount, bag),
                "taxAmountSet": money_bag(entry.tax, bag),
            }
            for entry in one.adjustments
        ],
        "duties": [
            {"amountSet": money_bag(amount, bag), "originalDuty": _duty(order, number)} for number, amount in one.duties
        ],
        "transactions": [transaction(order, entry) for entry in entries],
    }


def return_view(order: Order, one: Return) -> View:
    """A `Return`."""
    entries = [
        order.transaction(number)
        for refund in order.refunds
        if refund.id in one.refund_ids
        for number in refund.transaction_ids
    ]
    return {
        "__typename": "Return",
        "id": gid("Return", one.id),
        "name": one.name,
        "status": one.status,
        "createdAt": moment(one.created_at),
        "closedAt": moment(one.closed_at),
        "order": Ref("Order", order.id),
        "totalQuantity": sum(quantity for _, _, quantity in one.lines),
        "returnLineItems": [_return_line(order, *line) for line in one.lines],
        "exchangeLineItems": [
            {
                "__typename": "ExchangeLineItem",
                "id": gid("ExchangeLineItem", number),
                "quantity": quantity,
                "processedQuantity": quantity,
                "unprocessedQuantity": 0,
                "variantId": None,
                "lineItem": line_ref(order, line_id),
                "lineItems": [line_ref(order, line_id)],
            }
            for number, line_id, quantity in one.exchange
        ],
        "returnShippingFees": [
            {
                "__typename": "ReturnShippingFee",
                "id": gid("ReturnShippingFee", number),
                "amountSet": money_bag(amount, order.currencies),
            }
            for number, amount in one.fees
        ],
        "refunds": [Ref("Refund", number) for number in one.refund_ids],
        "transactions": [transaction(order, entry) for entry in entries],
    }


def _return_line(order: Order, number: int, line_id: int, quantity: int) -> View:
    return {
        "__typename": "ReturnLineItem",
        "id": gid("ReturnLineItem", number),
        "quantity": quantity,
        "processedQuantity": quantity,
        "unprocessedQuantity": 0,
        "refundedQuantity": quantity,
        "refundableQuantity": 0,
        "returnReason": "OTHER",
        "returnReasonNote": "",
        "customerNote": None,
        "restockingFee": None,
        "fulfillmentLineItem": {
            "id": gid("FulfillmentLineItem", number),
            "quantity": quantity,
            "lineItem": line_ref(order, line_id),
        },
    }
