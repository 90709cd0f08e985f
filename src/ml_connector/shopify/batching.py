"""One request for several askers: whoever asks while others do shares a question with them.

An asker that is alone is served at once. Answers are never older than the question: an asker joins only questions that
have not left yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")

Fetch = Callable[[Sequence[str]], Awaitable[Sequence[T]]]
"""Answers for keys, in their order."""


class Coalescer(Generic[T]):
    """Collects keys that are asked for in the same moment, and fetches them together.

    At most *in_flight* questions are on their way; while they are, further keys gather for the next one. An asker that
    is cancelled does not disturb the others.
    """

    def __init__(self, fetch: Fetch[T], largest: Callable[[], int], *, in_flight: int = 4) -> None:
        self._fetch = fetch
        self._largest = largest
        self._free = in_flight
        self._waiting: dict[str, asyncio.Future[T]] = {}
        self._tasks: set[asyncio.Task[Sequence[T]]] = set()
        self._scheduled = False

    async def get(self, key: str) -> T:
        """The answer for *key*.

        Raises:
            Exception: whatever the fetch raised for the question that *key* was part of.
        """
        loop = asyncio.get_running_loop()
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = loop.create_future()
            self._schedule(loop)
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Call off what is on its way; whoever still waits is cancelled."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send at the end of this turn of the loop, so that all who ask in it share a question."""
        if not self._scheduled and self._free > 0:
            self._scheduled = True
            loop.call_soon(self._depart)

    def _depart(self) -> None:
        self._scheduled = False
        while self._waiting and self._free > 0:
            keys = list(self._waiting)[: max(1, self._largest())]
            futures = {key: self._waiting.pop(key) for key in keys}
            self._free -= 1
            task: asyncio.Task[Sequence[T]] = asyncio.get_running_loop().create_task(self._travel(keys))
            self._tasks.add(task)
            task.add_done_callback(partial(self._arrived, list(futures.values())))

    async def _travel(self, keys: Sequence[str]) -> Sequence[T]:
        answers = await self._fetch(keys)
        if len(answers) != len(keys):
            raise ValueError(f"{len(keys)} keys were asked for and {len(answers)} answered")
        return answers

    def _arrived(self, futures: list[asyncio.Future[T]], task: asyncio.Task[Sequence[T]]) -> None:
        """Hand out what came. Every future is settled, whatever happened, so that nobody waits for ever."""
        self._tasks.discard(task)
        self._free += 1
        _settle(futures, task)
        self._depart()


def _settle(futures: list[asyncio.Future[T]], task: asyncio.Task[Sequence[T]]) -> None:
    if task.cancelled():
        for future in futures:
            future.cancel()
        return
    error = task.exception()
    for at, future in enumerate(futures):
        if error is None:
            future.set_result(task.result()[at])
        else:
            future.set_exception(error)
            future.exception()  # marks it as seen: an asker that was cancelled never will
