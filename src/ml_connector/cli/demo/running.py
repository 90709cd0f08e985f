"""The demonstration as a command carries it out."""

from __future__ import annotations

import asyncio
import signal

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ml_connector.cli.demo import telling
from ml_connector.cli.demo.play import Result, play
from ml_connector.cli.demo.stage import Stage, stage
from ml_connector.cli.exits import bad_news
from ml_connector.cli.output import page, people, print_json, say
from ml_connector.cli.running import waited
from ml_connector.jobs.operators import first_link
from ml_connector.settings import Settings


def run(settings: Settings, orders: int, seed: int, port: int, *, as_json: bool, end: bool) -> None:
    """Play, and tell how it went.

    Raises:
        Stop: an order did not reach its expected end.
    """
    result = waited(_demo(settings, orders, seed, port, as_json=as_json, end=end))
    if not result.ok:
        raise bad_news(_bad_news(result))


async def _demo(settings: Settings, orders: int, seed: int, port: int, *, as_json: bool, end: bool) -> Result:
    say("Starting PostgreSQL, the two companies and the connector…")
    async with stage(settings, port) as on:
        telling.opened(people(), on)
        telling.invited(people(), await first_link(on.app.store, on.address))
        result = await _played(on, orders, seed)
        if as_json:
            print_json(telling.as_json(on, result))
        else:
            telling.finished(page(), on, result)
        if not end:
            say("\nIt goes on until Ctrl-C.")
            await _until_told()
    return result


async def _played(on: Stage, orders: int, seed: int) -> Result:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=people(), transient=True) as bar:
        task = bar.add_task("Orders at rest", total=orders)
        return await play(on, orders, seed, lambda done, of: bar.update(task, completed=done, total=max(of, done)))


async def _until_told() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _bad_news(result: Result) -> str:
    late = "" if result.at_rest else "Not everything was at rest in time.\n"
    lines = [f"{each.name}, {each.told.kind}: {each.outcome}. {each.reason}" for each in result.surprises]
    return f"{late}{len(lines)} orders did not reach their expected end:\n" + "\n".join(lines)
