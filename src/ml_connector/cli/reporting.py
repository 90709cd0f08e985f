"""`status`, `connections`, `orders`, `show`: what is, told without judging it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from ml_connector.cli.app import ONE_ORDER, AsJson, OfConnection, app
from ml_connector.cli.output import known, money, page, print_json, table
from ml_connector.cli.running import within
from ml_connector.jobs.report import orders as orders_report
from ml_connector.jobs.report import references
from ml_connector.jobs.report import show as show_report
from ml_connector.jobs.report import status as status_report
from ml_connector.jobs.report.asked import chosen
from ml_connector.jobs.report.dates import moment_of
from ml_connector.wiring import Application

Json = dict[str, Any]


@app.command()
def status(connection: OfConnection = None, as_json: AsJson = False) -> None:
    """Orders by outcome, outstanding work and its age, calls left today, per connection."""
    document = within(lambda app: _status(app, connection), judges=False)
    if as_json:
        print_json(document)
        return
    out = page()
    out.print(_summary(document))
    _print_connections(out, document)


async def _status(app: Application, name: str | None) -> Json:
    found = await chosen(app.store, name)
    return status_report.status(await status_report.standing(app.store, found[0] if name else None))


def _summary(document: Json) -> Text:
    counts = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in document["outcomes"].items())
    if not document["outstanding"]:
        return Text(f"At rest. {counts}.")
    return Text(f"{document['outstanding']} outstanding, oldest {document['oldest_outstanding_s']:.0f} s. {counts}.")


@app.command()
def connections(connection: OfConnection = None, as_json: AsJson = False) -> None:
    """List the connections with their health."""
    document = within(lambda app: _connections(app, connection), judges=False)
    if as_json:
        print_json(document)
    else:
        _print_connections(page(), document)


async def _connections(app: Application, name: str | None) -> Json:
    found = await chosen(app.store, name)
    return status_report.connections(await status_report.standing(app.store, found[0] if name else None))


def _webhooks(standing: Json | None) -> str:
    return "–" if standing is None else f"{standing['found']} of {standing['expected']}"


def _print_connections(out: Console, document: Json) -> None:
    rows = document["connections"]
    if not rows:
        out.print("There is no connection yet. Make one with `ml-connector connect --file F`.", markup=False)
        return
    columns = ("name", "health", "webhooks", "posted", "waiting", "in doubt", "held", "failed", "excluded",
               "calls left today")  # fmt: skip
    cells = [
        (
            row["name"],
            row["health"],
            _webhooks(row["webhooks"]),
            *map(str, row["outcomes"].values()),
            known(row["calls_left_today"]),
        )
        for row in rows
    ]
    out.print(table("", columns, cells, right=columns[3:]))
    for row in rows:
        if row["reason"]:
            out.print(f"{row['name']}: {row['reason']}", markup=False)


@app.command()
def orders(  # noqa: PLR0913, PLR0917 - the command's options
    connection: OfConnection = None,
    outcome: Annotated[str | None, typer.Option(help="posted, waiting, in_doubt, held, failed or excluded.")] = None,
    error: Annotated[str | None, typer.Option(help="A part of the reason's code or text.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Changed at T (a date or a moment) or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Changed before T.")] = None,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="The page behind this cursor.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="How many, at most 500.")] = orders_report.LIMIT,
    as_json: AsJson = False,
) -> None:
    """List orders, newest change first."""

    async def listed(app: Application) -> Json:
        found = await chosen(app.store, connection)
        asked = orders_report.Asked(
            connection_id=found[0].id if connection else None,
            outcome=outcome,
            error=error,
            since=moment_of(since, found) if since else None,
            until=moment_of(until, found) if until else None,
            after=after,
            limit=limit,
        )
        return await orders_report.orders(app.store, asked, {each.id: each.name for each in found})

    document = within(listed, judges=False)
    if as_json:
        print_json(document)
    else:
        print_orders(page(), document["orders"])
        if document["next"]:
            page().print(f"More: --after {document['next']}", markup=False, soft_wrap=True)


def print_orders(out: Console, rows: list[Json]) -> None:
    """Orders as a table, each with its reason and what to do."""
    if not rows:
        out.print("No orders.")
        return
    columns = ("order", "connection", "outcome", "Shopify", "Zoho", "invoice", "why")
    cells = [
        (
            known(row["name"] or row["id"]),
            row["connection"],
            row["outcome"].replace("_", " "),
            money(row["total"]),
            money((row["zoho"] or {}).get("total")),
            known((row["zoho"] or {}).get("invoice_number")),
            _why(row["reason"]),
        )
        for row in rows
    ]
    out.print(table("", columns, cells, right=("Shopify", "Zoho")))


def _why(reason: Json | None) -> str:
    return " ".join(part for part in (reason["text"], reason["fix"]) if part) if reason else ""


@app.command()
def show(
    order: Annotated[str, ONE_ORDER],
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Everything about one order: documents, reasons, deliveries, attempts, what happened when."""

    async def shown(app: Application) -> Json:
        found = await chosen(app.store, connection)
        meant = await references.meant(order, found, app.store, app.runtimes.of)
        return await show_report.show(app.store, meant.order, meant.connection.name)

    document = within(shown, judges=False)
    if as_json:
        print_json(document)
    else:
        _print_order(page(), document)


def _print_order(out: Console, order: Json) -> None:
    print_orders(out, [order])
    for document in order["documents"]:
        number = document["number"] or document["zoho_id"] or "not in Zoho"
        out.print(f"\n{document['key']}: {document['state']}, {number}, {money(document['total'])}", markup=False)
        fields = [(each["field"], each["value"], each["rule"], each["source"]) for each in document["fields"]]
        if fields:
            out.print(table("", ("field", "value", "because", "from Shopify"), fields))
    deliveries = [
        (each["received_at"], each["topic"], each["verdict"], str(each["repeats"])) for each in order["deliveries"]
    ]
    if deliveries:
        out.print(table("\nDeliveries", ("received", "topic", "verdict", "repeats"), deliveries, right=("repeats",)))
    attempts = [
        (each["at"], known(each["key"]), f"{each['method']} {each['path']}", known(each["status"]), each["verdict"])
        for each in order["attempts"]
    ]
    if attempts:
        out.print(table("\nAttempts", ("at", "key", "request", "status", "verdict"), attempts, right=("status",)))
    if order["timeline"]:
        happened = [(each["at"], each["event"], each["text"]) for each in order["timeline"]]
        out.print(table("\nTimeline", ("at", "event", "what happened"), happened))
    out.print("\n--json shows requests and answers too.")
