"""`hold`, `exclude`, `keep-zoho`, `release`: a person's word on one order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from ml_connector.cli.app import ONE_ORDER, AsJson, OfConnection, app
from ml_connector.cli.connecting import who
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import within
from ml_connector.jobs import decided
from ml_connector.jobs.kept_versions import keep_zohos
from ml_connector.jobs.report.asked import WrongUse, chosen
from ml_connector.jobs.report.orders import row
from ml_connector.jobs.report.references import Meant, meant
from ml_connector.store.subjects import Subject
from ml_connector.wiring import Application

Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; shown with the order.")]
Word = Callable[[Application, Subject], Awaitable[None]]


@app.command()
def hold(
    order: Annotated[str, ONE_ORDER], note: Note = "", connection: OfConnection = None, as_json: AsJson = False
) -> None:
    """Write nothing more to Zoho for an order until somebody releases it."""

    async def word(app: Application, subject: Subject) -> None:
        await decided.hold(app.store, subject, who(), note)

    _given(order, connection, word, "is held", as_json=as_json)


@app.command()
def exclude(
    order: Annotated[str, ONE_ORDER], note: Note = "", connection: OfConnection = None, as_json: AsJson = False
) -> None:
    """Keep an order out of the books; refused where Zoho holds a document of it."""

    async def word(app: Application, subject: Subject) -> None:
        await decided.exclude(app.store, subject, who(), note)

    _given(order, connection, word, "is excluded", as_json=as_json)


@app.command()
def keep_zoho(
    order: Annotated[str, ONE_ORDER], note: Note = "", connection: OfConnection = None, as_json: AsJson = False
) -> None:
    """Of an order held because somebody changed it in Zoho: that version is right, and stays as it is."""

    async def word(app: Application, subject: Subject) -> None:
        await keep_zohos(app.store, subject, who(), note)

    _given(order, connection, word, "stays as Zoho has it", as_json=as_json)


@app.command()
def release(order: Annotated[str, ONE_ORDER], connection: OfConnection = None, as_json: AsJson = False) -> None:
    """Take such a word back, so that the rules decide again."""

    async def word(app: Application, subject: Subject) -> None:
        if not await decided.release(app.store, subject, who()):
            raise WrongUse("Nobody gave a word on this order.", fix="`sync` looks at it again.")

    _given(order, connection, word, "is decided by the rules again", as_json=as_json)


def _given(order: str, connection: str | None, word: Word, said: str, *, as_json: bool) -> None:
    async def given(app: Application) -> Meant:
        which = await meant(order, await chosen(app.store, connection), app.store, app.runtimes.of)
        await word(app, which.subject)
        return which

    which = within(given)
    if as_json:
        print_json({"orders": [row(which.order, which.connection.name)]})
        return
    say(f"{which.order.facts.name or order} {said}. `ml-connector serve` looks at it next.")
