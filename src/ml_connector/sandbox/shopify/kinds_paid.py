"""Kinds of order that differ in who buys, how it is paid, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from ml_connector.sandbox.shopify.catalogue import person_in, taxes_in
from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.model import Address, Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import CustomerSpec, LineSpec, OrderSpec, PaymentSpec, ShippingSpec
from ml_connector.sandbox.shopify.stories import UNPAID, buy, kind, some
from ml_connector.sandbox.shopify.totals import outstanding

GERMANY = Address(
    first_name="Kim",
    last_name="Beck",
    address1="Hauptstraße 1",
    city="Bremen",
    zip="28195",
    country="Germany",
    country_code="DE",
)


def _half(order: Order) -> Decimal:
    return (outstanding(order).presentment / 2).quantize(Decimal("0.01"))


@kind("gift card sold")
def gift_card_sold(shop: Shop) -> Iterator[Order]:
    """A gift card beside ordinary goods; it is not taxed."""
    yield buy(shop, LineSpec(sku="GIFT-50", gift_card=True), *some(shop), delivery="4.90")


@kind("gift card used")
def gift_card_used(shop: Shop) -> Iterator[Order]:
    """Ten paid with a gift card, the rest by card."""
    yield buy(
        shop,
        *some(shop, 2, 2),
        delivery="4.90",
        payments=(PaymentSpec("gift_card", Decimal("10.00")), PaymentSpec("shopify_payments")),
    )


@kind("store credit")
def store_credit(shop: Shop) -> Iterator[Order]:
    """Paid in part with store credit."""
    yield buy(
        shop,
        *some(shop, 2),
        payments=(PaymentSpec("shopify_store_credit", Decimal("5.00")), PaymentSpec("shopify_payments")),
    )


@kind("two gateways")
def two_gateways(shop: Shop) -> Iterator[Order]:
    """Part by PayPal, part by card."""
    yield buy(
        shop, *some(shop, 2, 2), payments=(PaymentSpec("paypal", Decimal("6.50")), PaymentSpec("shopify_payments"))
    )


@kind("partial payment then rest")
def partial_then_rest(shop: Shop) -> Iterator[Order]:
    """Half now, half later."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90", payments=UNPAID)
    shop.pay(order, PaymentSpec("manual", _half(order)))
    yield order
    shop.pay(order, PaymentSpec("manual"))
    yield order


@kind("authorised only")
def authorised_only(shop: Shop) -> Iterator[Order]:
    """Money reserved and not taken."""
    yield buy(shop, *some(shop, 2), delivery="4.90", payments=(PaymentSpec(kind="AUTHORIZATION"),))


@kind("captured in parts")
def captured_in_parts(shop: Shop) -> Iterator[Order]:
    """Reserved, then taken in two parts."""
    order = buy(shop, *some(shop, 2, 2), payments=(PaymentSpec(kind="AUTHORIZATION"),))
    yield order
    shop.capture(order, _half(order))
    yield order
    shop.capture(order)
    yield order


@kind("pay later (net terms)")
def net_terms(shop: Shop) -> Iterator[Order]:
    """Net 30, paid by bank transfer in the end."""
    order = buy(shop, *some(shop, 3, 2), delivery="4.90", payments=UNPAID, terms_days=30)
    yield order
    shop.pay(order, PaymentSpec("Bank Deposit"))
    yield order


@kind("manual payment")
def manual_payment(shop: Shop) -> Iterator[Order]:
    """Pay on delivery: pending first, marked as paid later."""
    order = buy(shop, *some(shop), delivery="4.90", payments=(PaymentSpec("Cash on Delivery (COD)", status="PENDING"),))
    yield order
    shop.pay(order, PaymentSpec("Cash on Delivery (COD)"))
    yield order


@kind("guest without e-mail")
def guest_without_email(shop: Shop) -> Iterator[Order]:
    """Nobody known; a delivery address is all there is."""
    yield buy(shop, *some(shop), customer=None, shipping_address=GERMANY, delivery="4.90")


@kind("guest with e-mail")
def guest_with_email(shop: Shop) -> Iterator[Order]:
    """An e-mail on the order and no customer."""
    yield buy(
        shop, *some(shop), customer=None, email="Guest.Kim@Example.com", shipping_address=GERMANY, delivery="4.90"
    )


@kind("walk-in")
def walk_in(shop: Shop) -> Iterator[Order]:
    """At the counter: no customer, no address, no e-mail."""
    yield buy(
        shop,
        *some(shop, 2),
        customer=None,
        source_name="pos",
        channel="pos",
        location="Flagship store",
        payments=(PaymentSpec("cash"),),
    )


@kind("returning customer")
def returning_customer(shop: Shop) -> Iterator[Order]:
    """The same buyer twice."""
    yield buy(shop, *some(shop), country="SE")
    yield buy(shop, *some(shop), country="SE", delivery="4.90")


@kind("company order")
def company_order(shop: Shop) -> Iterator[Order]:
    """A business buys on account with its own tax number and purchase order."""
    address = Address(
        first_name="Ines",
        last_name="Roth",
        company="Café Nord GmbH",
        address1="Kaistraße 3",
        city="Hamburg",
        zip="20457",
        country="Germany",
        country_code="DE",
    )
    contact = CustomerSpec("Ines", "Roth", "einkauf@cafe-nord.example", address=address)
    known = next((one for one in shop.company_locations.values() if one.tax_registration_id == "DE812345678"), None)
    location = known or shop.add_company("Café Nord GmbH", contact, address, tax_registration_id="DE812345678")
    order = buy(
        shop,
        *some(shop, 3, 12),
        customer=contact,
        company_location_id=location.id,
        po_number="PO-2026-118",
        payments=UNPAID,
        terms_days=14,
        delivery="9.90",
        shipping_address=address,
    )
    yield order
    shop.pay(order, PaymentSpec("Bank Deposit"))
    yield order


@kind("draft order completed")
def draft_completed(shop: Shop) -> Iterator[Order]:
    """An offer that was accepted: pending, then paid."""
    spec = OrderSpec(
        some(shop, 2), customer=person_in("DE"), taxes=taxes_in("DE"), shipping=(ShippingSpec(Decimal("4.90")),)
    )
    order = shop.complete(shop.offer(spec))
    yield order
    shop.pay(order, PaymentSpec("manual"))
    yield order


@kind("POS with rounding of cash")
def cash_rounding(shop: Shop) -> Iterator[Order]:
    """Swedish cash: the total has cents, the payment has none."""
    order = buy(
        shop,
        *some(shop, 2),
        country="SE",
        presentment_currency="SEK",
        rate=Decimal("11.237"),
        source_name="pos",
        channel="pos",
        location="Flagship store",
        payments=UNPAID,
    )
    due = outstanding(order).presentment
    rounded = due.quantize(Decimal(1))
    shop.pay(order, PaymentSpec("cash", rounding=rounded - due))
    yield order


@kind("POS with change")
def cash_change(shop: Shop) -> Iterator[Order]:
    """A large note, and change given back."""
    order = buy(
        shop, *some(shop), source_name="pos", channel="pos", location="Flagship store", customer=None, payments=UNPAID
    )
    due = outstanding(order).presentment
    given = (due // 50 + 1) * 50
    shop.pay(order, PaymentSpec("cash", given))
    shop.pay(order, PaymentSpec("cash", given - due, kind="CHANGE"))
    yield order


@kind("subscription")
def subscription(shop: Shop) -> Iterator[Order]:
    """The monthly box, renewed by an app."""
    yield buy(
        shop,
        LineSpec(sku="SUB-TEA-MONTH", selling_plan="Monthly"),
        country="DE",
        source_name="subscription_contract",
        app=(2_000_003, "Subscriptions"),
        delivery="3.90",
    )


@kind("test order")
def test_order(shop: Shop) -> Iterator[Order]:
    """The bogus gateway in test mode."""
    yield buy(shop, *some(shop), test=True, payments=(PaymentSpec("bogus"),))


@kind("failed payment then paid")
def failed_then_paid(shop: Shop) -> Iterator[Order]:
    """A declined card first."""
    yield buy(
        shop,
        *some(shop),
        delivery="4.90",
        payments=(PaymentSpec(status="FAILURE", amount=Decimal("1.00")), PaymentSpec()),
    )


@kind("paid before created")
def paid_before_created(shop: Shop) -> Iterator[Order]:
    """The payment is announced; the order's creation never is."""
    order = buy(shop, *some(shop), delivery="4.90", silent=True)
    shop.announce_again("ORDERS_PAID", order.id)
    yield order


@kind("refund before we ever saw the order")
def refund_first(shop: Shop) -> Iterator[Order]:
    """The first news of an order is its refund."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90", silent=True)
    shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield order


@kind("an order from before the connection")
def before_connection(shop: Shop) -> Iterator[Order]:
    """Placed weeks ago, touched today."""
    order = buy(shop, *some(shop, 2), delivery="4.90", silent=True, created_at=shop.clock() - timedelta(days=25))
    yield order
    shop.tag(order, "vip")
    yield order


@kind("refund of an order before the start date")
def refund_of_old(shop: Shop) -> Iterator[Order]:
    """An old order, refunded today."""
    order = buy(shop, *some(shop, 2), delivery="4.90", silent=True, created_at=shop.clock() - timedelta(days=40))
    yield order
    shop.refund(order)
    yield order


@kind("an order on the daylight-saving boundary")
def daylight_saving(shop: Shop) -> Iterator[Order]:
    """Between two and three on the last Sunday of October, the hour that comes twice."""
    now = shop.clock()
    sunday = now.replace(month=10, day=31, hour=0, minute=30, second=0, microsecond=0)
    sunday -= timedelta(days=(sunday.weekday() + 1) % 7)
    if sunday > now:
        sunday = sunday.replace(year=sunday.year - 1)
    yield buy(shop, *some(shop), processed_at=sunday)


@kind("an order in a locked period")
def locked_period(shop: Shop) -> Iterator[Order]:
    """Business of a month that the books have closed."""
    last_month = shop.clock().replace(day=1) - timedelta(days=3)
    yield buy(shop, *some(shop), processed_at=last_month, delivery="4.90")


@kind("just before midnight")
def before_midnight(shop: Shop) -> Iterator[Order]:
    """Yesterday in one time zone, today in another."""
    midnight = shop.clock().replace(hour=23, minute=30, second=0) - timedelta(days=1)
    yield buy(shop, *some(shop), processed_at=midnight)


@kind("two countries, one buyer")
def bought_from_elsewhere(shop: Shop) -> Iterator[Order]:
    """Lives in Germany, sends a present to France."""
    lyon = person_in("FR").address
    yield buy(
        shop,
        *some(shop),
        country="DE",
        shipping_address=lyon,
        billing_address=GERMANY,
        taxes=taxes_in("FR"),
        delivery="8.00",
    )
