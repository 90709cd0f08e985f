"""Orders as the console lists them: which, how many of each outcome, and one page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.orders import verdict_of
from ml_connector.store import Store
from ml_connector.store.cursors import BadCursor
from ml_connector.store.customer_lists import CustomerHit
from ml_connector.store.order_lists import MOST, ListPage
from ml_connector.store.outcomes import Cause, OutcomeRow, Wanted

LIMIT = 50
SPANS: Mapping[str, int] = {"today": 1, "7d": 7, "30d": 30}
"""Words for days, this one included."""
ALL = "all"


@dataclass(frozen=True, slots=True)
class Days:
    """From midnight to midnight in the organisation's zone. None: any day."""

    word: str
    """What stands in the address: today, yesterday, 7d, 30d, all, or a date."""
    first: date | None = None
    beyond: date | None = None

    def range(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        return tuple(None if day is None else datetime.combine(day, time(), zone) for day in (self.first, self.beyond))  # type: ignore[return-value]

    @property
    def one(self) -> date | None:
        """The day, if it is one."""
        return self.first if self.first and self.beyond == self.first + timedelta(days=1) else None


@dataclass(frozen=True, slots=True)
class OrderList:
    """What the page shows.

    Attributes:
        counts: By outcome, for the same days and search; each ends at `MOST` + 1.
        causes: What the chosen connections' held and failed orders wait for.
        customers: Those whom the search names; above the orders.
    """

    wanted: Wanted
    days: Days
    page: ListPage
    counts: Mapping[Verdict, int]
    causes: Sequence[Cause]
    customers: Sequence[CustomerHit] = ()

    @property
    def few(self) -> bool:
        """Whether few orders have what was searched for."""
        return self.all <= MOST

    @property
    def total(self) -> int:
        """How many orders the page is about, one more than `MOST` when there are more."""
        if self.wanted.verdict is not None:
            return self.counts[self.wanted.verdict]
        return min(sum(self.counts.values()), MOST + 1)

    @property
    def all(self) -> int:
        return min(sum(self.counts.values()), MOST + 1)

    @property
    def cause(self) -> Cause | None:
        return next((each for each in self.causes if each.cause == self.wanted.cause), None)


def days_of(word: str, today: date) -> Days:
    """
    Raises:
        WrongUse: neither one of our words nor a date.
    """
    if word == ALL:
        return Days(ALL)
    if word == "yesterday":
        return Days(word, today - timedelta(days=1), today)
    if word in SPANS:
        return Days(word, today - timedelta(days=SPANS[word] - 1), today + timedelta(days=1))
    try:
        day = date.fromisoformat(word)
        return Days(word, day, day + timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise WrongUse(f"“{word}” is no day.", fix="Choose one of the list, or write it as 2026-11-24.") from error


def wanted_of(connection_id: int | None, outcome: str, cause: str, text: str) -> Wanted:
    """
    Raises:
        WrongUse: there is no such outcome.
    """
    return Wanted(
        connection_id=connection_id,
        verdict=verdict_of(outcome) if outcome else None,
        cause=cause or None,
        text=text or None,
    )


async def order_list(
    store: Store, wanted: Wanted, days: Days, zone: ZoneInfo, *, older: str = "", newer: str = ""
) -> OrderList:
    """One page of orders with its counts. Three queries, four for a search.

    Raises:
        WrongUse: the cursor is not from this list.
    """
    first, beyond = days.range(zone)
    asked = replace(wanted, placed_from=first, placed_until=beyond)
    async with store.at_once() as tx:
        counts = await store.order_lists.counts(tx, asked)
        few = sum(counts.values()) <= MOST
        try:
            page = await store.order_lists.page(tx, asked, older=older, newer=newer, limit=LIMIT, few=few)
        except BadCursor as error:
            raise WrongUse("This is no place in this list.", fix="Begin with the newest orders.") from error
        causes = await store.outcomes.causes(tx, asked.connection_id)
        customers = await _customers(store, tx, asked)
    return OrderList(asked, days, page, counts, causes, customers)


async def _customers(store: Store, tx: AsyncConnection, asked: Wanted) -> Sequence[CustomerHit]:
    """Customers that the text names. One query where a text is searched for."""
    if not asked.text:
        return ()
    return await store.customer_lists.named(tx, asked.text, connection_id=asked.connection_id)


async def exact(store: Store, text: str, connection_id: int | None) -> OutcomeRow | None:
    """The one order whose name, number, id or Zoho number is *text*; None when there is none, or several. Two queries
    at most."""
    async with store.at_once() as tx:
        found = await store.outcomes.find(tx, text, connection_id=connection_id)
        named = [each for each in found if each.facts.name.removeprefix("#") == text.removeprefix("#")] or found
        if not named:
            named = await store.order_lists.of_invoice(tx, text, connection_id=connection_id)
    return named[0] if len(named) == 1 else None
