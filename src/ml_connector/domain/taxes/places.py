"""Where an order is taxed: the ship-to, the store for point of sale and pick-up, the billing address, else at home."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.domain.books import Organisation
from ml_connector.domain.order import Address, Order

SUB_NATIONAL = frozenset({"US", "CA", "BR"})
"""Countries whose provinces have taxes of their own, so that a mapping is made for one of them."""

EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction. Empty country: nothing says where the order is taxed."""

    country: str
    province: str = ""
    name: str = ""
    """The country's English name, or its code."""
    source: str = ""
    """Which of Shopify's addresses it was read from."""

    @property
    def tax_province(self) -> str:
        """The province where tax is sub-national, else empty."""
        return self.province if self.country in SUB_NATIONAL else ""

    def __str__(self) -> str:
        return f"{self.name}, {self.tax_province}" if self.tax_province else self.name or "an unknown place"


NOWHERE = Place("")


def place_of(order: Order, seller: Organisation) -> Place:
    """The jurisdiction of *order*.

    What is handed over without any address is sold where the seller is, and Shopify taxes it so: then the seller's own
    country and state, or `NOWHERE` when Zoho does not say them.
    """
    for source, address in _candidates(order):
        if address is not None and address.country_code:
            return Place(
                address.country_code.upper(),
                (address.province_code or "").upper(),
                address.country or address.country_code.upper(),
                source,
            )
    if not seller.country_code:
        return NOWHERE
    return Place(seller.country_code, seller.state_code, seller.country_code, "no address, so the seller's own place")


def sold_in_store(order: Order) -> bool:
    """Whether the goods changed hands in a store: nothing was shipped, and a store is named."""
    return order.retail_location_address is not None and not order.shipping_lines


def _candidates(order: Order) -> list[tuple[str, Address | None]]:
    ship_to = ("shippingAddress", order.shipping_address)
    store = ("retailLocation.address", order.retail_location_address)
    default = order.customer.default_address if order.customer else None
    rest = [("billingAddress", order.billing_address), ("customer.defaultAddress", default)]
    return [store, ship_to, *rest] if sold_in_store(order) else [ship_to, store, *rest]
