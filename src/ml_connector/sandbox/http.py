"""What an HTTP request and its answer are to a simulated company, and a port to reach it by.

The values carry no input or output of their own, so a company can be driven without a socket.
`serve` is the thin skin that reads them from one and writes them to one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from aiohttp import web

Clock: TypeAlias = Callable[[], datetime]
"""Tells the time, timezone-aware."""

MAX_BODY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """A request as it arrived: nothing decoded but the query, header names in lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header of that name in any case, or nothing."""
        return self.headers.get(name.lower())

    def param(self, name: str) -> str | None:
        """The first query parameter of that name, or nothing."""
        return next((value for key, value in self.query if key == name), None)

    @property
    def media_type(self) -> str:
        """The body's type without its parameters, in lower case; empty when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            ValueError: The body is not JSON, or not UTF-8.
        """
        return json.loads(self.body.decode("utf-8"))

    def form(self) -> dict[str, str]:
        """The body read as a URL-encoded form; of a repeated name the last value counts.

        Raises:
            ValueError: The body is not UTF-8.
        """
        return dict(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """An answer ready to be written."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body read as JSON; for whoever drives a company without a socket."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The header of that name in any case, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


@dataclass(frozen=True)
class NoAnswer:
    """The connection is cut instead of answered.

    Attributes:
        committed: Whether the company did what it was asked before the line went dead. The
            caller cannot see it; tests can.
    """

    committed: bool


@dataclass(frozen=True)
class Slow:
    """An answer that is held back for a while, longer perhaps than the caller waits."""

    answer: Response | NoAnswer
    seconds: float


Answer: TypeAlias = Response | NoAnswer | Slow
Handler: TypeAlias = Callable[[Request], Answer]


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body, characters beyond ASCII written as they are."""
    content = {"Content-Type": "application/json; charset=utf-8"}
    encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Response(status, {**content, **(headers or {})}, encoded)


def text_response(text: str, status: int = 200, media_type: str = "text/plain") -> Response:
    """An answer with a text body, or with HTML when *media_type* says so."""
    return Response(status, {"Content-Type": f"{media_type}; charset=utf-8"}, text.encode("utf-8"))


def redirect(location: str) -> Response:
    """302 to *location*."""
    return Response(302, {"Location": location})


class Server:
    """A company that listens on a port, until it is closed."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        self._runner = runner
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Stop listening and drop what is still open."""
        await self._runner.cleanup()


async def serve(handler: Handler, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Put *handler* on a port; 0 lets the kernel choose one, told by `Server.url`."""

    async def respond(incoming: web.BaseRequest) -> web.StreamResponse:
        return await _write(incoming, handler(await _read(incoming)))

    runner = web.AppRunner(_application(respond), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    return Server(runner, host, runner.addresses[0][1])


def _application(respond: Callable[[web.Request], Any]) -> web.Application:
    application = web.Application(client_max_size=MAX_BODY_BYTES)
    application.router.add_route("*", "/{path:.*}", respond)
    return application


async def _read(incoming: web.BaseRequest) -> Request:
    return Request(
        method=incoming.method,
        path=incoming.path,
        query=tuple((key, value) for key, value in incoming.query.items()),
        headers={key.lower(): value for key, value in incoming.headers.items()},
        body=await incoming.read(),
    )


async def _write(incoming: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    if isinstance(answer, Slow):
        await asyncio.sleep(answer.seconds)
        answer = answer.answer
    if isinstance(answer, NoAnswer):
        return _cut(incoming)
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _cut(incoming: web.BaseRequest) -> web.StreamResponse:
    """Abort the connection, so that the caller sees a reset and no status line."""
    if incoming.transport is not None:
        incoming.transport.abort()
    return web.Response(status=500)  # never written: its transport is gone
