"""Who may come in: a session, a form of ours, a role.

The three are guards of Litestar's, so no page can forget them: `entrance` stands before all of them, `may` before those
that need a role. What they refuse becomes a page in `routes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ml_connector.jobs.operators import includes
from ml_connector.store.people import Operator
from ml_connector.web.console.cookies import FIELD, SESSION, is_token_of
from ml_connector.web.console.needs import ConsoleNeeds

Asked = Request[Any, Any, Any]
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None] | None]
Role = Literal["viewer", "operator", "admin"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotSignedIn(Exception):
    """Nobody is signed in, or no longer."""


class FormRefused(Exception):
    """A form that none of our pages made for this visitor."""


class MayNot(Exception):
    """Signed in, without the role that this needs."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.role = role


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sent a request. `word` is the session's cookie."""

    operator: Operator
    word: str = field(repr=False)

    def may(self, role: Role) -> bool:
        return includes(self.operator.role, role)


def entrance(needs: ConsoleNeeds) -> Guard:
    """Lets only those in who are signed in, and takes only forms of ours. One query."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        assert isinstance(connection, Request)
        who = await signed_in(needs, connection)
        if who is None:
            raise NotSignedIn
        connection.scope["user"] = who
        if connection.method not in SAFE and not is_token_of(who.word, await given_token(connection)):
            raise FormRefused

    return guard


def may(role: Role) -> Guard:
    """Lets only those act who have *role*, or a higher one."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        if not connection.scope["user"].may(role):
            raise MayNot(role)

    return guard


async def signed_in(needs: ConsoleNeeds, request: Asked) -> SignedIn | None:
    """Whose session *request* carries. One query, none without a cookie."""
    word = request.cookies.get(SESSION, "")
    if not word:
        return None
    async with needs.store.at_once() as tx:
        session = await needs.store.sessions.seen(tx, word)
    if session is None or session.operator is None:
        return None
    return SignedIn(session.operator, word)


async def form_of(request: Asked) -> dict[str, str]:
    """The texts of a form. Without U+0000, which no table keeps."""
    given = await request.form()
    return {name: value.replace("\0", "") for name, value in given.items() if isinstance(value, str)}


async def given_token(request: Asked) -> str:
    """The word in the form, or empty."""
    return (await form_of(request)).get(FIELD, "")
