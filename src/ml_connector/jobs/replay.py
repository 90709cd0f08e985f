"""Looking again at orders that are held or failed: first how many and what it costs, then the knocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Verdict
from ml_connector.store import Store
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.store.replays import Replay
from ml_connector.store.subjects import Knock, Lane, Subject

REPLAYABLE = (Verdict.FAILED, Verdict.HELD)
PAGE = 500
CALLS_TO_POST = 3
"""Contact, invoice, payment."""
CALLS_TO_CORRECT = 2
"""What is left to do for an order that has its invoice."""


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Which orders would be looked at again; `calls` to Zoho is about what that costs, caches warm.

    Attributes:
        invoiced: How many of them have their invoice in Zoho already.
        money: What the orders come to, by currency.
    """

    subjects: tuple[Subject, ...] = ()
    calls: int = 0
    invoiced: int = 0
    money: tuple[Money, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[OutcomeRow]) -> ReplayPlan:
        subjects = tuple(Subject(row.connection_id, "order", row.order_id) for row in rows)
        invoiced = sum(1 for row in rows if row.invoice)
        calls = CALLS_TO_CORRECT * invoiced + CALLS_TO_POST * (len(rows) - invoiced)
        return cls(subjects, calls, invoiced, _sums(rows))


async def plan_replay(store: Store, wanted: Wanted) -> ReplayPlan:
    """The held and failed orders in *wanted*, or those of its verdict. One query for each 500 orders of a verdict."""
    rows: list[OutcomeRow] = []
    for verdict in REPLAYABLE if wanted.verdict is None else (wanted.verdict,):
        rows += await _all(store, replace(wanted, verdict=verdict))
    return ReplayPlan.of(rows)


async def start_replay(
    tx: AsyncConnection,
    store: Store,
    plan: ReplayPlan,
    *,
    word: str,
    who: str,
    title: str,
    connection_id: int | None = None,
) -> Replay:
    """Knock for the orders of *plan*, which are fixed from now on, and follow them. Four round trips.

    Args:
        word: Belongs to one form: sent twice, it starts one replay.
    """
    started = await store.replays.start(
        tx,
        [Knock(subject, Lane.REFUNDS) for subject in plan.subjects],
        word=word,
        who=who,
        title=title,
        connection_id=connection_id,
        plan={"orders": len(plan.subjects), "calls": plan.calls, "money": [str(each) for each in plan.money]},
    )
    await store.audit.note(
        tx, who, "orders.replayed", connection_id=connection_id, on=title, details={"orders": len(plan.subjects)}
    )
    return started


async def stop_replay(store: Store, replay_id: int, *, who: str) -> int:
    """Take back what has not started; how many orders that were, none of a replay that there is not.

    What has begun goes on to its end.
    """
    async with store.transaction() as tx:
        found = await store.replays.get(tx, replay_id)
        if found is None:
            return 0
        stopped = await store.replays.stop(tx, replay_id)
        on, details = str(replay_id), {"orders": stopped}
        await store.audit.note(tx, who, "replay.stopped", connection_id=found.connection_id, on=on, details=details)
    return stopped


def _sums(rows: Sequence[OutcomeRow]) -> tuple[Money, ...]:
    sums: dict[str, Money] = {}
    for row in rows:
        total = row.facts.total
        if total is not None:
            sums[total.currency] = sums[total.currency] + total if total.currency in sums else total
    return tuple(sums[currency] for currency in sorted(sums))


async def _all(store: Store, wanted: Wanted) -> list[OutcomeRow]:
    rows: list[OutcomeRow] = []
    after: str | None = None
    while True:
        async with store.at_once() as tx:
            page = await store.outcomes.page(tx, wanted, after=after, limit=PAGE)
        rows += page.rows
        if page.next is None:
            return rows
        after = page.next
