"""Placing orders, and what happens to them afterwards.

Each function changes one order as one merchant action would and appends what it means to the
ledger. Telling others about it is the shop's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ml_connector.sandbox.shopify import totals
from ml_connector.sandbox.shopify.catalogue import Variant
from ml_connector.sandbox.shopify.ids import Numbers
from ml_connector.sandbox.shopify.ledger import Bookkeeper
from ml_connector.sandbox.shopify.model import (
    AdditionalFee,
    Agreement,
    Duty,
    Fulfillment,
    Line,
    Order,
    Sale,
    Schedule,
    ShippingLine,
    Tax,
    Terms,
    Transaction,
)
from ml_connector.sandbox.shopify.money import Bag, Currencies, total
from ml_connector.sandbox.shopify.pricing import (
    application_of,
    discount_lines,
    discount_shipping,
    tax_line,
    taxes_on,
)
from ml_connector.sandbox.shopify.spec import LineSpec, OrderSpec, PaymentSpec, ShippingSpec, TaxSpec

MANUAL_GATEWAYS = frozenset({"manual", "Cash on Delivery (COD)", "Bank Deposit", "cash", "Money Order"})


@dataclass(frozen=True)
class Desk:
    """Where one action is carried out: at what time, with which new numbers.

    Attributes:
        variants: The shop's variants by SKU, for lines that name no price of their own.
    """

    now: datetime
    numbers: Numbers
    variants: dict[str, Variant]


def compose(spec: OrderSpec, order: Order, desk: Desk) -> None:
    """Fill *order* with what *spec* asks for, and write its first agreement."""
    order.lines = [new_line(line, order.currencies, desk) for line in spec.lines]
    order.shipping = [_new_shipping(line, order.currencies, desk) for line in spec.shipping]
    _discount(spec, order)
    _tax(spec, order)
    _extras(spec, order, desk)
    order.agreements.append(_first_agreement(order, desk))
    order.original_total = total([sale.amount for sale in order.sales])


def new_line(spec: LineSpec, currencies: Currencies, desk: Desk) -> Line:
    """A line, its title and price from the catalogue where the specification has none."""
    variant = desk.variants.get(spec.sku or "")
    price = spec.price if spec.price is not None else _catalogue_price(spec, variant)
    unit = currencies.priced(price)
    if spec.presentment_price is not None:
        unit = replace(unit, presentment=spec.presentment_price)
    return Line(
        id=desk.numbers.next(),
        title=spec.title or (variant.title if variant else spec.sku or "Item"),
        quantity=spec.quantity,
        unit_price=unit,
        sku=spec.sku,
        variant_title=spec.variant_title or (variant.option if variant else None),
        vendor=spec.vendor or (variant.vendor if variant else None),
        gift_card=spec.gift_card,
        taxable=spec.taxable and not spec.gift_card,
        requires_shipping=spec.requires_shipping and not spec.gift_card,
        product_id=variant.product_id if variant else None,
        variant_id=variant.id if variant else None,
        inventory_item_id=variant.inventory_item_id if variant else None,
        properties=spec.properties,
        selling_plan=spec.selling_plan,
        group=(desk.numbers.next(), spec.group) if spec.group else None,
        duties=[
            Duty(
                desk.numbers.next(),
                currencies.priced(duty.price),
                duty.harmonized_code,
                duty.origin,
                tuple(taxes_on(currencies.priced(duty.price), duty.taxes, currencies, included=False)),
            )
            for duty in spec.duties
        ],
    )


def _catalogue_price(spec: LineSpec, variant: Variant | None) -> Decimal:
    if variant is None:
        raise ValueError(f"a line needs a price or a SKU of the catalogue: {spec.sku!r}")
    return variant.price


def _new_shipping(spec: ShippingSpec, currencies: Currencies, desk: Desk) -> ShippingLine:
    return ShippingLine(
        id=desk.numbers.next(),
        title=spec.title,
        code=spec.title,
        price=currencies.priced(spec.price),
    )


def _discount(spec: OrderSpec, order: Order) -> None:
    for index, discount in enumerate(spec.discounts):
        order.applications.append(application_of(discount))
        if discount.target == "shipping":
            discount_shipping(order.shipping, discount, index, order.currencies)
        else:
            discount_lines(order.lines, discount, index, order.currencies)


def _tax(spec: OrderSpec, order: Order) -> None:
    included = order.taxes_included
    for line, wanted in zip(order.lines, spec.lines, strict=True):
        rates = rates_for(line.taxable, wanted.taxes, spec.taxes)
        tax_line(line, rates, order.currencies, included=included)
    for shipping, asked in zip(order.shipping, spec.shipping, strict=True):
        rates = spec.taxes if asked.taxes is None else asked.taxes
        base = shipping.price - shipping.discount
        shipping.taxes = taxes_on(base, rates, order.currencies, included=included)
    if spec.tax_on_first_line:
        _move_taxes_to_first_line(order)


def _move_taxes_to_first_line(order: Order) -> None:
    """Write the whole order's tax, by rate, on its first line, and none on the others."""
    taxed: list[Line | ShippingLine] = [*order.lines, *order.shipping]
    sums: dict[tuple[str, Decimal], Tax] = {}
    for tax in (tax for one in taxed for tax in one.taxes):
        known = sums.get((tax.title, tax.rate))
        sums[tax.title, tax.rate] = tax if known is None else replace(known, amount=known.amount + tax.amount)
    for one in taxed:
        one.taxes = []
    order.lines[0].taxes = list(sums.values())


def rates_for(taxable: bool, own: Sequence[TaxSpec] | None, usual: Sequence[TaxSpec]) -> Sequence[TaxSpec]:
    """The line's own taxes if it has any opinion, else the order's."""
    if own is not None:
        return own
    return usual if taxable else ()


def _extras(spec: OrderSpec, order: Order, desk: Desk) -> None:
    currencies = order.currencies
    for fee in spec.fees:
        price = currencies.priced(fee.price)
        taxes = taxes_on(price, fee.taxes, currencies, included=order.taxes_included)
        order.fees.append(AdditionalFee(desk.numbers.next(), fee.name, price, tuple(taxes)))
    if spec.tip is not None:
        _leave_tip(order, currencies.priced(spec.tip), spec.tip_as_line, desk)
    if any(line.duties for line in order.lines):
        order.original_duties = total([duty.price for line in order.lines for duty in line.duties])
    if order.fees:
        order.original_fees = total([fee.price for fee in order.fees])


def _leave_tip(order: Order, amount: Bag, as_line: bool, desk: Desk) -> None:
    order.tip = amount
    order.tip_line = Line(
        id=desk.numbers.next(),
        title="Tip",
        quantity=1,
        unit_price=amount,
        tip=True,
        taxable=False,
        requires_shipping=False,
    )
    if as_line:
        order.lines.append(order.tip_line)


def _first_agreement(order: Order, desk: Desk) -> Agreement:
    books = Bookkeeper(order, desk.numbers)
    sales: list[Sale] = []
    for line in order.lines:
        sales += books.sold_line(line)
    sales += [books.sold_shipping(line) for line in order.shipping]
    sales += [books.sold_fee(fee) for fee in order.fees]
    if order.tip_line is not None and order.tip_line not in order.lines:
        sales.append(books.sold_tip(order.tip_line, order.tip))
    return Agreement(desk.numbers.next(), "ORDER", order.processed_at, tuple(sales))


def net_terms(order: Order, days: int, desk: Desk) -> None:
    """Let the buyer pay later: net so many days, or on receipt for -1."""
    receipt = days < 0
    due = None if receipt else order.processed_at + timedelta(days=days)
    order.terms = Terms(
        id=desk.numbers.next(),
        name="Due on receipt" if receipt else f"Net {days}",
        type="RECEIPT" if receipt else "NET",
        due_in_days=None if receipt else days,
        schedules=[Schedule(desk.numbers.next(), order.processed_at, due)],
    )


def pay(order: Order, payment: PaymentSpec, desk: Desk) -> Transaction | None:
    """Record a payment, an authorisation, a capture, or change given back.

    Nothing happens when there is nothing left to pay, or money is owed to the buyer, and no amount is named.
    """
    amount = _payment_amount(order, payment)
    if amount.presentment <= 0 and payment.amount is None:
        return None
    entry = Transaction(
        id=desk.numbers.next(),
        kind=payment.kind,
        status=payment.status,
        gateway=payment.gateway,
        amount=amount,
        created_at=desk.now,
        processed_at=desk.now,
        parent=_parent_of(order, payment.kind),
        test=order.test,
        manual=payment.gateway in MANUAL_GATEWAYS,
        rounding=None if payment.rounding is None else order.currencies.paid(payment.rounding),
        fees=_fees(payment, amount),
        expires_at=desk.now + timedelta(days=7) if payment.kind == "AUTHORIZATION" else None,
    )
    order.transactions.append(entry)
    if payment.gateway not in order.gateways:
        order.gateways.append(payment.gateway)
    _settle_schedules(order, desk.now)
    return entry


def _payment_amount(order: Order, payment: PaymentSpec) -> Bag:
    open_now = totals.outstanding(order)
    if payment.kind == "CAPTURE":
        left = totals.capturable(order)
        if payment.amount is None or payment.amount == left.presentment:
            return left
    rounding = Decimal(0) if payment.rounding is None else payment.rounding
    if payment.amount is None:
        return open_now + order.currencies.paid(rounding if order.readings.rounding_in_amount else Decimal(0))
    if payment.amount == open_now.presentment and payment.rate is None:
        return open_now
    return order.currencies.paid(payment.amount, payment.rate)


def _parent_of(order: Order, kind: str) -> int | None:
    wanted = {"CAPTURE": "AUTHORIZATION", "VOID": "AUTHORIZATION", "CHANGE": "SALE"}.get(kind)
    parents = [entry.id for entry in order.transactions if entry.kind == wanted]
    return parents[-1] if parents else None


def _fees(payment: PaymentSpec, amount: Bag) -> tuple[tuple[str, Decimal, Decimal], ...]:
    if payment.fee is None:
        return ()
    return (("Processing fee", Decimal("0.029"), payment.fee),)


def _settle_schedules(order: Order, now: datetime) -> None:
    if order.terms and totals.outstanding(order).presentment <= 0:
        for schedule in order.terms.schedules:
            schedule.completed_at = schedule.completed_at or now


def void(order: Order, desk: Desk) -> list[Transaction]:
    """Give up every authorisation that is still open."""
    voided = []
    for entry in list(order.transactions):
        left = totals.left_to_capture(order, entry)
        if entry.kind == "AUTHORIZATION" and entry.succeeded and left.presentment:
            voided.append(
                Transaction(
                    id=desk.numbers.next(),
                    kind="VOID",
                    status="SUCCESS",
                    gateway=entry.gateway,
                    amount=left,
                    created_at=desk.now,
                    processed_at=desk.now,
                    parent=entry.id,
                    test=order.test,
                )
            )
    order.transactions += voided
    return voided


def fulfil(order: Order, desk: Desk, location_id: int | None) -> Fulfillment:
    """Send everything that has not been sent and not been taken back."""
    sent: list[tuple[int, int, int]] = []
    for line in order.lines:
        left = current_quantity(order, line) - line.fulfilled
        if left > 0 and not line.tip:
            line.fulfilled += left
            sent.append((desk.numbers.next(), line.id, left))
    name = f"{order.name}-F{len(order.fulfillments) + 1}"
    fulfillment = Fulfillment(desk.numbers.next(), name, desk.now, location_id, sent)
    order.fulfillments.append(fulfillment)
    return fulfillment


def current_quantity(order: Order, line: Line) -> int:
    """Units of *line* that were neither removed nor given back."""
    subject = ("LineItem", line.id)
    if line.tip:
        return 1 if total([sale.amount for sale in order.sales if sale.subject == subject]) else 0
    return sum(sale.quantity or 0 for sale in order.sales if sale.subject == subject)
