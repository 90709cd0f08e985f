"""Which days a connection has, when each one's summary is due, and which are still owed. Pure.

A day begins at midnight of its zone and ends at the next, so one of 23 or 25 hours is a day like any other. Its summary
is due at one moment: an hour that the clocks skip is taken as the moment it would have been, one that they repeat as
its first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CATCH_UP = timedelta(days=14)
"""Days missed longer ago are not made up for by themselves; `summary NAME --date D --send` does it."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One date in one zone, from midnight to midnight."""

    date: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        return datetime.combine(self.date, time(), self.zone)

    @property
    def until(self) -> datetime:
        """The first moment that belongs to the next day."""
        return datetime.combine(self.date + ONE_DAY, time(), self.zone)

    def holds(self, moment: datetime) -> bool:
        # compared in UTC: two moments of one zone are compared by their clock faces, which repeat
        return self.since.astimezone(UTC) <= moment.astimezone(UTC) < self.until.astimezone(UTC)

    def due_at(self, hour: int) -> datetime:
        """When its summary is due: at *hour* of the day after, in UTC."""
        return datetime.combine(self.date + ONE_DAY, time(hour), self.zone).astimezone(UTC)


def last_due(now: datetime, hour: int, zone: ZoneInfo) -> date:
    """The latest date whose summary is due at *now*."""
    yesterday = now.astimezone(zone).date() - ONE_DAY
    return yesterday if Day(yesterday, zone).due_at(hour) <= now else yesterday - ONE_DAY


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted of one date: its state, and before when nothing is tried again."""

    state: str
    retry_at: datetime | None = None

    def owed(self, now: datetime) -> bool:
        """Whether it still has to be sent, and may be."""
        return self.state in OWED and (self.retry_at is None or self.retry_at <= now)


OWED = ("open", "failed")
"""Nobody was sent anything for sure: `open` is noted and not begun, `failed` was refused."""


def owed(noted: Mapping[date, Noted], now: datetime, hour: int, zone: ZoneInfo) -> list[date]:
    """The dates whose summary is to be made now, oldest first.

    A connection owes nothing from before the first date that is noted, which is the day it was first looked after.
    """
    last = last_due(now, hour, zone)
    if not noted:
        return []
    first = max(min(noted), last - CATCH_UP)
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [each for each in dates if each not in noted or noted[each].owed(now)]
