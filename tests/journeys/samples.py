"""Orders of the references as the sandbox can serve them, and an accountant's own check of their figures.

The check is written from the identities of the reference (I1 to I6) and reads an order as Shopify shows it; it knows
nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Document = dict[str, Any]
SIDES = ("shopMoney", "presentmentMoney")
WITHOUT_AN_ORDER = frozenset({"orders__delete.json", "orders__edited.json", "orders__risk_assessment_changed.json"})
"""Bodies of topics that name an order and do not show it."""


FIGURES = frozenset(
    f"{name}Set"
    for name in ("totalPrice", "subtotalPrice", "totalTax", "totalDiscounts", "totalShippingPrice", "totalReceived")
) | {"lineItems", "shippingLines", "transactions"}
"""What a recording has to show of an order for its figures to be added up; most recordings ask for less."""


@dataclass(frozen=True)
class Sample:
    """One order of the references.

    Attributes:
        name: The file, and in a recording the order's number.
        transactions: REST's bodies leave them out; what the order says was received stands for them.
    """

    name: str
    document: Document
    transactions: list[Document] = field(default_factory=list)


def all_samples(folder: Path) -> Iterator[Sample]:
    """Every order under `payloads`, in the order of the files."""
    for pattern in ("rest-docs-2026-04/order-*.json", "real/*.json", "official-*/orders__*.json"):
        for file in sorted(folder.glob(pattern)):
            if file.name not in WITHOUT_AN_ORDER:
                yield _of_rest(f"{file.parent.name}/{file.name}", json.loads(file.read_text("utf-8")))
    for file in sorted(folder.glob("graphql-recorded/**/*.json")):
        recording = json.loads(file.read_text("utf-8"))
        for number, order in _recorded(recording).items():
            if order.keys() >= FIGURES:
                moment = recording["recordedAt"]
                yield Sample(f"{file.parent.parent.name}/{file.name} {number}", _completed(order, moment))


def _of_rest(name: str, document: Document) -> Sample:
    order = document.get("order", document)
    received = Decimal(order["current_total_price"]) - Decimal(order["total_outstanding"])
    inside = [one for refund in order["refunds"] for one in refund["transactions"]]
    if received <= 0 or inside:
        return Sample(name, order)
    sale = {"id": order["id"] + 1, "kind": "sale", "status": "success", "amount": str(received),
            "gateway": next(filter(None, order["payment_gateway_names"]), "manual"),
            "currency": order["presentment_currency"] or order["currency"],
            "created_at": order["created_at"], "processed_at": order["processed_at"]}  # fmt: skip
    return Sample(name, order, [sale])


def _recorded(recording: Any) -> dict[str, Document]:
    """By number, what all answers of a recording say of an order: of a list the longest, else the latest."""
    found: dict[str, Document] = {}
    for order in _orders(recording):
        known = found.setdefault(order["id"].rsplit("/", 1)[-1], {})
        for name, value in order.items():
            shorter = isinstance(value, list | dict) and len(json.dumps(value)) < len(json.dumps(known.get(name)))
            if value is not None and not (name in known and shorter):
                known[name] = value
    return found


def _completed(order: Document, moment: str) -> Document:
    """The order with what Shopify always has and the recording did not ask for: it was just created."""
    total = order["totalPriceSet"]
    nothing = {side: {**total[side], "amount": "0.0"} for side in SIDES}
    return {
        "currencyCode": total["shopMoney"]["currencyCode"],
        "presentmentCurrencyCode": total["presentmentMoney"]["currencyCode"],
        "originalTotalPriceSet": total,
        "totalCashRoundingAdjustment": {"paymentSet": nothing, "refundSet": nothing},
        "processedAt": moment,
        "returnStatus": "NO_RETURN",
        **order,
        "transactions": [{"createdAt": moment, "processedAt": moment, **one} for one in order["transactions"]],
        "lineItems": [
            {
                "originalTotalSet": _times(line["originalUnitPriceSet"], line["quantity"]),
                "currentQuantity": line["quantity"],
                **line,
            }
            for line in _numbered(order, "lineItems", "LineItem")
        ],
        "shippingLines": [
            {"discountedPriceSet": line["originalPriceSet"], **line}
            for line in _numbered(order, "shippingLines", "ShippingLine")
        ],
    }


def _numbered(order: Document, name: str, kind: str) -> list[Document]:
    number = order["id"].rsplit("/", 1)[-1]
    return [{"id": f"gid://shopify/{kind}/{number}{at}", **one} for at, one in enumerate(order[name]["nodes"])]


def _times(bag: Document, quantity: int) -> Document:
    return {side: {**one, "amount": str(Decimal(one["amount"]) * quantity)} for side, one in bag.items()}


def _orders(value: Any) -> Iterator[Document]:
    if isinstance(value, dict):
        if str(value.get("id", "")).startswith("gid://shopify/Order/"):
            yield value
        for part in value.values():
            yield from _orders(part)
    elif isinstance(value, list):
        for part in value:
            yield from _orders(part)


# The figures


def failing(order: Document) -> list[str]:
    """Names of the identities that do not hold for an order, as the Admin API shows it, on either side."""
    return list(dict.fromkeys(name for side in SIDES for name in _failing(order, side)))


def _failing(order: Document, side: str) -> Iterator[str]:
    lines = order["lineItems"]
    shipping = [one for one in order.get("shippingLines") or () if not one.get("isRemoved")]
    duties = [one for line in lines for one in line.get("duties") or ()]
    if any(_of(line, "originalTotalSet", side) != _of(line, "originalUnitPriceSet", side) * line["quantity"]
           for line in lines):  # fmt: skip
        yield "I1"
    gross = sum(_of(line, "originalTotalSet", side) for line in lines)
    off, off_shipping = (sum(_allocated(one, side) for one in some) for some in (lines, shipping))
    if _of(order, "totalDiscountsSet", side) != off + off_shipping:
        yield "I2"
    if _of(order, "subtotalPriceSet", side) != gross - off:
        yield "I3"
    before = sum(_of(one, "originalPriceSet", side) for one in shipping)
    after = sum(_of(one, "discountedPriceSet", side) for one in shipping)
    if _of(order, "totalShippingPriceSet", side) != before or after != before - off_shipping:
        yield "I4"
    tax = sum(_of(tax, "priceSet", side) for one in (*lines, *shipping, *duties) for tax in one.get("taxLines") or ())
    if _of(order, "totalTaxSet", side) != tax:
        yield "I5"
    extras = _of(order, "totalTipReceivedSet", side) + sum(_of(one, "price", side) for one in duties)
    parts = gross - off + before - off_shipping + extras
    if _of(order, "totalPriceSet", side) != (parts if order.get("taxesIncluded") else parts + tax):
        yield "I6"


def _allocated(owner: Document, side: str) -> Decimal:
    return sum(
        (_of(one, "allocatedAmountSet", side) for one in owner.get("discountAllocations") or ()), start=Decimal(0)
    )


def _of(owner: Document, name: str, side: str) -> Decimal:
    bag = owner.get(name) or {}
    return Decimal((bag.get(side) or {}).get("amount") or 0)
