"""Values as JSON says them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Reason, Verdict

Json = dict[str, Any]


def money(value: Money | None) -> Json | None:
    """`{"amount": "108.20", "currency": "GBP"}`, the amount with the currency's places; None when it is not known."""
    return None if value is None else {"amount": value.text, "currency": value.currency}


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC with its offset, `2026-11-23T10:00:00.5+00:00`; None when there is none.

    Raises:
        ValueError: *value* has no timezone, which is a bug in the caller.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment must be timezone-aware")
    return value.astimezone(UTC).isoformat()


def reason(value: Reason | None) -> Json | None:
    """Why, for a program and for a person. `fix` is null when nothing is to be done."""
    if value is None:
        return None
    details = [{"label": label, "value": said} for label, said in value.details]
    return {"code": value.code, "text": value.text, "fix": value.fix or None, "details": details}


def outcomes(counts: Mapping[Verdict, int]) -> dict[str, int]:
    """All six words, those that no order has as zero."""
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict}


def number(gid: str) -> str:
    """The number at the end of a global id, as people see it in addresses."""
    return gid.rsplit("/", 1)[-1]
