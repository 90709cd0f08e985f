"""Edits: what was ordered changes, money stays where it is.

Source: Shopify Admin API, order editing; amounts as recorded on version 2026-04.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ml_connector.sandbox.shopify.changes import EditSpec
from ml_connector.sandbox.shopify.ledger import Bookkeeper, balance, line_type_of, merge_taxes
from ml_connector.sandbox.shopify.model import (
    Agreement,
    Allocation,
    Application,
    Line,
    Order,
    Sale,
    ShippingLine,
    Tax,
)
from ml_connector.sandbox.shopify.orders import Desk, current_quantity, new_line, rates_for
from ml_connector.sandbox.shopify.pricing import rates_of, taxes_on
from ml_connector.sandbox.shopify.spec import LineSpec, TaxSpec


def edit(order: Order, spec: EditSpec, desk: Desk) -> Agreement:
    """Change what was ordered; money stays where it is."""
    books = Bookkeeper(order, desk.numbers)
    sales = [
        sale
        for position, amount in spec.discounts
        for sale in [_discount_line(order, order.lines[position], amount, books)]
    ]
    for position, quantity in spec.quantities:
        sales += _set_quantity(order, order.lines[position], quantity, books)
    sales += added(order, spec.add, spec.taxes, books, desk)
    sales += _changed_shipping(order, spec, books, desk)
    agreement = Agreement(desk.numbers.next(), "ORDER_EDIT", desk.now, tuple(sales))
    order.agreements.append(agreement)
    order.edited = True
    return agreement


def added(
    order: Order,
    lines: Sequence[LineSpec],
    usual: Sequence[TaxSpec] | None,
    books: Bookkeeper,
    desk: Desk,
) -> list[Sale]:
    """New lines, taxed like the rest of the order unless told otherwise."""
    sales: list[Sale] = []
    for spec in lines:
        line = new_line(spec, order.currencies, desk)
        rates = rates_for(line.taxable, spec.taxes, _usual(order) if usual is None else usual)
        line.taxes = taxes_on(line.gross, rates, order.currencies, included=order.taxes_included)
        order.lines.append(line)
        sales += books.sold_line(line)
    return sales


def _usual(order: Order) -> tuple[TaxSpec, ...]:
    """The taxes of the first taxed line: what an addition to this order is charged."""
    return next((rates_of(line.taxes) for line in order.lines if line.taxes), ())


def _set_quantity(order: Order, line: Line, quantity: int, books: Bookkeeper) -> list[Sale]:
    now = current_quantity(order, line)
    if quantity < now:
        return [books.taken_back(("LineItem", line.id), line_type_of(line), now - quantity)]
    if quantity == now:
        return []
    units = quantity - now
    taxes = taxes_on(line.unit_price * units, rates_of(line.taxes), order.currencies, included=order.taxes_included)
    line.quantity += units
    line.taxes = merge_taxes([*line.taxes, *taxes])
    return [books.sold_units(line, units, taxes)]


def _discount_line(order: Order, line: Line, amount: Decimal, books: Bookkeeper) -> Sale:
    discount = order.currencies.priced(amount)
    order.applications.append(
        Application(
            "ManualDiscountApplication",
            "Discount",
            amount,
            False,
            "LINE_ITEM",
            "ACROSS",
            "EXPLICIT",
        )
    )
    line.allocations.append(Allocation(len(order.applications) - 1, discount))
    before = line.taxes
    line.taxes = taxes_on(line.gross - line.discount, rates_of(before), order.currencies, included=order.taxes_included)
    return books.discounted(line, discount, _difference(line.taxes, before))


def _difference(after: Sequence[Tax], before: Sequence[Tax]) -> list[Tax]:
    return [replace(new, amount=new.amount - old.amount) for new, old in zip(after, before, strict=True)]


def _changed_shipping(order: Order, spec: EditSpec, books: Bookkeeper, desk: Desk) -> list[Sale]:
    sales = []
    if spec.remove_shipping:
        for line in order.shipping:
            if balance(order, ("ShippingLine", line.id)).amount:
                sales.append(books.taken_back(("ShippingLine", line.id), "SHIPPING", None))
            line.removed = True
    if spec.add_shipping is not None:
        price = order.currencies.priced(spec.add_shipping)
        taxes = taxes_on(price, _usual(order), order.currencies, included=order.taxes_included)
        line = ShippingLine(desk.numbers.next(), "Additional delivery", price, "custom", taxes=taxes)
        order.shipping.append(line)
        sales.append(books.sold_shipping(line))
    return sales
