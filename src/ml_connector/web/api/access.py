"""Who may ask: a bearer token, and a role. Only a token's digest is kept, so it is found by its digest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from ml_connector.jobs.operators import includes
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store.people import ApiToken
from ml_connector.web.api.needs import ApiNeeds

Asked = Request[Any, Any, Any]
Role = Literal["viewer", "operator", "admin"]
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None] | None]


class NoToken(Exception):
    """There is no token, or none of ours that is in force."""


class MayNot(Exception):
    """The token's role is not enough."""

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.role = role


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is. `name` is how the audit and the timeline call them."""

    token: ApiToken

    @property
    def name(self) -> str:
        return f"{self.token.name}, API"


Who = SkipValidation[NamedDependency[Caller]]
"""How a handler is told who asks: `async def sync(who: Who)`."""


def entrance(needs: ApiNeeds) -> Guard:
    """Lets only those in who bring a token that is in force. One query."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        scheme, _, word = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not word.strip():
            raise NoToken
        async with needs.store.at_once() as tx:
            token = await needs.store.api_tokens.use(tx, word.strip())
        if token is None:
            raise NoToken
        connection.scope["user"] = Caller(token)
        assert isinstance(connection, Request)
        if _NUL & set(await _said(connection)):
            raise WrongUse("A text has the character U+0000, which no table keeps.", fix="Leave it out.")

    return guard


_NUL = frozenset("\0")


async def _said(request: Asked) -> str:
    """Everything that *request* says in words: its address, and its body with `\\u0000` written out."""
    body = (await request.body()).decode(errors="replace").replace("\\u0000", "\0")
    return f"{request.scope['path']}{unquote(request.url.query)}{body}"


def may(role: Role) -> Guard:
    """Lets only those act whose token has *role*, or a higher one."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        if not includes(connection.scope["user"].token.role, role):
            raise MayNot(role)

    return guard


def caller(request: Asked) -> Caller:
    found: Caller = request.scope["user"]
    return found
