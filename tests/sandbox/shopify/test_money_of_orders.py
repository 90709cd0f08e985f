"""An order's amounts add up, on both sides, at every stage of every kind, and for any order at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sandbox.shopify.scene import a_scene

from ml_connector.sandbox.shopify import (
    DiscountSpec,
    DutySpec,
    FeeSpec,
    LineSpec,
    OrderSpec,
    RefundSpec,
    ShippingSpec,
    TaxSpec,
    totals,
)
from ml_connector.sandbox.shopify.kinds import KINDS, Story
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.money import NOTHING
from ml_connector.sandbox.shopify.shop import Shop

SIDES = ("shop_money", "presentment_money")


class Side:
    """One currency of a webhook body."""

    def __init__(self, body: Any, side: str) -> None:
        self.body = body
        self.side = side

    def __call__(self, owner: Any, name: str) -> Decimal:
        value = owner.get(f"{name}_set") or owner.get(name)
        return Decimal(0) if value is None else Decimal(value[self.side]["amount"])

    def sum(self, owners: Any, name: str) -> Decimal:
        return sum((self(one, name) for one in owners), Decimal(0))

    def allocated(self, lines: Any) -> Decimal:
        return sum((self.sum(line["discount_allocations"], "amount") for line in lines), Decimal(0))

    def taxed(self, owners: Any) -> Decimal:
        return sum((self.sum(one["tax_lines"], "price") for one in owners), Decimal(0))


def check_identities(order: Order, shop: Shop) -> None:
    """I1 to I6 of an order as it was sold. A tip that is a line is not added again."""
    body = shop.order_body(order.id)
    shown = shop.order_view(order.id) or {}
    lines, shipping = body["line_items"], [one for one in body["shipping_lines"] if not one["is_removed"]]
    duties = [duty for line in lines for duty in line["duties"]]
    for name in SIDES:
        side = Side(body, name)
        items = sum((side(line, "price") * line["quantity"] for line in lines), Decimal(0))
        allocated, off_shipping = side.allocated(lines), side.allocated(shipping)
        charged = sum((Decimal(duty[name]["amount"]) for duty in duties), Decimal(0))
        fees = Decimal(0)
        tax = side.taxed(lines) + side.taxed(shipping)
        if body["duties_included"]:
            charged = Decimal(0)
        else:
            tax += side.taxed(duties)
        for fee in shown["additionalFees"]:
            key = "shopMoney" if name == "shop_money" else "presentmentMoney"
            fees += Decimal(fee["price"][key]["amount"])
            tax += sum((Decimal(one["priceSet"][key]["amount"]) for one in fee["taxLines"]), Decimal(0))
        tip = Decimal(0)
        if order.tip_line is not None and order.tip_line not in order.lines:
            tip = order.tip.shop if name == "shop_money" else order.tip.presentment

        assert side(body, "total_line_items_price") == items  # I1
        assert side(body, "total_discounts") == allocated + off_shipping  # I2
        assert side(body, "subtotal_price") == items - allocated  # I3
        assert side(body, "total_shipping_price") == side.sum(shipping, "price")  # I4
        assert side.sum(shipping, "discounted_price") == side.sum(shipping, "price") - off_shipping
        assert side(body, "total_tax") == tax == side.sum(body["tax_lines"], "price")  # I5
        added = Decimal(0) if body["taxes_included"] else tax
        total = items - allocated + side.sum(shipping, "discounted_price") + added + tip + charged + fees
        assert side(body, "total_price") == total  # I6


def check_ledger(order: Order) -> None:
    """What the ledger says is what the order says, and money closes."""
    sold, current = totals.sold(order), totals.current(order)
    assert order.agreements[0].reason == "ORDER"
    assert sum((sale.amount for sale in order.agreements[0].sales), NOTHING) == order.original_total
    if not (order.edited or order.refunds or order.returns):
        assert (current.price, current.tax, current.subtotal) == (sold.price, sold.tax, sold.subtotal)
        assert current.discounts == sold.discounts
    rounding = totals.rounding(order, refunds=False) - totals.rounding(order, refunds=True)
    owed = current.price + rounding - totals.net_payment(order) + order.refunds_suggested_less
    assert totals.outstanding(order) == owed
    if not current.price.presentment:
        assert current.price == NOTHING
        assert current.tax == NOTHING


def check_refunds(order: Order) -> None:
    """Lines, delivery and duties, less what is explained, are the money, where all of it was paid."""
    for refund in order.refunds:
        moved = sum((order.transaction(one).amount for one in refund.transaction_ids
                     if order.transaction(one).succeeded), NOTHING)  # fmt: skip
        explained = sum((one.amount + one.tax for one in refund.adjustments), NOTHING)
        if refund.return_id is None:
            assert refund.suggested - explained == moved


@pytest.mark.parametrize("name", KINDS)
def test_the_identities_hold_at_every_stage_of(name: str) -> None:
    scene = a_scene(seed=3)
    story = Story.begin(scene.shop, name)
    while True:
        if story.order.id in scene.shop.orders:
            check_identities(story.order, scene.shop)
            check_ledger(story.order)
            check_refunds(story.order)
        if not story.next():
            break


cents = st.decimals("1.00", "999.99", places=2)
"""No smaller, and no discount between 90 and 100 %: else one currency can come to nothing and the other not."""
rates = st.sampled_from(["0", "0.055", "0.07", "0.09975", "0.19", "0.255"]).map(Decimal)
taxes = st.lists(st.builds(TaxSpec, st.sampled_from(["VAT", "GST", "PST"]), rates), max_size=3).map(tuple)
lines = st.builds(
    LineSpec,
    title=st.just("Thing"),
    price=cents,
    quantity=st.integers(1, 7),
    taxes=st.none() | taxes,
    duties=st.lists(st.builds(DutySpec, cents, taxes=taxes), max_size=1).map(tuple),
)
discounts = st.builds(
    DiscountSpec,
    title=st.just("OFF"),
    value=st.decimals("0.5", "90", places=1) | st.just(Decimal(100)),
    kind=st.sampled_from(["code", "automatic", "manual", "script"]),
    percentage=st.booleans(),
    target=st.sampled_from(["line_item", "shipping"]),
    each=st.booleans(),
)
specs = st.builds(
    OrderSpec,
    lines=st.lists(lines, min_size=1, max_size=6).map(tuple),
    taxes=taxes,
    taxes_included=st.booleans(),
    shipping=st.lists(st.builds(ShippingSpec, cents), max_size=2).map(tuple),
    discounts=st.lists(discounts, max_size=3).map(tuple),
    tip=st.none() | cents,
    tip_as_line=st.booleans(),
    fees=st.lists(st.builds(FeeSpec, st.just("Fee"), cents, taxes), max_size=1).map(tuple),
    duties_included=st.booleans(),
)
RATES = {"EUR": "1", "JPY": "163.4", "KWD": "0.3342", "USD": "1.0873"}


@st.composite
def any_order(draw: st.DrawFn) -> OrderSpec:
    currency = draw(st.sampled_from(sorted(RATES)))
    return replace(draw(specs), presentment_currency=currency, rate=Decimal(RATES[currency]))


@settings(max_examples=150)
@given(any_order())
def test_the_identities_hold_for_any_order(spec: OrderSpec) -> None:
    shop = a_scene().shop

    order = shop.place_order(spec)

    check_identities(order, shop)
    check_ledger(order)


@settings(max_examples=100)
@given(any_order(), st.data())
def test_units_given_back_one_by_one_come_to_exactly_what_was_sold(spec: OrderSpec, data: st.DataObject) -> None:
    shop = a_scene().shop
    order = shop.place_order(spec)

    for position, line in enumerate(list(order.lines)):
        left = line.quantity
        while left:
            units = data.draw(st.integers(1, left))
            shop.refund(order, RefundSpec(lines=((position, units),)))
            check_ledger(order)
            left -= units
    shop.refund(order)

    assert totals.current(order).price == NOTHING
    assert totals.outstanding(order) == NOTHING
    check_refunds(order)
