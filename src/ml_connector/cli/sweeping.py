"""`sweep`: looking now for orders that nobody announced."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import within
from ml_connector.jobs.report.asked import chosen
from ml_connector.jobs.sweep import sweep as sweep_job
from ml_connector.wiring import Application

Json = dict[str, Any]


@app.command()
def sweep(
    name: Annotated[str | None, typer.Argument(help="The connection; all of them without it.")] = None,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Look now for orders that nobody announced. A running `serve` posts what is found."""

    async def swept(app: Application) -> list[Json]:
        found = await chosen(app.store, name or connection)
        return [
            {"connection": each.name, "found": await sweep_job(await app.runtimes.of(each.id))}
            for each in found
            if each.disconnected_at is None
        ]

    done = within(swept, judges=False)
    if as_json:
        print_json({"connections": done})
    for each in done if not as_json else ():
        say(f"{each['connection']}: {each['found']} orders to look at.")
