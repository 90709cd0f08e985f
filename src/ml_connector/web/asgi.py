"""ASGI's types, and short answers in JSON.

The few routes that are called thousands of times a second speak ASGI directly; everything else is Litestar's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """One short answer: a status and a sentence (or a few facts) as JSON."""

    status: int
    content: dict[str, Any]
    headers: Sequence[Header] = field(default=())


def said(status: int, text: str, *headers: Header) -> Answer:
    """*text* as `{"message": …}`; errors and confirmations look alike."""
    return Answer(status, {"message": text}, headers)


async def answer(send: Send, what: Answer, *, more: bool = False) -> None:
    """Send *what*. With *more* the answer stays open, although the client has all of it; see `body.refuse_early`."""
    body = msgspec.json.encode(what.content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *what.headers,
    ]
    await send({"type": "http.response.start", "status": what.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def end(send: Send) -> None:
    """End an answer that was left open."""
    await send({"type": "http.response.body", "body": b"", "more_body": False})
