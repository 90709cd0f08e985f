"""Looking again at orders that are held or failed: first how many and what it costs, then the knocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ml_connector.domain.outcome import Verdict
from ml_connector.store import Store
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.store.subjects import Knock, Lane, Subject

REPLAYABLE = (Verdict.FAILED, Verdict.HELD)
PAGE = 500
CALLS_TO_POST = 3
"""Contact, invoice, payment."""
CALLS_TO_CORRECT = 2
"""What is left to do for an order that has its invoice."""


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """Which orders would be looked at again; `calls` to Zoho is about what that costs, caches warm."""

    subjects: tuple[Subject, ...] = ()
    calls: int = 0

    @classmethod
    def of(cls, rows: Sequence[OutcomeRow]) -> ReplayPlan:
        subjects = tuple(Subject(row.connection_id, "order", row.order_id) for row in rows)
        return cls(subjects, sum(CALLS_TO_CORRECT if row.invoice else CALLS_TO_POST for row in rows))


async def plan_replay(store: Store, wanted: Wanted) -> ReplayPlan:
    """The held and failed orders in *wanted*, or those of its verdict. One query for each 500 orders of a verdict."""
    rows: list[OutcomeRow] = []
    for verdict in REPLAYABLE if wanted.verdict is None else (wanted.verdict,):
        rows += await _all(store, replace(wanted, verdict=verdict))
    return ReplayPlan.of(rows)


async def replay(store: Store, plan: ReplayPlan) -> int:
    """Knock for every order of *plan*, behind live ones; how many. One query for each 500 orders."""
    for start in range(0, len(plan.subjects), PAGE):
        some = plan.subjects[start : start + PAGE]
        async with store.at_once() as tx:
            await store.subjects.knock(tx, [Knock(subject, Lane.REFUNDS) for subject in some])
    return len(plan.subjects)


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
