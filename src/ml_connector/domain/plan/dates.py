"""Which day a document bears, and what a closed period does to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ml_connector.domain.documents import FieldReason
from ml_connector.domain.plan.case import Case, because, stop


@dataclass(frozen=True, slots=True)
class Dated:
    """The day of a document; `original` when a closed period moved it."""

    day: date
    source: str
    original: date | None = None

    @property
    def note(self) -> str:
        return f"Original date: {self.original}" if self.original else ""

    def reason(self, field: str = "dated") -> FieldReason:
        if self.original is None:
            return because(field, self.day, self.source, "The day in the organisation's time zone.")
        rule = "Policy “locked_period: next_open_day”."
        return because(field, self.day, self.source, rule, f"{self.original}: that period is closed in Zoho")


def dated(case: Case, moment: datetime, source: str) -> Dated:
    """The day of *moment*, moved out of a closed period if the policy says so.

    Raises:
        Stopped: the period is closed.
    """
    day = case.day(moment)
    said = f"{source}: {moment.isoformat()}"
    locked = case.books.locked_until
    if locked is None or day > locked:
        return Dated(day, said)
    if case.policy.locked_period == "next_open_day" and not case.books.backfill:
        return Dated(locked + timedelta(days=1), said, day)
    raise stop(
        "period_locked",
        f"The period of {day} is closed in Zoho until {locked}, so nothing of that day can be posted.",
        "Open the period in Zoho, or let the policy “locked_period” take the next open day. Then replay the order.",
        cause=f"period_locked:{locked}",
    )


def stays(case: Case, day: date, moment: datetime, source: str) -> Dated:
    """The day of a document that is brought up to date, and its own day again if a closed period had moved it."""
    own, locked = case.day(moment), case.books.locked_until
    moved = case.policy.locked_period == "next_open_day" and locked is not None and own <= locked < day
    return Dated(day, source, own if moved else None)


def due_dates(case: Case) -> list[date]:
    """The days on which payment is due, earliest first."""
    return sorted(case.day(one.due_at) for one in case.order.payment_schedules if one.due_at is not None)
