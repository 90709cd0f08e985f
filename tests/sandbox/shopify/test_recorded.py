"""What a real shop answered, replayed: the same actions give the same amounts."""

from __future__ import annotations

from decimal import Decimal

from tests.sandbox.shopify.scene import Scene, a_line, a_scene, an_order

from ml_connector.sandbox.shopify import EditSpec, PaymentSpec, RefundSpec, ShippingSpec, TaxSpec
from ml_connector.sandbox.shopify.model import Order

UNPAID: tuple[PaymentSpec, ...] = ()


def amounts(scene: Scene, order: Order, *names: str) -> list[str]:
    view = scene.shop.order_view(order.id) or {}
    return [view[name]["shopMoney"]["amount"] for name in names]


def test_removing_a_unit_by_edit() -> None:
    # recorded on 2026-04: two units of 100.00 with 13 % tax, edited to one
    scene = a_scene(currency="CAD")
    line_tax = (TaxSpec("Line tax", Decimal("0.13")),)
    order = scene.shop.place_order(an_order(a_line("100.00", 2), taxes=line_tax, payments=UNPAID))

    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))

    assert amounts(scene, order, "subtotalPriceSet", "currentSubtotalPriceSet") == ["200.0", "100.0"]
    assert amounts(scene, order, "totalTaxSet", "currentTotalTaxSet") == ["26.0", "13.0"]
    assert amounts(scene, order, "totalPriceSet", "currentTotalPriceSet") == ["226.0", "113.0"]
    line = (scene.shop.order_view(order.id) or {})["lineItems"][0]
    assert (line["quantity"], line["currentQuantity"]) == (2, 1)
    assert line["taxLines"][0]["priceSet"]["shopMoney"]["amount"] == "26.0"  # of the original quantity


def test_discounting_a_line_by_edit() -> None:
    # recorded on 2026-04: one unit of 100.00, 20.00 off: both totals move
    scene = a_scene(currency="CAD")
    order = scene.shop.place_order(an_order(a_line("100.00"), taxes=(), payments=UNPAID))

    scene.shop.edit(order, EditSpec(discounts=((0, Decimal("20.00")),)))

    names = ("subtotalPriceSet", "currentSubtotalPriceSet", "totalPriceSet", "currentTotalPriceSet")
    assert amounts(scene, order, *names) == ["80.0"] * 4
    assert amounts(scene, order, "originalTotalPriceSet") == ["100.0"]


def test_refunding_a_unit_and_the_delivery() -> None:
    # recorded on 2025-01: two units of 10.00 and 5.00 delivery, one unit and the delivery back
    scene = a_scene(currency="CAD")
    delivery = (ShippingSpec(Decimal("5.00")),)
    spec = an_order(a_line("10.00", 2), taxes=(), shipping=delivery, payments=(PaymentSpec("manual"),))
    order = scene.shop.place_order(spec)

    refund = scene.shop.refund(order, RefundSpec(lines=((0, 1),), shipping="5.00"))

    view = scene.shop.order_view(order.id) or {}
    assert view["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert [(one["kind"], one["gateway"], one["amountSet"]["shopMoney"]["amount"]) for one in view["transactions"]] == [
        ("SALE", "manual", "25.0"),
        ("REFUND", "manual", "15.0"),
    ]
    assert refund.lines[0].subtotal.shop == Decimal("10.00")
    assert refund.adjustments == []


def test_cancelling_a_paid_order() -> None:
    # recorded on 2026-04: 20.00 paid by hand, cancelled with its money
    scene = a_scene(currency="CAD")
    order = scene.shop.place_order(an_order(a_line("10.00", 2), taxes=(), payments=(PaymentSpec("manual"),)))

    scene.shop.cancel(order, reason="OTHER")

    view = scene.shop.order_view(order.id) or {}
    assert (view["closed"], view["cancelReason"], view["displayFinancialStatus"]) == (True, "OTHER", "REFUNDED")
    names = ("totalOutstandingSet", "currentTotalPriceSet", "netPaymentSet", "totalReceivedSet", "totalRefundedSet")
    assert amounts(scene, order, *names) == ["0.0", "0.0", "0.0", "20.0", "20.0"]
