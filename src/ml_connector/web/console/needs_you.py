"""Needs you: what must be decided, once for each cause; and looking again at the orders behind it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ml_connector.jobs.currencies import add_currency
from ml_connector.jobs.replay import ReplayPlan, plan_replay, start_replay, stop_replay
from ml_connector.jobs.report.causes import Decision, decision, needs_you, orders_of
from ml_connector.store.connections import Connection
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting

CALLS_A_MINUTE = 100
"""What Zoho allows an organisation; a replay that has it alone goes at that pace."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The first step of a replay: what would be done, and the word that starts it once."""

    key: str
    connection: str
    plan: ReplayPlan
    as_of: datetime
    done_by: datetime
    word: str


@get("/needs-you", include_in_schema=False)
async def needs(visit: Visiting) -> Response[str]:
    """The causes, most orders first; with `?plan=` one of them shows what a replay would do."""
    found = await needs_you(visit.store, visit.connections)
    planned = await _planned(visit) if visit.asked("plan") and visit.may("operator") else None
    word = secrets.token_hex(8)
    return visit.page("needs_you.html", place="needs-you", found=found, planned=planned, word=word)


@post("/needs-you/replays", guards=[may("operator")], include_in_schema=False)
async def start(visit: Visiting) -> Response[str]:
    """Start the replay that was planned; the same form again leads to the one it started."""
    form = visit.form
    found = await _decision(visit, form.get("of", ""), form.get("plan", ""))
    if found is None:
        return visit.go("/needs-you", did="gone")
    plan = await plan_replay(visit.store, orders_of(found, visit.moment("as_of")))
    async with visit.store.transaction() as tx:
        await start_replay(
            tx,
            visit.store,
            plan,
            word=form.get("word", "") or secrets.token_hex(8),
            who=visit.name,
            title=found.cause.text or found.cause.cause,
            connection_id=found.connection.id,
        )
    visit.needs.knocked()
    return visit.go("/needs-you", did="started")


@post("/needs-you/currency", guards=[may("operator")], include_in_schema=False)
async def add(visit: Visiting) -> Response[str]:
    """Add the currency that a cause names to Zoho, and look again at its orders."""
    found = await _decision(visit, visit.form.get("of", ""), visit.form.get("cause", ""))
    if found is None or not found.currency:
        return visit.go("/needs-you", did="gone")
    run = await visit.needs.runtime_of(found.connection.id)
    await add_currency(run, found.currency, who=visit.name, word=visit.form.get("word", "") or secrets.token_hex(8))
    visit.needs.knocked()
    return visit.go("/needs-you", did="settled")


@post("/needs-you/replays/{number:int}/stop", guards=[may("operator")], include_in_schema=False)
async def stop(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """Take back what has not started."""
    stopped = await stop_replay(visit.store, number, who=visit.name)
    return visit.go("/needs-you", did="stopped", orders=stopped)


async def _planned(visit: Visit) -> Planned | None:
    found = await _decision(visit, visit.asked("of"), visit.asked("plan"))
    if found is None:
        return None
    now = visit.needs.clock.now()
    plan = await plan_replay(visit.store, orders_of(found, now))
    done_by = now + timedelta(minutes=plan.calls / CALLS_A_MINUTE)
    return Planned(found.key, found.connection.name, plan, now, done_by, secrets.token_hex(8))


async def _decision(visit: Visit, name: str, key: str) -> Decision | None:
    return await decision(visit.store, _connection(visit, name), key)


def _connection(visit: Visit, name: str) -> Connection:
    found = visit.frame.named(name)
    if found is None:
        raise NotFoundException(f"There is no connection called “{name}”.")
    return found
