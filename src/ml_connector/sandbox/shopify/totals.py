"""What an order adds up to, in every way Shopify shows it.

`current*` come from the ledger, `total*` from the lines as they were sold (edits that add or
discount move them, removals do not), money from the transactions.

Source: Shopify Admin API, Order; order edits recorded on version 2026-04.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml_connector.sandbox.shopify.ledger import merge_taxes
from ml_connector.sandbox.shopify.model import Order, Sale, Tax, Transaction
from ml_connector.sandbox.shopify.money import NOTHING, Bag, total
from ml_connector.sandbox.shopify.pricing import tax_total

GOODS = frozenset({"PRODUCT", "GIFT_CARD"})


@dataclass(frozen=True)
class Totals:
    """An order's sums, before removals (`total_*`, `subtotal`) or after them (`current_*`)."""

    line_items: Bag
    discounts: Bag
    subtotal: Bag
    shipping: Bag
    shipping_discounted: Bag
    tax: Bag
    tax_lines: list[Tax]
    duties: Bag
    fees: Bag
    price: Bag


def sold(order: Order) -> Totals:
    """The sums of what was sold, whatever came back since."""
    tax_lines = merge_taxes(_sold_taxes(order))
    shipping_lines = [line for line in order.shipping if not line.removed]
    line_discounts = total([line.discount for line in order.lines])
    shipping_discounts = total([line.discount for line in shipping_lines])
    items = total([line.gross for line in order.lines])
    shipping = total([line.price for line in shipping_lines])
    extras = _duties(order) + _fees(order) + (NOTHING if _tip_is_a_line(order) else order.tip)
    tax = tax_total(tax_lines)
    return Totals(
        line_items=items,
        discounts=line_discounts + shipping_discounts,
        subtotal=items - line_discounts,
        shipping=shipping,
        shipping_discounted=shipping - shipping_discounts,
        tax=tax,
        tax_lines=tax_lines,
        duties=_duties(order),
        fees=_fees(order),
        price=items
        - line_discounts
        + shipping
        - shipping_discounts
        + extras
        + (NOTHING if order.taxes_included else tax),
    )


def current(order: Order) -> Totals:
    """The sums of what the ledger still holds."""
    sales = [sale for sale in order.sales if sale.line_type != "ADJUSTMENT"]
    goods = [sale for sale in sales if sale.line_type in GOODS or _is_tip_line(order, sale)]
    shipping = [sale for sale in sales if sale.line_type == "SHIPPING"]
    tax_lines = [
        tax for tax in merge_taxes(tax for sale in sales for tax in sale.taxes) if tax.amount or _still_there(order)
    ]
    return Totals(
        line_items=_net(order, goods) + _discount(goods),
        discounts=_discount(goods) + _discount(shipping),
        subtotal=_net(order, goods),
        shipping=_net(order, shipping) + _discount(shipping),
        shipping_discounted=_net(order, shipping),
        tax=tax_total(tax_lines),
        tax_lines=tax_lines,
        duties=_net(order, [sale for sale in sales if sale.line_type == "DUTY"]),
        fees=_net(order, [sale for sale in sales if sale.line_type == "ADDITIONAL_FEE"]),
        price=total([sale.amount for sale in sales]),
    )


def _sold_taxes(order: Order) -> Iterable[Tax]:
    for line in order.lines:
        yield from line.taxes
        if not order.duties_included:
            yield from (tax for duty in line.duties for tax in duty.taxes)
    for shipping in order.shipping:
        if not shipping.removed:
            yield from shipping.taxes
    for fee in order.fees:
        yield from fee.taxes


def _duties(order: Order) -> Bag:
    if order.duties_included:
        return NOTHING
    return total([duty.price for line in order.lines for duty in line.duties])


def _fees(order: Order) -> Bag:
    return total([fee.price for fee in order.fees])


def _tip_is_a_line(order: Order) -> bool:
    return order.tip_line is not None and order.tip_line in order.lines


def _is_tip_line(order: Order, sale: Sale) -> bool:
    return sale.line_type == "TIP" and _tip_is_a_line(order)


def _still_there(order: Order) -> bool:
    """Whether anything is left, so that taxes of nothing are worth a line."""
    return bool(total([sale.amount for sale in order.sales if sale.line_type != "ADJUSTMENT"]))


def _net(order: Order, sales: list[Sale]) -> Bag:
    """Without tax, or with it when prices include it."""
    amounts = total([sale.amount for sale in sales])
    return amounts if order.taxes_included else amounts - total([sale.tax for sale in sales])


def _discount(sales: list[Sale]) -> Bag:
    return total([sale.discount for sale in sales])


def cart_discount(order: Order) -> Bag:
    """What discounts on the whole order take off the goods, as sold."""
    across = {
        n
        for n, application in enumerate(order.applications)
        if application.method == "ACROSS" and application.target == "LINE_ITEM"
    }
    return total(
        [
            allocation.amount
            for line in order.lines
            for allocation in line.allocations
            if allocation.application in across
        ]
    )


def received(order: Order) -> Bag:
    """Money that came in, change given back already taken off."""
    taken = [entry.amount for entry in _done(order, "SALE", "CAPTURE")]
    beside = NOTHING if order.readings.rounding_in_amount else rounding(order, refunds=False)
    return total(taken) + beside - total([entry.amount for entry in _done(order, "CHANGE")])


def refunded(order: Order) -> Bag:
    """Money that went out."""
    return total([entry.amount for entry in _done(order, "REFUND")])


def net_payment(order: Order) -> Bag:
    """Money in less money out."""
    return received(order) - refunded(order)


def rounding(order: Order, *, refunds: bool) -> Bag:
    """Cash rounding of the payments, or of the refunds."""
    kinds = ("REFUND",) if refunds else ("SALE", "CAPTURE")
    return total([entry.rounding for entry in _done(order, *kinds) if entry.rounding])


def outstanding(order: Order) -> Bag:
    """What the buyer still owes; negative where the merchant does."""
    owed = current(order).price + rounding(order, refunds=False) - received(order)
    back = refunded(order) - rounding(order, refunds=True)
    return owed + back + order.refunds_suggested_less


def capturable(order: Order) -> Bag:
    """What was authorised and neither captured nor voided."""
    return total([left_to_capture(order, entry) for entry in _done(order, "AUTHORIZATION")])


def left_to_capture(order: Order, authorization: Transaction) -> Bag:
    """What is left of one authorisation."""
    children = [entry for entry in order.transactions if entry.parent == authorization.id and entry.succeeded]
    if order.expired or any(entry.kind == "VOID" for entry in children):
        return NOTHING
    captured = total([entry.amount for entry in children if entry.kind == "CAPTURE"])
    left = authorization.amount - captured
    return Bag(max(left.shop, left.shop * 0), max(left.presentment, left.presentment * 0))


def _done(order: Order, *kinds: str) -> list[Transaction]:
    return [entry for entry in order.transactions if entry.kind in kinds and entry.succeeded]


def financial_status(order: Order) -> str:
    """Shopify's one word for the money of an order."""
    came, went = received(order).presentment, refunded(order).presentment
    if went:
        return "REFUNDED" if went >= came else "PARTIALLY_REFUNDED"
    if came:
        return "PARTIALLY_PAID" if outstanding(order).presentment > 0 else "PAID"
    return _unpaid_status(order)


def _unpaid_status(order: Order) -> str:
    if _done(order, "VOID"):
        return "VOIDED"
    if _done(order, "AUTHORIZATION"):
        return "EXPIRED" if order.expired else "AUTHORIZED"
    free = not order.original_total.presentment
    return "PAID" if free and not order.cancelled_at else "PENDING"


def fulfillment_status(order: Order) -> str:
    """Shopify's one word for the goods of an order."""
    sent = sum(quantity for one in order.fulfillments for _, _, quantity in one.lines)
    if not sent:
        return "UNFULFILLED"
    shippable = sum(line.quantity for line in order.lines if not line.tip)
    return "FULFILLED" if sent >= shippable else "PARTIALLY_FULFILLED"


def return_status(order: Order) -> str:
    """Shopify's one word for the returns of an order."""
    if not order.returns:
        return "NO_RETURN"
    return "IN_PROGRESS" if any(one.status == "OPEN" for one in order.returns) else "RETURNED"
