"""Kinds of order to which something happens afterwards: edits, refunds, returns, cancellations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import CustomerSpec, DiscountSpec, LineSpec, PaymentSpec
from ml_connector.sandbox.shopify.stories import UNPAID, buy, kind, some
from ml_connector.sandbox.shopify.totals import outstanding, received

CUP = LineSpec(sku="CUP-CLAY-S")


@kind("edited up before payment")
def up_before(shop: Shop) -> Iterator[Order]:
    """A cup is added before anything was paid."""
    order = buy(shop, *some(shop, 2), payments=UNPAID, delivery="4.90")
    yield order
    shop.edit(order, EditSpec(add=(CUP,)))
    yield order
    shop.pay(order)
    yield order


@kind("edited down before payment")
def down_before(shop: Shop) -> Iterator[Order]:
    """One of two units is taken out before anything was paid."""
    order = buy(shop, *some(shop, 2, 2), payments=UNPAID, delivery="4.90")
    yield order
    shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield order
    shop.pay(order)
    yield order


@kind("edited up after payment")
def up_after(shop: Shop) -> Iterator[Order]:
    """A cup is added to a paid order, and paid afterwards."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(add=(CUP,)))
    yield order
    shop.pay(order)
    yield order


@kind("edited down after payment")
def down_after(shop: Shop) -> Iterator[Order]:
    """One of two paid units is taken out; the buyer is owed its price."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield order


@kind("edited down then paid back")
def down_then_back(shop: Shop) -> Iterator[Order]:
    """One of two paid units is taken out, and its price returned without a line."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield order
    shop.refund(order, RefundSpec(amount=-outstanding(order).presentment))
    yield order


@kind("swap edit")
def swap(shop: Shop) -> Iterator[Order]:
    """One thing out, another in, by one edit."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(add=(CUP,), quantities=((0, 0),)))
    yield order


@kind("edited with a discount")
def edited_discount(shop: Shop) -> Iterator[Order]:
    """Money off a line of a paid order."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(discounts=((0, Decimal("2.00")),)))
    yield order


@kind("discounted, then edited down")
def discounted_edited(shop: Shop) -> Iterator[Order]:
    """One of two discounted units goes: allocations and taxes still speak of two."""
    order = buy(
        shop,
        LineSpec(title="Oak stand", price=Decimal("48.00"), quantity=2),
        discounts=(DiscountSpec("TWENTY", Decimal(20), percentage=True),),
    )
    yield order
    shop.edit(order, EditSpec(quantities=((0, 1),)))
    yield order


@kind("full refund")
def full_refund(shop: Shop) -> Iterator[Order]:
    """Everything back."""
    order = buy(shop, *some(shop, 3, 2), delivery="4.90")
    yield order
    shop.refund(order)
    yield order


@kind("line refund")
def line_refund(shop: Shop) -> Iterator[Order]:
    """One unit of three back, then another."""
    order = buy(shop, *some(shop, 2, 3), delivery="4.90")
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1), (1, 1))))
    yield order


@kind("shipping refund")
def shipping_refund(shop: Shop) -> Iterator[Order]:
    """The delivery charge back: it came late."""
    order = buy(shop, *some(shop, 2), delivery="6.90")
    yield order
    shop.refund(order, RefundSpec(shipping="full"))
    yield order


@kind("amount-only refund (goodwill)")
def goodwill(shop: Shop) -> Iterator[Order]:
    """Five back for the trouble; no goods move."""
    order = buy(shop, LineSpec(sku="POT-CLAY-700"), delivery="4.90")
    yield order
    shop.refund(order, RefundSpec(amount=Decimal("5.00"), note="Sorry for the wait"))
    yield order


@kind("refund of an edited order")
def refund_edited(shop: Shop) -> Iterator[Order]:
    """Edited up, paid, then the added thing comes back."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    shop.edit(order, EditSpec(add=(CUP,), quantities=((0, 1),)))
    shop.pay(order)
    yield order
    shop.refund(order, RefundSpec(lines=((2, 1),)))
    yield order


@kind("refund larger than the balance")
def refund_beyond(shop: Shop) -> Iterator[Order]:
    """One line back and more money than it cost."""
    order = buy(shop, LineSpec(sku="BISC-SHORT"), LineSpec(sku="POT-GLASS-900"))
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),), amount=Decimal("12.00")))
    yield order


@kind("partly paid then partly refunded")
def partly_both(shop: Shop) -> Iterator[Order]:
    """Most of it paid; half the goods come back; only what was overpaid is returned."""
    order = buy(shop, LineSpec(sku="POT-CLAY-700", quantity=2), payments=UNPAID)
    shop.pay(order, PaymentSpec("manual", (outstanding(order).presentment * Decimal("0.75")).quantize(Decimal("0.01"))))
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),)))
    yield order


@kind("refund pending then settled")
def refund_pending(shop: Shop) -> Iterator[Order]:
    """The money is announced first and moves a stage later."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    record = shop.refund(order, RefundSpec(lines=((0, 1),), pending=True))
    yield order
    shop.settle_refund(order, record)
    yield order


@kind("refund to gift card")
def refund_to_gift_card(shop: Shop) -> Iterator[Order]:
    """Goods back, money onto a gift card."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),), gateway="gift_card"))
    yield order


@kind("refund to store credit")
def refund_to_credit(shop: Shop) -> Iterator[Order]:
    """Goods back, money as store credit."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),), gateway="shopify_store_credit"))
    yield order


@kind("return fee")
def return_fee(shop: Shop) -> Iterator[Order]:
    """Goods come back as a return; a fee for the parcel is kept."""
    order = buy(shop, LineSpec(sku="KETTLE-GOOSE"), delivery="4.90")
    shop.fulfil(order)
    yield order
    shop.give_back(order, ReturnSpec(lines=((0, 1),), fee=Decimal("6.00")))
    yield order


@kind("restocking without a fee line")
def restocking(shop: Shop) -> Iterator[Order]:
    """Goods back, less money than they cost, and only an adjustment to show for it."""
    order = buy(shop, LineSpec(sku="SCALE-01"))
    yield order
    shop.refund(order, RefundSpec(lines=((0, 1),), amount=received(order).presentment - Decimal("5.00")))
    yield order


@kind("deposit returned before invoicing")
def deposit_returned(shop: Shop) -> Iterator[Order]:
    """Half paid in advance, cancelled, the half returned."""
    order = buy(shop, *some(shop, 2, 2), payments=UNPAID)
    shop.pay(order, PaymentSpec("manual", (outstanding(order).presentment / 2).quantize(Decimal("0.01"))))
    yield order
    shop.cancel(order)
    yield order


@kind("restock without refund")
def restock_only(shop: Shop) -> Iterator[Order]:
    """Goods back, no money yet: the merchant still owes it."""
    order = buy(shop, *some(shop, 2, 2), delivery="4.90")
    yield order
    shop.give_back(order, ReturnSpec(lines=((0, 1),), settle=False))
    yield order


@kind("exchange up")
def exchange_up(shop: Shop) -> Iterator[Order]:
    """A glass pot against a dearer iron one; the rest is paid."""
    order = buy(shop, LineSpec(sku="POT-GLASS-900"), delivery="4.90")
    shop.fulfil(order)
    yield order
    shop.give_back(order, ReturnSpec(lines=((0, 1),), exchange=(LineSpec(sku="POT-IRON-800"),)))
    yield order
    shop.pay(order)
    yield order


@kind("exchange down")
def exchange_down(shop: Shop) -> Iterator[Order]:
    """An iron kettle against a cheaper pot; the difference goes back."""
    order = buy(shop, LineSpec(sku="POT-IRON-800"), delivery="4.90")
    shop.fulfil(order)
    yield order
    shop.give_back(order, ReturnSpec(lines=((0, 1),), exchange=(LineSpec(sku="POT-GLASS-900"),)))
    yield order


@kind("cancelled unpaid")
def cancelled_unpaid(shop: Shop) -> Iterator[Order]:
    """Never paid, given up: a refund with lines and without money."""
    order = buy(shop, *some(shop, 2), payments=UNPAID, delivery="4.90")
    yield order
    shop.cancel(order)
    yield order


@kind("cancelled while authorised")
def cancelled_authorised(shop: Shop) -> Iterator[Order]:
    """Money was reserved and is let go."""
    order = buy(shop, *some(shop, 2), payments=(PaymentSpec(kind="AUTHORIZATION"),))
    yield order
    shop.cancel(order)
    yield order


@kind("cancelled paid")
def cancelled_paid(shop: Shop) -> Iterator[Order]:
    """Paid, given up, paid back."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.cancel(order)
    yield order


@kind("cancelled paid, money kept")
def cancelled_kept(shop: Shop) -> Iterator[Order]:
    """Paid and given up, and the money not yet returned."""
    order = buy(shop, *some(shop, 2), delivery="4.90")
    yield order
    shop.cancel(order, refund=False)
    yield order


@kind("cancelled in a locked period")
def cancelled_locked(shop: Shop) -> Iterator[Order]:
    """Business of last month, cancelled unpaid today."""
    last_month = shop.clock().replace(day=1) - timedelta(days=2)
    order = buy(shop, *some(shop, 2), payments=UNPAID, processed_at=last_month)
    yield order
    shop.cancel(order)
    yield order


@kind("deleted")
def deleted(shop: Shop) -> Iterator[Order]:
    """Gone: the announcement has an id and nothing else."""
    order = buy(shop, *some(shop), payments=UNPAID)
    yield order
    shop.delete(order)
    yield order


@kind("archived")
def archived(shop: Shop) -> Iterator[Order]:
    """Sent and put away."""
    order = buy(shop, *some(shop), delivery="4.90")
    shop.fulfil(order)
    yield order
    shop.archive(order)
    yield order


@kind("customer merged")
def customer_merged(shop: Shop) -> Iterator[Order]:
    """Two customers turn out to be one; the first one's id answers null afterwards."""
    twin = CustomerSpec("Mara", "Lindqvist", f"mara{shop.numbers.next()}@example.com", address=person_in("SE").address)
    order = buy(shop, *some(shop), country="SE", customer=twin)
    other = buy(shop, *some(shop), country="SE")
    yield order
    shop.merge_customers(kept=shop.customer_of(other), removed=shop.customer_of(order))
    yield order


@kind("dispute")
def dispute(shop: Shop) -> Iterator[Order]:
    """The buyer's bank asks for the money back."""
    order = buy(shop, *some(shop), delivery="4.90")
    yield order
    shop.dispute(order)
    yield order
