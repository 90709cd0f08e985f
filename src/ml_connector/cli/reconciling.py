"""`reconcile`: both systems as they are now, every order in exactly one class."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.exits import bad_news, wrong_use
from ml_connector.cli.output import money, page, people, print_json, say, table
from ml_connector.cli.running import within
from ml_connector.jobs.reconcile import Class, Reconciled
from ml_connector.jobs.reconcile import reconcile as job
from ml_connector.jobs.report.asked import connection_named
from ml_connector.jobs.report.dates import day_of
from ml_connector.wiring import Application

SHOWN = (Class.DIFFERENT, Class.MISSING, Class.EXTRA, Class.OPEN, Class.EXCLUDED)
"""What people read; what is equal is only counted."""


@app.command()
def reconcile(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The connection.")] = None,
    connection: OfConnection = None,
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="The first day.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="The last day, included.")] = None,
    csv: Annotated[str | None, typer.Option("--csv", metavar="F", help="Write every entry to this file too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare both systems as they are now, order by order. 1 when something is different, missing or extra."""
    wanted = name or connection
    if wanted is None:
        raise wrong_use("Which connection?", fix="Name one: reconcile NAME --from D --to D.")
    if first is None or last is None:
        raise wrong_use("Which days?", fix="Give both: --from 2026-11-01 --to 2026-11-30.")
    begin, end = day_of(first), day_of(last)
    if end < begin:
        raise wrong_use("This period ends before it begins.", fix="Give a --to that is not before --from.")
    if csv is not None:
        _check_writable(csv, as_json=as_json)
    done = within(lambda app: _reconciled(app, wanted, begin, end))
    if csv is not None:
        _write(csv, done.as_csv())
    if as_json:
        print_json(done.as_json())
    elif csv != "-":
        _print(page(), done)
    if not done.good:
        raise bad_news()


async def _reconciled(app: Application, name: str, first: date, last: date) -> Reconciled:
    found = await connection_named(app.store, name)
    run = await app.runtimes.of(found.id)
    with people().status("Reading both systems…"):
        return await job(run, first, last)


def _check_writable(csv: str, *, as_json: bool) -> None:
    """Before minutes of reading, not after."""
    if csv == "-":
        if as_json:
            raise wrong_use("Both would go to standard output.", fix="Give --csv a file, or leave out --json.")
    elif not Path(csv).absolute().parent.is_dir() or Path(csv).is_dir():
        raise wrong_use(f"{csv} cannot be written.", fix="Name a file in a folder that exists.")


def _write(csv: str, text: str) -> None:
    if csv == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    Path(csv).write_text(text, encoding="utf-8", newline="")


def _print(out: Console, done: Reconciled) -> None:
    counts = ", ".join(f"{number} {word}" for word, number in done.counts.items())
    say(f"{done.connection}, {done.first} to {done.last}: {counts}.")
    told = [each for fits in SHOWN for each in done.entries if each.fits is fits]
    if not told:
        return
    rows = [each.as_json() for each in told]
    cells = [
        (each["class"], each["name"] or each["id"], money(each["shopify"]), money(each["zoho"]), each["text"])
        for each in rows
    ]
    out.print(table("", ("class", "order", "Shopify", "Zoho", "what is it"), cells, right=("Shopify", "Zoho")))
