"""The rest of a connection, page by page, into the object that holds its first page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from ml_connector.shopify import errors
from ml_connector.shopify.answer import Unread
from ml_connector.shopify.documents import document
from ml_connector.shopify.normalise.node import Node
from ml_connector.shopify.wire import Wire

Find = Callable[[Node], Node]
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

    async def ask(self, operation: str, variables: Mapping[str, object]) -> Node:
        """The data of one more answer about the order.

        Raises:
            Changed: the order has been updated since its first page, or is gone.
        """
        asked = document(operation, self.scopes)
        answer = await self._wire.ask(asked, variables, subjects=(self.subject,), reserve=self._reserve)
        self.unread += answer.unread
        data = Node(answer.data, operation)
        holder = data if "order" in answer.data else data.maybe_child("refund")
        order = holder.maybe_child("order") if holder else None
        if order is None or order.maybe("updatedAt") != self._updated_at:
            raise Changed
        return data

    async def rest(self, holder: Node, name: str, operation: str) -> None:
        """Complete the order's own connection *name*, held by *holder*, with *operation*."""
        await self.fill(holder, name, operation, {"id": self.subject}, lambda data: data.child("order").child(name))

    async def fill(self, holder: Node, name: str, operation: str, variables: Mapping[str, object], find: Find) -> None:
        """Append every further page to the connection *name* of *holder*, in place.

        Raises:
            Changed: see `ask`.
            NotUnderstood: a page does not lead further, so the end would never come.
        """
        connection = holder.maybe_child(name)
        after = next_cursor(connection)
        while connection is not None and after is not None:
            page = find(await self.ask(operation, {**variables, "after": after}))
            rows = "edges" if "edges" in connection.value else "nodes"
            added, before = page.children(rows), after
            after = next_cursor(page)
            if not added or after == before:
                raise errors.NotUnderstood(operation, "a page leads nowhere")
            connection.value[rows].extend(row.value for row in added)

    def refuse_rest(self, holder: Node, name: str, what: str) -> None:
        """Raise `OrderTooLarge` when the connection *name* has more than its first page."""
        if next_cursor(holder.maybe_child(name)) is not None:
            raise errors.OrderTooLarge(self.subject, what)


def next_cursor(connection: Node | None) -> str | None:
    """Where the next page of *connection* begins; None when there is no more."""
    if connection is None:
        return None
    info = connection.child("pageInfo")
    return info.text("endCursor") if info.flag("hasNextPage") else None
