"""`summary`: the statement of one day, shown or sent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from rich.text import Text

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.connecting import who
from ml_connector.cli.exits import wrong_use
from ml_connector.cli.output import many, money, page, print_json, say, table
from ml_connector.cli.running import within
from ml_connector.jobs.report.asked import connection_named
from ml_connector.jobs.report.dates import day_of
from ml_connector.jobs.summary.sending import send_day
from ml_connector.jobs.summary.sending import summary as summary_job
from ml_connector.wiring import Application

Json = dict[str, Any]


@app.command()
def summary(
    day: Annotated[str, typer.Option("--date", metavar="D", help="The day, such as 2026-11-23.")],
    name: Annotated[str | None, typer.Argument(help="The connection.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it too, unless it was sent already.")] = False,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """The summary of one day: orders, invoices, payments, refunds, taxes, and what waits, failed or was excluded."""
    wanted = name or connection
    if wanted is None:
        raise wrong_use("Whose summary?", fix="Name a connection.")
    on = day_of(day)
    document = within(lambda opened: _summary(opened, wanted, on, send=send), judges=False)
    if as_json:
        print_json(document)
    else:
        _print_summary(document)


async def _summary(opened: Application, name: str, day: date, *, send: bool) -> Json:
    found = await connection_named(opened.store, name)
    run = await opened.runtimes.of(found.id)
    if send:
        state = await send_day(run, opened.post, day, without_shopify=True)
        async with opened.store.at_once() as tx:
            await opened.store.audit.note(
                tx, who(), "summary.sent", connection_id=found.id, on=day.isoformat(), details={"state": state}
            )
    return await summary_job(run, day)


def _print_summary(document: Json) -> None:
    out = page()
    out.print(Text(f"{document['connection']}, {document['date']}: {document['seal']}", style="bold"))
    out.print(Text(document["sentence"]))
    if document["shopify_trouble"]:
        out.print(Text(document["shopify_trouble"]))
    for each in document["open"]:
        out.print(Text(f"{_group(each)} {each['fix'] or ''}"))
    for title, word in (("Invoices", "money"), ("Payments", "payments"), ("Refunds", "refunds")):
        rows = document[word] or []
        columns = ("currency", "number", "Shopify", "excluded", "not in yet", "in Zoho", "difference")
        keys = ("shopify", "excluded", "open", "zoho", "difference")
        cells = [(row["currency"], str(row["number"]), *(money(row[key]) for key in keys)) for row in rows]
        if cells:
            out.print(table(f"\n{title}", columns, cells, right=columns[1:]))
    taxes = [(each["name"], money(each["net"]), money(each["tax"]), money(each["gross"])) for each in document["taxes"]]
    if taxes:
        out.print(table("\nTaxes", ("kind of tax", "net", "tax", "gross"), taxes, right=("net", "tax", "gross")))
    for each in document["excluded"]:
        out.print(Text(f"Excluded: {_group(each)}"))
    for word, noun in (("unpaid", "unpaid invoice"), ("rounding", "rounding line"), ("cash_rounding", "cash rounding")):
        for each in document[word]:
            out.print(Text(f"{many(each['number'], noun)}, {money(each['money'])}"))
    for each in document["rounding_of_month"]:
        out.print(Text(f"Rounding of {each['month']} so far, cash and all: {money(each['total'])}"))
    say(_sending(document))


def _group(group: Json) -> str:
    amounts = ", ".join(money(each) for each in group["money"])
    return f"{many(group['orders'], 'order')} {group['outcome'].replace('_', ' ')}, {amounts}: {group['text']}"


_SENDING = {
    "open": "Not sent yet.",
    "sending": "It is being sent right now.",
    "in_doubt": "Whether it arrived is not known, so it is not sent again by itself.",
    "failed": "It could not be sent.",
    "kept": "It is kept; there is nobody to send it to.",
    "skipped": "Not sent: the policy “summary_hour” was empty.",
}


def _sending(document: Json) -> str:
    if document["delivery"]["state"] == "sent":
        return f"Sent at {document['sent']}."
    trouble = document["delivery"]["trouble"]
    return " ".join(filter(None, (_SENDING[document["delivery"]["state"]], trouble)))
