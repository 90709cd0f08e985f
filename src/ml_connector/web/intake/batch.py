"""Many deliveries, one commit: each waits for the commit that holds it, and the next gathers meanwhile.

    put ──► waiting ──► one commit of up to `batch_items` ──► every put of it returns
               │                  │
               │ full             └─ refused as a whole: one by one, so that one bad delivery harms nobody else
               └──► Full             away: everyone who waits is told at once

No timer: an idle process commits a single delivery immediately, a busy one finds more of them each time it looks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ml_connector.domain.trouble import Remedy, Trouble

T = TypeVar("T")
R = TypeVar("R")

COMMIT_S = 3.0
"""Longest time one commit may take, in seconds: with reading and verifying it stays within Shopify's five."""


class Full(Exception):
    """More deliveries wait for a commit than we want to hold. The sender comes again."""


class NotDurable(Exception):
    """The commit did not happen, or nobody knows whether it did. The sender comes again, and a repeat does no harm."""


@dataclass(slots=True)
class _Waiting(Generic[T, R]):
    item: T
    size: int
    result: asyncio.Future[R]


class GroupCommit(Generic[T, R]):
    """Gathers items and hands them to *commit* together.

    Args:
        commit: Stores items in one transaction and gives one result for each, in order. A `Trouble` with the remedy
            "later" means that the store is away.
        batch_items, batch_bytes: One commit holds no more than this (but at least one item).
        waiting_items: Above this many, `put` raises `Full`.
        commits: Commits under way at once. Two keep PostgreSQL busy while the next is gathered.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        batch_items: int = 500,
        batch_bytes: int = 16 * 1024 * 1024,
        waiting_items: int = 5_000,
        commits: int = 2,
    ) -> None:
        self._commit = commit
        self._batch_items = batch_items
        self._batch_bytes = batch_bytes
        self._waiting_items = waiting_items
        self._commits = commits
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Items for which no commit has begun."""
        return len(self._waiting)

    async def put(self, item: T, size: int) -> R:
        """Return when *item* (of *size* bytes) is durable.

        Raises:
            Full: nothing was kept.
            NotDurable: perhaps nothing was kept; with the reason as `__cause__`.
        """
        if len(self._waiting) >= self._waiting_items:
            raise Full
        waiting = _Waiting[T, R](item, size, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if len(self._tasks) < self._commits:
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiting.result

    async def close(self) -> None:
        """Wait until everything that was put has its answer."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self) -> None:
        while self._waiting:
            await self._settle(self._next_batch())

    def _next_batch(self) -> list[_Waiting[T, R]]:
        batch: list[_Waiting[T, R]] = []
        size = 0
        while self._waiting and len(batch) < self._batch_items:
            size += self._waiting[0].size
            if batch and size > self._batch_bytes:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _settle(self, batch: list[_Waiting[T, R]]) -> None:
        """Commit *batch* and tell everyone in it, whatever comes of it."""
        commit = asyncio.ensure_future(self._commit([waiting.item for waiting in batch]))
        try:
            await asyncio.wait({commit}, timeout=COMMIT_S)
        finally:
            commit.cancel()
        if not commit.done():
            self._away(batch, TimeoutError(f"no commit within {COMMIT_S:.0f} s"))
            return
        error = commit.exception()
        if error is None:
            for waiting, result in zip(batch, commit.result(), strict=True):
                _tell(waiting.result, result)
        elif _is_away(error):
            self._away(batch, error)
        else:
            await self._one_by_one(batch, error)

    async def _one_by_one(self, batch: list[_Waiting[T, R]], error: BaseException) -> None:
        if len(batch) == 1:
            _fail(batch[0].result, error)
            return
        for waiting in batch:
            await self._settle([waiting])

    def _away(self, batch: list[_Waiting[T, R]], error: BaseException) -> None:
        """Tell this batch, and everyone who waits behind it: they would only wait for the same."""
        for waiting in (*batch, *self._waiting):
            _fail(waiting.result, error)
        self._waiting.clear()


def _is_away(error: BaseException) -> bool:
    return isinstance(error, Trouble) and error.remedy is Remedy.LATER


def _tell(result: asyncio.Future[R], value: R) -> None:
    if not result.done():  # its request may have been cancelled
        result.set_result(value)


def _fail(result: asyncio.Future[R], error: BaseException) -> None:
    if not result.done():
        failure = NotDurable(str(error) or type(error).__name__)
        failure.__cause__ = error
        result.set_exception(failure)
