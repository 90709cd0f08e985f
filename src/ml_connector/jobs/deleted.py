"""Orders that were deleted in Shopify: a list never shows what is gone, so once a day ours are asked for by id.

Everything that Shopify lists for the days that we may see is taken off what we know of these days; only what is left is
asked for by id, and knocked for when it is gone. So it costs one question for each 250 orders of these days, and a
few more when something is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ml_connector.jobs.paging import all_orders
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import turn
from ml_connector.shopify.listing import By
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.store.subjects import Knock, Lane, Subject

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=55)
"""Without read_all_orders Shopify shows 60 days; an order that has only grown too old must not look deleted."""
MARGIN = timedelta(days=1)
"""The list reaches further than ours, because an order's date can be changed and ours is as old as our last reading."""
TOGETHER = 50
PAGE = 500


@dataclass(frozen=True, slots=True)
class Looked:
    """Orders of ours that were compared, and how many of them are gone."""

    compared: int
    gone: int


async def look_for_deleted(run: Runtime) -> Looked:
    """Knock for the orders that Shopify no longer has.

    Raises:
        Elsewhere: another process does it right now.
        ShopifyError, StoreTrouble: nothing was knocked for.
    """
    until = run.clock.now()
    async with turn(f"deleted orders of {run.connection_id}", run.store):
        ours = await _ours(run, until - LOOK_BACK, until)
        if not ours:
            return Looked(0, 0)
        listed = all_orders(run, By.PROCESSED, until - LOOK_BACK - MARGIN, until + MARGIN)
        there = {order.id async for order in listed}
        gone = await _surely_gone([each for each in ours if each not in there], run)
        if gone:
            async with run.store.at_once() as tx:
                await run.store.subjects.knock(tx, [_knock(each, run) for each in gone])
    log.info("deleted.looked", connection=run.name, compared=len(ours), gone=len(gone))
    return Looked(len(ours), len(gone))


def _knock(order_id: str, run: Runtime) -> Knock:
    return Knock(Subject(run.connection_id, "order", order_id), Lane.REREADING)


async def _ours(run: Runtime, since: datetime, until: datetime) -> list[str]:
    """The orders of these days that we believe to exist."""
    wanted = Wanted(connection_id=run.connection_id, placed_from=since, placed_until=until)
    found: list[OutcomeRow] = []
    after: str | None = None
    while True:
        async with run.store.at_once() as tx:
            page = await run.store.outcomes.page(tx, wanted, after=after, limit=PAGE)
        found += page.rows
        after = page.next
        if after is None:
            return [row.order_id for row in found if not _known_gone(row)]


def _known_gone(row: OutcomeRow) -> bool:
    return row.outstanding or (row.reason is not None and row.reason.code.startswith("order_gone"))


async def _surely_gone(candidates: Sequence[str], run: Runtime) -> list[str]:
    """Those that Shopify does not show by id either; what could not be asked is not gone."""
    gone: list[str] = []
    for begin in range(0, len(candidates), TOGETHER):
        some = candidates[begin : begin + TOGETHER]
        answers = await run.shopify.orders(some, background=True)
        gone += [each for each, answer in zip(some, answers, strict=True) if answer is None]
    return gone
