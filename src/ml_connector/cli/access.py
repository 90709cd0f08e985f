"""`operators` and `tokens`: who may use the console, and which programs may use the API."""

from __future__ import annotations

import secrets
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from ml_connector.cli.app import AsJson, app
from ml_connector.cli.connecting import who
from ml_connector.cli.exits import wrong_use
from ml_connector.cli.output import known, page, print_json, say, table
from ml_connector.cli.running import within
from ml_connector.jobs.operators import PasswordUnfit, check_fit, hash_password, link_for
from ml_connector.jobs.report import people
from ml_connector.store.people import ApiToken, Operator
from ml_connector.wiring import Application

Json = dict[str, Any]

operators = typer.Typer(help="Who may use the console.", no_args_is_help=True, rich_markup_mode=None)
tokens = typer.Typer(help="Programs that may use the API.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(operators, name="operators")
app.add_typer(tokens, name="tokens")


class Role(StrEnum):
    """Each may do what those before it may: look, act, and change who may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


OfRole = Annotated[Role, typer.Option("--role", metavar="R", help="viewer, operator or admin.")]
Named = Annotated[str, typer.Argument(metavar="NAME")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@operators.command("add")
def add_operator(name: Named, role: OfRole, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Add an operator, or change the role of one. Without a password a one-time address to choose it is printed."""
    password = _password(name) if password_stdin else None
    found, link = within(lambda app: _add_operator(app, _name(name), role.value, password))
    if as_json:
        print_json({"operator": people.operator(found), "link": link})
        return
    say(f"{found.name} is {_article(found.role)} now.")
    _say_link(link)


def _password(name: str) -> str:
    """The first line of standard input: a password never stands on a command line."""
    given = sys.stdin.readline().rstrip("\r\n")
    try:
        check_fit(given, name)
    except PasswordUnfit as error:
        raise wrong_use(str(error), fix="Nothing was changed.") from error
    return given


async def _add_operator(app: Application, name: str, role: str, password: str | None) -> tuple[Operator, str | None]:
    kept = await hash_password(password) if password else None
    async with app.store.transaction() as tx:
        found = await app.store.operators.save(tx, name, role, password_hash=kept)
        if kept:
            await app.store.sessions.end_all(tx, found.id)
        await app.store.audit.note(tx, who(), "operator.saved", on=name, details={"role": role})
    if found.password_hash:
        return found, None
    return found, await link_for(app.store, name, app.settings.public_url)


@operators.command("link")
def link_operator(name: Named, as_json: AsJson = False) -> None:
    """Print a one-time address, good for a day, at which the operator chooses a password."""
    link = within(lambda app: _link(app, name))
    if as_json:
        print_json({"operator": name, "link": link})
        return
    _say_link(link)


async def _link(app: Application, name: str) -> str:
    link = await link_for(app.store, name, app.settings.public_url)
    if link is None:
        raise wrong_use(f"There is no operator called {name}.", fix="`ml-connector operators list` names them.")
    async with app.store.at_once() as tx:
        await app.store.audit.note(tx, who(), "operator.link_made", on=name)
    return link


def _say_link(link: str | None) -> None:
    if link:
        say("Good once, within a day. Whoever opens it chooses the password:")
        sys.stdout.write(f"{link}\n")


@operators.command("list")
def list_operators(as_json: AsJson = False) -> None:
    """Who there is, with role and when they were last seen."""

    found = within(lambda app: people.operators(app.store), judges=False)
    if as_json:
        print_json(found)
        return
    rows = [[each["name"], each["role"], each["state"], known(each["last_seen_at"])] for each in found["operators"]]
    page().print(table("Operators", ("name", "role", "state", "last seen"), rows))


@operators.command("disable")
def disable_operator(name: Named, as_json: AsJson = False) -> None:
    """End an operator's access at once. `add` gives it back."""

    async def disabled(app: Application) -> None:
        async with app.store.transaction() as tx:
            found = await app.store.operators.named(tx, name)
            if found is None or not await app.store.operators.disable(tx, name):
                raise wrong_use(f"There is no operator called {name}.")
            await app.store.sessions.end_all(tx, found.id)
            await app.store.audit.note(tx, who(), "operator.disabled", on=name)

    within(disabled)
    if as_json:
        print_json({"operator": name, "state": "disabled"})
        return
    say(f"{name} cannot sign in any more.")


@tokens.command("add")
def add_token(name: Named, role: OfRole, as_json: AsJson = False) -> None:
    """Make a bearer token for `/api/v1`. It is shown this once and kept as a hash."""
    token = f"mlc_{secrets.token_urlsafe(32)}"
    made = within(lambda app: _add_token(app, _name(name), role.value, token))
    if as_json:
        print_json({"token": {**people.program(made), "secret": token}})
        return
    say(f"The token {made.name} is {_article(made.role)}. It is shown this once:")
    sys.stdout.write(f"{token}\n")


async def _add_token(app: Application, name: str, role: str, token: str) -> ApiToken:
    async with app.store.transaction() as tx:
        made = await app.store.api_tokens.add(tx, name, role, token)
        if made is None:
            raise wrong_use(f"There is a token called {name} already.", fix="Revoke it first, or choose another name.")
        await app.store.audit.note(tx, who(), "token.added", on=name, details={"role": role})
    return made


@tokens.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """Which tokens there are, with role and the day they were last used."""

    found = within(lambda app: people.tokens(app.store), judges=False)
    if as_json:
        print_json(found)
        return
    rows = [[each["name"], each["role"], known(each["used_at"]), known(each["revoked_at"])] for each in found["tokens"]]
    page().print(table("Tokens", ("name", "role", "last used", "revoked"), rows))


@tokens.command("revoke")
def revoke_token(name: Named, as_json: AsJson = False) -> None:
    """End a token at once."""

    async def revoked(app: Application) -> None:
        async with app.store.transaction() as tx:
            if not await app.store.api_tokens.revoke(tx, name):
                raise wrong_use(f"There is no token called {name} in force.")
            await app.store.audit.note(tx, who(), "token.revoked", on=name)

    within(revoked)
    if as_json:
        print_json({"token": name, "state": "revoked"})
        return
    say(f"{name} opens nothing any more.")


def _name(given: str) -> str:
    name = given.strip()
    if not name or len(name) > 64 or not name.isprintable():
        raise wrong_use("A name has 1 to 64 characters.")
    return name


def _article(role: str) -> str:
    return f"a {role}" if role == "viewer" else f"an {role}"
