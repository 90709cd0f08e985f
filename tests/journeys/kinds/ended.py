"""How orders end, and when they were: cancelled, deleted, archived, disputed; closed periods and odd hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.journeys.kinds.stock import TEA, UNPAID, bought
from tests.journeys.kinds.telling import (
    CreditNote,
    Invoice,
    Payment,
    Scene,
    Story,
    books,
    cash,
    held,
    kind_of_order,
)

from ml_connector.sandbox.shopify.spec import PaymentSpec


@kind_of_order("cancelled unpaid")
def cancelled_unpaid(scene: Scene) -> Story:
    """Nobody paid, and the invoice is of this month: void. The cancellation's own refund is no credit note."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.cancel(order)
    yield books(order, void=1)


@kind_of_order("cancelled while authorised")
def cancelled_authorised(scene: Scene) -> Story:
    """Money that was reserved and is let go was never there."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec(kind="AUTHORIZATION"),))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.cancel(order)
    yield books(order, void=1)


@kind_of_order("cancelled paid")
def cancelled_paid(scene: Scene) -> Story:
    """The refund's credit note does it."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.cancel(order)
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Payment("11.90"),
        CreditNote("11.90", tax="1.90", paid_out=cash("11.90")),
    )


@kind_of_order("cancelled paid, money kept")
def cancelled_kept(scene: Scene) -> Story:
    """Given up and not yet paid back: the customer has a credit."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.cancel(order, refund=False)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"), CreditNote("11.90", tax="1.90", open="11.90"))


@kind_of_order("deleted")
def deleted(scene: Scene) -> Story:
    """What Shopify no longer shows is not undone in Zoho unasked."""
    order = bought(scene.shop, TEA, payments=UNPAID)
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.delete(order)
    invoice = Invoice("11.90", tax="1.90", owed="11.90")
    yield held(order, "order_gone_after_posting", "Shopify no longer shows this order, and Zoho holds INV-", invoice)


@kind_of_order("archived")
def archived(scene: Scene) -> Story:
    order = bought(scene.shop, TEA)
    scene.shop.fulfil(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.archive(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


@kind_of_order("dispute")
def dispute(scene: Scene) -> Story:
    """The buyer's bank asks for the money back: nothing is posted until money moves."""
    order = bought(scene.shop, TEA)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
    scene.shop.dispute(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


# When


@kind_of_order("an order on the daylight-saving boundary")
def daylight_saving(scene: Scene) -> Story:
    """Half past midnight UTC on the Sunday that has two o'clock twice: that Sunday in Berlin."""
    last = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    order = bought(scene.shop, TEA, processed_at=last)
    yield books(order, Invoice("11.90", tax="1.90", dated="2025-10-26"), Payment("11.90"))


@kind_of_order("just before midnight")
def before_midnight(scene: Scene) -> Story:
    """Half past eleven in the evening UTC: the next day in Berlin, summer and winter."""
    evening = (scene.now - timedelta(days=1)).replace(hour=23, minute=30, second=0, microsecond=0)
    order = bought(scene.shop, TEA, processed_at=evening)
    day = (evening + timedelta(days=1)).date().isoformat()
    yield books(order, Invoice("11.90", tax="1.90", dated=day), Payment("11.90"))


@kind_of_order("cancelled in a locked period")
def cancelled_locked(scene: Scene) -> Story:
    """The invoice's month is closed: it is credited at the cancellation, and not voided."""
    order = bought(scene.shop, TEA, payments=UNPAID, processed_at=scene.last_month)
    day = scene.last_month.date().isoformat()
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90", dated=day))
    scene.close_last_month()
    scene.shop.cancel(order)
    today = scene.now.date().isoformat()
    yield books(order, Invoice("11.90", tax="1.90", dated=day), CreditNote("11.90", tax="1.90", dated=today))


@kind_of_order("an order in a locked period")
def locked_period(scene: Scene) -> Story:
    """Business of the month that was just closed: a person decides."""
    first = bought(scene.shop, TEA)
    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"))
    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"))
    order = bought(scene.shop, TEA, processed_at=scene.last_month)
    yield held(order, "period_locked", "closed")
