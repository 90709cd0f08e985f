"""What a shop holds, and how it is found again.

The ground floor of a shop: `office` tells others what happens in it, `people` and `shop` let
things happen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.http import Clock
from ml_connector.sandbox.shopify import catalogue
from ml_connector.sandbox.shopify.drafts import Draft, draft_view
from ml_connector.sandbox.shopify.ids import Numbers, gid, kind_of, number_of
from ml_connector.sandbox.shopify.model import Address, Company, CompanyLocation, Customer, Order, Place, Readings
from ml_connector.sandbox.shopify.order_view import order_view
from ml_connector.sandbox.shopify.shop_view import (
    company_location_view,
    company_view,
    customer_view,
    place_view,
    product_view,
    variant_view,
)
from ml_connector.sandbox.shopify.views import Ref, View
from ml_connector.sandbox.shopify.webhooks import Outbox, Subscription

if TYPE_CHECKING:
    from ml_connector.sandbox.shopify.bulk import BulkOperation


@dataclass(frozen=True)
class ShopSettings:
    """What a shop is. Countries and currencies are ISO codes.

    Attributes:
        index_lag_s: How long a change stays invisible to searches by `updated_at`.
        adjustment_sales, rounding_in_amount, negative_quantities: See `Readings`.
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
    rounding_in_amount: bool = True
    negative_quantities: bool = True
    http_webhooks: bool = False
    restore_rate: int = 100
    currencies: tuple[str, ...] = ("EUR", "USD", "GBP", "CHF", "SEK", "JPY", "CAD", "KWD", "INR", "AUD")


@dataclass
class Premises:
    """Everything a shop holds.

    Attributes:
        secrets: By app, what signs the deliveries to it.
        state: open, frozen or locked.
        imported: Orders that were taken in as documents, as the Admin API shows them.
        imported_bodies: Those of them that came in REST's shape, as webhooks hold them.
        merges: By job, the customer that was kept and the one that is gone.
    """

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
    customers: dict[int, Customer] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    company_locations: dict[int, CompanyLocation] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    variants: dict[str, catalogue.Variant] = field(default_factory=dict)
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    drafts: dict[int, Draft] = field(default_factory=dict)
    bulk: dict[int, BulkOperation] = field(default_factory=dict)
    merges: dict[str, tuple[int, int]] = field(default_factory=dict)
    _views: dict[int, tuple[int, View]] = field(default_factory=dict)

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
    def readings(self) -> Readings:
        """How this shop decides what Shopify leaves open."""
        settings = self.settings
        return Readings(settings.adjustment_sales, settings.rounding_in_amount, settings.negative_quantities)

    @property
    def domain(self) -> str:
        """`acme.myshopify.com`."""
        return self.settings.domain

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
        finders: dict[str, Callable[[int], View | None]] = {
            "Order": self.order_view,
            "Customer": self._customer_view,
            "Location": self._place_view,
            "ProductVariant": self._variant_view,
            "Product": self._product_view,
            "CompanyLocation": self._company_location_view,
            "Company": self._company_view,
            "PurchasingCompany": self._purchasing_view,
            "Refund": self._part("refunds", "refunds"),
            "Return": self._part("returns", "returns"),
            "OrderTransaction": self._part("transactions", "transactions"),
            "DraftOrder": self._draft_view,
            "LineItem": self._part("lineItems", "lines"),
            "Fulfillment": self._part("fulfillments", "fulfillments"),
        }
        finder = finders.get(wanted.kind)
        return None if finder is None else finder(wanted.id)

    def _customer_view(self, customer_id: int) -> View | None:
        customer = self.customers.get(customer_id)
        return None if customer is None else customer_view(customer, self)

    def _draft_view(self, draft_id: int) -> View | None:
        draft = self.drafts.get(draft_id)
        return None if draft is None else draft_view(draft)

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

    def _part(self, name: str, model: str) -> Callable[[int], View | None]:
        """Finds a part of any order by its number: first whose it is, then how it looks."""

        def find(number: int) -> View | None:
            for order_id, order in self.orders.items():
                if any(part.id == number for part in getattr(order, model)):
                    return _numbered((self.order_view(order_id) or {}).get(name), number)
            found = [_numbered(view.get(name), number) for view in self.imported.values()]
            return next((view for view in found if view is not None), None)

        return find


def _numbered(parts: Sequence[View] | None, number: int) -> View | None:
    return next((part for part in parts or () if number_of(part["id"]) == number), None)
