"""What happens to an order after it was placed: refunds, edits, returns, a cancellation.

Source: Shopify Admin API, Refund, OrderEdit, Return; money as recorded on version 2026-04.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.ledger import Bookkeeper, balance, line_type_of, merge_taxes
from ml_connector.sandbox.shopify.model import (
    Adjustment,
    Agreement,
    Allocation,
    Application,
    Line,
    Order,
    Refund,
    RefundLine,
    RefundShipping,
    Return,
    Sale,
    ShippingLine,
    Tax,
    Transaction,
)
from ml_connector.sandbox.shopify.money import NOTHING, Bag, total
from ml_connector.sandbox.shopify.orders import Desk, current_quantity, new_line, rates_for, void
from ml_connector.sandbox.shopify.pricing import rates_of, taxes_on
from ml_connector.sandbox.shopify.spec import LineSpec, TaxSpec


@dataclass(frozen=True)
class RefundSpec:
    """What to give back.

    Attributes:
        lines: Pairs of a line's position and how many units.
        shipping: "full", or so much of it in the buyer's currency, tax included.
        amount: Money to pay out, in the buyer's currency; left out: what Shopify suggests.
        gateway: Where the money goes; left out: the way it came.
        pending: The money is announced but has not moved yet.
        restock: RETURN, CANCEL or NO_RESTOCK.
        goodwill_tax: How much of money without goods is tax.
    """

    lines: tuple[tuple[int, int], ...] = ()
    everything: bool = False
    shipping: str | None = None
    duties: bool = False
    tip: bool = False
    amount: Decimal | None = None
    gateway: str | None = None
    pending: bool = False
    note: str | None = None
    restock: str = "RETURN"
    goodwill_tax: Decimal | None = None
    rate: Decimal | None = None
    rounding: Decimal | None = None


@dataclass(frozen=True)
class EditSpec:
    """What to change. Quantities are pairs of a line's position and its new current quantity."""

    add: tuple[LineSpec, ...] = ()
    quantities: tuple[tuple[int, int], ...] = ()
    discounts: tuple[tuple[int, Decimal], ...] = ()
    add_shipping: Decimal | None = None
    remove_shipping: bool = False
    taxes: tuple[TaxSpec, ...] | None = None
    note: str | None = None


@dataclass(frozen=True)
class ReturnSpec:
    """Goods coming back, perhaps against others, perhaps for a fee (in the shop's currency)."""

    lines: tuple[tuple[int, int], ...]
    exchange: tuple[LineSpec, ...] = ()
    fee: Decimal | None = None
    amount: Decimal | None = None
    gateway: str | None = None
    taxes: tuple[TaxSpec, ...] | None = None
    settle: bool = True


@dataclass(frozen=True)
class House:
    """Where goods go back to."""

    location_id: int | None = None


def refund(order: Order, spec: RefundSpec, desk: Desk, house: House) -> Refund:
    """Give goods, delivery and money back, and record it as one refund."""
    _check(order, spec)
    books = Bookkeeper(order, desk.numbers)
    record = _new_refund(spec, desk)
    sales = _taken_lines(order, spec, record, books, desk, house)
    sales += _taken_shipping(order, spec, record, books, desk)
    sales += _taken_extras(order, spec, record, books)
    agreement = Agreement(desk.numbers.next(), "REFUND", desk.now, tuple(sales), ("Refund", record.id))
    order.agreements.append(agreement)
    record.suggested = _suggested(order, sales, spec.amount)
    _pay_back(order, spec, record, desk)
    _explain(order, spec, record, desk)
    order.refunds.append(record)
    return record


def _check(order: Order, spec: RefundSpec) -> None:
    """Refuse what cannot be given back before anything is changed."""
    for line, units in _wanted_units(order, spec):
        _check_units(order, line, units)
    paid = totals.net_payment(order).presentment
    if spec.amount is not None and spec.amount > paid:
        raise ValueError(f"Refund amount {spec.amount} is greater than net payment received {paid}")


def _new_refund(spec: RefundSpec, desk: Desk) -> Refund:
    return Refund(desk.numbers.next(), desk.now, desk.now, desk.now, spec.note)


def _wanted_units(order: Order, spec: RefundSpec) -> list[tuple[Line, int]]:
    if not spec.everything:
        return [(order.lines[position], units) for position, units in spec.lines]
    left = [(line, current_quantity(order, line)) for line in order.lines]
    return [(line, units) for line, units in left if units]


def _taken_lines(
    order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper, desk: Desk, house: House
) -> list[Sale]:
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


def _taken_shipping(order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper, desk: Desk) -> list[Sale]:
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


def _taken_extras(order: Order, spec: RefundSpec, record: Refund, books: Bookkeeper) -> list[Sale]:
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


def _suggested(order: Order, sales: Sequence[Sale], wanted: Decimal | None) -> Bag:
    """What is rightly paid back: the goods' value, as far as money came in for it.

    More is right only where the merchant owed it already, after an edit for example.
    """
    value = -total([sale.amount for sale in sales])
    over = -totals.outstanding(order)
    if over.presentment <= 0:
        return NOTHING
    if over.presentment < value.presentment:
        return over
    if wanted is not None and wanted > value.presentment:
        return over if wanted >= over.presentment else order.currencies.paid(wanted)
    return value


def _pay_back(order: Order, spec: RefundSpec, record: Refund, desk: Desk) -> None:
    amount = _money_out(order, spec, record)
    for parent, part in _parents(order, amount):
        entry = Transaction(
            id=desk.numbers.next(),
            kind="REFUND",
            status="PENDING" if spec.pending else "SUCCESS",
            gateway=spec.gateway or parent.gateway,
            amount=part,
            created_at=desk.now,
            processed_at=desk.now,
            parent=parent.id,
            test=order.test,
            manual=parent.manual and spec.gateway is None,
            rounding=None if spec.rounding is None else order.currencies.paid(spec.rounding),
        )
        order.transactions.append(entry)
        record.transaction_ids.append(entry.id)
        if entry.gateway not in order.gateways:
            order.gateways.append(entry.gateway)


def _money_out(order: Order, spec: RefundSpec, record: Refund) -> Bag:
    if spec.amount is None:
        return record.suggested
    if spec.amount == record.suggested.presentment and spec.rate is None:
        return record.suggested
    return order.currencies.paid(spec.amount, spec.rate)


def _parents(order: Order, amount: Bag) -> list[tuple[Transaction, Bag]]:
    """The payments that *amount* is returned from, oldest first, each as far as it reaches."""
    parts: list[tuple[Transaction, Bag]] = []
    left = amount
    payments = [entry for entry in order.transactions if entry.kind in ("SALE", "CAPTURE") and entry.succeeded]
    for payment in payments:
        room = _refundable(order, payment)
        if left.presentment <= 0 or room.presentment <= 0:
            continue
        last = payment is payments[-1] or room.presentment >= left.presentment
        part = left if last else room
        parts.append((payment, part))
        left = left - part
    return parts


def _refundable(order: Order, payment: Transaction) -> Bag:
    back = [
        entry.amount
        for entry in order.transactions
        if entry.parent == payment.id and entry.kind in ("REFUND", "CHANGE") and entry.status in ("SUCCESS", "PENDING")
    ]
    return payment.amount - total(back)


def _explain(order: Order, spec: RefundSpec, record: Refund, desk: Desk) -> None:
    """Account for the difference between what was suggested and what moved."""
    moved = _moved(order, record)
    difference = record.suggested - moved
    if not difference:
        return
    reason = "PENDING_REFUND_DISCREPANCY" if spec.pending else "REFUND_DISCREPANCY"
    tax = NOTHING
    if spec.goodwill_tax is not None:
        tax = -order.currencies.paid(spec.goodwill_tax, spec.rate)
    record.adjustments.append(Adjustment(desk.numbers.next(), reason, difference - tax, tax))
    if spec.pending:
        return
    order.refunds_suggested_less = order.refunds_suggested_less + difference
    if order.readings.adjustment_sales:
        sale = Bookkeeper(order, desk.numbers).adjusted(difference - tax, tax)
        last = order.agreements[-1]
        order.agreements[-1] = replace(last, sales=(*last.sales, sale))


def _moved(order: Order, record: Refund) -> Bag:
    entries = [order.transaction(number) for number in record.transaction_ids]
    return total([entry.amount for entry in entries if entry.succeeded])


def settle(order: Order, record: Refund, desk: Desk, *, succeeded: bool = True) -> None:
    """The money of a pending refund moves at last, or turns out not to."""
    for number in record.transaction_ids:
        entry = order.transaction(number)
        if entry.status == "PENDING":
            entry.status = "SUCCESS" if succeeded else "FAILURE"
            entry.processed_at = desk.now
    if succeeded:
        record.adjustments = [entry for entry in record.adjustments if entry.reason != "PENDING_REFUND_DISCREPANCY"]
    record.updated_at = desk.now


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
    sales += _added(order, spec.add, spec.taxes, books, desk)
    sales += _changed_shipping(order, spec, books, desk)
    agreement = Agreement(desk.numbers.next(), "ORDER_EDIT", desk.now, tuple(sales))
    order.agreements.append(agreement)
    order.edited = True
    return agreement


def _added(
    order: Order,
    lines: Sequence[LineSpec],
    usual: Sequence[TaxSpec] | None,
    books: Bookkeeper,
    desk: Desk,
) -> list[Sale]:
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


def give_back(order: Order, spec: ReturnSpec, desk: Desk, house: House) -> tuple[Return, Refund]:
    """Take goods back as a return, send others instead, and settle the difference.

    The refund lists the returned goods; its money is only what is left after the new goods and
    the fee, and nothing when they cost more.
    """
    _check(order, RefundSpec(lines=spec.lines, amount=spec.amount))
    books = Bookkeeper(order, desk.numbers)
    record = Return(desk.numbers.next(), f"{order.name}-R{len(order.returns) + 1}", desk.now)
    back = _new_refund(RefundSpec(), desk)
    back.return_id, record.refund_ids = record.id, [back.id]
    wanted = RefundSpec(lines=spec.lines)
    sales = _taken_lines(order, wanted, back, books, desk, house)
    record.lines = [(desk.numbers.next(), line.line_id, line.quantity) for line in back.lines]
    sales += _exchanged(order, spec, record, books, desk)
    if spec.fee is not None:
        record.fees.append((desk.numbers.next(), order.currencies.priced(spec.fee)))
        sales.append(books.charged("ReturnShippingFee", *record.fees[0]))
    order.agreements.append(Agreement(desk.numbers.next(), "RETURN", desk.now, tuple(sales), ("Return", record.id)))
    order.returns.append(record)
    _settle_return(order, spec, back, desk)
    record.status, record.closed_at = "CLOSED", desk.now
    return record, back


def _exchanged(order: Order, spec: ReturnSpec, record: Return, books: Bookkeeper, desk: Desk) -> list[Sale]:
    sales = _added(order, spec.exchange, spec.taxes, books, desk)
    new = order.lines[len(order.lines) - len(spec.exchange) :]
    record.exchange = [(desk.numbers.next(), line.id, line.quantity) for line in new]
    return sales


def _settle_return(order: Order, spec: ReturnSpec, back: Refund, desk: Desk) -> None:
    over = -totals.outstanding(order)
    back.suggested = over if over.presentment > 0 else NOTHING
    if spec.settle:
        _pay_back(order, RefundSpec(amount=spec.amount, gateway=spec.gateway), back, desk)
    order.agreements.append(Agreement(desk.numbers.next(), "REFUND", desk.now, (), ("Refund", back.id)))
    order.refunds.append(back)


def cancel(
    order: Order,
    desk: Desk,
    house: House,
    *,
    reason: str = "CUSTOMER",
    pay_back: bool = True,
    restock: bool = True,
) -> Refund | None:
    """Cancel the order: authorisations are given up, goods taken back, money returned if wanted."""
    void(order, desk)
    record = None
    if restock and any(current_quantity(order, line) for line in order.lines):
        spec = RefundSpec(everything=True, restock="CANCEL", amount=None if pay_back else Decimal(0))
        record = _cancelling_refund(order, spec, desk, house)
    order.cancelled_at = order.closed_at = desk.now
    order.cancel_reason = reason
    return record


def _cancelling_refund(order: Order, spec: RefundSpec, desk: Desk, house: House) -> Refund:
    """A refund whose missing money is no discrepancy: it is simply still owed."""
    books = Bookkeeper(order, desk.numbers)
    record = _new_refund(spec, desk)
    sales = _taken_lines(order, spec, record, books, desk, house)
    sales += _taken_shipping(order, spec, record, books, desk)
    sales += _taken_extras(order, spec, record, books)
    order.agreements.append(Agreement(desk.numbers.next(), "REFUND", desk.now, tuple(sales), ("Refund", record.id)))
    record.suggested = _suggested(order, sales, spec.amount)
    _pay_back(order, spec, record, desk)
    record.suggested = _moved(order, record)
    order.refunds.append(record)
    return record
