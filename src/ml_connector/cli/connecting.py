"""`connect`, `disconnect`, `ping`, `policy`: the two sides of each connection, and the rules it works under."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ml_connector.cli.app import AsJson, OfConnection, app
from ml_connector.cli.exits import bad_news, wrong_use
from ml_connector.cli.output import known, people, print_json, say
from ml_connector.cli.running import within
from ml_connector.domain.policy import policy_schema
from ml_connector.jobs import resting
from ml_connector.jobs.connecting.check import Checked
from ml_connector.jobs.connecting.connect import connect as connect_job
from ml_connector.jobs.connecting.connect import disconnect as disconnect_job
from ml_connector.jobs.connecting.document import ConnectionDocument, read_document
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.connecting.pinging import ping_one
from ml_connector.jobs.report import in_force as policy_report
from ml_connector.jobs.report import status as status_report
from ml_connector.jobs.report.asked import chosen, connection_named
from ml_connector.store.connections import Connection
from ml_connector.wiring import Application

Json = dict[str, Any]


def who() -> str:
    """Who is named in the record of who did what."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        name = str(os.getuid())
    return f"{name}, command line"


@app.command()
def connect(
    file: Annotated[str, typer.Option("--file", metavar="F", help="The JSON document; - is standard input.")],
    as_json: AsJson = False,
) -> None:
    """Create or update a connection from a JSON document, then check both sides. 1 when something was found."""
    document = read_document(_read(file))
    answer, checked = within(lambda app: _connect(app, document))
    if as_json:
        print_json(answer)
    else:
        _print_connected(answer, checked)
    if not checked.ok:
        raise bad_news()


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        fix = "Give a file, or - for standard input."
        raise wrong_use(f"{file} cannot be read: {error.strerror}.", fix=fix) from error


async def _connect(app: Application, document: ConnectionDocument) -> tuple[Json, Checked]:
    done = await connect_job(document, app.store, app.runtimes.of, app.listening, who=who())
    async with app.store.at_once() as tx:
        await app.store.audit.note(tx, who(), "connection.saved", connection_id=done.connection.id, on=document.name)
    saved = await connection_named(app.store, document.name)
    answer = status_report.connections(await status_report.standing(app.store, saved))
    findings = [*done.checked.shopify.findings, *done.checked.zoho.findings]
    answer["findings"] = [finding.as_json() for finding in findings]
    if done.made_webhook_secret is not None:
        answer["zoho_webhook_secret"] = done.made_webhook_secret
    return answer, done.checked


def _print_connected(answer: Json, checked: Checked) -> None:
    _print_checked(checked)
    row = answer["connections"][0]
    say(f"{row['name']} is saved: {row['shop']} with organisation {known(row['organization_id'])}.")
    if "zoho_webhook_secret" in answer:
        say(f"Zoho's webhooks are signed with {answer['zoho_webhook_secret']}; it is shown this once.")


@app.command()
def ping(
    name: Annotated[str | None, typer.Argument(help="The connection; all of them without it.")] = None,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Ask both sides of each connection, and tell what was found. 1 when something is wrong."""

    async def asked(app: Application) -> list[Checked]:
        wanted = name or connection
        found = await chosen(app.store, wanted)
        return [
            await ping_one(each, app.runtimes.of, app.listening)
            for each in found
            if wanted or each.disconnected_at is None
        ]

    checked = within(asked)
    if as_json:
        print_json({"connections": [each.as_json() for each in checked]})
    elif not checked:
        say("There is no connection yet. Make one with `ml-connector connect --file F`.")
    for each in checked if not as_json else ():
        _print_checked(each)
    if not all(each.ok for each in checked):
        raise bad_news()


def _print_checked(checked: Checked) -> None:
    out = people()
    for company, side, facts in (
        ("Shopify", checked.shopify, ("name", "shop", "plan", "currency")),
        ("Zoho", checked.zoho, ("name", "organization_id", "region", "currency")),
    ):
        said = ", ".join(str(side.facts[fact]) for fact in facts if side.facts.get(fact))
        out.print(Text(f"{checked.name}: {company} {'is well' if side.ok else 'needs attention'}: {said}"))
        print_findings(side.findings)


def print_findings(findings: list[Finding]) -> None:
    """Each with what to do about it."""
    for finding in findings:
        people().print(Text(f"  {finding.severity}: {finding.text} {finding.fix}"))


@app.command()
def disconnect(
    name: Annotated[str | None, typer.Argument(help="The connection to stop.")] = None,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Stop a connection, remove its webhooks and its secrets; its history stays."""
    wanted = _wanted(name, connection, "Which one is to end?")

    async def ended(app: Application) -> tuple[Json, list[Finding]]:
        known = await connection_named(app.store, wanted)
        left = [] if known.disconnected_at else await _end(app, known)
        found = await connection_named(app.store, wanted)
        return status_report.connections(await status_report.standing(app.store, found)), left

    answer, left = within(ended)
    if as_json:
        print_json({**answer, "findings": [finding.as_json() for finding in left]})
        return
    print_findings(left)
    say(f"{wanted} is disconnected. Its history stays; `connect` begins again where it ended.")


def _wanted(name: str | None, connection: str | None, question: str) -> str:
    wanted = name or connection
    if wanted is None:
        raise wrong_use(question, fix="Name a connection.")
    return wanted


async def _end(app: Application, connection: Connection) -> list[Finding]:
    left = await disconnect_job(await app.runtimes.of(connection.id), app.listening)
    async with app.store.at_once() as tx:
        await app.store.audit.note(tx, who(), "connection.ended", connection_id=connection.id, on=connection.name)
    return left


@app.command()
def pause(
    name: Annotated[str | None, typer.Argument(help="The connection that writes nothing more for now.")] = None,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Stop posting: orders keep arriving and wait, and nothing is written to Zoho until `resume`."""
    wanted = _wanted(name, connection, "Which one is to pause?")

    async def paused(app: Application) -> Json:
        found = await connection_named(app.store, wanted)
        await resting.pause(app.store, found, who())
        return await _standing(app, wanted)

    _say_standing(within(paused), as_json=as_json)


@app.command()
def resume(
    name: Annotated[str | None, typer.Argument(help="The connection that may write.")] = None,
    connection: OfConnection = None,
    as_json: AsJson = False,
) -> None:
    """Go on with posting after `pause`, or begin it for a connection that was made in the console."""
    wanted = _wanted(name, connection, "Which one is to go on?")

    async def resumed(app: Application) -> Json:
        found = await connection_named(app.store, wanted)
        await resting.begin(app.store, found, who())
        return await _standing(app, wanted)

    _say_standing(within(resumed), as_json=as_json)


async def _standing(app: Application, name: str) -> Json:
    found = await connection_named(app.store, name)
    return status_report.connections(await status_report.standing(app.store, found))


def _say_standing(answer: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    (row,) = answer["connections"]
    said = row["reason"] or "Orders are posted as they come."
    say(f"{row['name']} is {row['health']}. {said} Orders that wait: {row['outstanding']}.")


@app.command()
def policy(
    name: Annotated[str | None, typer.Argument(help="The connection.")] = None,
    connection: OfConnection = None,
    schema: Annotated[bool, typer.Option("--schema", help="Names, values and defaults as JSON Schema.")] = False,
    as_json: AsJson = False,
) -> None:
    """The policy in force with its version, as JSON."""
    wanted = name or connection
    if wanted is None and not schema:
        raise wrong_use("Whose policy?", fix="Name a connection, or give --schema.")
    if wanted is None:
        print_json(policy_schema())
        return
    found = within(lambda app: _policy(app, wanted), judges=False)
    print_json(policy_schema() if schema else found)


async def _policy(app: Application, name: str) -> Json:
    return await policy_report.policy(app.store, await connection_named(app.store, name))
