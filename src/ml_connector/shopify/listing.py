"""Thin lists of orders: which there are, so that each can be read whole. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ml_connector.domain.money import MoneyBag
from ml_connector.domain.order import Transaction
from ml_connector.shopify.normalise.money_moves import transaction
from ml_connector.shopify.normalise.node import Node

T = TypeVar("T")


class By(StrEnum):
    """The moment by which orders are listed. Filter and sort key are always the same field."""

    UPDATED = "updated_at"
    PROCESSED = "processed_at"
    CREATED = "created_at"

    @property
    def sort_key(self) -> str:
        """`OrderSortKeys`: UPDATED_AT, PROCESSED_AT, CREATED_AT."""
        return self.value.upper()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `cursor` asks for the next with the same arguments, None at the end."""

    items: tuple[T, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class OrderGlance:
    """What a list tells of an order."""

    id: str
    name: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    current_total: MoneyBag
    total_received: MoneyBag
    total_refunded: MoneyBag
    cancelled_at: datetime | None = None
    test: bool = False
    financial_status: str | None = None


def glance(node: Node) -> OrderGlance:
    return OrderGlance(
        id=node.text("id"),
        name=node.text("name"),
        created_at=node.moment("createdAt"),
        processed_at=node.moment("processedAt"),
        updated_at=node.moment("updatedAt"),
        current_total=node.bag("currentTotalPriceSet"),
        total_received=node.bag("totalReceivedSet"),
        total_refunded=node.bag("totalRefundedSet"),
        cancelled_at=node.maybe_moment("cancelledAt"),
        test=node.flag("test"),
        financial_status=node.maybe("displayFinancialStatus"),
    )


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order of a list with every movement of its money."""

    order: OrderGlance
    transactions: tuple[Transaction, ...]


def order_money(node: Node) -> OrderMoney:
    return OrderMoney(glance(node), tuple(transaction(each) for each in node.children("transactions")))


def page(data: Mapping[str, Any], name: str, item: Callable[[Node], T]) -> Page[T]:
    """The page of connection *name* at the root of *data*."""
    connection = Node(data, "data").child(name)
    info = connection.child("pageInfo")
    cursor = info.text("endCursor") if info.flag("hasNextPage") else None
    return Page(tuple(item(node) for node in connection.children("nodes")), cursor)


def quoted(text: str) -> str:
    """*text* as one value of Shopify's search syntax.

    Source: Shopify API search syntax, special characters.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def moment(at: datetime) -> str:
    """`'2026-11-23T10:00:00Z'`, quoted, in UTC, to the second below.

    Raises:
        ValueError: *at* has no timezone, which is a bug in the caller.
    """
    if at.tzinfo is None:
        raise ValueError("a moment must be timezone-aware")
    return quoted(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def between(by: By, since: datetime | None, until: datetime | None) -> str:
    """The search for orders whose moment is at or after *since* and before *until*."""
    parts = []
    if since is not None:
        parts.append(f"{by}:>={moment(since)}")
    if until is not None:
        parts.append(f"{by}:<{moment(until)}")
    return " AND ".join(parts)


def same_name(wanted: str, name: str) -> bool:
    """Whether two order names are the same one, with or without `#`, in any letter case."""
    return wanted.strip().removeprefix("#").casefold() == name.strip().removeprefix("#").casefold()
