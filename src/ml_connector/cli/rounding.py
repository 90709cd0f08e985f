"""`rounding`: what rounding put into the books, month by month."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.exits import wrong_use
from ml_connector.cli.output import money, page, print_json, say, table
from ml_connector.cli.running import within
from ml_connector.jobs.report.asked import connection_named
from ml_connector.jobs.report.dates import day_of
from ml_connector.jobs.report.rounding import rounding as report
from ml_connector.wiring import Application

Json = dict[str, Any]


@app.command()
def rounding(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The connection.")] = None,
    connection: OfConnection = None,
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="The first day.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="The last day, included.")] = None,
    as_json: AsJson = False,
) -> None:
    """The ledger of rounding, by month and currency: what arithmetic left, and what cash was rounded by."""
    wanted = name or connection
    if wanted is None:
        raise wrong_use("Whose rounding?", fix="Name a connection.")
    begin, end = (None if each is None else day_of(each) for each in (first, last))
    document = within(lambda opened: _rounding(opened, wanted, begin, end), judges=False)
    if as_json:
        print_json(document)
    else:
        _print(document)


async def _rounding(opened: Application, name: str, first: date | None, last: date | None) -> Json:
    return await report(opened.store, await connection_named(opened.store, name), first=first, last=last)


def _print(document: Json) -> None:
    if not document["months"]:
        say("Nothing was rounded.")
        return
    columns = ("month", "documents", "residue", "largest", "documents with cash", "cash rounding", "total")
    cells = [
        (
            each["month"],
            str(each["residues"]),
            money(each["residue"]),
            money(each["largest_residue"]),
            str(each["cash_roundings"]),
            money(each["cash_rounding"]),
            money(each["total"]),
        )
        for each in document["months"]
    ]
    page().print(table("Rounding; above zero is the shop's gain", columns, cells, right=columns[1:]))
