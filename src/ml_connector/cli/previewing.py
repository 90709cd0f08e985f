"""`preview`: what would be sent to Zoho, without sending it."""

from __future__ import annotations

from typing import Annotated, Any

from ml_connector.cli.app import ONE_ORDER, AsJson, OfConnection, app
from ml_connector.cli.exits import bad_news
from ml_connector.cli.output import money, page, print_json, say, table
from ml_connector.cli.running import within
from ml_connector.jobs.preview import preview as preview_job
from ml_connector.jobs.report.asked import chosen
from ml_connector.jobs.report.references import meant
from ml_connector.wiring import Application

Json = dict[str, Any]


@app.command()
def preview(order: Annotated[str, ONE_ORDER], connection: OfConnection = None, as_json: AsJson = False) -> None:
    """What would be sent to Zoho now, with totals, without sending. 1 when a person must decide first."""

    async def planned(app: Application) -> Json:
        found = await chosen(app.store, connection)
        which = await meant(order, found, app.store, app.runtimes.of)
        run = await app.runtimes.of(which.connection.id)
        return await preview_job(which.subject.id, run)

    document = within(planned)
    if as_json:
        print_json(document)
    else:
        _print_preview(document)
    if document["hold"]:
        raise bad_news()


def _print_preview(document: Json) -> None:
    for word in ("hold", "excluded"):
        reason = document[word]
        if reason:
            say(f"Nothing would be sent. {reason['text']} {reason['fix'] or ''}")
    operations = document["operations"]
    if operations:
        cells = [(each["key"], f"{each['method']} {each['path']}", money(each["total"])) for each in operations]
        page().print(table("", ("key", "request", "total"), cells, right=("total",)))
        for each in operations:
            fields = [(one["field"], one["value"], one["rule"], one["source"]) for one in each["fields"]]
            if fields:
                page().print(table(f"\n{each['key']}", ("field", "value", "because", "from Shopify"), fields))
        if document["more"]:
            say("These only prepare; when they are done the decision is made again.")
    for wait in document["waits"]:
        say(f"Left for later: {wait['text']}")
    if not operations and not document["hold"] and not document["excluded"]:
        say("Nothing would be sent: Zoho's books agree with this order.")
