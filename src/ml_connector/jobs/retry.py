"""When a run that could not finish is tried again.

A retry is a value: it is kept in the subject's row (`due_at`, `attempts`, `first_failed_at`), never in a sleeping task
or in the queue, so that a restart, a lost queue or a second process changes nothing.

The series (upper bounds; the delay is drawn evenly between half a second and the bound, "full jitter"):

    attempt    1    2    3    4    5    6     7     8      9      10     11 … 18
    bound      2 s  4 s  8 s  16 s 32 s 1 min 2 min 4 min  8 min  16 min 30 min each, then hourly

until about a day after the first failure (`GIVE_UP_AFTER`). What the vendor asked for (`Retry-After`, the minute, the
day) always wins over the series. Source of the jitter: AWS Architecture Blog, "Exponential Backoff And Jitter".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ml_connector.domain.trouble import Trouble

FLOOR_S = 0.5
FIRST_S = 2.0
HALF_HOUR_S = 1_800.0
HOUR_S = 3_600.0
PATIENT_AFTER = 18
"""From this attempt on, the bound is an hour."""
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Again:
    """Try again at `due_at`; `counted` says whether it used up an attempt."""

    due_at: datetime
    counted: bool = True


@dataclass(frozen=True, slots=True)
class GiveUp:
    """About a day of tries is over: the order fails, and a person may replay it."""


def bound_s(attempt: int) -> float:
    """The longest delay before the try that follows failed attempt number *attempt* (from 1), in seconds."""
    if attempt > PATIENT_AFTER:
        return HOUR_S
    return float(min(FIRST_S * 2 ** (max(attempt, 1) - 1), HALF_HOUR_S))


def retry(
    trouble: Trouble, *, attempt: int, first_failed_at: datetime | None, now: datetime, random: Random
) -> Again | GiveUp:
    """Say when a run that met *trouble* is tried again.

    Args:
        trouble: Its `retry_after_s` wins over the series and uses up no attempt: waiting because the vendor asked is
            obedience, not failure.
        attempt: Number of the attempt that just failed, from 1.
        first_failed_at: When this row of failures began; None when it begins now.
        now: Timezone-aware, from the database's clock.
        random: Where the jitter is drawn from; seeded in tests.
    """
    if trouble.retry_after_s is not None:
        # A little jitter behind the vendor's moment, so that a fleet does not come back in the same instant.
        return Again(now + timedelta(seconds=trouble.retry_after_s + random.uniform(0, 1)), counted=False)
    if first_failed_at is not None and now - first_failed_at >= GIVE_UP_AFTER:
        return GiveUp()
    return Again(now + timedelta(seconds=random.uniform(FLOOR_S, bound_s(attempt))))
