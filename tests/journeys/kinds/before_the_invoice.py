"""Books in dollars, whose policy makes an invoice when its order is paid: money that comes first is a deposit."""

from __future__ import annotations

from dataclasses import replace

from tests.journeys.kinds.stock import TEA, UNPAID, D, bought
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
    paid_first,
)

from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.spec import PaymentSpec

WAITS = "waits_until_paid"


@paid_first("base differs from both")
def base_differs(scene: Scene) -> Story:
    """Charged in francs by a shop in euros for books in dollars: 10.00 € = 9.50 Fr = 10.85 $."""
    order = bought(scene.shop, TEA, taxes=(), country="CH", presentment_currency="CHF", rate=D("0.95"))
    yield books(order, Invoice("9.50", rate="1.142105"), Payment("9.50", rate="1.142105"))


@paid_first("unpaid waits")
def unpaid_waits(scene: Scene) -> Story:
    """Nothing is owed in the books before the order is paid, and the order says so."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, waits=WAITS, says="The invoice is made when the order is paid in full")
    scene.shop.pay(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


@paid_first("paid in two parts")
def paid_in_parts(scene: Scene) -> Story:
    """The first half waits unapplied, on its own day; with the second the invoice comes and takes both."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec("manual", D("5.00")),))
    yield books(order, Payment("5.00", "Main Bank", unused="5.00"), waits=WAITS)
    scene.shop.pay(order, PaymentSpec("manual"))
    yield books(
        order,
        Invoice("11.90", tax="1.90", status="paid"),
        Payment("5.00", "Main Bank"),
        Payment("6.90", "Main Bank"),
    )


@paid_first("deposit returned before invoicing")
def deposit_returned(scene: Scene) -> Story:
    """Half paid, given up, paid back: the payment's own refund; no invoice, no credit note."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec("manual", D("5.00")),))
    yield books(order, Payment("5.00", "Main Bank", unused="5.00"), waits=WAITS)
    scene.shop.cancel(order)
    yield books(order, Payment("5.00", "Main Bank", paid_out=cash("5.00", "Main Bank")))


@paid_first("goodwill before the invoice")
def goodwill_first(scene: Scene) -> Story:
    """1.00 goes back out of the first half, for the trouble: an allowance on the invoice, and nothing is owed."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec("manual", D("5.00")),))
    yield books(order, Payment("5.00", "Main Bank", unused="5.00"), waits=WAITS)
    scene.shop.refund(order, RefundSpec(amount=D("1.00"), gateway="manual"))
    first = Payment("5.00", "Main Bank", unused="4.00", paid_out=cash("1.00", "Main Bank"))
    yield books(order, first, waits=WAITS)
    scene.shop.pay(order, PaymentSpec("manual"))
    yield books(
        order,
        Invoice("11.90", tax="1.90", status="paid"),
        replace(first, unused="0.00"),
        Payment("6.90", "Main Bank"),
        CreditNote("1.00", lines=(Line("Allowance", "1.00", "none", "Allowances"),)),
    )


@paid_first("cancelled before anything came")
def cancelled_before(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, waits=WAITS)
    scene.shop.cancel(order)
    yield excluded(order, "cancelled_unpaid", "nothing was paid")
