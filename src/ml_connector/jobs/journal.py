"""The record of what went over the wire, gathered while a run works and written in the commit that settles it.

A client tells each exchange at once and must not wait; so the exchanges of a run lie here until a commit takes them.
What a crash loses is only the record of calls whose outcome is then asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Journal(Generic[T]):
    """Exchanges that wait to be written, by whom they are about."""

    def __init__(self, about: Callable[[T], str]) -> None:
        self._about = about
        self._waiting: dict[str, list[T]] = {}

    def tell(self, exchange: T) -> None:
        """Take note of *exchange*; never waits. One that is about no document of ours is not kept."""
        about = self._about(exchange)
        if about:
            self._waiting.setdefault(about, []).append(exchange)

    def take(self, about: str) -> list[T]:
        """What is noted about it, each exchange once."""
        return self._waiting.pop(about, [])
