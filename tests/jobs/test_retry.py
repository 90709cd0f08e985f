"""When a run that could not finish is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ml_connector.domain.trouble import Remedy, Trouble, Wrote
from ml_connector.jobs.retry import FLOOR_S, GIVE_UP_AFTER, Again, GiveUp, bound_s, retry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Away(Trouble):
    code = "away"
    wrote = Wrote.NO
    remedy = Remedy.LATER


def test_the_bounds_double_from_two_seconds_to_half_an_hour_and_then_it_is_hourly() -> None:
    bounds = [bound_s(attempt) for attempt in (1, 2, 3, 4, 5, 6, 10, 11, 18, 19, 1_000)]

    assert bounds == [2, 4, 8, 16, 32, 64, 1_024, 1_800, 1_800, 3_600, 3_600]


@pytest.mark.parametrize("attempt", [1, 5, 12, 30])
def test_the_delay_is_drawn_between_the_floor_and_the_bound(attempt: int) -> None:
    random = Random(7)

    delays = [
        (again.due_at - NOW).total_seconds()
        for _ in range(500)
        if isinstance(
            again := retry(Away("away"), attempt=attempt, first_failed_at=None, now=NOW, random=random), Again
        )
    ]

    assert len(delays) == 500
    assert min(delays) >= FLOOR_S
    assert max(delays) <= bound_s(attempt)
    assert max(delays) - min(delays) > (bound_s(attempt) - FLOOR_S) / 2


def test_what_the_vendor_asks_for_wins_and_uses_up_no_attempt() -> None:
    trouble = Away("wait", retry_after_s=3_600)

    again = retry(trouble, attempt=1, first_failed_at=NOW - 2 * GIVE_UP_AFTER, now=NOW, random=Random(1))

    assert isinstance(again, Again)
    assert timedelta(seconds=3_600) <= again.due_at - NOW <= timedelta(seconds=3_601)
    assert not again.counted


def test_a_day_of_failures_is_enough() -> None:
    almost = retry(
        Away("away"), attempt=40, first_failed_at=NOW - GIVE_UP_AFTER + timedelta(seconds=1), now=NOW, random=Random(1)
    )
    enough = retry(Away("away"), attempt=41, first_failed_at=NOW - GIVE_UP_AFTER, now=NOW, random=Random(1))

    assert isinstance(almost, Again)
    assert isinstance(enough, GiveUp)


def test_a_day_holds_between_thirty_and_sixty_tries() -> None:
    # half the bound on average: the expected number of tries in a day
    spent, tries = 0.0, 0
    while spent < GIVE_UP_AFTER.total_seconds():
        tries += 1
        spent += bound_s(tries) / 2

    assert 30 <= tries <= 75
