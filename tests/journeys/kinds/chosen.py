"""Policies other than the default: what an operator may choose, and what the books hold then."""

from __future__ import annotations

from tests.journeys.kinds.refunded import BEFORE_THE_START
from tests.journeys.kinds.stock import AT_THE_COUNTER, MWST_19, TEA, UNPAID, D, bought
from tests.journeys.kinds.telling import (
    CreditNote,
    Invoice,
    Line,
    Payment,
    Scene,
    Shelf,
    Story,
    books,
    cash,
    held,
)
from tests.journeys.world import Documents, World, mark_of

from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.spec import FeeSpec, PaymentSpec, ShippingSpec

FULFILLED = {
    "post_when": "fulfilled",
    "currency": "shop",
    "shipping": "shipping_charge",
    "goodwill_tax": "proportional",
    "cancel_unpaid": "credit_note",
    "invoice_number": "order",
    "invoice_number_prefix": "WEB-",
    "walk_in": "own",
}
DRAFTS = {
    "invoice_state": "draft",
    "tax": "lines",
    "locked_period": "next_open_day",
    "orphan_refund": "credit_note",
    "shipping_item": "SHIPPING",
}
when_fulfilled = Shelf()
"""Under `FULFILLED`."""
as_drafts = Shelf()
"""Under `DRAFTS`."""

UNTIL_FULFILLED = "waits_until_fulfilled"
UNTIL_APPROVED = "waits_for_approval"


@when_fulfilled("invoiced when it is sent")
def invoiced_when_sent(scene: Scene) -> Story:
    """Paid first, sent later: the payment waits, and the invoice that takes it has the order's number."""
    order = bought(scene.shop, TEA)
    yield books(order, Payment("11.90", unused="11.90"), waits=UNTIL_FULFILLED)
    scene.shop.fulfil(order)

    def numbered(world: World, found: Documents) -> None:
        assert found.invoice["invoice_number"] == f"WEB-{order.name.removeprefix('#')}"

    yield books(order, Invoice("11.90", tax="1.90", status="paid"), Payment("11.90"), also=numbered)


@when_fulfilled("delivery as Zoho's own charge")
def shipping_charge(scene: Scene) -> Story:
    """Delivery without tax stands beside the lines, and comes back as a line."""
    order = bought(scene.shop, TEA, shipping=(ShippingSpec(D("5.00"), taxes=()),))
    scene.shop.fulfil(order)
    yield books(order, Invoice("16.90", tax="1.90", lines=(Line("Tea", "10.00", "MwSt 19"),)), Payment("16.90"))
    scene.shop.refund(order, RefundSpec(shipping="full"))
    yield books(
        order,
        Invoice("16.90", tax="1.90"),
        Payment("16.90"),
        CreditNote("5.00", paid_out=cash("5.00"), lines=(Line("Standard", "5.00", "MwSt 0"),)),
    )


@when_fulfilled("delivery that bears tax is a line all the same")
def taxed_delivery(scene: Scene) -> Story:
    """So that its tax is right in every edition; and what stands behind it keeps its place: the fee comes back."""
    order = bought(scene.shop, TEA, delivery="5.00", fees=(FeeSpec("Gift wrap", D("2.00"), MWST_19),))
    scene.shop.fulfil(order)
    lines = (Line("Tea", "10.00"), Line("Standard", "5.00", "MwSt 19"), Line("Gift wrap", "2.00", "MwSt 19", "Fees"))
    yield books(order, Invoice("20.23", tax="3.23", lines=lines), Payment("20.23"))
    scene.shop.refund(order)

    def tied(world: World, found: Documents) -> None:
        sold = {line["name"]: line["line_item_id"] for line in found.invoice["line_items"]}
        (note,) = found.creditnotes
        assert {line["name"]: line["invoice_item_id"] for line in note["line_items"]} == sold

    yield books(
        order,
        Invoice("20.23", tax="3.23"),
        Payment("20.23"),
        CreditNote("20.23", tax="3.23", paid_out=cash("20.23"), lines=lines),
        also=tied,
    )


@when_fulfilled("goodwill with its share of tax")
def proportional_goodwill(scene: Scene) -> Story:
    """5.00 of an order at 19 %: 0.80 of it is tax."""
    order = bought(scene.shop, TEA)
    scene.shop.fulfil(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.refund(order, RefundSpec(amount=D("5.00")))
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Payment("11.90"),
        CreditNote("5.00", tax="0.80", paid_out=cash("5.00")),
    )


@when_fulfilled("cancelled unpaid, credited")
def cancelled_credited(scene: Scene) -> Story:
    """Where nothing is ever voided, a credit note takes the invoice back."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    scene.shop.fulfil(order)
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.cancel(order)
    yield books(order, Invoice("11.90", tax="1.90"), CreditNote("11.90", tax="1.90"))


@when_fulfilled("cancelled before it was sent")
def deposit_returned(scene: Scene) -> Story:
    """Paid, never sent, given up: the payment is returned by its own refund."""
    order = bought(scene.shop, TEA)
    yield books(order, Payment("11.90", unused="11.90"), waits=UNTIL_FULFILLED)
    scene.shop.cancel(order)
    yield books(order, Payment("11.90", paid_out=cash("11.90")))


@when_fulfilled("a walk-in customer of his own")
def own_walk_in(scene: Scene) -> Story:
    orders = [bought(scene.shop, TEA, **AT_THE_COUNTER) for _ in range(2)]
    for order in orders:
        scene.shop.fulfil(order)

    def two_contacts(world: World, found: Documents) -> None:
        (contact,) = world.contacts_of(found)
        assert mark_of(contact).startswith("contact:walk-in:gid://shopify/Order/")

    yield tuple(books(order, Invoice("11.90", tax="1.90"), Payment("11.90"), also=two_contacts) for order in orders)


@as_drafts("a draft that waits for approval")
def draft_waits(scene: Scene) -> Story:
    """The operator looks at each invoice first: the payment stays unapplied until then. Tax is a line of its own."""
    order = bought(scene.shop, TEA)
    lines = (Line("Tea", "10.00", "none", "Sales"), Line("MwSt", "1.90", "none", "Tax Payable"))
    draft = Invoice("11.90", owed="11.90", status="draft", lines=lines)
    yield books(order, draft, Payment("11.90", unused="11.90"), waits=UNTIL_APPROVED)
    scene.approve(order)
    scene.shop.tag(order, "looked-at-again")
    yield books(order, Invoice("11.90", status="paid", lines=lines), Payment("11.90"), compared=False)


@as_drafts("delivery is the item that the policy names")
def shipping_item(scene: Scene) -> Story:
    """The line has the catalogue's item and its account, and the words of the order."""
    order = bought(scene.shop, TEA, delivery="5.00", payments=UNPAID)

    def linked(world: World, found: Documents) -> None:
        tea, delivery, _ = found.invoice["line_items"]
        assert (tea["item_id"], delivery["name"]) == ("", "Standard")
        assert world.companies.organization.items[delivery["item_id"]].sku == "SHIPPING"

    yield books(order, Invoice("17.85", owed="17.85", status="draft"), waits=UNTIL_APPROVED, also=linked)


@as_drafts("a refund that waits for approval")
def refund_waits(scene: Scene) -> Story:
    """Credits wait with the draft, and follow it."""
    order = bought(scene.shop, TEA)
    yield books(
        order, Invoice("11.90", owed="11.90", status="draft"), Payment("11.90", unused="11.90"), waits=UNTIL_APPROVED
    )
    scene.shop.refund(order)
    yield books(
        order, Invoice("11.90", owed="11.90", status="draft"), Payment("11.90", unused="11.90"), waits=UNTIL_APPROVED
    )
    scene.approve(order)
    scene.shop.tag(order, "looked-at-again")
    yield books(
        order,
        Invoice("11.90", status="paid"),
        Payment("11.90"),
        CreditNote("11.90", paid_out=cash("11.90")),
    )


@as_drafts("an order in a closed period, dated on the next open day")
def next_open_day(scene: Scene) -> Story:
    """Its own day is in the notes."""
    scene.close_last_month()
    order = bought(scene.shop, TEA, payments=UNPAID, processed_at=scene.last_month)
    first = scene.now.date().replace(day=1).isoformat()

    def own_day(world: World, found: Documents) -> None:
        assert scene.last_month.date().isoformat() in found.invoice["notes"]

    yield books(order, Invoice("11.90", owed="11.90", status="draft", dated=first), waits=UNTIL_APPROVED, also=own_day)


@as_drafts("refund of an order that we did not invoice, as a credit note")
def orphan_refund(scene: Scene) -> Story:
    """The refund stands alone, with its money: the order itself is older than these books."""
    order = bought(scene.shop, TEA, silent=True, created_at=BEFORE_THE_START)
    scene.shop.refund(order)
    yield books(order, CreditNote("11.90", paid_out=cash("11.90")), compared=False)


@as_drafts("payment and refund of an order that we did not invoice")
def orphan_payment(scene: Scene) -> Story:
    """A credit note alone could not say that money came too, so a person decides."""
    order = bought(scene.shop, TEA, silent=True, created_at=BEFORE_THE_START, payments=UNPAID)
    scene.shop.pay(order, PaymentSpec("manual"))
    scene.shop.refund(order)
    yield held(order, "orphan_refund", "Something was refunded, paid or changed")
