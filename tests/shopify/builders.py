"""Answers of Shopify, valid by default; a test names only what matters to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ml_connector.net import HttpRequest, HttpResponse

SHOP = "acme.myshopify.com"
AT = "2026-11-20T10:00:00Z"


def a_bag(amount: str = "0.0", presentment: str | None = None, currencies: tuple[str, str] = ("EUR", "EUR")) -> Any:
    return {
        "shopMoney": {"amount": amount, "currencyCode": currencies[0]},
        "presentmentMoney": {"amount": presentment or amount, "currencyCode": currencies[1]},
    }


def a_connection(*nodes: Any, more: str | None = None) -> Any:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more is not None, "endCursor": more or "end"}}


def edges(*nodes: Any, more: str | None = None) -> Any:
    rows = [{"cursor": f"cursor:{node['id']}", "node": node} for node in nodes]
    return {"edges": rows, "pageInfo": {"hasNextPage": more is not None, "endCursor": more or "end"}}


def a_tax(amount: str = "2.0", rate: Any = 0.2, title: str = "VAT", **more: Any) -> Any:
    return {
        "title": title,
        "rate": rate,
        "ratePercentage": None,
        "channelLiable": False,
        "source": "shopify",
        "priceSet": a_bag(amount),
    } | more


def a_line(number: int = 1, price: str = "10.0", quantity: int = 1, **more: Any) -> Any:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": "Mug",
        "variantTitle": "Blue",
        "sku": "MUG-1",
        "vendor": "Acme",
        "quantity": quantity,
        "currentQuantity": quantity,
        "isGiftCard": False,
        "requiresShipping": True,
        "taxable": True,
        "product": {"id": "gid://shopify/Product/1"},
        "variant": {"id": "gid://shopify/ProductVariant/1"},
        "customAttributes": [],
        "originalUnitPriceSet": a_bag(price),
        "originalTotalSet": a_bag(price),
        "discountAllocations": [],
        "taxLines": [],
        "duties": [],
    } | more


def a_shipping_line(number: int = 1, price: str = "5.0", **more: Any) -> Any:
    return {
        "id": f"gid://shopify/ShippingLine/{number}",
        "title": "Standard",
        "code": "STD",
        "isRemoved": False,
        "originalPriceSet": a_bag(price),
        "discountedPriceSet": a_bag(price),
        "currentDiscountedPriceSet": a_bag(price),
        "discountAllocations": [],
        "taxLines": [],
    } | more


def a_transaction(number: int = 1, amount: str = "10.0", **more: Any) -> Any:
    return {
        "id": f"gid://shopify/OrderTransaction/{number}",
        "kind": "SALE",
        "status": "SUCCESS",
        "test": False,
        "gateway": "shopify_payments",
        "formattedGateway": "Shopify Payments",
        "manualPaymentGateway": False,
        "createdAt": AT,
        "processedAt": AT,
        "paymentId": "r1",
        "parentTransaction": None,
        "amountSet": a_bag(amount),
        "amountRoundingSet": None,
        "fees": [],
    } | more


_TOTALS = (
    "subtotalPriceSet totalPriceSet originalTotalPriceSet currentSubtotalPriceSet currentTotalPriceSet totalReceivedSet"
    " netPaymentSet"
).split()
_ZEROES = (
    "totalDiscountsSet totalShippingPriceSet totalTaxSet totalTipReceivedSet currentShippingPriceSet currentTotalTaxSet"
    " totalRefundedSet totalOutstandingSet refundDiscrepancySet"
).split()


def an_order_node(number: int = 42, total: str = "10.0", **more: Any) -> Any:
    """`OrderNow`: one line, paid, unedited."""
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "createdAt": AT,
        "processedAt": AT,
        "updatedAt": AT,
        "cancelledAt": None,
        "currencyCode": "EUR",
        "presentmentCurrencyCode": "EUR",
        "taxesIncluded": False,
        "edited": False,
        "returnStatus": "NO_RETURN",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "customer": None,
        "lineItems": a_connection(a_line(price=total)),
        "shippingLines": a_connection(),
        "discountApplications": a_connection(),
        "additionalFees": [],
        "transactions": [a_transaction(amount=total)],
        "refunds": [],
        "fulfillments": [],
        "taxLines": [],
        "currentTaxLines": [],
        **{name: a_bag(total) for name in _TOTALS},
        **{name: a_bag() for name in _ZEROES},
        "originalTotalDutiesSet": None,
        "originalTotalAdditionalFeesSet": None,
        "currentTotalDutiesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "totalCashRoundingAdjustment": {"paymentSet": a_bag(), "refundSet": a_bag()},
    } | more


def a_sale(number: int = 1, total: str = "10.0", **more: Any) -> Any:
    return {
        "__typename": "ProductSale",
        "id": f"gid://shopify/ProductSale/{number}",
        "actionType": "ORDER",
        "lineType": "PRODUCT",
        "quantity": 1,
        "totalAmount": a_bag(total),
        "totalTaxAmount": a_bag(),
        "totalDiscountAmountBeforeTaxes": a_bag(),
        "totalDiscountAmountAfterTaxes": a_bag(),
        "taxes": [],
        "lineItem": {"id": "gid://shopify/LineItem/1"},
    } | more


def an_agreement(number: int = 1, *sales: Any, more_sales: str | None = None, **more: Any) -> Any:
    return {
        "__typename": "OrderAgreement",
        "id": f"gid://shopify/OrderAgreement/{number}",
        "reason": "ORDER",
        "happenedAt": AT,
        "sales": a_connection(*(sales or (a_sale(),)), more=more_sales),
    } | more


def a_refund_node(number: int = 1, **more: Any) -> Any:
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": AT,
        "processedAt": AT,
        "note": None,
        "return": None,
        "totalRefundedSet": a_bag("10.0"),
        "duties": [],
        "refundLineItems": a_connection(
            {
                "id": f"gid://shopify/RefundLineItem/{number}",
                "quantity": 1,
                "restockType": "RETURN",
                "lineItem": {"id": "gid://shopify/LineItem/1"},
                "priceSet": a_bag("10.0"),
                "subtotalSet": a_bag("10.0"),
                "totalTaxSet": a_bag(),
            }
        ),
        "refundShippingLines": a_connection(),
        "orderAdjustments": a_connection(),
        "transactions": a_connection({"id": "gid://shopify/OrderTransaction/2"}),
    } | more


def a_history(number: int = 42, **more: Any) -> Any:
    return {
        "id": f"gid://shopify/Order/{number}",
        "updatedAt": AT,
        "refunds": [],
        "agreements": edges(an_agreement()),
        "returns": a_connection(),
    } | more


def cost(requested: float = 94, available: float = 1900, **more: Any) -> Any:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": requested,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0},
    } | more


def an_answer(
    data: Any = None, *, status: int = 200, headers: Mapping[str, str] | None = None, **body: Any
) -> HttpResponse:
    content = {"data": data, "extensions": {"cost": cost()}} | body
    return HttpResponse(
        status, {"content-type": "application/json", **(headers or {})}, json.dumps(content).encode(), 0.1
    )


def raw(body: bytes | str, status: int = 200, **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else body.encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content, 0.1)


class Questions:
    """A `Send` that answers each operation by a function of its variables, and remembers what was asked."""

    def __init__(self, **answers: Callable[..., HttpResponse]) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[HttpRequest] = []
        self._answers = answers

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        body = json.loads(request.body)
        self.requests.append(request)
        self.asked.append((body["operationName"], body["variables"]))
        return self._answers[body["operationName"]](**body["variables"])

    def count(self, operation: str) -> int:
        return sum(1 for name, _ in self.asked if name == operation)


class Clock:
    """Time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 1000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(1_795_000_000 + self.elapsed, UTC)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds
