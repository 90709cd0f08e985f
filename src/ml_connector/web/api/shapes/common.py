"""What several answers are made of, and how a read model's document becomes one."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
Json = dict[str, Any]


def shaped(kind: type[T], document: Any) -> T:
    """*document*, which a read model made, as a *kind*."""
    return msgspec.convert(document, kind)


class Problem(msgspec.Struct):
    """Why something was not done: for a program, for a person, and what to do about it."""

    code: str
    text: str
    fix: str | None


class Money(msgspec.Struct):
    """An exact amount, as text with the currency's places."""

    amount: str
    currency: str


class Detail(msgspec.Struct):
    label: str
    value: str


class Reason(msgspec.Struct):
    """Why an order stands as it does. `fix` is null when nothing is to be done."""

    code: str
    text: str
    fix: str | None
    details: list[Detail]


class Outcomes(msgspec.Struct):
    """How many orders have which verdict."""

    posted: int
    waiting: int
    in_doubt: int
    held: int
    failed: int
    excluded: int


class Finding(msgspec.Struct):
    """Something that was looked at and is not as it should be, or is worth knowing (`info`)."""

    code: str
    text: str
    fix: str
    severity: str
