"""A shop: what its merchant and its buyers do in it.

Each public verb (`place_order`, `refund`, ...) is one action: it happens at the clock's time,
changes what the Admin API shows, and is announced to the shop's subscribers with one event id.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ml_connector.sandbox.shopify import drafts, edits, orders, refunds, returns, totals
from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.drafts import Draft
from ml_connector.sandbox.shopify.model import Address, Customer, Order, Refund, Return, Transaction
from ml_connector.sandbox.shopify.money import Currencies
from ml_connector.sandbox.shopify.people import People
from ml_connector.sandbox.shopify.premises import ShopSettings
from ml_connector.sandbox.shopify.spec import OrderSpec, PaymentSpec

__all__ = ["Shop", "ShopSettings"]


class Shop(People):
    """One shop. Made by `ShopifyCompany.open_shop`."""

    def place_order(self, spec: OrderSpec, *, silent: bool = False) -> Order:
        """Place an order.

        Args:
            silent: Nobody is told, as if every delivery had been lost.
        """
        now = self.clock()
        customer, is_new = self._customer_for(spec, now)
        order = self._blank_order(spec, customer, now)
        # what is paid while an order is placed is paid then, also when it was placed long ago
        desk = replace(self._desk(), now=order.created_at)
        orders.compose(spec, order, desk)
        if spec.terms_days is not None:
            orders.net_terms(order, spec.terms_days, desk)
        for payment in spec.payments:
            orders.pay(order, payment, desk)
        self.orders[order.id] = order
        order.index_from = self._index_from(now)
        if not silent:
            self._announce_new(order, customer, is_new)
        return order

    def _blank_order(self, spec: OrderSpec, customer: Customer | None, now: datetime) -> Order:
        number = self.settings.first_order + len(self.orders) + len(self.imported)
        created = spec.created_at or now
        delivery = spec.shipping_address or _home(customer)
        place = next((one for one in self.places.values() if one.name == spec.location), None)
        included = self.settings.taxes_included
        return Order(
            id=self.numbers.next(),
            number=number,
            name=spec.name or f"{self.settings.order_prefix}{number}",
            currencies=Currencies(
                self.settings.currency, spec.presentment_currency or self.settings.currency, spec.rate
            ),
            created_at=created,
            processed_at=spec.processed_at or created,
            updated_at=created,
            taxes_included=included if spec.taxes_included is None else spec.taxes_included,
            duties_included=spec.duties_included,
            customer_id=customer.id if customer else None,
            company_location_id=spec.company_location_id,
            email=spec.email or (customer.email if customer else None),
            phone=spec.phone,
            billing=spec.billing_address or delivery,
            shipping_address=delivery,
            test=spec.test,
            tags=list(spec.tags),
            note=spec.note,
            po_number=spec.po_number,
            attributes=spec.attributes,
            source_name=spec.source_name,
            app=spec.app,
            merchant_of_record=spec.merchant_of_record,
            channel=spec.channel,
            location_id=place.id if place else None,
            tax_exempt=spec.tax_exempt,
            readings=self.readings,
            confirmation="".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=9)),
        )

    def _customer_for(self, spec: OrderSpec, now: datetime) -> tuple[Customer | None, bool]:
        if spec.customer_id is not None:
            return self.customers[spec.customer_id], False
        if spec.customer is None:
            return None, False
        known = self.find_customer(spec.customer.email, spec.customer.phone)
        return (known, False) if known else (self._new_customer(spec.customer, now), True)

    def offer(self, spec: OrderSpec) -> Draft:
        """Write a draft order."""
        customer, _ = self._customer_for(spec, self.clock())
        offer = self._blank_order(spec, customer, self.clock())
        orders.compose(spec, offer, self._desk())
        draft = Draft(self.numbers.next(), len(self.drafts) + 1, spec, offer, self.clock())
        self.drafts[draft.id] = draft
        return draft

    def complete(self, draft: Draft, *, paid: bool = False) -> Order:
        """Turn a draft into an order, paid by hand or still to be paid."""
        payments = (PaymentSpec("manual"),) if paid else ()
        placed = replace(draft.spec, payments=payments, source_name="shopify_draft_order", app=drafts.APP, channel=None)
        order = self.place_order(placed)
        draft.completed_at, draft.order_id = self.clock(), order.id
        return order

    def pay(self, order: Order, payment: PaymentSpec | None = None) -> Transaction | None:
        """Pay an order, or a part of it; by default all that is open."""
        return self._move_money(order, payment or PaymentSpec())

    def authorize(self, order: Order, amount: Decimal | None = None) -> Transaction | None:
        """Reserve money on the buyer's card."""
        return self._move_money(order, PaymentSpec(kind="AUTHORIZATION", amount=amount))

    def capture(self, order: Order, amount: Decimal | None = None) -> Transaction | None:
        """Take reserved money; by default all of it. In the buyer's currency."""
        return self._move_money(order, PaymentSpec(kind="CAPTURE", amount=amount))

    def _move_money(self, order: Order, payment: PaymentSpec) -> Transaction | None:
        was_paid = totals.financial_status(order) == "PAID"
        entry = orders.pay(order, payment, self._desk())
        if entry is None:
            return None
        event = self._changed(order)
        self._announce_money(order, [entry], event, was_paid=was_paid)
        self._announce_order("ORDERS_UPDATED", order, event)
        return entry

    def void(self, order: Order) -> list[Transaction]:
        """Give up open authorisations."""
        voided = orders.void(order, self._desk())
        event = self._changed(order)
        self._announce_money(order, voided, event, was_paid=True)
        self._announce_order("ORDERS_UPDATED", order, event)
        return voided

    def refund(self, order: Order, spec: RefundSpec | None = None) -> Refund:
        """Refund an order; by default everything that is left of it.

        Raises:
            ValueError: More goods or money than there are.
        """
        wanted = spec or RefundSpec(everything=True)
        record = refunds.refund(order, wanted, self._desk(), self._house)
        self._announce_refund(order, record)
        return record

    def settle_refund(self, order: Order, refund: Refund, *, succeeded: bool = True) -> None:
        """The money of a pending refund moves, or fails to. There is no topic but orders/updated."""
        refunds.settle(order, refund, self._desk(), succeeded=succeeded)
        self._announce_order("ORDERS_UPDATED", order, self._changed(order))

    def edit(self, order: Order, spec: EditSpec) -> None:
        """Edit an order; what it means for money is only in its totals and its ledger."""
        before = {line.id: orders.current_quantity(order, line) for line in order.lines}
        agreement = edits.edit(order, spec, self._desk())
        event = self._changed(order)
        self.announce("ORDERS_EDITED", self._edit_body(order, agreement.id, before), event)
        self._announce_order("ORDERS_UPDATED", order, event)

    def give_back(self, order: Order, spec: ReturnSpec) -> tuple[Return, Refund]:
        """Take goods back as a return, perhaps against others (an exchange)."""
        record, back = returns.give_back(order, spec, self._desk(), self._house)
        self._announce_refund(order, back)
        return record, back

    def cancel(
        self, order: Order, *, reason: str = "CUSTOMER", refund: bool = True, restock: bool = True
    ) -> Refund | None:
        """Cancel an order; its money goes back unless *refund* is false."""
        record = returns.cancel(order, self._desk(), self._house, reason=reason, pay_back=refund, restock=restock)
        event = self._changed(order)
        self._announce_order("ORDERS_CANCELLED", order, event)
        if record is not None:
            self._announce_refund(order, record, event)
        else:
            self._announce_order("ORDERS_UPDATED", order, event)
        return record

    def fulfil(self, order: Order) -> None:
        """Send the goods."""
        orders.fulfil(order, self._desk(), next(iter(self.places)))
        event = self._changed(order)
        self._announce_order("ORDERS_FULFILLED", order, event)
        self._announce_order("ORDERS_UPDATED", order, event)

    def archive(self, order: Order) -> None:
        """Close an order."""
        order.closed_at = self.clock()
        self._announce_order("ORDERS_UPDATED", order, self._changed(order))

    def dispute(self, order: Order, kind: str = "CHARGEBACK", status: str = "NEEDS_RESPONSE") -> None:
        """The buyer's bank asks for the money back."""
        order.disputes.append((self.numbers.next(), kind, status))
        self._announce_order("ORDERS_UPDATED", order, self._changed(order))

    def tag(self, order: Order, *tags: str) -> None:
        """Add tags."""
        order.tags += [tag for tag in tags if tag not in order.tags]
        self._announce_order("ORDERS_UPDATED", order, self._changed(order))

    def delete(self, order: Order) -> None:
        """Delete an order: it no longer answers, and the announcement holds only its id."""
        del self.orders[order.id]
        self._views.pop(order.id, None)
        self.announce("ORDERS_DELETE", {"id": order.id}, self.outbox.uuid())


def _home(customer: Customer | None) -> Address | None:
    if customer is None:
        return None
    return next((one for one in customer.addresses if one.id == customer.default_address), None)
