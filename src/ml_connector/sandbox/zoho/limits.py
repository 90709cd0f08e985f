"""What Zoho allows in a minute, in a day and at one time.

Source: Zoho Books API v3, API call limit; answers published by developers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ml_connector.sandbox.zoho.refusals import Refusal
from ml_connector.sandbox.zoho.switches import Switches

_MINUTE = timedelta(seconds=60)

MINUTE = (
    "For security reasons your organization has been blocked as it have exceeded the maximum "
    "number of requests per minute that can originate from an organization."
)
IN_FLIGHT = "You have reached the maximum number of in process requests allowed. Kindly try again after some time."
BLOCK = (
    "For security reasons you have been blocked for some time as you have exceeded the maximum "
    "number of requests per minute."
)


def over_minute() -> Refusal:
    """More calls in a minute than an organisation may make."""
    return Refusal(429, 44, MINUTE)


def over_day(limit: int) -> Refusal:
    """More calls in a day than the plan has."""
    return Refusal(
        429, 45, f"The API call for this organization has exceeded the maximum call rate limit of {limit:,}."
    )


def over_in_flight() -> Refusal:
    """More calls at one time than the plan has."""
    return Refusal(429, 1070, IN_FLIGHT)


def blocked() -> Refusal:
    """The one-hour block after a burst."""
    return Refusal(429, 43, BLOCK, {"Retry-After": "3600"})


@dataclass
class Burst:
    """All calls of a user in the last minute, and the block that too many bring."""

    calls: deque[datetime] = field(default_factory=deque)
    blocked_until: datetime | None = None

    def count(self, now: datetime, limit: int) -> None:
        """Count a call.

        Raises:
            Refusal: 43, during the hour after a burst.
        """
        if self.blocked_until is not None and now < self.blocked_until:
            raise blocked()
        _forget(self.calls, now - _MINUTE)
        self.calls.append(now)
        if len(self.calls) > limit:
            self.blocked_until = now + timedelta(hours=1)
            self.calls.clear()
            raise blocked()


@dataclass
class Allowance:
    """How much of its limits an organisation has used.

    Calls that were refused for volume are not counted against the minute or the day.
    """

    minute: deque[datetime] = field(default_factory=deque)
    day: date | None = None
    used_today: int = 0
    busy_until: list[datetime] = field(default_factory=list)
    settings_after: datetime | None = None
    refused: int = 0

    def take(self, now: datetime, today: date, limits: Switches) -> None:
        """Count a call, or refuse it with 1070, 44 or 45."""
        if self.day != today:
            self.day, self.used_today = today, 0
        self.busy_until = [end for end in self.busy_until if end > now]
        if len(self.busy_until) >= limits.in_flight_limit:
            raise self._refused(over_in_flight())
        self._forget_minute(now, limits.minute_window)
        if len(self.minute) >= limits.minute_limit:
            raise self._refused(over_minute())
        if self.used_today >= limits.day_limit:
            raise self._refused(over_day(limits.day_limit))
        self.minute.append(now)
        self.used_today += 1

    def take_settings(self, now: datetime, spacing_s: float) -> None:
        """Webhook and workflow settings want a pause between two calls."""
        if self.settings_after is not None and now < self.settings_after:
            raise self._refused(over_minute())
        self.settings_after = now + timedelta(seconds=spacing_s)

    def occupy(self, until: datetime) -> None:
        """Keep a place for an answer that takes until then."""
        self.busy_until.append(until)

    def left_today(self, today: date, limits: Switches) -> int:
        """Calls that are left of the day."""
        used = self.used_today if self.day == today else 0
        return max(0, limits.day_limit - used)

    def _forget_minute(self, now: datetime, window: str) -> None:
        since = now.replace(second=0, microsecond=0) if window == "calendar" else now - _MINUTE
        if window == "calendar":
            while self.minute and self.minute[0] < since:
                self.minute.popleft()
        else:
            _forget(self.minute, since)

    def _refused(self, refusal: Refusal) -> Refusal:
        self.refused += 1
        return refusal


def _forget(calls: deque[datetime], until: datetime) -> None:
    while calls and calls[0] <= until:
        calls.popleft()
