"""What Shopify says of one day: the orders that were placed on it, and the money that moved on it.

Asked once for each 250 orders that were placed on the day, and once for each 50 that changed since it began: whatever
moved money has updated its order.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from ml_connector.domain.money import Side
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.paging import all_orders
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.days import Day
from ml_connector.jobs.summary.moves import Move, moves
from ml_connector.shopify.client import MONEY_PAGE
from ml_connector.shopify.listing import By, OrderGlance

log = structlog.get_logger(__name__)

MOST_PAGES = 400
"""Pages of changed orders that are read for the money of a day: 20 000 orders."""


@dataclass(frozen=True, slots=True)
class Told:
    """What Shopify said.

    Attributes:
        moves: None when it was not asked, did not answer, or has too much to say.
        answered: Whether it answered.
        trouble: Why something is missing, for a person.
    """

    orders: tuple[OrderGlance, ...] = ()
    moves: tuple[Move, ...] | None = None
    answered: bool = False
    trouble: str = ""


async def ask_shopify(run: Runtime, day: Day) -> Told:
    """Ask for the orders and the money of *day*. Never raises for a shop that does not answer: what is told says so."""
    try:
        orders = tuple([order async for order in all_orders(run, By.PROCESSED, day.since, day.until)])
        found = await _moves(run, day)
    except Trouble as trouble:
        log.info("summary.without_shopify", connection=run.name, code=trouble.code)
        return Told(trouble=trouble.text)
    if found is None:
        many = f"{MOST_PAGES * MONEY_PAGE:,}"
        return Told(orders, None, True, f"More than {many} orders have changed since, too many to tell its payments.")
    return Told(orders, tuple(found), True)


async def _moves(run: Runtime, day: Day) -> list[Move] | None:
    side = Side(run.policy.currency)
    found: dict[str, Move] = {}
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await run.shopify.orders_money(day.since, None, cursor)
        for order in page.items:
            found |= {move.id: move for move in moves(order, side) if day.holds(move.at)}
        if page.cursor is None:
            return list(found.values())
        cursor = page.cursor
    return None
