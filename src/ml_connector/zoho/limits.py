"""How much Zoho lets us ask: allowances by plan, the figures in answers, and how long a 429 makes us wait.

Source: Zoho Books API v3, API call limit and concurrent rate limiter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CALLS_A_MINUTE = 100
"""For each organisation, on every plan."""

_DAILY = {"FREE": 1000, "STANDARD": 2000, "PROFESSIONAL": 5000, "PREMIUM": 10000, "ELITE": 10000, "ULTIMATE": 10000}

MINUTE, DAY, IN_FLIGHT, BLOCK = 44, 45, 1070, 43
RATE_CODES = frozenset({MINUTE, DAY, IN_FLIGHT, BLOCK})

_WAIT_S = {MINUTE: 60.0, IN_FLIGHT: 2.0, BLOCK: 3600.0}
_UNTOLD_DAY_S = 3600.0
"""The daily limit without a reset figure: ask again in an hour rather than guess Zoho's midnight."""
_UNTOLD_S = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """The organisation's daily figures, as an answer's headers told them. None where they did not."""

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None
    """Seconds until Zoho counts anew."""


def daily_calls(plan: str) -> int:
    """Calls a day for a plan name as Zoho writes it; the smallest figure for a plan we do not know.

    The answer's own `X-Rate-Limit-Limit` is better once one has been seen: Zoho support raises figures.
    """
    return next((calls for name, calls in _DAILY.items() if name in plan.upper()), _DAILY["FREE"])


def calls_in_flight(plan: str) -> int:
    """Calls at the same time for a plan name; 5 on Free and on plans that we do not know."""
    paid = any(name in plan.upper() for name in _DAILY if name != "FREE")
    return 10 if paid else 5


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """The daily figures of an answer; None when it has none (`GET /organizations` never does)."""
    limit = _whole(headers.get("x-rate-limit-limit"))
    remaining = _whole(headers.get("x-rate-limit-remaining"))
    reset = _whole(headers.get("x-rate-limit-reset"))
    if limit is None and remaining is None and reset is None:
        return None
    return Allowance(limit, remaining, None if reset is None else float(reset))


def wait_s(code: int | None, headers: Mapping[str, str]) -> float:
    """Seconds to wait after Zoho refused for volume with *code* (None: no code was readable).

    `Retry-After` wins. Otherwise a minute for 44, until the daily reset for 45, two seconds for 1070, an hour for 43.
    """
    asked = _whole(headers.get("retry-after"))
    if asked is not None:
        return float(asked)
    if code == DAY:
        told = allowance(headers)
        return told.reset_s if told is not None and told.reset_s is not None else _UNTOLD_DAY_S
    return _WAIT_S.get(code or 0, _UNTOLD_S)


def _whole(text: str | None) -> int | None:
    cleaned = (text or "").strip().replace(",", "")
    return int(cleaned) if cleaned.isascii() and cleaned.isdigit() else None
