"""Long lists of Shopify's, page by page, from where an earlier reading stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.client import PAGE
from ml_connector.shopify.listing import By, OrderGlance, Page

T = TypeVar("T")

PAGES = 80
"""After so many pages a new list is begun behind the last row: Shopify pages through at most 25 000 rows of one."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list of everything from *since* on, before *until*, has been read."""

    since: datetime
    until: datetime
    cursor: str = ""
    pages: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Place | None:
        """From what `as_json` gave and the store kept; None when there is none."""
        if "since" not in body or "until" not in body:
            return None
        since, until = (datetime.fromisoformat(body[name]) for name in ("since", "until"))
        return cls(since, until, str(body.get("cursor", "")), int(body.get("pages", 0)))


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """One page, and where the list goes on; None at its end."""

    items: tuple[T, ...]
    next: Place | None


Ask = Callable[[Place], Awaitable[Page[T]]]


async def piece_at(place: Place, ask: Ask[T], moment: Callable[[T], datetime]) -> Piece[T]:
    """One page of the list, in the order of *moment*. A row may come again, never be left out."""
    page = await ask(place)
    if page.cursor is None:
        return Piece(page.items, None)
    onward = replace(place, cursor=page.cursor, pages=place.pages + 1)
    if onward.pages >= PAGES and (last := moment(page.items[-1])) > place.since:
        onward = Place(last, place.until)
    return Piece(page.items, onward)


_MOMENTS: Mapping[By, Callable[[OrderGlance], datetime]] = {
    By.UPDATED: lambda order: order.updated_at,
    By.PROCESSED: lambda order: order.processed_at,
    By.CREATED: lambda order: order.created_at,
}


async def orders_at(run: Runtime, by: By, place: Place, *, first: int = PAGE) -> Piece[OrderGlance]:
    """One page of orders by the moment *by*. One call."""

    async def ask(at: Place) -> Page[OrderGlance]:
        return await run.shopify.orders_listed(by, at.since, at.until, at.cursor or None, first=first)

    return await piece_at(place, ask, _MOMENTS[by])


async def all_orders(run: Runtime, by: By, since: datetime, until: datetime) -> AsyncIterator[OrderGlance]:
    """Every order of a span of time, each once. A call for each 250."""
    place: Place | None = Place(since, until)
    seen: set[str] = set()
    while place is not None:
        piece = await orders_at(run, by, place)
        for order in piece.items:
            if order.id not in seen:
                seen.add(order.id)
                yield order
        place = piece.next
