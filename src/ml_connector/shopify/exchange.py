"""What went over the wire, once per attempt, for whoever keeps a record. Never holds a token or a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what became of it."""

    at: datetime
    method: str
    path: str
    """Path and query of the address, without host."""
    operation: str
    """Name of the GraphQL operation, or `token`."""
    request: bytes
    status: int | None
    """None when there was no answer."""
    answer: bytes
    took_s: float
    failure: str = ""
    """Why there was no answer, in the sender's words."""
    subjects: tuple[str, ...] = ()
    """Global ids that were asked about; several orders may share one request."""


Record = Callable[[Exchange], None]
"""Told about every exchange, also of failed ones; must not block."""


def ignore(_: Exchange) -> None:
    """Keeps no record."""
