"""What went over the wire, once for each attempt, for whoever keeps the record. Never holds a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.values import ZohoRequest


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what became of it."""

    at: datetime
    """When it was about to leave."""
    connection: str
    request: ZohoRequest
    status: int | None
    """None when there was no answer."""
    answer: bytes = field(repr=False, default=b"")
    took_s: float = 0.0
    trouble: ZohoTrouble | None = None
    """What the answer, or its absence, meant; None for success."""
    allowance: Allowance | None = None


Record = Callable[[Exchange], None]
"""Told about every exchange, also of failed ones; must not block."""


def ignore(_: Exchange) -> None:
    """Keeps no record."""
