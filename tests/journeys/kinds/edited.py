"""Orders that are edited, or whose goods are exchanged: in place while nobody paid, by difference afterwards."""

from __future__ import annotations

from dataclasses import replace

from tests.journeys.kinds.stock import CUP, POT, TEA, TWO_TEAS, UNPAID, D, bought
from tests.journeys.kinds.telling import CreditNote, Invoice, Line, Payment, Scene, Story, books, cash, kind_of_order

from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec, ReturnSpec


@kind_of_order("edited up before payment")
def up_before(scene: Scene) -> Story:
    """A cup is added to an unpaid order: the invoice is brought up to date in place."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.edit(order, EditSpec(add=(CUP,)))
    lines = (Line("Tea", "10.00", "MwSt 19"), Line("Cup", "9.00", "MwSt 19"))
    yield books(order, Invoice("22.61", tax="3.61", owed="22.61", lines=lines))
    scene.shop.pay(order)
    yield books(order, Invoice("22.61", tax="3.61", lines=lines), Payment("22.61"))


@kind_of_order("edited down before payment")
def down_before(scene: Scene) -> Story:
    order = bought(scene.shop, TWO_TEAS, payments=UNPAID)
    yield books(order, Invoice("23.80", tax="3.80", owed="23.80"))
    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90", lines=(Line("Tea", "10.00"),)))
    scene.shop.pay(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


@kind_of_order("edited up after payment")
def up_after(scene: Scene) -> Story:
    """A paid invoice stays as it is: a second one says what was added."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.edit(order, EditSpec(add=(CUP,)))
    yield books(order, Invoice("11.90", tax="1.90"), Invoice("10.71", tax="1.71", owed="10.71"), Payment("11.90"))
    scene.shop.pay(order)
    yield books(order, Invoice("11.90", tax="1.90"), Invoice("10.71", tax="1.71"), Payment("11.90"), Payment("10.71"))


@kind_of_order("edited down after payment")
def down_after(scene: Scene) -> Story:
    """The customer keeps a credit of one tea."""
    order = bought(scene.shop, TWO_TEAS)
    yield books(order, Invoice("23.80", tax="3.80"), Payment("23.80"))
    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield books(
        order,
        Invoice("23.80", tax="3.80"),
        Payment("23.80"),
        CreditNote("11.90", tax="1.90", open="11.90", lines=(Line("Tea", "10.00", "MwSt 19"),)),
    )


@kind_of_order("edited down then paid back")
def down_then_back(scene: Scene) -> Story:
    """Money without goods uses the credit that the edit left; nothing is given as goodwill."""
    order = bought(scene.shop, TWO_TEAS)
    yield books(order, Invoice("23.80", tax="3.80"), Payment("23.80"))
    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield books(order, Invoice("23.80", tax="3.80"), Payment("23.80"), CreditNote("11.90", tax="1.90", open="11.90"))
    scene.shop.refund(order, RefundSpec(amount=D("11.90")))
    yield books(
        order,
        Invoice("23.80", tax="3.80"),
        Payment("23.80"),
        CreditNote("11.90", tax="1.90", paid_out=cash("11.90")),
    )


@kind_of_order("one refund out of two credits")
def out_of_two_credits(scene: Scene) -> Story:
    """One transaction of 22.61 empties the refund's own credit and the edit's, and is not paid again when looked at."""
    order = bought(scene.shop, TWO_TEAS, CUP)
    yield books(order, Invoice("34.51", tax="5.51"), Payment("34.51"))
    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield books(order, Invoice("34.51", tax="5.51"), Payment("34.51"), CreditNote("11.90", tax="1.90", open="11.90"))
    scene.shop.refund(order, RefundSpec(lines=((1, 1),), amount=D("22.61")))
    said = books(
        order,
        Invoice("34.51", tax="5.51"),
        Payment("34.51"),
        CreditNote("11.90", tax="1.90", paid_out=cash("11.90")),
        CreditNote("10.71", tax="1.71", paid_out=cash("10.71")),
    )
    yield said
    scene.shop.tag(order, "looked-at-again")
    yield said


@kind_of_order("swap edit")
def swap(scene: Scene) -> Story:
    """Tea out, a cup in: 10.71 more, 11.90 less, and the credit pays the cup; 1.19 is left."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.edit(order, EditSpec(add=(CUP,), quantities=((0, 0),)))
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Invoice("10.71", tax="1.71", status="paid"),
        Payment("11.90"),
        CreditNote("11.90", tax="1.90", open="1.19"),
    )


@kind_of_order("edited with a discount")
def edited_discount(scene: Scene) -> Story:
    """2.00 off a paid tea: a credit of 2.00 + 0.38."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.edit(order, EditSpec(discounts=((0, D("2.00")),)))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"), CreditNote("2.38", tax="0.38", open="2.38"))


@kind_of_order("refund of an edited order")
def refund_edited(scene: Scene) -> Story:
    """A cup is added and paid, and comes back: the credit stands on the cup's own invoice."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.edit(order, EditSpec(add=(CUP,)))
    scene.shop.pay(order)
    yield books(order, Invoice("11.90", tax="1.90"), Invoice("10.71", tax="1.71"), Payment("11.90"), Payment("10.71"))
    scene.shop.refund(order, RefundSpec(lines=((1, 1),)))
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Invoice("10.71", tax="1.71"),
        Payment("11.90"),
        Payment("10.71"),
        CreditNote("10.71", tax="1.71", paid_out=cash("10.71"), lines=(Line("Cup", "9.00", "MwSt 19"),)),
    )


@kind_of_order("exchange up")
def exchange_up(scene: Scene) -> Story:
    """A cup against a pot: 57.12 more, 10.71 less; the credit pays its part, the customer the rest."""
    order = bought(scene.shop, CUP)
    scene.shop.fulfil(order)
    yield books(order, Invoice("10.71", tax="1.71"), Payment("10.71"))
    scene.shop.give_back(order, ReturnSpec(lines=((0, 1),), exchange=(POT,)))
    yield books(
        order,
        Invoice("10.71", tax="1.71"),
        Invoice("57.12", tax="9.12", owed="46.41"),
        Payment("10.71"),
        CreditNote("10.71", tax="1.71"),
    )
    scene.shop.pay(order)
    yield books(
        order,
        Invoice("10.71", tax="1.71"),
        Invoice("57.12", tax="9.12"),
        Payment("10.71"),
        Payment("46.41"),
        CreditNote("10.71", tax="1.71"),
    )


@kind_of_order("exchange down")
def exchange_down(scene: Scene) -> Story:
    """A pot against a cup: 46.41 goes back."""
    order = bought(scene.shop, POT)
    scene.shop.fulfil(order)
    yield books(order, Invoice("57.12", tax="9.12"), Payment("57.12"))
    scene.shop.give_back(order, ReturnSpec(lines=((0, 1),), exchange=(replace(CUP),)))
    yield books(
        order,
        Invoice("57.12", tax="9.12"),
        Invoice("10.71", tax="1.71"),
        Payment("57.12"),
        CreditNote("57.12", tax="9.12", paid_out=cash("46.41")),
    )
