"""Goods and money that go back: credit notes tied to what was sold, cash out of the account it came into."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.journeys.kinds.stock import POT, TEA, TWO_TEAS, UNPAID, D, bought
from tests.journeys.kinds.telling import (
    CreditNote,
    Invoice,
    Line,
    Payment,
    Scene,
    Story,
    books,
    cash,
    excluded,
    held,
    kind_of_order,
)

from ml_connector.sandbox.shopify.changes import RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.spec import LineSpec, PaymentSpec

BEFORE_THE_START = datetime(2019, 12, 31, 22, 30, tzinfo=UTC)
"""Still 2019 in Berlin, where the books begin with 2020."""

A_PAID_TEA = (Invoice("11.90", tax="1.90"), Payment("11.90"))
A_PAID_POT = (Invoice("57.12", tax="9.12"), Payment("57.12"))
TWO_PAID_TEAS = (Invoice("23.80", tax="3.80"), Payment("23.80"))


@kind_of_order("full refund")
def full_refund(scene: Scene) -> Story:
    """Everything comes back, delivery too, and all of the money with it."""
    order = bought(scene.shop, TEA, delivery="5.00")
    yield books(order, Invoice("17.85", tax="2.85"), Payment("17.85"))
    scene.shop.refund(order)
    lines = (Line("Tea", "10.00", "MwSt 19", "Sales"), Line("Standard", "5.00", "MwSt 19"))
    yield books(
        order,
        Invoice("17.85", tax="2.85", status="paid"),
        Payment("17.85"),
        CreditNote("17.85", tax="2.85", paid_out=cash("17.85"), lines=lines),
    )


@kind_of_order("line refund")
def line_refund(scene: Scene) -> Story:
    """One of three, then another: a credit note each."""
    order = bought(scene.shop, LineSpec(title="Tea", price=D("10.00"), quantity=3))
    yield books(order, Invoice("35.70", tax="5.70"), Payment("35.70"))
    one = CreditNote("11.90", tax="1.90", paid_out=cash("11.90"), lines=(Line("Tea", "10.00", "MwSt 19"),))
    scene.shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield books(order, Invoice("35.70", tax="5.70"), Payment("35.70"), one)
    scene.shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield books(order, Invoice("35.70", tax="5.70"), Payment("35.70"), one, one)


@kind_of_order("shipping refund")
def shipping_refund(scene: Scene) -> Story:
    """It came late: 5.00 + 0.95, on the account that it was sold on."""
    order = bought(scene.shop, TEA, delivery="5.00")
    yield books(order, Invoice("17.85", tax="2.85"), Payment("17.85"))
    scene.shop.refund(order, RefundSpec(shipping="full"))
    yield books(
        order,
        Invoice("17.85", tax="2.85"),
        Payment("17.85"),
        CreditNote("5.95", tax="0.95", paid_out=cash("5.95"), lines=(Line("Standard", "5.00", "MwSt 19"),)),
    )


@kind_of_order("amount-only refund (goodwill)")
def goodwill(scene: Scene) -> Story:
    """Money for the trouble, and no goods: an allowance, with the tax that Shopify says, which is none."""
    order = bought(scene.shop, TEA)
    yield books(order, *A_PAID_TEA)
    scene.shop.refund(order, RefundSpec(amount=D("5.00")))
    lines = (Line("Allowance", "5.00", "none", "Allowances"),)
    yield books(order, *A_PAID_TEA, CreditNote("5.00", paid_out=cash("5.00"), lines=lines))


@kind_of_order("refund larger than the balance")
def refund_beyond(scene: Scene) -> Story:
    """A tea comes back for 15.00: 11.90 of goods, 3.10 of goodwill."""
    order = bought(scene.shop, TEA, POT)
    yield books(order, Invoice("69.02", tax="11.02"), Payment("69.02"))
    scene.shop.refund(order, RefundSpec(lines=((0, 1),), amount=D("15.00")))
    lines = (Line("Tea", "10.00", "MwSt 19"), Line("Allowance", "3.10", "none", "Allowances"))
    yield books(
        order,
        Invoice("69.02", tax="11.02"),
        Payment("69.02"),
        CreditNote("15.00", tax="1.90", paid_out=cash("15.00"), lines=lines),
    )


@kind_of_order("partly paid then partly refunded")
def partly_both(scene: Scene) -> Story:
    """85.68 of 114.24 paid, half the goods back: 28.56 goes out, 28.56 to what was still owed."""
    pots = LineSpec(title="Pot", price=D("48.00"), quantity=2)
    order = bought(scene.shop, pots, payments=(PaymentSpec("manual", D("85.68")),))
    yield books(order, Invoice("114.24", tax="18.24", owed="28.56"), Payment("85.68", "Main Bank"))
    scene.shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield books(
        order,
        Invoice("114.24", tax="18.24", status="paid"),
        Payment("85.68", "Main Bank"),
        CreditNote("57.12", tax="9.12", paid_out=cash("28.56", "Main Bank")),
    )


@kind_of_order("refund pending then settled")
def refund_pending(scene: Scene) -> Story:
    """The goods at once, the money when it moves; until then the credit waits for it."""
    order = bought(scene.shop, TWO_TEAS)
    yield books(order, *TWO_PAID_TEAS)
    record = scene.shop.refund(order, RefundSpec(lines=((0, 1),), pending=True))
    yield books(order, *TWO_PAID_TEAS, CreditNote("11.90", tax="1.90", open="11.90"))
    scene.shop.settle_refund(order, record)
    yield books(order, *TWO_PAID_TEAS, CreditNote("11.90", tax="1.90", paid_out=cash("11.90")))


@kind_of_order("refund to gift card")
def refund_to_gift_card(scene: Scene) -> Story:
    """What was paid by card is owed from now on."""
    yield from _given_back_as(scene, "gift_card", "Gift Card Clearing")


@kind_of_order("refund to store credit")
def refund_to_store_credit(scene: Scene) -> Story:
    """The same, to the customer's own account."""
    yield from _given_back_as(scene, "shopify_store_credit", "Store Credit Clearing")


def _given_back_as(scene: Scene, gateway: str, account: str) -> Story:
    order = bought(scene.shop, TEA)
    yield books(order, *A_PAID_TEA)
    scene.shop.refund(order, RefundSpec(lines=((0, 1),), gateway=gateway))
    yield books(order, *A_PAID_TEA, CreditNote("11.90", tax="1.90", paid_out=cash("11.90", account)))


@kind_of_order("return fee")
def return_fee(scene: Scene) -> Story:
    """6.00 are kept for the parcel, without tax as Shopify says: an invoice of its own, paid by the credit."""
    order = bought(scene.shop, POT)
    scene.shop.fulfil(order)
    yield books(order, *A_PAID_POT)
    scene.shop.give_back(order, ReturnSpec(lines=((0, 1),), fee=D("6.00")))
    yield books(
        order,
        Invoice("57.12", tax="9.12"),
        Invoice("6.00", lines=(Line("Fee", "6.00", "MwSt 0", "Fees"),)),
        Payment("57.12"),
        CreditNote("57.12", tax="9.12", paid_out=cash("51.12")),
    )


@kind_of_order("restocking without a fee line")
def restocking(scene: Scene) -> Story:
    """5.00 less than the goods cost, and the ledger says so: kept as a fee."""
    order = bought(scene.shop, POT)
    yield books(order, *A_PAID_POT)
    scene.shop.refund(order, RefundSpec(lines=((0, 1),), amount=D("52.12")))
    yield books(
        order,
        Invoice("57.12", tax="9.12"),
        Invoice("5.00", lines=(Line("Fee", "5.00", None, "Fees"),)),
        Payment("57.12"),
        CreditNote("57.12", tax="9.12", paid_out=cash("52.12")),
    )


@kind_of_order("restock without refund")
def restock_only(scene: Scene) -> Story:
    """The goods are back and the money is not: the customer has a credit."""
    order = bought(scene.shop, TWO_TEAS)
    scene.shop.fulfil(order)
    yield books(order, *TWO_PAID_TEAS)
    scene.shop.give_back(order, ReturnSpec(lines=((0, 1),), settle=False))
    yield books(order, *TWO_PAID_TEAS, CreditNote("11.90", tax="1.90", open="11.90"))


@kind_of_order("refund before we ever saw the order")
def refund_first(scene: Scene) -> Story:
    """The first news of an order is its refund: everything that came before is told with it."""
    order = bought(scene.shop, TWO_TEAS, silent=True)
    scene.shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield books(order, *TWO_PAID_TEAS, CreditNote("11.90", tax="1.90", paid_out=cash("11.90")))


@kind_of_order("an order from before the connection")
def before_connection(scene: Scene) -> Story:
    """Half past eleven in Berlin on the last evening before the start date: touched today, and left alone."""
    order = bought(scene.shop, TEA, silent=True, created_at=BEFORE_THE_START)
    scene.shop.tag(order, "vip")
    yield excluded(order, "before_start_date", "Processed before 2020-01-01")


@kind_of_order("refund of an order before the start date")
def refund_of_old(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, silent=True, created_at=BEFORE_THE_START)
    scene.shop.refund(order)
    yield held(order, "orphan_refund", "on an order that we did not invoice")


@kind_of_order("an amount of zero goods and no money")
def nothing_back(scene: Scene) -> Story:
    """A refund without goods and without money is no document."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.refund(order, RefundSpec(amount=D("0.00")))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
