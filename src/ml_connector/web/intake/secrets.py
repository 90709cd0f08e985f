"""Who may sign for whom, kept in memory for a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")

FRESH_S = 5.0
"""How long a found answer is used, in seconds: a rotated secret counts after this at the latest."""

KEPT_AT_MOST = 10_000
"""Names remembered at once; whoever invents shop names must not fill our memory."""


class ShortMemory(Generic[V]):
    """Remembers what *find* said about a name, for `FRESH_S`; asks once, however many want to know at that moment.

    Unknown names are remembered too: a stranger's flood costs one look-up for each name and time, not one a request.
    """

    def __init__(self, find: Callable[[str], Awaitable[V]], monotonic: Callable[[], float]) -> None:
        self._find = find
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, V]] = {}
        self._asking: dict[str, asyncio.Future[V]] = {}

    async def of(self, name: str) -> V:
        """What is known about *name*; raises what *find* raises, which is not remembered."""
        known = self._known.get(name)
        if known is not None and known[0] > self._monotonic():
            return known[1]
        asking = self._asking.get(name)
        if asking is None:
            asking = asyncio.ensure_future(self._ask(name))
            self._asking[name] = asking
        return await asyncio.shield(asking)

    async def _ask(self, name: str) -> V:
        try:
            found = await self._find(name)
        finally:
            del self._asking[name]
        if len(self._known) >= KEPT_AT_MOST:
            self._known.clear()
        self._known[name] = (self._monotonic() + FRESH_S, found)
        return found
