"""How an order is paid: gateways, parts, promises, cash at the counter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.journeys.kinds.stock import AT_THE_COUNTER, TEA, UNPAID, D, bought, paid_with, somebody
from tests.journeys.kinds.telling import CreditNote, Invoice, Line, Payment, Scene, Story, books, kind_of_order

from ml_connector.sandbox.shopify.catalogue import taxes_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import LineSpec, OrderSpec, PaymentSpec

BERLIN = ZoneInfo("Europe/Berlin")


@kind_of_order("gift card used")
def gift_card_used(scene: Scene) -> Story:
    """10.00 of 35.70 with a gift card: its clearing account, not the bank."""
    three = LineSpec(title="Tea", price=D("10.00"), quantity=3)
    order = bought(scene.shop, three, payments=paid_with(("gift_card", "10.00"), ("shopify_payments", None)))
    yield books(order, Invoice("35.70", tax="5.70"), Payment("10.00", "Gift Card Clearing"), Payment("25.70"))


@kind_of_order("store credit")
def store_credit(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, payments=paid_with(("shopify_store_credit", "5.00"), ("shopify_payments", None)))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("5.00", "Store Credit Clearing"), Payment("6.90"))


@kind_of_order("two gateways")
def two_gateways(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, payments=paid_with(("paypal", "6.50"), ("shopify_payments", None)))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("6.50", "PayPal"), Payment("5.40"))


@kind_of_order("partial payment then rest")
def partial_then_rest(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, payments=paid_with(("manual", "5.00")))
    yield books(order, Invoice("11.90", tax="1.90", owed="6.90", status="partially_paid"), Payment("5.00", "Main Bank"))
    scene.shop.pay(order, PaymentSpec("manual"))
    yield books(
        order,
        Invoice("11.90", tax="1.90", status="paid"),
        Payment("5.00", "Main Bank"),
        Payment("6.90", "Main Bank"),
    )


@kind_of_order("authorised only")
def authorised_only(scene: Scene) -> Story:
    """Money that is reserved has not come."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec(kind="AUTHORIZATION"),))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90", status="sent"))


@kind_of_order("captured in parts")
def captured_in_parts(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, payments=(PaymentSpec(kind="AUTHORIZATION"),))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.capture(order, D("5.00"))
    yield books(order, Invoice("11.90", tax="1.90", owed="6.90"), Payment("5.00"))
    scene.shop.capture(order)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("5.00"), Payment("6.90"))


@kind_of_order("pay later (net terms)")
def net_terms(scene: Scene) -> Story:
    """Due in thirty days, and paid into the bank."""
    order = bought(scene.shop, TEA, payments=UNPAID, terms_days=30)
    due = (order.processed_at + timedelta(days=30)).astimezone(BERLIN).date().isoformat()
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90", due=due))
    scene.shop.pay(order, PaymentSpec("Bank Deposit"))
    yield books(order, Invoice("11.90", tax="1.90", status="paid", due=due), Payment("11.90", "Main Bank"))


@kind_of_order("manual payment")
def manual_payment(scene: Scene) -> Story:
    """A payment that is only expected posts nothing."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec("Cash on Delivery (COD)", status="PENDING"),))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    scene.shop.pay(order, PaymentSpec("Cash on Delivery (COD)"))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90", "Petty Cash"))


@kind_of_order("failed payment then paid")
def failed_then_paid(scene: Scene) -> Story:
    payments = (PaymentSpec(status="FAILURE", amount=D("1.00")), PaymentSpec())
    order = bought(scene.shop, TEA, payments=payments)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


@kind_of_order("paid before created")
def paid_before_created(scene: Scene) -> Story:
    """Only the payment is announced; the order is read fresh all the same."""
    order = bought(scene.shop, TEA, silent=True)
    scene.shop.announce_again("ORDERS_PAID", order.id)
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


@kind_of_order("draft order completed")
def draft_completed(scene: Scene) -> Story:
    """An offer that was accepted, and paid later."""
    shop = scene.shop
    order = shop.complete(shop.offer(OrderSpec((TEA,), customer=somebody("DE"), taxes=taxes_in("DE"))))
    yield books(order, Invoice("11.90", tax="1.90", owed="11.90"))
    shop.pay(order, PaymentSpec("manual"))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90", "Main Bank"))


@kind_of_order("subscription")
def subscription(scene: Scene) -> Story:
    box = LineSpec(title="Tea of the month", price=D("10.00"), selling_plan="Monthly")
    order = bought(scene.shop, box, source_name="subscription_contract", app=(2_000_003, "Subscriptions"))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))


# At the counter


def over_the_counter(shop: Shop) -> Order:
    """Tea for 137.50 kronor, still to be paid."""
    return bought(
        shop, TEA, country="SE", presentment_currency="SEK", rate=D(11), payments=UNPAID,
        source_name="pos", channel="pos", location="Flagship store",
    )  # fmt: skip


@kind_of_order("POS with rounding of cash")
def cash_rounding(scene: Scene) -> Story:
    """137.50 kronor are paid with 138: the invoice says so beside its tax."""
    shop = scene.shop
    order = over_the_counter(shop)
    shop.pay(order, PaymentSpec("cash", rounding=D("0.50")))
    yield books(
        order,
        Invoice("138.00", tax="27.50", adjustment=("0.50", "Cash rounding")),
        Payment("138.00", "Petty Cash"),
    )


@kind_of_order("POS with rounding of cash, twice")
def cash_rounded_twice(scene: Scene) -> Story:
    """A deposit of 100.30 is 100 kronor in coins; the rest, 37.20, is 37: each is told where it still can be."""
    shop = scene.shop
    order = over_the_counter(shop)
    shop.pay(order, PaymentSpec("cash", D("100.00"), rounding=D("-0.30")))
    shown = Invoice("137.20", tax="27.50", adjustment=("-0.30", "Cash rounding"), owed="37.20")
    yield books(order, shown, Payment("100.00", "Petty Cash"))
    shop.pay(order, PaymentSpec("cash", rounding=D("-0.20")))
    yield books(
        order,
        replace(shown, owed="0.00"),
        Payment("100.00", "Petty Cash"),
        Payment("37.00", "Petty Cash"),
        CreditNote("0.20", lines=(Line("Cash rounding", "0.20", "none", "Rounding"),)),
    )


@kind_of_order("POS with change")
def cash_change(scene: Scene) -> Story:
    """Fifty given, 38.10 back: 11.90 is in the drawer."""
    order = bought(scene.shop, TEA, payments=UNPAID, **AT_THE_COUNTER)
    scene.shop.pay(order, PaymentSpec("cash", D("50.00")))
    scene.shop.pay(order, PaymentSpec("cash", D("38.10"), kind="CHANGE"))
    yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90", "Petty Cash"))
