"""`sync` and `replay`: looking at orders again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ml_connector.cli.app import ONE_ORDER, AsJson, OfConnection, app
from ml_connector.cli.at_rest import knock, until_at_rest
from ml_connector.cli.connecting import who
from ml_connector.cli.consent import agreed
from ml_connector.cli.exits import bad_news, wrong_use
from ml_connector.cli.output import many, page, people, print_json, say
from ml_connector.cli.reporting import print_orders
from ml_connector.cli.running import within
from ml_connector.jobs.alive import is_worked
from ml_connector.jobs.replay import REPLAYABLE, ReplayPlan, plan_replay, start_replay, stop_replay
from ml_connector.jobs.report.asked import chosen
from ml_connector.jobs.report.dates import moment_of
from ml_connector.jobs.report.orders import Asked, row, verdict_of
from ml_connector.jobs.report.references import Meant, meant
from ml_connector.store.replays import Replay
from ml_connector.wiring import Application

Json = dict[str, Any]
GOOD = ("posted", "excluded")
LOOK_S = 1.0


@app.command()
def sync(
    orders: Annotated[list[str], ONE_ORDER],
    connection: OfConnection = None,
    timeout: Annotated[float, typer.Option(metavar="S", min=0, help="Seconds until at rest; then 1.")] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Look at orders now, and wait until they are at rest. 1 when one is neither posted nor excluded."""

    async def synced(app: Application) -> tuple[list[Json], bool]:
        which = await _all_meant(app, orders, connection)
        for each in which:
            await app.runtimes.of(each.connection.id)  # one that was ended says so, instead of waiting for ever
        subjects = [each.subject for each in which]
        await knock(app, subjects)
        in_time = await until_at_rest(app, subjects, timeout_s=timeout)
        return [await _row(app, each) for each in which], in_time

    rows, in_time = within(synced)
    if as_json:
        print_json({"orders": rows})
    else:
        print_orders(page(), rows)
    if not in_time:
        raise bad_news(
            f"Not at rest after {timeout:.0f} s.", fix="It goes on by itself while `ml-connector serve` runs."
        )
    if any(each["outcome"] not in GOOD for each in rows):
        raise bad_news()


async def _all_meant(app: Application, orders: Sequence[str], connection: str | None) -> list[Meant]:
    """Each order once, in the order given."""
    found = await chosen(app.store, connection)
    which = [await meant(text, found, app.store, app.runtimes.of) for text in orders]
    return list({each.subject: each for each in which}.values())


async def _row(app: Application, which: Meant) -> Json:
    async with app.store.at_once() as tx:
        now = await app.store.outcomes.get(tx, which.connection.id, which.order.order_id)
    return row(now or which.order, which.connection.name)


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - the command's options
    orders: Annotated[list[str] | None, ONE_ORDER] = None,
    connection: OfConnection = None,
    outcome: Annotated[str | None, typer.Option(help="failed or held; both without it.")] = None,
    error: Annotated[str | None, typer.Option(metavar="TEXT", help="A part of the reason's code or text.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Changed at T (a date or a moment) or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Changed before T.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Queue orders again: those named, or those held or failed that match. Says first how many and what it costs."""
    if outcome is not None and verdict_of(outcome) not in REPLAYABLE:
        raise wrong_use("Only failed and held orders are replayed in numbers.", fix="Others by name: replay ORDER…")
    if orders and (outcome or error or since or until):
        raise wrong_use("Name the orders or describe them, not both.")

    async def replayed(app: Application) -> Json:
        plan = await _named(app, orders, connection) if orders else await _matching(app)
        queued = 0
        said = _sentence(len(plan.subjects), plan.calls)
        if plan.subjects and agreed(said, "Queue them?", yes=yes, as_json=as_json):
            queued = len(plan.subjects)
            await _start(app, plan, ", ".join(orders or ()) or "by filter", watched=not as_json)
        return {"plan": {"orders": len(plan.subjects), "calls": plan.calls}, "queued": queued}

    async def _matching(app: Application) -> ReplayPlan:
        found = await chosen(app.store, connection)
        asked = Asked(
            connection_id=found[0].id if connection else None,
            outcome=outcome,
            error=error,
            since=moment_of(since, found) if since else None,
            until=moment_of(until, found) if until else None,
        )
        return await plan_replay(app.store, asked.wanted())

    document = within(replayed)
    if as_json:
        print_json(document)
    else:
        _print_replay(document)


async def _named(app: Application, orders: Sequence[str], connection: str | None) -> ReplayPlan:
    return ReplayPlan.of([each.order for each in await _all_meant(app, orders, connection)])


def _sentence(orders: int, calls: int) -> str:
    return f"{many(orders, 'order')} to look at again, for about {many(calls, 'call')} to Zoho."


async def _start(app: Application, plan: ReplayPlan, title: str, *, watched: bool) -> None:
    """Queue them; on a terminal, show how they go."""
    connections = {subject.connection_id for subject in plan.subjects}
    async with app.store.transaction() as tx:
        started = await start_replay(
            tx,
            app.store,
            plan,
            word=uuid.uuid4().hex,
            who=who(),
            title=title,
            connection_id=connections.pop() if len(connections) == 1 else None,
        )
    if watched and people().is_terminal and await is_worked(app.store):
        await _watch(app, started.id)


async def _watch(app: Application, replay_id: int) -> None:
    """Show how it goes until all are at rest. Ctrl-C takes back what has not begun."""
    say("Ctrl-C takes back what has not begun.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[ends]}"))
    try:
        with Progress(*columns, console=people(), transient=True) as bar:
            task = bar.add_task("Looked at again", total=None, ends="")
            while (far := await _far(app, replay_id)) is not None and not far.finished:
                done = sum(far.results.values())
                ends = ", ".join(f"{number} {verdict.value}" for verdict, number in far.results.items())
                bar.update(task, completed=done, total=done + far.to_go, ends=ends)
                await app.clock.sleep(LOOK_S)
    except asyncio.CancelledError:
        stopped = await stop_replay(app.store, replay_id, who=who())
        say(f"{many(stopped, 'order')} taken back; what had begun goes on to its end.")


async def _far(app: Application, replay_id: int) -> Replay | None:
    async with app.store.at_once() as tx:
        return await app.store.replays.get(tx, replay_id)


def _print_replay(document: Json) -> None:
    plan = document["plan"]
    if not plan["orders"]:
        say("No order matches; nothing is queued.")
    elif document["queued"]:
        say(f"{many(document['queued'], 'order')} queued; a running `serve` looks at them.")
    else:
        say(f"{_sentence(plan['orders'], plan['calls'])} Nothing is queued yet; --yes does it.")
