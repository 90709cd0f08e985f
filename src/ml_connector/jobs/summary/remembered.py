"""What we remember of one day: verdicts, documents as Zoho confirmed them, money paid out, calls. A handful of queries,
however many orders there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ml_connector.domain.money import Money
from ml_connector.jobs.masters import Masters, kept_masters
from ml_connector.jobs.reconcile.comparing import Held
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.days import Day
from ml_connector.jobs.summary.facts import UNREAD, Standing, TaxName
from ml_connector.store.documents import Kept, Rounded
from ml_connector.store.outcomes import OutcomeRow, Wanted

SOME = 500
"""Orders in one query."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the tables say of the orders that a day is about.

    Attributes:
        placed: Orders of the day as we know them: also those that Shopify does not list any more.
        cash: Money paid out, by key.
    """

    rows: Mapping[str, OutcomeRow] = field(default_factory=dict)
    placed: tuple[str, ...] = ()
    documents: Mapping[str, tuple[Kept, ...]] = field(default_factory=dict)
    cash: Mapping[str, Money] = field(default_factory=dict)
    taxes: Mapping[str, TaxName] = field(default_factory=dict)
    month: tuple[Rounded, ...] = ()
    calls: int | None = None
    calls_limit: int | None = None

    def standing(self, order_id: str) -> Standing:
        row = self.rows.get(order_id)
        return UNREAD if row is None else Standing(row.verdict, row.reason)

    def held(self, order_id: str) -> Held:
        return Held(tuple(each.document for each in self.documents.get(order_id, ())))


async def remember(run: Runtime, day: Day, asked: Iterable[str]) -> Remembered:
    """What the tables say of the orders placed on *day*, and of the orders *asked* for."""
    number, store = run.connection_id, run.store
    placed = await _placed(run, day)
    ids = list(dict.fromkeys([*asked, *placed]))
    rows = await _named(run, [each for each in ids if each not in placed])
    async with store.at_once() as tx:
        kept = await store.documents.located(tx, number, order_ids=ids)
        cash = await store.documents.cash(tx, number, ids)
        noted = await store.summaries.get(tx, number, day.date)
        month = await store.documents.rounded(tx, number, first=day.date.replace(day=1), last=day.date)
        state = await store.allowances.state(tx, run.permits.organization)
    masters = await kept_masters(store, number)
    return Remembered(
        rows={**rows, **placed},
        placed=tuple(placed),
        documents=_by_order(kept),
        cash=cash,
        taxes={} if masters is None else _names(masters.masters),
        month=month,
        calls=noted.calls if noted else None,
        calls_limit=state.day_limit if state else None,
    )


async def _placed(run: Runtime, day: Day) -> dict[str, OutcomeRow]:
    wanted = Wanted(connection_id=run.connection_id, placed_from=day.since, placed_until=day.until)
    found: dict[str, OutcomeRow] = {}
    after: str | None = None
    while True:
        async with run.store.at_once() as tx:
            page = await run.store.outcomes.page(tx, wanted, after=after, limit=SOME)
        found |= {row.order_id: row for row in page.rows}
        if page.next is None:
            return found
        after = page.next


async def _named(run: Runtime, ids: Sequence[str]) -> dict[str, OutcomeRow]:
    found: dict[str, OutcomeRow] = {}
    for begin in range(0, len(ids), SOME):
        wanted = Wanted(connection_id=run.connection_id, order_ids=tuple(ids[begin : begin + SOME]))
        async with run.store.at_once() as tx:
            page = await run.store.outcomes.page(tx, wanted, limit=SOME)
        found |= {row.order_id: row for row in page.rows}
    return found


def _by_order(kept: Iterable[Kept]) -> dict[str, tuple[Kept, ...]]:
    found: dict[str, list[Kept]] = {}
    for each in kept:
        found.setdefault(each.order_id or "", []).append(each)
    return {order_id: tuple(some) for order_id, some in found.items()}


def _names(masters: Masters) -> dict[str, TaxName]:
    return {tax.id: TaxName(tax.name, tax.percentage) for tax in masters.taxes}
