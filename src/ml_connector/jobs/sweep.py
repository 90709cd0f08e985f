"""Looks for what nobody announced, announced wrongly, or while we were down.

    watermark − 10 min ──────────────► Shopify's clock − 1 min
              page │ page │ page │          each page: its knocks and its cursor in one commit;
                                            the watermark moves with the last

Shopify's search index lags behind its orders, by how much is not documented: so each sweep begins before the end of the
one before, and once an hour a sweep looks back a whole day. What a run has answered since is no knock, so looking twice
costs nothing but the list. An interrupted sweep goes on at its cursor.

Costs a question for the clock, one for each 250 rows, and five statements in one commit for each page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.order import Customer
from ml_connector.domain.trouble import Remedy
from ml_connector.jobs.beginning import first_moment
from ml_connector.jobs.paging import Piece, Place, orders_at, piece_at
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import Turn, turn
from ml_connector.shopify.errors import ShopifyError
from ml_connector.shopify.listing import By, Page
from ml_connector.shopify.scopes import granted
from ml_connector.store.subjects import Knock, Lane, Subject

log = structlog.get_logger(__name__)

OVERLAP = timedelta(minutes=10)
A_DAY = timedelta(days=1)
"""How far the hourly sweep looks back: for changes that Shopify's index showed later than `OVERLAP`."""
SETTLED = timedelta(minutes=1)
"""What changed less than this ago is left to the next sweep: it may not be in Shopify's index yet."""
NEWS = timedelta(days=1)
"""What was last updated longer ago than this waits behind what happens now."""

ORDERS, CUSTOMERS = "order", "customer"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did.

    Attributes:
        found: Rows that Shopify listed.
        knocked: Those that no run had answered.
        until: Everything that was updated before this moment has been looked at.
    """

    found: int
    knocked: int
    until: datetime

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.found + other.found, self.knocked + other.knocked, max(self.until, other.until))


async def sweep(run: Runtime, *, overlap: timedelta = OVERLAP) -> Swept:
    """Knock for every order, and every customer where customers are kept, that changed and was not answered.

    Args:
        overlap: How long before the end of the last sweep this one begins.

    Raises:
        Elsewhere: another process sweeps this connection right now.
        ShopifyError, StoreTrouble: what was found so far is knocked for; the next sweep goes on there.
    """
    async with turn(f"sweep of {run.connection_id}", run.store) as ours:
        scopes = await run.shopify.scopes()
        until = (run.shopify.server_time or run.clock.now()) - SETTLED
        swept = await _all(run, ours, ORDERS, until, overlap)
        if run.policy.customers == "all" and granted("read_customers", scopes):
            swept += await _all(run, ours, CUSTOMERS, until, overlap)
    log.info("sweep.done", connection=run.name, found=swept.found, knocked=swept.knocked)
    return swept


async def _all(run: Runtime, ours: Turn, kind: str, until: datetime, overlap: timedelta) -> Swept:
    """What an earlier sweep left, then everything since."""
    swept = Swept(0, 0, until)
    left = await _left(run, kind)
    if left is not None:
        try:
            swept += await _through(run, ours, kind, left)
        except ShopifyError as error:
            if error.remedy in (Remedy.LATER, Remedy.CONNECTION):
                raise
            # a cursor may outlive what it points into; nothing is lost by beginning the list anew
            log.info("sweep.cursor_refused", connection=run.name, code=error.code)
            swept += await _through(run, ours, kind, Place(left.since, left.until))
    since = await _since(run, kind, overlap)
    return swept + await _through(run, ours, kind, Place(since, until)) if since < until else swept


async def _left(run: Runtime, kind: str) -> Place | None:
    async with run.store.at_once() as tx:
        mark = await run.store.watermarks.get(tx, run.connection_id, _name(kind))
    return Place.of(mark.body) if mark is not None else None


async def _since(run: Runtime, kind: str, overlap: timedelta) -> datetime:
    async with run.store.at_once() as tx:
        mark = await run.store.watermarks.get(tx, run.connection_id, _name(kind))
    return mark.at - overlap if mark is not None and mark.at is not None else await first_moment(run)


def _name(kind: str) -> str:
    return f"sweep:{kind}"


async def _through(run: Runtime, ours: Turn, kind: str, begun: Place) -> Swept:
    """The list from *begun* to its end."""
    place: Place | None = begun
    found = knocked = 0
    while place is not None:
        rows, onward = await _page(run, kind, place)
        knocked += await _commit(run, ours, kind, rows, begun.until, onward)
        found += len(rows)
        place = onward
    return Swept(found, knocked, begun.until)


async def _page(run: Runtime, kind: str, place: Place) -> tuple[Mapping[str, datetime], Place | None]:
    """Ids with `updatedAt`, and where the list goes on."""
    if kind == ORDERS:
        orders = await orders_at(run, By.UPDATED, place)
        return {order.id: order.updated_at for order in orders.items}, orders.next
    people = await _customers_at(run, place)
    return {one.id: one.updated_at or place.until for one in people.items}, people.next


async def _customers_at(run: Runtime, place: Place) -> Piece[Customer]:
    async def ask(at: Place) -> Page[Customer]:
        return await run.shopify.customers_updated(at.since, at.until, at.cursor or None)

    return await piece_at(place, ask, lambda one: one.updated_at or place.since)


async def _commit(
    run: Runtime, ours: Turn, kind: str, rows: Mapping[str, datetime], until: datetime, onward: Place | None
) -> int:
    """One page's knocks and the place behind it; with the last page the watermark moves. How many were knocked for."""
    store, number = run.store, run.connection_id
    async with store.transaction() as tx:
        await ours.keep(tx)
        news = await store.subjects.unanswered(tx, number, kind, rows)
        knocks = [Knock(Subject(number, kind, each), _lane(kind, rows[each], until)) for each in rows if each in news]
        if knocks:
            await store.subjects.knock(tx, knocks)
        mark = await store.watermarks.get(tx, number, _name(kind))
        at = until if onward is None else mark.at if mark is not None else None
        body = {} if onward is None else onward.as_json()
        await store.watermarks.put(tx, number, _name(kind), at=at, cursor=onward.cursor if onward else "", body=body)
    return len(knocks)


def _lane(kind: str, updated_at: datetime, until: datetime) -> Lane:
    if kind == CUSTOMERS:
        return Lane.REREADING
    return Lane.LIVE if until - updated_at < NEWS else Lane.BACKFILL
