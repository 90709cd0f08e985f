"""Reading orders whole: several in one question, then the rest of whatever did not fit.

How many orders share a question is learned (`BatchCost`). An order that changes between two of its pages is read again
from the start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ml_connector.domain.order import Order
from ml_connector.shopify import errors, history_reading, ids, normalise
from ml_connector.shopify.answer import Unread
from ml_connector.shopify.batch_cost import BatchCost
from ml_connector.shopify.documents import document
from ml_connector.shopify.normalise.node import Node
from ml_connector.shopify.pacing import SINGLE_QUERY_LIMIT
from ml_connector.shopify.pages import Changed, Pages
from ml_connector.shopify.wire import Wire

LIST_LIMIT = 250
"""Plain lists (transactions, refunds) cannot be paged; one that is this long may be cut off."""

_TRIES = 3
Read = Order | errors.ShopifyError | None

_OrderNode = dict[str, Any] | None
_Found = tuple[_OrderNode, tuple[Unread, ...]]


class OrderReader:
    """Reads orders of one shop.

    Attributes:
        scopes: What the shop granted; None asks for everything.
    """

    def __init__(self, wire: Wire, scopes: AbstractSet[str] | None) -> None:
        self.scopes = scopes
        self._wire = wire
        self._cost = BatchCost(float(document("OrdersByIds", scopes).cost()))

    @property
    def batch_size(self) -> int:
        """How many orders the next question holds."""
        return self._cost.largest(self._wire.bucket.status.maximum)

    async def read(self, gids: Sequence[str], *, reserve: float = 0.0) -> list[Read]:
        """Each order of *gids*, in order: the order, None when Shopify has none for us, or why it could not be read.

        Raises:
            ValueError: one is not an order's global id.
        """
        for gid in gids:
            ids.require("Order", gid)
        found: list[Read] = []
        while len(found) < len(gids):
            batch = gids[len(found) : len(found) + self.batch_size]
            found += await self._batch(batch, reserve)
        return found

    async def _batch(self, gids: Sequence[str], reserve: float) -> list[Read]:
        try:
            nodes = await self._ask(gids, reserve)
        except (errors.TooExpensive, errors.ServerFault) as error:
            return await self._smaller(gids, error, reserve)
        except errors.ShopifyError as error:
            return [error for _ in gids]
        reads = [self._one(gid, node, unread, reserve) for gid, (node, unread) in zip(gids, nodes, strict=True)]
        return list(await asyncio.gather(*reads))

    async def _smaller(self, gids: Sequence[str], error: errors.ShopifyError, reserve: float) -> list[Read]:
        """Two halves, when the question may have been too large; so one sick order cannot hide its neighbours."""
        hopeless = isinstance(error, errors.ServerFault) and not error.smaller_may_help
        if len(gids) == 1 or hopeless:
            return [error for _ in gids]
        half = len(gids) // 2
        if isinstance(error, errors.TooExpensive):
            self._cost = self._cost.refused(len(gids))
        return await self._batch(gids[:half], reserve) + await self._batch(gids[half:], reserve)

    async def _ask(self, gids: Sequence[str], reserve: float) -> list[_Found]:
        """What Shopify has for each of *gids*, with the places that it did not show."""
        answer = await self._wire.ask(
            document("OrdersByIds", self.scopes),
            {"ids": list(gids)},
            subjects=tuple(gids),
            cost=min(self._cost.of(len(gids)), SINGLE_QUERY_LIMIT),
            reserve=reserve,
        )
        if answer.cost is not None:
            self._cost = self._cost.learned(answer.cost.requested, len(gids))
        nodes = answer.data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(gids):
            raise errors.NotUnderstood("nodes", f"{len(gids)} orders were asked for")
        return [(_order_node(node), answer.unread_below("nodes", at)) for at, node in enumerate(nodes)]

    async def _one(self, gid: str, node: _OrderNode, unread: tuple[Unread, ...], reserve: float) -> Read:
        try:
            return await self._whole(gid, node, unread, reserve)
        except errors.ShopifyError as error:
            return error

    async def _whole(self, gid: str, node: _OrderNode, unread: tuple[Unread, ...], reserve: float) -> Order | None:
        for _ in range(_TRIES):
            if node is None:
                _refuse_hidden(unread)
                return None
            pages = Pages(self._wire, self.scopes, gid, node.get("updatedAt"), reserve)
            try:
                return await self._completed(node, pages, unread)
            except Changed:
                ((node, unread),) = await self._ask([gid], reserve)
        raise errors.ChangedWhileReading(gid)

    async def _completed(self, node: dict[str, Any], pages: Pages, unread: tuple[Unread, ...]) -> Order:
        _refuse_cut_lists(node, pages.subject)
        order = Node(node, "order")
        await pages.rest(order, "lineItems", "OrderLines")
        await pages.rest(order, "shippingLines", "OrderShippingLines")
        await pages.rest(order, "discountApplications", "OrderDiscounts")
        terms = order.maybe_child("paymentTerms")
        if terms is not None:
            pages.refuse_rest(terms, "paymentSchedules", "payment dates")
        history: Mapping[str, Any] | None = None
        if normalise.history_needed(node):
            history = await history_reading.read(pages)
        return normalise.order(node, history, unread=[place.text for place in (*unread, *pages.unread)])


def _order_node(value: Any) -> _OrderNode:
    if value is not None and not isinstance(value, dict):
        raise errors.NotUnderstood("nodes", "an order was expected")
    return value


def _refuse_hidden(unread: tuple[Unread, ...]) -> None:
    """An order that is null because something inside may not be shown is not one that does not exist."""
    if unread:
        raise errors.ScopeMissing(unread[0].message, path=unread[0].text)


def _refuse_cut_lists(node: Mapping[str, Any], subject: str) -> None:
    for name in ("transactions", "refunds"):
        if len(node.get(name) or ()) >= LIST_LIMIT:
            raise errors.OrderTooLarge(subject, name)
