"""Reading a request's body, bounded in size, in time and in sum."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from ml_connector.web.asgi import Answer, Header, Receive, Send, answer, end

LIMIT = 5 * 1024 * 1024
"""Largest body that is accepted, in bytes."""

READ_S = 10.0
"""Longest time a body may take to arrive, in seconds; Shopify gives up on the whole request after 5."""

LINGER_S = 2.0
LINGER_BYTES = 16 * 1024 * 1024
"""How long, and how much, we go on reading and dropping after a refusal, so that the sender can read our answer instead
of seeing its connection reset."""

IN_FLIGHT = 256 * 1024 * 1024
"""Bytes of bodies that may be in memory at once, all requests together."""

CLOSE: Header = (b"connection", b"close")


class TooLarge(Exception):
    """The body is larger than `LIMIT`."""


class TooSlow(Exception):
    """The body did not arrive within `READ_S`."""


class Gone(Exception):
    """The sender hung up before its body was complete; nobody waits for an answer."""


class Crowded(Exception):
    """More bodies are under way than there is memory set aside for."""


@dataclass(slots=True)
class Room:
    """Memory set aside for bodies under way, in bytes; one for each process."""

    free: int = IN_FLIGHT

    def take(self, size: int) -> None:
        """Raises: Crowded."""
        if size > self.free:
            raise Crowded
        self.free -= size

    def give(self, size: int) -> None:
        self.free += size


def declared_length(headers: Iterable[Header]) -> int | None:
    """What `Content-Length` says; None when it is absent (chunked) or not a number."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


async def read_body(receive: Receive, declared: int | None, room: Room) -> bytes:
    """The body's raw bytes.

    Args:
        declared: From `declared_length`. More than `LIMIT` is refused before a byte is read.
        room: What the body takes from it is given back when reading ends, either way.

    Raises:
        TooLarge, TooSlow, Gone, Crowded: reading stopped at once; some of the body may still be on its way.
    """
    if declared is not None and declared > LIMIT:
        raise TooLarge
    taken = declared or 0
    room.take(taken)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > LIMIT:
                    raise TooLarge
                if size > taken:
                    room.take(size - taken)
                    taken = size
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError as error:
        raise TooSlow from error
    finally:
        room.give(taken)


async def refuse_early(receive: Receive, send: Send, what: Answer) -> None:
    """Answer while the body is still on its way, then drop a bounded rest of it and close the connection."""
    await answer(send, Answer(what.status, what.content, (*what.headers, CLOSE)), more=True)
    dropped = 0
    try:
        async with asyncio.timeout(LINGER_S):
            while dropped <= LINGER_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass  # long enough: whoever still sends does not read
    await end(send)
