"""A shop: what it holds, and what its merchant and its buyers do in it.

Each public verb (`place_order`, `refund`, ...) is one action: it happens at the clock's time,
changes what the Admin API shows, and is announced to the shop's subscribers with one event id.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.http import Clock
from ml_connector.sandbox.shopify import catalogue, changes, orders, totals
from ml_connector.sandbox.shopify.changes import EditSpec, House, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.ids import Numbers, gid, kind_of, number_of
from ml_connector.sandbox.shopify.model import (
    Address,
    Company,
    CompanyLocation,
    Customer,
    Order,
    Place,
    Refund,
    Return,
    Transaction,
)
from ml_connector.sandbox.shopify.money import Currencies
from ml_connector.sandbox.shopify.money_view import refund as refund_view
from ml_connector.sandbox.shopify.money_view import transaction as transaction_view
from ml_connector.sandbox.shopify.order_view import order_view
from ml_connector.sandbox.shopify.orders import Desk
from ml_connector.sandbox.shopify.rest import RestWriter
from ml_connector.sandbox.shopify.shop_view import (
    company_location_view,
    company_view,
    customer_view,
    place_view,
    product_view,
    shop_body,
    variant_view,
)
from ml_connector.sandbox.shopify.spec import CustomerSpec, OrderSpec, PaymentSpec
from ml_connector.sandbox.shopify.views import Ref, View
from ml_connector.sandbox.shopify.webhooks import Outbox, Subscription


@dataclass(frozen=True)
class ShopSettings:
    """What a shop is. Countries and currencies are ISO codes.

    Attributes:
        index_lag_s: How long a change stays invisible to searches by `updated_at`.
        adjustment_sales: Whether money without goods is a sale of its own in the ledger.
        http_webhooks: Accept webhook addresses without TLS, which the real Shopify never does.
        restore_rate: Points of query cost restored each second; the bucket is 20 seconds of it.
    """

    domain: str
    name: str = "Acme Tea"
    email: str = "hello@acme.example"
    owner: str = "Ada Acme"
    currency: str = "EUR"
    country: str = "DE"
    province: str | None = None
    city: str = "Berlin"
    zone: str = "Europe/Berlin"
    plan: str = "Basic"
    taxes_included: bool = False
    order_prefix: str = "#"
    first_order: int = 1001
    index_lag_s: float = 0.0
    adjustment_sales: bool = True
    http_webhooks: bool = False
    restore_rate: int = 100
    currencies: tuple[str, ...] = ("EUR", "USD", "GBP", "CHF", "SEK", "JPY", "CAD", "KWD", "INR", "AUD")


@dataclass
class Shop:
    """One shop. Made by `ShopifyCompany.open_shop`."""

    settings: ShopSettings
    clock: Clock
    random: random.Random
    outbox: Outbox
    numbers: Numbers
    id: int
    opened_at: datetime
    secrets: dict[str, str] = field(default_factory=dict)
    state: str = "open"
    orders: dict[int, Order] = field(default_factory=dict)
    imported: dict[int, View] = field(default_factory=dict)
    imported_bodies: dict[int, dict[str, Any]] = field(default_factory=dict)
    imported_customers: dict[int, View] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    company_locations: dict[int, CompanyLocation] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    variants: dict[str, catalogue.Variant] = field(default_factory=dict)
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    drafts: dict[int, View] = field(default_factory=dict)
    bulk: dict[int, Any] = field(default_factory=dict)
    merges: dict[str, tuple[int, int]] = field(default_factory=dict)
    _views: dict[int, tuple[int, View]] = field(default_factory=dict)
    _owners: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.variants = catalogue.variants(self.numbers, self.opened_at)
        warehouse = Place(self.numbers.next(), "Warehouse", self._own_address("Lagerweg 1"))
        store = Place(self.numbers.next(), "Flagship store", self._own_address("Teegasse 5"))
        self.places = {warehouse.id: warehouse, store.id: store}

    def _own_address(self, street: str) -> Address:
        settings = self.settings
        return Address(
            id=self.numbers.next(),
            address1=street,
            city=settings.city,
            country=catalogue.COUNTRIES.get(settings.country, settings.country),
            country_code=settings.country,
            province_code=settings.province,
            province=catalogue.PROVINCES.get(settings.province or ""),
        )

    @property
    def domain(self) -> str:
        """`acme.myshopify.com`."""
        return self.settings.domain

    # Buying and paying

    def place_order(self, spec: OrderSpec, *, silent: bool = False) -> Order:
        """Place an order.

        Args:
            silent: Nobody is told, as if every delivery had been lost.
        """
        now = self.clock()
        customer, is_new = self._customer_for(spec, now)
        order = self._blank_order(spec, customer, now)
        desk = self._desk()
        orders.compose(spec, order, desk)
        if spec.terms_days is not None:
            orders.net_terms(order, spec.terms_days, desk)
        for payment in spec.payments:
            orders.pay(order, payment, desk)
        self.orders[order.id] = order
        self._changed(order)
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
            confirmation="".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=9)),
        )

    def _customer_for(self, spec: OrderSpec, now: datetime) -> tuple[Customer | None, bool]:
        if spec.customer_id is not None:
            return self.customers[spec.customer_id], False
        if spec.customer is None:
            return None, False
        known = self.find_customer(spec.customer.email, spec.customer.phone)
        return (known, False) if known else (self._new_customer(spec.customer, now), True)

    def _announce_new(self, order: Order, customer: Customer | None, is_new: bool) -> None:
        event = self.outbox.uuid()
        if customer is not None:
            self._announce_customer("CUSTOMERS_CREATE" if is_new else "CUSTOMERS_UPDATE", customer, event)
        self._announce_order("ORDERS_CREATE", order, event)
        self._announce_money(order, order.transactions, event, was_paid=False)
        self._announce_order("ORDERS_UPDATED", order, event)

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

    def _announce_money(self, order: Order, entries: Sequence[Transaction], event: str, *, was_paid: bool) -> None:
        for entry in entries:
            body = self.writer.transaction(transaction_view(order, entry), gid("Order", order.id))
            self.announce("ORDER_TRANSACTIONS_CREATE", body, event)
        if not was_paid and totals.financial_status(order) == "PAID":
            self._announce_order("ORDERS_PAID", order, event)

    # Changing and giving back

    def refund(self, order: Order, spec: RefundSpec | None = None) -> Refund:
        """Refund an order; by default everything that is left of it.

        Raises:
            ValueError: More goods or money than there are.
        """
        wanted = spec or RefundSpec(everything=True)
        record = changes.refund(order, wanted, self._desk(), self._house)
        self._announce_refund(order, record)
        return record

    def _announce_refund(self, order: Order, record: Refund, event: str | None = None) -> None:
        event = event or self._changed(order)
        entries = [order.transaction(number) for number in record.transaction_ids]
        body = self.writer.refund(refund_view(order, record), gid("Order", order.id))
        self.announce("REFUNDS_CREATE", body, event)
        self._announce_money(order, entries, event, was_paid=True)
        self._announce_order("ORDERS_UPDATED", order, event)

    def settle_refund(self, order: Order, refund: Refund, *, succeeded: bool = True) -> None:
        """The money of a pending refund moves, or fails to. There is no topic but orders/updated."""
        changes.settle(order, refund, self._desk(), succeeded=succeeded)
        self._announce_order("ORDERS_UPDATED", order, self._changed(order))

    def edit(self, order: Order, spec: EditSpec) -> None:
        """Edit an order; what it means for money is only in its totals and its ledger."""
        before = {line.id: orders.current_quantity(order, line) for line in order.lines}
        agreement = changes.edit(order, spec, self._desk())
        event = self._changed(order)
        self.announce("ORDERS_EDITED", self._edit_body(order, agreement.id, before), event)
        self._announce_order("ORDERS_UPDATED", order, event)

    def _edit_body(self, order: Order, edit_id: int, before: dict[int, int]) -> dict[str, Any]:
        now = {line.id: orders.current_quantity(order, line) for line in order.lines}
        deltas = {key: count - before.get(key, 0) for key, count in now.items()}
        moment = self.writer.moment(self.clock().isoformat())
        return {
            "order_edit": {
                "id": edit_id,
                "app_id": None,
                "created_at": moment,
                "committed_at": moment,
                "notify_customer": False,
                "order_id": order.id,
                "staff_note": "",
                "user_id": None,
                "line_items": {
                    "additions": [{"id": key, "delta": n} for key, n in deltas.items() if n > 0],
                    "removals": [{"id": key, "delta": -n} for key, n in deltas.items() if n < 0],
                },
                "discounts": {"line_item": {"additions": [], "removals": []}},
                "shipping_lines": {"additions": [], "removals": []},
            }
        }

    def give_back(self, order: Order, spec: ReturnSpec) -> tuple[Return, Refund]:
        """Take goods back as a return, perhaps against others (an exchange)."""
        record, back = changes.give_back(order, spec, self._desk(), self._house)
        self._announce_refund(order, back)
        return record, back

    def cancel(
        self, order: Order, *, reason: str = "CUSTOMER", refund: bool = True, restock: bool = True
    ) -> Refund | None:
        """Cancel an order; its money goes back unless *refund* is false."""
        record = changes.cancel(order, self._desk(), self._house, reason=reason, pay_back=refund, restock=restock)
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

    # Customers and companies

    def add_customer(self, spec: CustomerSpec) -> Customer:
        """Create a customer."""
        customer = self._new_customer(spec, self.clock())
        self._announce_customer("CUSTOMERS_CREATE", customer, self.outbox.uuid())
        return customer

    def _new_customer(self, spec: CustomerSpec, now: datetime) -> Customer:
        customer = Customer(
            id=self.numbers.next(),
            created_at=now,
            updated_at=now,
            first_name=spec.first_name,
            last_name=spec.last_name,
            email=spec.email,
            phone=spec.phone,
            note=spec.note,
            tags=list(spec.tags),
            locale=spec.locale,
            tax_exempt=spec.tax_exempt,
            tax_exemptions=list(spec.tax_exemptions),
            index_from=self._index_from(now),
        )
        if spec.address is not None:
            home = replace(spec.address, id=self.numbers.next())
            customer.addresses, customer.default_address = [home], home.id
        self.customers[customer.id] = customer
        return customer

    def customer_of(self, order: Order) -> Customer:
        """Who bought *order*.

        Raises:
            KeyError: A guest.
        """
        return self.customers[order.customer_id or 0]

    def find_customer(self, email: str | None, phone: str | None = None) -> Customer | None:
        """Who has this e-mail (in any letter case) or this phone."""
        for one in self.customers.values():
            if email and one.email and one.email.lower() == email.lower():
                return one
            if phone and one.phone == phone:
                return one
        return None

    def change_customer(self, customer: Customer, **changed: Any) -> None:
        """Set attributes of a customer and tell who listens."""
        for name, value in changed.items():
            setattr(customer, name, value)
        self.customer_changed(customer)

    def customer_changed(self, customer: Customer) -> None:
        """Note that a customer changed now, and tell who listens."""
        customer.updated_at = self.clock()
        customer.index_from = self._index_from(customer.updated_at)
        self._announce_customer("CUSTOMERS_UPDATE", customer, self.outbox.uuid())

    def delete_customer(self, customer: Customer) -> None:
        """Delete a customer; only the id is announced."""
        del self.customers[customer.id]
        body = {
            "id": customer.id,
            "tax_exemptions": list(customer.tax_exemptions),
            "admin_graphql_api_id": gid("Customer", customer.id),
        }
        self.announce("CUSTOMERS_DELETE", body, self.outbox.uuid())

    def merge_customers(self, kept: Customer, removed: Customer) -> str:
        """Merge *removed* into *kept*: its orders move, its id answers null from now on.

        Returns:
            The global id of the job.
        """
        event = self.outbox.uuid()
        for order in self.orders.values():
            if order.customer_id == removed.id:
                order.customer_id = kept.id
                self._changed(order)
        kept.addresses += removed.addresses
        kept.email = kept.email or removed.email
        kept.updated_at = self.clock()
        del self.customers[removed.id]
        job = f"gid://shopify/CustomerMergeRequest/{self.numbers.next()}"
        self.merges[job] = (kept.id, removed.id)
        self.announce(
            "CUSTOMERS_MERGE",
            {
                "admin_graphql_api_customer_kept_id": gid("Customer", kept.id),
                "admin_graphql_api_customer_deleted_id": gid("Customer", removed.id),
                "admin_graphql_api_job_id": job,
                "status": "success",
                "errors": [],
            },
            event,
        )
        self._announce_customer("CUSTOMERS_UPDATE", kept, event)
        return job

    def add_company(
        self,
        name: str,
        contact: CustomerSpec,
        address: Address,
        *,
        tax_registration_id: str | None = None,
        tax_exempt: bool = False,
    ) -> CompanyLocation:
        """Create a business customer with one location and one contact."""
        now = self.clock()
        person = self.find_customer(contact.email) or self.add_customer(contact)
        company = Company(self.numbers.next(), name, now, now, contact_id=self.numbers.next(), customer_id=person.id)
        location = CompanyLocation(
            self.numbers.next(),
            company.id,
            f"{name}, {address.city}",
            address,
            now,
            now,
            tax_registration_id,
            tax_exempt,
            currency=self.settings.currency,
        )
        company.location_ids.append(location.id)
        person.company_contacts.append(company.id)
        self.companies[company.id] = company
        self.company_locations[location.id] = location
        return location

    # Compliance and leaving

    def request_data(self, customer: Customer) -> None:
        """A buyer asks what is known about her."""
        theirs = [order.id for order in self.orders.values() if order.customer_id == customer.id]
        self.announce(
            "CUSTOMERS_DATA_REQUEST",
            {
                "shop_id": self.id,
                "shop_domain": self.domain,
                "customer": _contact(customer),
                "orders_requested": theirs,
                "data_request": {"id": self.numbers.next()},
            },
            self.outbox.uuid(),
        )

    def redact_customer(self, customer: Customer) -> None:
        """A buyer is forgotten: names vanish from later reads, orders stay."""
        theirs = [order for order in self.orders.values() if order.customer_id == customer.id]
        self.announce(
            "CUSTOMERS_REDACT",
            {
                "shop_id": self.id,
                "shop_domain": self.domain,
                "customer": _contact(customer),
                "orders_to_redact": [order.id for order in theirs],
            },
            self.outbox.uuid(),
        )
        for order in theirs:
            order.email = order.phone = order.billing = order.shipping_address = None
            self._changed(order)
        customer.first_name = customer.last_name = customer.email = customer.phone = None
        customer.addresses, customer.default_address = [], None

    def redact_shop(self) -> None:
        """48 hours after the app left: forget the shop."""
        self.announce("SHOP_REDACT", {"shop_id": self.id, "shop_domain": self.domain}, self.outbox.uuid())

    # Telling

    def announce(self, topic: str, body: dict[str, Any], event_id: str) -> None:
        """Post *body* to everybody who subscribed to *topic*."""
        for subscription in list(self.subscriptions.values()):
            if subscription.topic == topic:
                self.outbox.post(
                    subscription,
                    shop=self.domain,
                    topic=subscription.topic_name,
                    body=_reduced(body, subscription.include_fields),
                    secret=self.secrets.get(subscription.client_id, ""),
                    event_id=event_id,
                    now=self.clock(),
                )

    def announce_again(self, topic: str, order_id: int) -> None:
        """Tell an order's present state once more, as a new event."""
        self.announce(topic, self.order_body(order_id), self.outbox.uuid())

    def order_body(self, order_id: int) -> dict[str, Any]:
        """An order as webhook bodies hold it; an imported REST document verbatim.

        Raises:
            KeyError: No such order.
        """
        if order_id in self.imported_bodies:
            return self.imported_bodies[order_id]
        view = self.order_view(order_id)
        if view is None:
            raise KeyError(order_id)
        return self.writer.order(view)

    def _announce_order(self, topic: str, order: Order, event: str) -> None:
        if any(one.topic == topic for one in self.subscriptions.values()):
            self.announce(topic, self.order_body(order.id), event)

    def _announce_customer(self, topic: str, customer: Customer, event: str) -> None:
        if any(one.topic == topic for one in self.subscriptions.values()):
            view = self.view(Ref("Customer", customer.id))
            if view is not None:
                self.announce(topic, self.writer.customer(view), event)

    @property
    def writer(self) -> RestWriter:
        """Writes webhook bodies in this shop's zone."""
        return RestWriter(self.settings.zone, self.view)

    def body(self) -> dict[str, Any]:
        """The shop itself, as `app/uninstalled` and `shop/update` hold it."""
        return shop_body(self.settings, self.id, self.writer.moment(self.opened_at.isoformat()))

    # Looking up

    def order_view(self, order_id: int) -> View | None:
        """An order as the Admin API shows it, or nothing for an unknown one."""
        if order_id in self.imported:
            return self.imported[order_id]
        order = self.orders.get(order_id)
        if order is None:
            return None
        known = self._views.get(order_id)
        if known is None or known[0] != order.version:
            known = (order.version, order_view(order, self.domain))
            self._views[order_id] = known
        return known[1]

    def find_order(self, key: str) -> Order:
        """An order by name (`#1001`, `1001`), number or global id.

        Raises:
            KeyError: No such order.
        """
        if kind_of(key) == "Order":
            return self.orders[number_of(key)]
        for order in self.orders.values():
            if key in (order.name, order.name.removeprefix(self.settings.order_prefix), str(order.id)):
                return order
        raise KeyError(key)

    def view(self, wanted: Ref) -> View | None:
        """What *wanted* refers to, or nothing when it is gone."""
        finders = {
            "Order": self.order_view,
            "Customer": self._customer_view,
            "Location": self._place_view,
            "ProductVariant": self._variant_view,
            "Product": self._product_view,
            "CompanyLocation": self._company_location_view,
            "Company": self._company_view,
            "PurchasingCompany": self._purchasing_view,
            "Refund": self._part("refunds"),
            "Return": self._part("returns"),
            "OrderTransaction": self._part("transactions"),
            "DraftOrder": self.drafts.get,
            "LineItem": self._part("lineItems"),
            "Fulfillment": self._part("fulfillments"),
        }
        finder = finders.get(wanted.kind)
        return None if finder is None else finder(wanted.id)

    def _customer_view(self, customer_id: int) -> View | None:
        customer = self.customers.get(customer_id)
        if customer is None:
            return self.imported_customers.get(customer_id)
        return customer_view(customer, self)

    def _place_view(self, place_id: int) -> View | None:
        place = self.places.get(place_id)
        return None if place is None else place_view(place, next(iter(self.places)), self.opened_at)

    def _variant_view(self, variant_id: int) -> View | None:
        found = next((one for one in self.variants.values() if one.id == variant_id), None)
        return None if found is None else variant_view(found, self.settings.currency)

    def _product_view(self, product_id: int) -> View | None:
        family = [one for one in self.variants.values() if one.product_id == product_id]
        return product_view(family) if family else None

    def _company_location_view(self, location_id: int) -> View | None:
        location = self.company_locations.get(location_id)
        return None if location is None else company_location_view(location)

    def _company_view(self, company_id: int) -> View | None:
        company = self.companies.get(company_id)
        return None if company is None else company_view(company)

    def _purchasing_view(self, location_id: int) -> View | None:
        location = self.company_locations.get(location_id)
        if location is None:
            return None
        company = self.companies[location.company_id]
        return {
            "__typename": "PurchasingCompany",
            "company": Ref("Company", company.id),
            "location": Ref("CompanyLocation", location_id),
            "contact": None if company.contact_id is None else {"id": gid("CompanyContact", company.contact_id)},
        }

    def _part(self, name: str) -> Any:
        """Finds a part of any order by its number."""

        def find(number: int) -> View | None:
            for order_id in [*self.orders, *self.imported]:
                for part in (self.order_view(order_id) or {}).get(name) or ():
                    if number_of(part["id"]) == number:
                        return part  # type: ignore[no-any-return]
            return None

        return find

    # Keeping

    @property
    def _house(self) -> House:
        return House(self.settings.adjustment_sales, next(iter(self.places)))

    def _desk(self) -> Desk:
        return Desk(self.clock(), self.numbers, self.variants)

    def _changed(self, order: Order) -> str:
        """Note that *order* changed now; gives the event id to announce it with."""
        order.version += 1
        order.updated_at = max(self.clock(), order.created_at) if order.agreements else order.created_at
        order.index_from = self._index_from(self.clock())
        return self.outbox.uuid()

    def _index_from(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.settings.index_lag_s)


def _home(customer: Customer | None) -> Address | None:
    if customer is None:
        return None
    return next((one for one in customer.addresses if one.id == customer.default_address), None)


def _contact(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "email": customer.email, "phone": customer.phone}


def _reduced(body: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """Only the dotted *paths* of *body*; all of it for none."""
    if not paths:
        return body
    reduced: dict[str, Any] = {}
    for path in paths:
        _copy(body, reduced, path.split("."))
    return reduced


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    head, *rest = path
    if head not in source:
        return
    value = source[head]
    if not rest:
        target[head] = value
    elif isinstance(value, dict):
        _copy(value, target.setdefault(head, {}), rest)
    elif isinstance(value, list):
        rows = target.setdefault(head, [{} for _ in value])
        for row, item in zip(rows, value, strict=True):
            _copy(item, row, rest)
