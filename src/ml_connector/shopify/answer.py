"""What an answer holds: data, cost, what was held back; and how its odd corners are read. Pure.

Source: Shopify Admin GraphQL API, responses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ml_connector.net import HttpResponse
from ml_connector.shopify.pacing import ThrottleStatus

_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Cost:
    """`extensions.cost`: points reserved, points used (None when nothing ran), and the bucket afterwards."""

    requested: float
    actual: float | None
    throttle: ThrottleStatus | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A place in the answer that Shopify did not fill for us, and its words."""

    path: tuple[str | int, ...]
    message: str

    @property
    def text(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked for. `warnings` are sentences for `doctor` and the log."""

    data: Mapping[str, Any]
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    served_version: str = ""

    def unread_below(self, *path: str | int) -> tuple[Unread, ...]:
        """What is missing at or inside *path*, with paths relative to it."""
        depth = len(path)
        return tuple(Unread(u.path[depth:], u.message) for u in self.unread if u.path[:depth] == path)


def dotted(path: tuple[str | int, ...]) -> str:
    """`nodes.0.customer`"""
    return ".".join(str(part) for part in path)


def decoded(response: HttpResponse) -> Any:
    """The body as JSON, its decimals exact; None when it is none."""
    try:
        return _decoder.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def said_by(body: Any) -> str:
    """The words of an error body, whatever its shape: a string, a list, an object, or nothing."""
    if not isinstance(body, dict):
        return ""
    said = body.get("errors") or body.get("error_description") or body.get("error") or ""
    return words(said)


def words(said: Any) -> str:
    """A sentence out of whatever shape an error has."""
    if isinstance(said, str):
        return said
    if isinstance(said, list):
        return "; ".join(filter(None, (words(part) for part in said)))
    if isinstance(said, dict):
        if isinstance(said.get("message"), str):
            return str(said["message"])
        return "; ".join(f"{name}: {words(value)}" for name, value in said.items())
    return "" if said is None else str(said)


def cost_of(body: Mapping[str, Any]) -> Cost | None:
    """`extensions.cost` of *body*, None when it does not tell."""
    found = inside(body, "extensions", "cost")
    if not found:
        return None
    status = inside(found, "throttleStatus")
    throttle = ThrottleStatus(
        _number(status.get("maximumAvailable")),
        _number(status.get("currentlyAvailable")),
        _number(status.get("restoreRate")),
    )
    actual = found.get("actualQueryCost")
    return Cost(
        _number(found.get("requestedQueryCost")),
        None if actual is None else _number(actual),
        throttle if throttle.maximum > 0 else None,
    )


def inside(value: Any, *names: str) -> Mapping[str, Any]:
    """The object at *names* inside *value*; an empty one when there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, Decimal)) else 0.0
