"""What an admin may do: connections, policies, tokens, operators."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.jobs import resting
from ml_connector.jobs.connecting.connect import connect as connect_job
from ml_connector.jobs.connecting.connect import disconnect as disconnect_job
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import ConnectionDocument, read_document
from ml_connector.jobs.operators import link_for
from ml_connector.jobs.report import in_force as policy_report
from ml_connector.jobs.report import people
from ml_connector.jobs.report import status as status_report
from ml_connector.jobs.report.asked import NotThere, WrongUse
from ml_connector.web.api import shapes
from ml_connector.web.api.access import Who, may
from ml_connector.web.api.needs import ApiNeeds, Needs
from ml_connector.web.api.refusals import refused
from ml_connector.web.api.shapes import shaped

ADMIN = [may("admin")]
ONE_CONNECTION: Any = {
    "tags": ["connections"],
    "status_code": 200,
    "guards": ADMIN,
    "responses": refused(404, 409),
}
ONE_OF_THEM: Any = {"tags": ["people"], "status_code": 200, "guards": ADMIN, "responses": refused(404)}
"""What handlers of one connection, of one token or operator have in common."""
End = Callable[[AsyncConnection, str], Awaitable[bool]]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\s\x00][^\x00]*$")]


class ConnectionBody(msgspec.Struct, forbid_unknown_fields=True):
    """The document that `connect --file` takes; a field left out keeps its value."""

    name: str
    shopify: shapes.Json | None = None
    zoho: shapes.Json | None = None
    policy: shapes.Json | None = None


class PolicyBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names and values; a name left out keeps its value."""

    policy: shapes.Json


class PersonBody(msgspec.Struct, forbid_unknown_fields=True):
    """A name, and what it may do."""

    name: Name
    role: Literal["viewer", "operator", "admin"]


@post("/connections", summary="Connect", tags=["connections"], status_code=200, guards=ADMIN, responses=refused(409))
async def connect(needs: Needs, who: Who, data: JSONBody[ConnectionBody]) -> shapes.Connected:
    """Create or update a connection, then check both sides. Saved either way; `findings` says what to do."""
    document = read_document(msgspec.json.encode(data))
    done = await connect_job(document, needs.store, needs.runtime_of, needs.listening, who=who.name)
    async with needs.store.at_once() as tx:
        number, on = done.connection.id, document.name
        await needs.store.audit.note(tx, who.name, "connection.saved", connection_id=number, on=on)
    answer = await _connection(needs, document.name)
    answer["findings"] = [each.as_json() for each in (*done.checked.shopify.findings, *done.checked.zoho.findings)]
    answer["zoho_webhook_secret"] = done.made_webhook_secret
    return shaped(shapes.Connected, answer)


async def _connection(needs: ApiNeeds, name: str) -> shapes.Json:
    found = await needs.connection(name)
    return status_report.connections(await status_report.standing(needs.store, found))


@delete(
    "/connections/{name:str}",
    summary="Disconnect",
    **ONE_CONNECTION,
)
async def disconnect(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Connected:
    """Stop a connection, remove its webhooks and its secrets; its history stays."""
    found = await needs.connection(name)
    left = []
    if found.disconnected_at is None:
        left = await disconnect_job(await needs.runtime_of(found.id), needs.listening)
        async with needs.store.at_once() as tx:
            await needs.store.audit.note(tx, who.name, "connection.ended", connection_id=found.id, on=name)
    answer = {**await _connection(needs, name), "findings": [each.as_json() for each in left]}
    return shaped(shapes.Connected, answer)


@post(
    "/connections/{name:str}/pause",
    summary="Stop posting",
    **ONE_CONNECTION,
)
async def pause(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Connections:
    """Orders keep arriving and wait; nothing is written to Zoho until `resume`."""
    await resting.pause(needs.store, await needs.connection(name), who.name)
    return shaped(shapes.Connections, await _connection(needs, name))


@post(
    "/connections/{name:str}/resume",
    summary="Begin or go on with posting",
    **ONE_CONNECTION,
)
async def resume(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Connections:
    """Post what waits, and what comes; also for a connection that was made in the console and has not begun."""
    await resting.begin(needs.store, await needs.connection(name), who.name)
    needs.knocked()
    return shaped(shapes.Connections, await _connection(needs, name))


@put(
    "/connections/{name:str}/policy", summary="Change the policy", tags=["policy"], guards=ADMIN, responses=refused(404)
)
async def change_policy(needs: Needs, who: Who, name: FromPath[str], data: JSONBody[PolicyBody]) -> shapes.Policy:
    """A change makes a new version; names and values that are not known are refused with the nearest that is."""
    found = await needs.connection(name)
    await save(ConnectionDocument(found.name, policy=data.policy), needs.store, who=who.name)
    return shaped(shapes.Policy, await policy_report.policy(needs.store, await needs.connection(name)))


async def _ended(needs: ApiNeeds, who: Who, event: str, name: str, end: End) -> bool:
    """Whether there was something to end; who did it is noted in the same commit."""
    async with needs.store.transaction() as tx:
        ended = await end(tx, name)
        if ended:
            await needs.store.audit.note(tx, who.name, event, on=name)
    return ended


# Tokens


@get("/tokens", summary="Tokens", tags=["people"], guards=ADMIN, responses=refused())
async def tokens(needs: Needs) -> shapes.Tokens:
    """Every token by name, without the token; revoked ones too."""
    return shaped(shapes.Tokens, await people.tokens(needs.store))


@post("/tokens", summary="Make a token", tags=["people"], guards=ADMIN, responses=refused(409))
async def make_token(needs: Needs, who: Who, data: JSONBody[PersonBody]) -> shapes.NewToken:
    """A bearer token for this API. It is shown this once and kept as a digest."""
    word = f"mlc_{secrets.token_urlsafe(32)}"
    async with needs.store.transaction() as tx:
        made = await needs.store.api_tokens.add(tx, data.name, data.role, word)
        if made is not None:
            await needs.store.audit.note(tx, who.name, "token.added", on=data.name, details={"role": data.role})
    if made is None:
        raise WrongUse(f"A token called {data.name} is in force.", fix="Revoke it first, or choose another name.")
    return shaped(shapes.NewToken, {"token": {**people.program(made), "secret": word}})


@delete(
    "/tokens/{name:str}",
    summary="Revoke a token",
    **ONE_OF_THEM,
)
async def revoke_token(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Tokens:
    """It is refused from now on."""
    if not await _ended(needs, who, "token.revoked", name, needs.store.api_tokens.revoke):
        raise NotThere(f"There is no token called {name!r} in force.", fix="GET /api/v1/tokens lists them.")
    return shaped(shapes.Tokens, await people.tokens(needs.store))


# Operators


@get("/operators", summary="Operators", tags=["people"], guards=ADMIN, responses=refused())
async def operators(needs: Needs) -> shapes.Operators:
    """Everybody who may sign in to the console, disabled ones too."""
    return shaped(shapes.Operators, await people.operators(needs.store))


@post("/operators", summary="Add an operator, or change a role", tags=["people"], guards=ADMIN, responses=refused())
async def add_operator(needs: Needs, who: Who, data: JSONBody[PersonBody]) -> shapes.Invited:
    """Answers a one-time address at which the operator chooses a password."""
    async with needs.store.transaction() as tx:
        saved = await needs.store.operators.save(tx, data.name, data.role)
        await needs.store.audit.note(tx, who.name, "operator.saved", on=data.name, details={"role": data.role})
    return shaped(shapes.Invited, {"operator": people.operator(saved), "link": (await _link(needs, data.name)).link})


async def _link(needs: ApiNeeds, name: str) -> shapes.Link:
    link = await link_for(needs.store, name, needs.public_url)
    if link is None:
        raise NotThere(f"There is no operator called {name!r}.", fix="GET /api/v1/operators lists them.")
    return shapes.Link(name, link)


@post(
    "/operators/{name:str}/link",
    summary="A new link",
    **ONE_OF_THEM,
)
async def new_link(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Link:
    """A one-time address for a new password; an earlier one stops working."""
    made = await _link(needs, name)
    async with needs.store.at_once() as tx:
        await needs.store.audit.note(tx, who.name, "operator.link_made", on=name)
    return made


@delete(
    "/operators/{name:str}",
    summary="Disable an operator",
    **ONE_OF_THEM,
)
async def disable_operator(needs: Needs, who: Who, name: FromPath[str]) -> shapes.Operators:
    """No more signing in; what was done under the name stays on record."""

    async def disabled(tx: AsyncConnection, name: str) -> bool:
        known = await needs.store.operators.named(tx, name)
        if known is not None:
            await needs.store.operators.disable(tx, name)
            await needs.store.sessions.end_all(tx, known.id)
        return known is not None

    if not await _ended(needs, who, "operator.disabled", name, disabled):
        raise NotThere(f"There is no operator called {name!r}.", fix="GET /api/v1/operators lists them.")
    return shaped(shapes.Operators, await people.operators(needs.store))
