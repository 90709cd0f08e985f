"""Is everything in the books? The day's orders and money, each order in exactly one column, and what proves it."""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.money import Money, total
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report.forecast import Calls, calls_of_today, done_by
from ml_connector.store import Store
from ml_connector.store.allowances import AllowanceState
from ml_connector.store.connections import Connection
from ml_connector.store.days import DaySum, LastSeen, Unexplained
from ml_connector.store.subjects import Work

DAYS = 30
SPARK = 14
KEPT_S = 15.0
"""How long the past days of a chart are taken from memory: they hardly change, and everybody looks at them."""

Counts = Mapping[Verdict, int]

FOLDS: Mapping[str, tuple[Verdict, ...]] = {
    "posted": (Verdict.POSTED,),
    "excluded": (Verdict.EXCLUDED,),
    "way": (Verdict.WAITING, Verdict.IN_DOUBT),
    "needs": (Verdict.HELD, Verdict.FAILED),
}
"""The six outcomes as four, for arithmetic and charts, in the order of the bars from the base."""


def folded(counts: Counts, fold: str) -> int:
    return sum(counts.get(verdict, 0) for verdict in FOLDS[fold])


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One currency of a day: `shopify = zoho + way + needs + excluded`, and what is left over."""

    currency: str
    orders: int
    shopify: Money
    zoho: Money
    way: Money
    needs: Money
    excluded: Money

    @property
    def left_over(self) -> Money:
        """Zero, or nobody has explained it."""
        return self.shopify - self.zoho - self.way - self.needs - self.excluded


@dataclass(frozen=True, slots=True)
class Day:
    """One day's orders by outcome, and its money."""

    date: date
    counts: Counts
    money: tuple[MoneyRow, ...] = ()

    @property
    def orders(self) -> int:
        return sum(self.counts.values())

    def fold(self, name: str) -> int:
        return folded(self.counts, name)

    @property
    def left_over(self) -> tuple[Money, ...]:
        return tuple(row.left_over for row in self.money if row.left_over)


@dataclass(frozen=True, slots=True)
class Side:
    """One connection's health, calls and work."""

    connection: Connection
    seen: LastSeen
    calls: Calls
    per_minute: int
    blocked_until: datetime | None
    work: Work | None
    done_by: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """What the page shows.

    Attributes:
        history: The last `DAYS` days, today last.
        sides: One for each connection that the page is about, disconnected ones left out.
    """

    today: Day
    yesterday: Day
    history: tuple[Day, ...]
    unexplained: tuple[Unexplained, ...]
    sides: tuple[Side, ...]
    replaying: int = 0

    @property
    def outstanding(self) -> int:
        return sum(side.work.outstanding for side in self.sides if side.work)

    @property
    def shown(self) -> Day:
        """Today, or yesterday before the first order."""
        return self.today if self.today.orders else self.yesterday


@dataclass(frozen=True, slots=True)
class _Past:
    at: float
    days: list[dict[Verdict, int]] = field(default_factory=list)


_past: WeakKeyDictionary[Store, dict[tuple[object, ...], _Past]] = WeakKeyDictionary()


async def today(store: Store, connections: Sequence[Connection], zone: ZoneInfo, now: datetime) -> Today:
    """About ten queries on one connection to the database, and two more for each connection."""
    active = [each for each in connections if each.disconnected_at is None]
    ids = [each.id for each in connections]
    day = now.astimezone(zone).date()
    edges = [_midnight(day - timedelta(days=DAYS - 1 - number), zone) for number in range(DAYS + 1)]
    async with store.at_once() as tx:
        past = await _past_days(store, tx, ids, edges[:-1])
        (counts,) = await store.days.counts(tx, ids, edges[-2:])
        money = await store.days.money(tx, ids, edges[-2], edges[-1])
        before = await store.days.money(tx, ids, edges[-3], edges[-2])
        work = {each.connection_id: each for each in await store.subjects.work(tx)}
        allowances = await store.allowances.states(tx, {each.organization for each in active})
        replays = await store.replays.recent(tx, days=1)
        sides = [
            _side(each, allowances.get(each.organization), work.get(each.id), now, edges[-1],
                  await store.days.last_seen(tx, each.id, edges[-2]))
            for each in active
        ]  # fmt: skip
        rows = money_rows(money)
        left = any(row.left_over for row in rows)
        unexplained = await store.days.unexplained(tx, ids, edges[-2], edges[-1]) if left else ()
    history = [Day(edge.astimezone(zone).date(), each) for edge, each in zip(edges, [*past, counts], strict=False)]
    return Today(
        today=Day(day, counts, rows),
        yesterday=Day(history[-2].date, history[-2].counts, money_rows(before)),
        history=tuple(history),
        unexplained=unexplained,
        sides=tuple(sides),
        replaying=sum(each.to_go for each in replays if each.connection_id in (None, *ids)),
    )


def money_rows(sums: Iterable[DaySum]) -> tuple[MoneyRow, ...]:
    """One row for each currency, most orders first. Currencies are never added up."""
    by_currency: dict[str, list[DaySum]] = {}
    for each in sums:
        by_currency.setdefault(each.shopify.currency, []).append(each)
    rows = [_money_row(currency, parts) for currency, parts in by_currency.items()]
    return tuple(sorted(rows, key=lambda row: (-row.orders, row.currency)))


def _money_row(currency: str, parts: Sequence[DaySum]) -> MoneyRow:
    def of(fold: str) -> Money:
        return total((each.shopify for each in parts if each.verdict in FOLDS[fold]), currency)

    return MoneyRow(
        currency=currency,
        orders=sum(each.orders for each in parts),
        shopify=total((each.shopify for each in parts), currency),
        zoho=total((each.zoho for each in parts if each.verdict is Verdict.POSTED), currency),
        way=of("way"),
        needs=of("needs"),
        excluded=of("excluded"),
    )


async def _past_days(
    store: Store, tx: AsyncConnection, ids: list[int], edges: Sequence[datetime]
) -> list[dict[Verdict, int]]:
    """The days before today. One query, none within `KEPT_S` of the last."""
    kept = _past.setdefault(store, {})
    key = (tuple(ids), edges[0], edges[-1])
    known = kept.get(key)
    if known is None or clock.monotonic() - known.at > KEPT_S:
        known = _Past(clock.monotonic(), await store.days.counts(tx, ids, edges))
        kept.clear()
        kept[key] = known
    return known.days


def _side(
    connection: Connection, state: AllowanceState | None, work: Work | None, now: datetime, midnight: datetime,
    seen: LastSeen,
) -> Side:  # fmt: skip
    reset = state.day_reset_at if state and state.day_reset_at and state.day_reset_at > now else midnight
    used = state.calls_today if state else 0
    left = state.day_remaining if state else None
    per_minute = state.per_minute if state else 100
    calls = calls_of_today(used=used, left=left, limit=state.day_limit if state else None, now=now, resets_at=reset)
    waiting = work.outstanding if work else 0
    return Side(
        connection=connection,
        seen=seen,
        calls=calls,
        per_minute=per_minute,
        blocked_until=state.blocked_until if state and state.blocked_until and state.blocked_until > now else None,
        work=work,
        done_by=done_by(waiting, per_minute=per_minute, left=left, now=now, resets_at=reset) if waiting else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
