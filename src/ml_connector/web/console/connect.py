"""Connect: six steps from a shop's address to the first invoices, each of which can be left and come back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Response, get

from ml_connector.domain.policy.shapes import ACCOUNT_NAMES
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.beginning import first_moment
from ml_connector.jobs.connecting.check import check
from ml_connector.jobs.preview import preview
from ml_connector.jobs.report.policy import rules
from ml_connector.jobs.resting import NOT_BEGUN
from ml_connector.shopify.listing import By, OrderGlance
from ml_connector.shopify.signature import is_shop_domain
from ml_connector.store.connections import Connection
from ml_connector.web.console.beginning import FIRST_ORDERS, last_step
from ml_connector.web.console.connections import Looked
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting
from ml_connector.zoho.regions import REGIONS

STEPS = ("Shopify", "Zoho Books", "Checks", "Accounts and taxes", "Preview on your orders", "Post the first five")
LAST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Previewed:
    """One of the shop's last orders, and what would be sent for it; `trouble` when that could not be learned.

    `early`: it is from before the start date, so it is shown and not posted.
    """

    order: OrderGlance
    would: dict[str, Any] | None = None
    trouble: Trouble | None = None
    early: bool = False


@get("/connect", guards=[may("admin")], include_in_schema=False)
async def connect(visit: Visiting) -> Response[str]:
    """The step that is due, or the one asked for if those before it are done."""
    found = _asked(visit)
    due = _due(found)
    asked = visit.asked("step")
    step = min(int(asked), due) if asked in ("1", "2", "3", "4", "5", "6") else await _opening(visit, found, due)
    values = await _of_step(visit, found, step)
    return visit.page(
        "connect.html",
        place="connections",
        step=step,
        due=due,
        steps=STEPS,
        connection=found,
        regions=REGIONS,
        shop=_shop(visit.asked("shop")),
        **values,
    )


def _asked(visit: Visit) -> Connection | None:
    """The connection that is being made; none when a new one begins."""
    return None if visit.asked("new") else visit.chosen


def _shop(text: str) -> str:
    """The shop that somebody typed or pasted, as `acme.myshopify.com`; empty when it is none."""
    host = text.strip().lower().removeprefix("https://").partition("/")[0]
    return host if is_shop_domain(host) else ""


def _due(found: Connection | None) -> int:
    if found is None or not found.shop or found.health == "disconnected":
        return 1
    return 6 if found.organization_id else 2


async def _opening(visit: Visit, found: Connection | None, due: int) -> int:
    """Where somebody comes in who names no step.

    With both sides connected these are the checks: what a sign-in has changed is seen first. Only whoever has chosen
    where money goes and has not begun to post goes on where the next thing to do is.
    """
    if found is None or due < len(STEPS):
        return due
    if found.resting == NOT_BEGUN and found.let_through:
        return 6
    chosen = (await rules(visit.store, found)).policy.gateways
    return 5 if chosen and found.resting == NOT_BEGUN else 3


async def _of_step(visit: Visit, found: Connection | None, step: int) -> dict[str, Any]:
    if found is None or step < 3:
        return {}
    match step:
        case 3:
            run = await visit.needs.runtime_of(found.id)
            return {"looked": Looked.of(await check(run, visit.needs.listening))}
        case 4:
            known = await rules(visit.store, found)
            open_ones = [name for name in ACCOUNT_NAMES if not getattr(known.policy.accounts, name)]
            return {"rules": known, "open_accounts": [each for each in open_ones if each not in ("sales", "shipping")]}
        case 5:
            return {"previews": await _previews(visit, found)}
        case _:
            return await last_step(visit, found)


async def _last_orders(visit: Visit, found: Connection) -> Sequence[OrderGlance]:
    run = await visit.needs.runtime_of(found.id)
    page = await run.shopify.orders_listed(By.UPDATED, visit.needs.clock.now() - LAST, None)
    return page.items[-FIRST_ORDERS:][::-1]


async def _previews(visit: Visit, found: Connection) -> Sequence[Previewed]:
    run = await visit.needs.runtime_of(found.id)
    start = await first_moment(run)
    previews = []
    for order in await _last_orders(visit, found):
        early = order.processed_at < start
        try:
            previews.append(Previewed(order, await preview(order.id, run, backfill=early), early=early))
        except Trouble as trouble:
            previews.append(Previewed(order, trouble=trouble, early=early))
    return previews
