"""The rest of a connection, page by page, into the object that holds its first page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ml_connector.shopify import errors
from ml_connector.shopify.documents import document
from ml_connector.shopify.graphql import Answer, Unread
from ml_connector.shopify.wire import Wire

Find = Callable[[Mapping[str, Any]], Any]
"""Where the connection is in the data of a page's answer."""


class Changed(Exception):
    """The order is no longer the one whose first page we hold."""


class Pages:
    """Completes what was read of one order, as long as the order stays the same.

    Attributes:
        subject: The order's global id.
        unread: What Shopify held back on later pages.
    """

    def __init__(
        self, wire: Wire, scopes: AbstractSet[str] | None, subject: str, updated_at: object, reserve: float = 0.0
    ) -> None:
        self.subject = subject
        self.scopes = scopes
        self.unread: tuple[Unread, ...] = ()
        self._wire = wire
        self._updated_at = updated_at
        self._reserve = reserve

    async def ask(self, operation: str, variables: Mapping[str, object]) -> Answer:
        """One more answer about the order.

        Raises:
            Changed: the order has been updated since its first page, or is gone.
        """
        answer = await self._wire.ask(
            document(operation, self.scopes), variables, subjects=(self.subject,), reserve=self._reserve
        )
        self.unread += answer.unread
        holder = answer.data if "order" in answer.data else answer.data.get("refund") or {}
        order = holder.get("order")
        if order is None or order.get("updatedAt") != self._updated_at:
            raise Changed
        return answer

    async def rest(self, holder: dict[str, Any], name: str, operation: str) -> None:
        """Complete the order's own connection *name*, held by *holder*, with *operation*."""
        await self.fill(holder.get(name), operation, {"id": self.subject}, lambda data: data["order"][name])

    async def fill(self, connection: Any, operation: str, variables: Mapping[str, object], find: Find) -> None:
        """Append every further page to *connection*, in place.

        Raises:
            Changed: see `ask`.
            NotUnderstood: a page does not lead further, so the end would never come.
        """
        while connection and connection["pageInfo"]["hasNextPage"]:
            after = connection["pageInfo"]["endCursor"]
            page = find((await self.ask(operation, {**variables, "after": after})).data)
            rows = "edges" if "edges" in connection else "nodes"
            if not page or not page[rows] or page["pageInfo"].get("endCursor") == after:
                raise errors.NotUnderstood(operation, "a page leads nowhere")
            connection[rows] += page[rows]
            connection["pageInfo"] = page["pageInfo"]

    def refuse_rest(self, holder: Mapping[str, Any], name: str, what: str) -> None:
        """Raise `OrderTooLarge` when the connection *name* has more than its first page."""
        connection = holder.get(name)
        if connection and connection["pageInfo"]["hasNextPage"]:
            raise errors.OrderTooLarge(self.subject, what)
