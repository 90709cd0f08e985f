"""Taking back what was sold, the same way for a refund, a return and a cancellation."""

from __future__ import annotations

from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.changes import House, RefundSpec
from ml_connector.sandbox.shopify.ledger import Bookkeeper, balance, line_type_of
from ml_connector.sandbox.shopify.model import (
    Line,
    Order,
    Refund,
    RefundLine,
    RefundShipping,
    Sale,
)
from ml_connector.sandbox.shopify.money import Bag
from ml_connector.sandbox.shopify.orders import Desk, current_quantity


def check(order: Order, spec: RefundSpec) -> None:
    """Refuse what cannot be given back before anything is changed."""
    for line, units in _wanted_units(order, spec):
        _check_units(order, line, units)
    paid = totals.net_payment(order).presentment
    if spec.amount is not None and spec.amount > paid:
        raise ValueError(f"Refund amount {spec.amount} is greater than net payment received {paid}")


def new_refund(spec: RefundSpec, desk: Desk) -> Refund:
    """A refund of nothing yet."""
    return Refund(desk.numbers.next(), desk.now, desk.now, desk.now, spec.note)


def _wanted_units(order: Order, spec: RefundSpec) -> list[tuple[Line, int]]:
    if not spec.everything:
        return [(order.lines[position], units) for position, units in spec.lines]
    left = [(line, current_quantity(order, line)) for line in order.lines]
    return [(line, units) for line, units in left if units]


def taken_lines(
    order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper, desk: Desk, house: House
) -> list[Sale]:
    """Units of lines coming back: into *record*, and as sales for the ledger."""
    sales = []
    for line, units in _wanted_units(order, spec):
        sale = books.taken_back(("LineItem", line.id), line_type_of(line), units)
        sales.append(sale)
        record.lines.append(
            RefundLine(
                id=desk.numbers.next(),
                line_id=line.id,
                quantity=units,
                restock=spec.restock,
                location_id=None if spec.restock == "NO_RESTOCK" else house.location_id,
                price=line.unit_price,
                subtotal=_without_tax(order, -sale.amount, -sale.tax),
                tax=-sale.tax,
            )
        )
    return sales


def _check_units(order: Order, line: Line, units: int) -> None:
    left = current_quantity(order, line)
    if not 0 < units <= left:
        raise ValueError(f"{units} of {line.title!r} cannot be taken back: {left} are left")


def _without_tax(order: Order, amount: Bag, tax: Bag) -> Bag:
    return amount if order.taxes_included else amount - tax


def taken_shipping(order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper, desk: Desk) -> list[Sale]:
    """Delivery charges coming back, all of them or so much."""
    wanted = "full" if spec.everything and spec.shipping is None else spec.shipping
    if wanted is None:
        return []
    sales = []
    for line in order.shipping:
        subject = ("ShippingLine", line.id)
        if not balance(order, subject).amount:
            continue
        sale = (
            books.taken_back(subject, "SHIPPING", None)
            if wanted == "full"
            else books.taken_back_amount(subject, "SHIPPING", Decimal(wanted))
        )
        sales.append(sale)
        record.shipping.append(
            RefundShipping(desk.numbers.next(), line.id, _without_tax(order, -sale.amount, -sale.tax), -sale.tax)
        )
        if wanted != "full":
            break
    return sales


def taken_extras(order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper) -> list[Sale]:
    """Duties, fees and the tip coming back."""
    sales = []
    for duty in (duty for line in order.lines for duty in line.duties):
        if (spec.duties or spec.everything) and balance(order, ("Duty", duty.id)).amount:
            sale = books.taken_back(("Duty", duty.id), "DUTY", None)
            sales.append(sale)
            record.duties.append((duty.id, _without_tax(order, -sale.amount, -sale.tax)))
    if spec.everything:
        sales += [
            books.taken_back(("AdditionalFee", fee.id), "ADDITIONAL_FEE", None)
            for fee in order.fees
            if balance(order, ("AdditionalFee", fee.id)).amount
        ]
    tip = order.tip_line
    if (spec.tip or spec.everything) and tip is not None and tip not in order.lines:
        sales.append(books.taken_back(("LineItem", tip.id), "TIP", None))
    return sales
