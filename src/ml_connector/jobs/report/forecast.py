"""Whether today's calls are enough, and when what is on the way will be done: pure arithmetic with stated guesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

CALLS_FOR_AN_ORDER = 3
"""About what an order takes: its invoice, its payment, and sometimes a contact or a mark."""
SHARE_OF_A_MINUTE = 0.9
"""How much of Zoho's minute we count on; the rest is other programs' and our own looking."""
TOO_SOON = timedelta(minutes=15)
"""A pace measured over less than this says nothing about the day."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Today's calls.

    Attributes:
        expected: Calls by the end of Zoho's day at the present pace; None while too little is known.
        lasts_until: When the allowance ends at this pace; None when it is enough, or nobody can say.
    """

    used: int
    limit: int | None
    left: int | None
    resets_at: datetime
    expected: int | None = None
    lasts_until: datetime | None = None

    @property
    def enough(self) -> bool | None:
        """None: nobody can say."""
        if self.limit is None or self.expected is None:
            return None
        return self.lasts_until is None


def calls_of_today(*, used: int, left: int | None, limit: int | None, now: datetime, resets_at: datetime) -> Calls:
    """Today's calls, with a forecast at the pace of the day so far.

    Args:
        used: By this connector and, where Zoho told it, by others too.
        resets_at: When Zoho begins to count anew.
    """
    limit = limit if limit is not None else None if left is None else used + left
    if limit is not None and left is not None:
        used = max(used, limit - left)
    begun = resets_at - timedelta(days=1)
    elapsed, remaining = now - begun, resets_at - now
    if elapsed < TOO_SOON or remaining <= timedelta(0):
        return Calls(used, limit, left, resets_at)
    expected = round(used + used * (remaining / elapsed))
    lasts_until = None
    if limit is not None and expected > limit and used:
        lasts_until = now + elapsed * (max(limit - used, 0) / used)
    return Calls(used, limit, left, resets_at, expected, lasts_until)


def done_by(waiting: int, *, per_minute: int, left: int | None, now: datetime, resets_at: datetime) -> datetime:
    """When *waiting* orders will have been posted, if nothing else comes: today's calls first, the rest after reset."""
    needed = waiting * CALLS_FOR_AN_ORDER
    pace = max(per_minute * SHARE_OF_A_MINUTE, 1.0)
    if left is None or needed <= left or resets_at <= now:
        return now + timedelta(minutes=needed / pace)
    return resets_at + timedelta(minutes=(needed - left) / pace)
