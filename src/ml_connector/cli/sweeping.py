"""`sweep`: looking now for orders that nobody announced."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import within
from ml_connector.jobs.report.asked import chosen
from ml_connector.jobs.report.shapes import moment
from ml_connector.jobs.sweep import sweep as sweep_job
from ml_connector.store.connections import Connection
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
        wanted = name or connection
        found = await chosen(app.store, wanted)
        return [await _swept(app, each) for each in found if wanted or each.disconnected_at is None]

    done = within(swept, judges=False)
    if as_json:
        print_json({"connections": done})
    for each in done if not as_json else ():
        say(f"{each['connection']}: {each['found']} changes found, {each['knocked']} of them nobody had looked at.")


async def _swept(app: Application, connection: Connection) -> Json:
    swept = await sweep_job(await app.runtimes.of(connection.id))
    return {
        "connection": connection.name,
        "found": swept.found,
        "knocked": swept.knocked,
        "until": moment(swept.until),
    }
