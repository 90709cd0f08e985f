"""One shop's Admin API, in our words.

Everything said here is decided in pure modules: `documents`, `graphql`, `normalise`, `listing`, `subscriptions`.
Every method raises `ShopifyError`s; nothing but customers' own data and webhook subscriptions is ever changed.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.order import Address, Customer, Order
from ml_connector.net import Send
from ml_connector.shopify import errors, graphql, ids, judging, listing, normalise, subscriptions, topics
from ml_connector.shopify.batching import Coalescer
from ml_connector.shopify.documents import document
from ml_connector.shopify.exchange import Record, ignore
from ml_connector.shopify.listing import By, OrderGlance, OrderMoney, Page
from ml_connector.shopify.normalise.node import Node
from ml_connector.shopify.order_reading import OrderReader, Read
from ml_connector.shopify.shop import Shop, scopes, shop
from ml_connector.shopify.subscriptions import Subscription
from ml_connector.shopify.wire import REAL_TIME, Time, TokenProvider, Wire

PAGE = 250
"""The most that Shopify gives in one page."""

MONEY_PAGE = 50
"""Orders in one page that brings their transactions along, up to a hundred of each."""

BACKGROUND_RESERVE = 0.4
"""The share of the bucket that background reading leaves to live orders."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many; `exact` is False when Shopify stopped counting."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class PlacedAddress:
    """One of a customer's addresses, and Shopify's id of it."""

    id: str
    address: Address


class ShopifyClient:
    """Asks one shop.

    Args:
        send: Carries requests.
        shop: `acme.myshopify.com`.
        tokens: Where access tokens come from.
        endpoint: Where the shop's API is; `{shop}` is filled in where present.
        api_version: `2026-04`.
        granted: The scopes of the shop's grant; None asks for every field and lives with what is denied.
        record: Told about every exchange.
    """

    def __init__(  # noqa: PLR0913  (what an edge is given, each by name)
        self,
        send: Send,
        shop: str,
        tokens: TokenProvider,
        *,
        endpoint: str = "https://{shop}",
        api_version: str = "2026-04",
        granted: AbstractSet[str] | None = None,
        record: Record = ignore,
        time: Time = REAL_TIME,
    ) -> None:
        self.shop_domain = shop
        self._wire = Wire(send, shop, tokens, endpoint=endpoint, api_version=api_version, record=record, time=time)
        self._reader = OrderReader(self._wire, granted)
        self._askers: Coalescer[Read] = Coalescer(self._reader.read, lambda: self._reader.batch_size)

    @property
    def server_time(self) -> datetime | None:
        """Shopify's own clock in its last answer, None before the first."""
        return self._wire.server_time

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about the last answer, such as an API version that is no longer served."""
        return self._wire.warnings

    def use_scopes(self, scopes: AbstractSet[str]) -> None:
        """Ask from now on only for what *scopes* allow."""
        self._reader.scopes = frozenset(scopes)

    async def close(self) -> None:
        """Call off what is on its way. The sender is its owner's to close."""
        await self._askers.close()

    async def orders(self, gids: Sequence[str], *, background: bool = False) -> list[Read]:
        """Each order of *gids*: the order, None when Shopify has none for us, or the error that kept it from us.

        None means deleted, never there, or older than the granted 60 days.

        Raises:
            ValueError: one is not an order's global id.
        """
        return await self._reader.read(gids, reserve=self._reserve(background))

    async def order(self, gid: str) -> Order | None:
        """The order, or None; shares a request with whoever asks in the same moment.

        Raises:
            ShopifyError: it could not be read.
            ValueError: *gid* is not an order's global id.
        """
        found = await self._askers.get(ids.require("Order", gid))
        if isinstance(found, errors.ShopifyError):
            raise found
        return found

    async def find_orders(self, name: str) -> tuple[OrderGlance, ...]:
        """Orders called *name* (with or without `#`), newest first; a name is not unique over time."""
        wanted = name.strip().removeprefix("#")
        found = await self._listed(f"name:{listing.quoted(wanted)}", By.CREATED, None, PAGE, background=False)
        named = [order for order in found.items if listing.same_name(name, order.name)]
        return tuple(sorted(named, key=lambda order: order.created_at, reverse=True))

    async def orders_updated(
        self, since: datetime | None, until: datetime | None, cursor: str | None = None, *, first: int = PAGE
    ) -> Page[OrderGlance]:
        """Orders updated at or after *since* and before *until*, oldest change first; see `orders_listed`."""
        return await self.orders_listed(By.UPDATED, since, until, cursor, first=first)

    async def orders_listed(
        self,
        by: By,
        since: datetime | None,
        until: datetime | None,
        cursor: str | None = None,
        *,
        first: int = PAGE,
    ) -> Page[OrderGlance]:
        """One page of orders by the moment *by*, in its order.

        While paging, an order that changes moves to the end of a list by update: use a fixed *until* and overlap.
        Shopify pages through at most 25 000 orders of one list; ask for shorter spans of time when there are more.
        """
        return await self._listed(listing.between(by, since, until), by, cursor, first, background=True)

    async def orders_money(
        self, since: datetime, until: datetime | None, cursor: str | None = None, *, first: int = MONEY_PAGE
    ) -> Page[OrderMoney]:
        """One page of orders updated at or after *since* and before *until*, each with its transactions."""
        variables = {
            "first": first,
            "after": cursor,
            "query": listing.between(By.UPDATED, since, until),
            "sortKey": By.UPDATED.sort_key,
        }
        answer = await self._ask("OrdersMoney", variables, background=True)
        return listing.page(answer.data, "orders", listing.order_money)

    async def orders_count(self, by: By, since: datetime | None, until: datetime | None) -> Counted:
        """How many orders `orders_listed` would give."""
        answer = await self._ask("OrdersCount", {"query": listing.between(by, since, until)})
        found = Node(answer.data, "data").child("ordersCount")
        return Counted(found.count("count"), found.text("precision") == "EXACT")

    async def _listed(
        self, query: str, by: By, cursor: str | None, first: int, *, background: bool
    ) -> Page[OrderGlance]:
        variables = {"first": first, "after": cursor, "query": query, "sortKey": by.sort_key}
        answer = await self._ask("OrdersListed", variables, background=background)
        return listing.page(answer.data, "orders", listing.glance)

    async def shop(self) -> Shop:
        """The shop and what it granted to us."""
        return shop((await self._ask("Shop", {})).data)

    async def scopes(self) -> frozenset[str]:
        """What the shop has granted to us now."""
        return scopes((await self._ask("Scopes", {})).data)

    async def kept_from_us(self) -> tuple[str, ...]:
        """What of a buyer Shopify does not show to this app, in its words; none when there is no order yet."""
        return tuple(dict.fromkeys(place.message for place in (await self._ask("WhatIsShown", {})).unread))

    async def customer(self, gid: str) -> Customer | None:
        """The customer as it is now; None when there is none, also after it was merged into another."""
        ids.require("Customer", gid)
        answer = await self._ask("Customer", {"id": gid}, subjects=(gid,))
        return normalise.customer(Node(answer.data, "data").maybe_child("customer"))

    async def customers_updated(
        self, since: datetime | None, until: datetime | None, cursor: str | None = None, *, first: int = PAGE
    ) -> Page[Customer]:
        """One page of customers updated at or after *since* and before *until*, oldest change first."""
        query = listing.between(By.UPDATED, since, until)
        variables = {"first": first, "after": cursor, "query": query}
        answer = await self._ask("CustomersUpdated", variables, background=True)
        return listing.page(answer.data, "customers", _customer)

    async def customer_update(self, gid: str, fields: Mapping[str, object]) -> Customer:
        """Set *fields* (names of `CustomerInput`: firstName, lastName, email, phone, note, …); all others stay.

        Raises:
            Refused: Shopify does not take a value, e.g. an e-mail that another customer has.
            WriteInDoubt: no answer came; setting the same values again does no harm.
        """
        given = {**fields, "id": ids.require("Customer", gid)}
        payload = await self._change("CustomerUpdate", "customerUpdate", {"input": given}, (gid,))
        return _customer(payload.child("customer"))

    async def customer_addresses(self, gid: str) -> tuple[PlacedAddress, ...]:
        """The customer's addresses with their ids; none when there is no such customer."""
        ids.require("Customer", gid)
        answer = await self._ask("CustomerAddresses", {"id": gid}, subjects=(gid,))
        customer = Node(answer.data, "data").maybe_child("customer")
        nodes = customer.nodes("addressesV2") if customer else ()
        return tuple(_placed(node) for node in nodes)

    async def customer_address(
        self, gid: str, address: Address, *, address_id: str | None = None, default: bool = False
    ) -> PlacedAddress:
        """Add *address* to the customer, or change the one called *address_id*; the address as Shopify has it now.

        Raises:
            Refused: Shopify does not take a value.
            WriteInDoubt: no answer came; an address that was to be added may be there, so read the customer first.
        """
        variables: dict[str, object] = {
            "customerId": ids.require("Customer", gid),
            "address": address_input(address),
            "setAsDefault": default,
        }
        if address_id is None:
            payload = await self._change("CustomerAddressCreate", "customerAddressCreate", variables, (gid,))
            return _placed(payload.child("address"))
        variables["addressId"] = address_id
        payload = await self._change("CustomerAddressUpdate", "customerAddressUpdate", variables, (gid,))
        return _placed(payload.child("address"))

    async def webhook_subscriptions(self) -> tuple[Subscription, ...]:
        """All subscriptions that were made through this API; those of an app's own configuration are never listed."""
        found: tuple[Subscription, ...] = ()
        cursor: str | None = None
        while True:
            answer = await self._ask("WebhookSubscriptions", {"first": PAGE, "after": cursor})
            page = listing.page(answer.data, "webhookSubscriptions", subscriptions.subscription)
            found += page.items
            if page.cursor is None or page.cursor == cursor:
                return found
            cursor = page.cursor

    async def webhook_subscription_create(self, topic: str, uri: str) -> Subscription:
        """Subscribe to *topic* (`orders/create`), everything, at *uri*."""
        variables = {"topic": topics.enum(topic), "subscription": subscriptions.wanted_input(topic, uri)}
        payload = await self._change("WebhookSubscriptionCreate", "webhookSubscriptionCreate", variables)
        return subscriptions.subscription(payload.child("webhookSubscription"))

    async def webhook_subscription_update(self, found: Subscription, uri: str) -> Subscription:
        """Give a subscription of ours the address *uri*, our name and our shape."""
        variables = {"id": found.id, "subscription": subscriptions.wanted_input(found.topic, uri)}
        payload = await self._change("WebhookSubscriptionUpdate", "webhookSubscriptionUpdate", variables)
        return subscriptions.subscription(payload.child("webhookSubscription"))

    async def webhook_subscription_delete(self, found: Subscription) -> None:
        """Remove a subscription of ours. One that is gone already is fine."""
        try:
            await self._change("WebhookSubscriptionDelete", "webhookSubscriptionDelete", {"id": found.id})
        except errors.Refused as error:
            if not any("does not exist" in refusal.message for refusal in error.refusals):
                raise

    async def webhook_subscriptions_repair(
        self, changes: subscriptions.Changes, uri: str
    ) -> Mapping[str, errors.ShopifyError]:
        """Carry *changes* out, in their order; topic -> why Shopify does not take it. One refused topic stops no other.

        Raises:
            ShopifyError: what is no answer about one topic. The next repair does the rest.
        """
        refused: dict[str, errors.ShopifyError] = {}
        for topic, change in self._steps(changes, uri):
            try:
                await change
            except (errors.Refused, errors.ScopeMissing, errors.OurMistake) as error:
                refused[topic] = error
        return refused

    def _steps(
        self, changes: subscriptions.Changes, uri: str
    ) -> Iterator[tuple[str, Coroutine[Any, Any, Subscription | None]]]:
        for found in changes.delete:
            yield found.topic, self.webhook_subscription_delete(found)
        for found in changes.update:
            yield found.topic, self.webhook_subscription_update(found, uri)
        for topic in changes.create:
            yield topic, self.webhook_subscription_create(topic, uri)

    async def _change(
        self, operation: str, field: str, variables: Mapping[str, object], subjects: tuple[str, ...] = ()
    ) -> Node:
        """The payload of a mutation that Shopify carried out."""
        answer = await self._ask(operation, variables, subjects=subjects)
        payload = Node(answer.data, "data").child(field)
        judging.refuse(payload.value)
        return payload

    async def _ask(
        self,
        operation: str,
        variables: Mapping[str, Any],
        *,
        subjects: tuple[str, ...] = (),
        background: bool = False,
    ) -> graphql.Answer:
        asked = document(operation, self._reader.scopes)
        return await self._wire.ask(asked, variables, subjects=subjects, reserve=self._reserve(background))

    def _reserve(self, background: bool) -> float:
        return self._wire.bucket.status.maximum * BACKGROUND_RESERVE if background else 0.0


def _customer(node: Node) -> Customer:
    found = normalise.customer(node)
    assert found is not None
    return found


def _placed(node: Node) -> PlacedAddress:
    found = normalise.address(node)
    assert found is not None
    return PlacedAddress(node.text("id"), found)


def address_input(address: Address) -> dict[str, object]:
    """`MailingAddressInput`. Country and province go by code; an empty part is sent as null, which clears it.

    A province whose code nobody knows goes by its name: deprecated, and the only way in every supported version.
    """
    by_name = {"province": address.province} if address.province and not address.province_code else {}
    return {
        "firstName": address.first_name,
        "lastName": address.last_name,
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        **(by_name or {"provinceCode": address.province_code}),
        "zip": address.zip,
        "countryCode": address.country_code,
        "phone": address.phone,
    }
