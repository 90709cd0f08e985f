"""Kinds of order as stories: a name, and what happens in how many stages.

A story is a generator over one shop. It yields the order after each stage, so that a listener
can be given time between placing and refunding, say; or it is told to the end at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.shopify.catalogue import COUNTRIES, person_in, taxes_in
from ml_connector.sandbox.shopify.model import Address, Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import CustomerSpec, LineSpec, OrderSpec, PaymentSpec, ShippingSpec

Teller = Callable[[Shop], Iterator[Order]]

KINDS: dict[str, Teller] = {}
"""Every kind by its name, in the order they are written down."""

UNPAID: tuple[PaymentSpec, ...] = ()


def kind(name: str) -> Callable[[Teller], Teller]:
    """Register a story under *name*."""

    def register(teller: Teller) -> Teller:
        KINDS[name] = teller
        return teller

    return register


@dataclass
class Story:
    """One telling of a kind.

    Attributes:
        order: As it stands after the last stage that was told.
    """

    name: str
    _stages: Iterator[Order]
    order: Order
    ended: bool = False

    @classmethod
    def begin(cls, shop: Shop, name: str) -> Story:
        """Tell the first stage of the kind *name*.

        Raises:
            KeyError: There is no such kind.
        """
        stages = KINDS[name](shop)
        return cls(name, stages, next(stages))

    def next(self) -> bool:
        """Tell one more stage; false when there was none left."""
        try:
            self.order = next(self._stages)
        except StopIteration:
            self.ended = True
        return not self.ended

    def finish(self) -> Order:
        """Tell all that is left."""
        while self.next():
            pass
        return self.order


def tell(shop: Shop, name: str) -> Order:
    """Tell the kind *name* to its end.

    Raises:
        KeyError: There is no such kind.
    """
    return Story.begin(shop, name).finish()


def some(shop: Shop, count: int = 1, quantity: int = 1, **changed: Any) -> tuple[LineSpec, ...]:
    """Lines of ordinary goods, all different."""
    ordinary = [one.sku for one in shop.variants.values() if one.type in ("Tea", "Coffee", "Ware", "Food")]
    return tuple(LineSpec(sku=sku, quantity=quantity, **changed) for sku in shop.random.sample(ordinary, count))


def buy(
    shop: Shop,
    *lines: LineSpec,
    country: str = "",
    province: str | None = None,
    delivery: str | None = None,
    silent: bool = False,
    **changed: Any,
) -> Order:
    """Place an ordinary paid order, changed in what the story is about.

    Args:
        country: Where the buyer lives and is taxed; the shop's own by default.
    """
    home = country or shop.settings.country
    person = _somebody(home)
    region = province or (person.address.province_code if person.address else None)
    wanted: dict[str, Any] = {"customer": person, "taxes": taxes_in(home, region), **changed}
    if delivery is not None:
        wanted.setdefault("shipping", (ShippingSpec(Decimal(delivery)),))
    return shop.place_order(OrderSpec(lines=lines or some(shop), **wanted), silent=silent)


def _somebody(country: str) -> CustomerSpec:
    try:
        return person_in(country)
    except StopIteration:
        home = Address(
            first_name="Robin",
            last_name="Marsh",
            address1="Bridge Street 4",
            city="Marshfield",
            country=COUNTRIES.get(country),
            country_code=country,
        )
        return CustomerSpec("Robin", "Marsh", f"robin.{country.lower()}@example.com", address=home)
