"""What a change of the policy would have made of the last 90 days, before anybody puts it into force.

The orders are those that we have read, as they were then, without anybody's name. Both policies plan each of them; no
company is asked, and nothing is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ml_connector.domain.books import Books
from ml_connector.domain.effect import Difference, difference
from ml_connector.domain.policy import Policy
from ml_connector.jobs.clock import Clock
from ml_connector.jobs.masters import Masters, kept_masters
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.report.shapes import Json
from ml_connector.store import Store
from ml_connector.store.connections import Connection

DAYS = 90
SHOWN = 50
"""Orders that are told one by one; all of them are counted."""
AT_A_TIME = 100
QUICK_S = 2.0
"""How long a page waits for it."""
LONG_S = 60.0
"""How long somebody waits who has asked for all of them."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One order that would come out differently."""

    order_id: str
    name: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of looking.

    Attributes:
        orders: How many orders of these days there are.
        planned: How many were planned under both policies, the newest first.
        differ: How many of these would come out differently; the first `SHOWN` are in `shown`.
    """

    orders: int
    planned: int
    differ: int
    shown: tuple[Differing, ...]
    complete: bool
    """Whether every order was looked at whose reading is kept."""

    def as_json(self) -> Json:
        return {
            "orders": self.orders,
            "planned": self.planned,
            "differ": self.differ,
            "complete": self.complete,
            "shown": [
                {
                    "id": each.order_id,
                    "name": each.name,
                    "before": each.difference.before,
                    "after": each.difference.after,
                    "changes": [
                        {"what": one.what, "before": one.before, "after": one.after} for one in each.difference.changes
                    ],
                }
                for each in self.shown
            ],
        }


async def effect_of(
    store: Store, connection: Connection, before: Policy, after: Policy, clock: Clock, *, within_s: float = QUICK_S
) -> Effect | None:
    """How orders of the last 90 days would differ; None where nothing of Zoho's has been read yet.

    One query, and one for each hundred orders, until all were planned or *within_s* seconds are over. Others go on
    meanwhile.
    """
    kept = await kept_masters(store, connection.id)
    if kept is None:
        return None
    now = clock.now()
    books = _books(kept.masters, now.astimezone(zone_of(connection)).date())
    since, until = now - timedelta(days=DAYS), clock.monotonic() + within_s
    async with store.at_once() as tx:
        orders = await store.readings.count_since(tx, connection.id, since)
    planned = differ = 0
    shown: list[Differing] = []
    place: tuple[datetime, str] | None = None
    while True:
        async with store.at_once() as tx:
            page = await store.readings.snapshots(tx, connection.id, since, after=place, limit=AT_A_TIME)
        for each in page:
            await asyncio.sleep(0)
            found = difference(each.order, before, after, books)
            differ += found is not None
            if found is not None and len(shown) < SHOWN:
                shown.append(Differing(each.order.id, each.order.name, found))
        planned += len(page)
        complete = len(page) < AT_A_TIME
        if complete or clock.monotonic() > until:
            return Effect(orders, planned, differ, tuple(shown), complete)
        place = (page[-1].at, page[-1].order.id)


def _books(masters: Masters, today: date) -> Books:
    return Books(
        organisation=masters.organisation,
        today=today,
        currencies=masters.currencies,
        taxes=masters.taxes,
        exemptions=masters.exemptions,
        accounts=masters.accounts,
        items=masters.items,
        locked_until=None,
        rates=_AnyRate(),
        guest_salt=b"nobody",
    )


class _AnyRate(Mapping[tuple[str, date], Decimal]):
    """One rate for every day: the same under both policies, so it makes no difference, and nobody has to be asked."""

    def __getitem__(self, key: tuple[str, date]) -> Decimal:
        return Decimal(1)

    def __iter__(self) -> Iterator[tuple[str, date]]:
        return iter(())

    def __len__(self) -> int:
        return 0


__all__ = ["DAYS", "LONG_S", "QUICK_S", "Differing", "Effect", "effect_of"]
