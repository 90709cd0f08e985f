"""`backfill`: historical orders, because somebody asks for them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.connecting import who
from ml_connector.cli.consent import agreed
from ml_connector.cli.exits import wrong_use
from ml_connector.cli.output import for_how_long, many, people, print_json, say
from ml_connector.cli.running import within
from ml_connector.jobs import backfill as job
from ml_connector.jobs.alive import is_worked
from ml_connector.jobs.backfill import Planned
from ml_connector.jobs.report.asked import connection_named
from ml_connector.jobs.report.dates import moment_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.scopes import granted
from ml_connector.wiring import Application

Json = dict[str, Any]
LOOK_S = 1.0
VISIBLE = timedelta(days=60)
"""How far back Shopify shows orders to an app without `read_all_orders`."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which orders, and how far to go without asking."""

    since: datetime
    until: datetime | None
    dry: bool
    yes: bool
    as_json: bool


@app.command()
def backfill(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The connection.")] = None,
    connection: OfConnection = None,
    since: Annotated[str | None, typer.Option(metavar="D", help="Orders placed on D (a date or a moment) on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="D", help="Orders placed before D; until now without.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many orders and calls it takes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Queue historical orders, oldest first, behind live ones. Says first how many and what it costs.

    Interrupted, it goes on where it stopped when it is asked for the same again; what is in the books is left out.
    """
    wanted = name or connection
    if wanted is None:
        raise wrong_use("Whose orders?", fix="Name a connection: backfill NAME --since D.")
    if since is None:
        raise wrong_use("From when on?", fix="Give a date: --since 2026-01-01.")

    async def filled(app: Application) -> Json:
        found = await connection_named(app.store, wanted)
        first = moment_of(since, (found,))
        beyond = moment_of(until, (found,)) if until else None
        if beyond is not None and beyond <= first:
            raise wrong_use("This period ends before it begins.", fix="Give an --until behind --since.")
        run = await app.runtimes.of(found.id)
        return await _filled(app, run, _Asked(first, beyond, dry_run, yes, as_json))

    document = within(filled)
    if as_json:
        print_json(document)
    else:
        _print(document, dry_run=dry_run)


async def _filled(app: Application, run: Runtime, asked: _Asked) -> Json:
    planned = await job.plan(run, asked.since, asked.until)
    if run.clock.now() - asked.since > VISIBLE and not granted("read_all_orders", await run.shopify.scopes()):
        say("Shopify shows orders of the last 60 days only. Grant read_all_orders in Shopify to reach older ones.")
    queued = 0
    if planned.orders and not asked.dry and agreed(_plan(planned), "Queue them?", yes=asked.yes, as_json=asked.as_json):
        queued = await _queue(app, run, planned, asked)
        if people().is_terminal and not asked.as_json:
            await _watch(app, run)
    return {"plan": planned.as_json(), "queued": queued}


async def _queue(app: Application, run: Runtime, planned: Planned, asked: _Asked) -> int:
    """Queue them, and note who asked. What an interruption leaves is taken up by the next."""
    details = {"since": asked.since, "until": asked.until, "orders": planned.orders, "calls": planned.calls}
    async with app.store.at_once() as tx:
        await app.store.audit.note(tx, who(), "backfill.started", connection_id=run.connection_id, details=details)
    with _bar() as bar:
        task = bar.add_task("Queueing", total=planned.orders, forecast="")
        started = await job.start(
            run,
            asked.since,
            asked.until,
            progress=lambda queued: bar.update(task, completed=queued, total=max(queued, planned.orders)),
        )
    return started.queued


async def _watch(app: Application, run: Runtime) -> None:
    """Show how it goes until all are at rest. Ctrl-C only ends the watching."""
    if not await is_worked(app.store):
        return
    say("Posting goes on by itself; Ctrl-C only stops showing it.")
    with suppress(asyncio.CancelledError), _bar() as bar:
        task = bar.add_task("At rest", total=None, forecast="")
        while (going := await job.going(run)) is not None:
            left = f"about {for_how_long(going.forecast_s)} left" if going.waiting and going.forecast_s else ""
            bar.update(task, completed=max(going.queued - going.waiting, 0), total=going.queued, forecast=left)
            if not going.waiting:
                return
            await app.clock.sleep(LOOK_S)


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[forecast]}"),
    )
    return Progress(*columns, console=people(), transient=True)


def _plan(planned: Planned) -> str:
    about = "" if planned.exact else "about "
    return f"{about}{_sentence(planned.as_json())}".capitalize()


def _sentence(plan: Json) -> str:
    said = f"{many(plan['orders'], 'order')}, for about {many(plan['calls'], 'call')} to Zoho"
    if plan["forecast_s"] is not None:
        said += f": {for_how_long(plan['forecast_s'])} when nothing else is done"
    if plan["before_start"]:
        said += f". {plan['before_start']} of them are from before the start date"
    return f"{said}."


def _print(document: Json, *, dry_run: bool) -> None:
    plan = document["plan"]
    if not plan["orders"]:
        say("Every order of this period is in the books or at rest already; nothing is queued.")
    elif document["queued"]:
        say(f"{many(document['queued'], 'order')} queued, oldest first; a running `serve` posts them behind live ones.")
    else:
        say(f"{_sentence(plan)} Nothing is queued{'.' if dry_run else ' yet; --yes does it.'}")
