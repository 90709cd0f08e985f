"""Reading orders whole: several in one question, then the rest of whatever did not fit.

How many orders share a question is learned: Shopify does not say whether the cost of `nodes(ids:)` grows with the
number of ids, so the first question is small enough for the dear reading, and the cost that the answer names decides
about the next. An order that changes between two of its pages is read again from the start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ml_connector.domain.order import Order
from ml_connector.shopify import errors, history_reading, ids, normalise
from ml_connector.shopify.documents import document
from ml_connector.shopify.graphql import Answer, Unread
from ml_connector.shopify.pacing import SINGLE_QUERY_LIMIT
from ml_connector.shopify.pages import Changed, Pages
from ml_connector.shopify.wire import Wire

LARGEST_BATCH = 20
"""More orders than this in one answer would risk Shopify's ten seconds."""

LIST_LIMIT = 250
"""Plain lists (transactions, refunds) cannot be paged; one that is this long may be cut off."""

_TRIES = 3
_MARGIN = 0.9
"""The share of the single-query limit that we use; the estimate may be off by a few points."""

Read = Order | errors.ShopifyError | None


class OrderReader:
    """Reads orders of one shop.

    Attributes:
        scopes: What the shop granted; None asks for everything.
    """

    def __init__(self, wire: Wire, scopes: AbstractSet[str] | None) -> None:
        self.scopes = scopes
        self._wire = wire
        self._each = float(document("OrdersByIds", scopes).cost())
        self._largest = self._fitting()

    @property
    def batch_size(self) -> int:
        """How many orders the next question holds."""
        return self._largest

    def _fitting(self) -> int:
        limit = min(SINGLE_QUERY_LIMIT, self._wire.bucket.status.maximum) * _MARGIN
        return max(1, min(LARGEST_BATCH, int(limit / max(self._each, 1.0))))

    async def read(self, gids: Sequence[str], *, reserve: float = 0.0) -> list[Read]:
        """Each order of *gids*, in order: the order, None when Shopify has none for us, or why it could not be read.

        Raises:
            ValueError: one is not an order's global id.
        """
        for gid in gids:
            ids.require("Order", gid)
        found: list[Read] = []
        while len(found) < len(gids):
            batch = gids[len(found) : len(found) + self._largest]
            found += await self._batch(batch, reserve)
        return found

    async def _batch(self, gids: Sequence[str], reserve: float) -> list[Read]:
        try:
            answer = await self._ask(gids, reserve)
        except (errors.TooExpensive, errors.ServerFault) as error:
            return await self._smaller(gids, error, reserve)
        except errors.ShopifyError as error:
            return [error for _ in gids]
        nodes = answer.data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(gids):
            return [errors.NotUnderstood("nodes", f"{len(gids)} orders were asked for") for _ in gids]
        reads = [self._one(gid, nodes[at], answer.unread_below("nodes", at), reserve) for at, gid in enumerate(gids)]
        return list(await asyncio.gather(*reads))

    async def _smaller(self, gids: Sequence[str], error: errors.ShopifyError, reserve: float) -> list[Read]:
        """Two halves, when the question may have been too large; so one sick order cannot hide its neighbours."""
        hopeless = isinstance(error, errors.ServerFault) and not error.smaller_may_help
        if len(gids) == 1 or hopeless:
            return [error for _ in gids]
        half = len(gids) // 2
        if isinstance(error, errors.TooExpensive):
            self._largest = half
        return await self._batch(gids[:half], reserve) + await self._batch(gids[half:], reserve)

    async def _ask(self, gids: Sequence[str], reserve: float) -> Answer:
        answer = await self._wire.ask(
            document("OrdersByIds", self.scopes),
            {"ids": list(gids)},
            subjects=tuple(gids),
            cost=min(self._each * len(gids), SINGLE_QUERY_LIMIT),
            reserve=reserve,
        )
        if answer.cost is not None and answer.cost.requested > 0:
            self._learn(answer.cost.requested, len(gids))
        return answer

    def _learn(self, requested: float, count: int) -> None:
        """What an order costs, from what *count* of them cost; a single one says nothing about many."""
        if count > 1:
            self._each = requested / count
            self._largest = min(self._fitting(), max(count, self._largest) * 2)

    async def _one(self, gid: str, node: Any, unread: tuple[Unread, ...], reserve: float) -> Read:
        try:
            return await self._whole(gid, node, unread, reserve)
        except errors.ShopifyError as error:
            return error

    async def _whole(self, gid: str, node: Any, unread: tuple[Unread, ...], reserve: float) -> Order | None:
        for _ in range(_TRIES):
            if node is None:
                _refuse_hidden(unread)
                return None
            pages = Pages(self._wire, self.scopes, gid, node.get("updatedAt"), reserve)
            try:
                return await self._completed(node, pages, unread)
            except Changed:
                answer = await self._ask([gid], reserve)
                node, unread = answer.data["nodes"][0], answer.unread_below("nodes", 0)
        raise errors.ChangedWhileReading(gid)

    async def _completed(self, node: dict[str, Any], pages: Pages, unread: tuple[Unread, ...]) -> Order:
        _refuse_cut_lists(node, pages.subject)
        await pages.rest(node, "lineItems", "OrderLines")
        await pages.rest(node, "shippingLines", "OrderShippingLines")
        await pages.rest(node, "discountApplications", "OrderDiscounts")
        terms = node.get("paymentTerms")
        if terms:
            pages.refuse_rest(terms, "paymentSchedules", "payment dates")
        history: Mapping[str, Any] | None = None
        if normalise.history_needed(node):
            history = await history_reading.read(pages)
        return normalise.order(node, history, unread=[place.text for place in (*unread, *pages.unread)])


def _refuse_hidden(unread: tuple[Unread, ...]) -> None:
    """An order that is null because something inside may not be shown is not one that does not exist."""
    if unread:
        raise errors.ScopeMissing(unread[0].message, path=unread[0].text)


def _refuse_cut_lists(node: Mapping[str, Any], subject: str) -> None:
    for name in ("transactions", "refunds"):
        if len(node.get(name) or ()) >= LIST_LIMIT:
            raise errors.OrderTooLarge(subject, name)
