"""The demonstration from the first order to the last check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_connector.cli.demo.checking import Checked, checked
from ml_connector.cli.demo.morning import Told, a_morning, kinds_of
from ml_connector.cli.demo.stage import Stage
from ml_connector.store.outcomes import OutcomeRow, Wanted

LOOK_S = 0.25
PATIENCE_S = 90.0
PATIENCE_FOR_EACH_S = 2.0
"""How long the orders may take until they are at rest: so long, and so long again for each story."""

Progress = Callable[[int, int], None]
"""Told how many orders are at rest, and how many there are."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    orders: Sequence[Checked]
    calls: int
    """Calls to Zoho, connecting included."""
    took_s: float
    at_rest: bool

    @property
    def ok(self) -> bool:
        return self.at_rest and all(order.ok for order in self.orders)

    @property
    def surprises(self) -> list[Checked]:
        """The orders that did not reach their expected end."""
        return [order for order in self.orders if not order.ok]


async def play(stage: Stage, count: int, seed: int, progress: Progress) -> Result:
    """Let a morning of *count* stories happen, wait until everything is at rest, and compare both systems."""
    began = time.monotonic()
    showing = asyncio.create_task(_show(stage, progress))
    try:
        told = await a_morning(stage.shop, kinds_of(count, seed))
        at_rest = await _at_rest(stage, PATIENCE_S + count * PATIENCE_FOR_EACH_S)
    finally:
        showing.cancel()
    orders = await _compared(stage, told)
    progress(len(orders), len(orders))
    return Result(orders, len(stage.companies.zoho.log), time.monotonic() - began, at_rest)


async def _compared(stage: Stage, told: Sequence[Told]) -> list[Checked]:
    return checked(stage.companies, told, await _outcomes(stage))


async def _at_rest(stage: Stage, patience_s: float) -> bool:
    """Whether every webhook was delivered and every order has its answer, in time."""
    try:
        async with asyncio.timeout(patience_s):
            while _on_the_way(stage) or await _outstanding(stage):  # noqa: ASYNC110 - other processes' events
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        return False
    return True


def _on_the_way(stage: Stage) -> bool:
    return any(each.state in ("waiting", "flying") for each in stage.companies.shopify.outbox.deliveries)


async def _outstanding(stage: Stage) -> int:
    async with stage.app.store.at_once() as tx:
        work = await stage.app.store.subjects.work(tx, stage.connection_id)
    return sum(each.outstanding for each in work)


async def _show(stage: Stage, progress: Progress) -> None:
    while True:
        async with stage.app.store.at_once() as tx:
            counts = (await stage.app.store.outcomes.counts(tx, stage.connection_id)).get(stage.connection_id, {})
        resting = sum(number for verdict, number in counts.items() if verdict.at_rest)
        progress(resting, len(stage.shop.orders))
        await asyncio.sleep(LOOK_S)


async def _outcomes(stage: Stage) -> dict[str, OutcomeRow]:
    found: dict[str, OutcomeRow] = {}
    after: str | None = None
    while True:
        async with stage.app.store.at_once() as tx:
            page = await stage.app.store.outcomes.page(tx, Wanted(stage.connection_id), after=after, limit=500)
        found |= {row.order_id: row for row in page.rows}
        if page.next is None:
            return found
        after = page.next
