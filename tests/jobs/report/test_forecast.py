"""Whether today's calls are enough, and when what waits is done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ml_connector.jobs.report.forecast import calls_of_today, done_by

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
NOON = MIDNIGHT - timedelta(hours=12)


def test_half_a_day_at_an_even_pace_is_half_of_the_day() -> None:
    calls = calls_of_today(used=431, left=1_569, limit=2_000, now=NOON, resets_at=MIDNIGHT)

    assert (calls.expected, calls.enough, calls.lasts_until) == (862, True, None)


def test_a_pace_that_is_too_fast_says_until_when_it_lasts() -> None:
    calls = calls_of_today(used=1_500, left=500, limit=2_000, now=NOON, resets_at=MIDNIGHT)

    # 500 left at 125 an hour
    assert (calls.enough, calls.lasts_until) == (False, NOON + timedelta(hours=4))


def test_what_others_used_counts_too() -> None:
    assert calls_of_today(used=10, left=1_500, limit=2_000, now=NOON, resets_at=MIDNIGHT).used == 500


def test_a_limit_that_zoho_never_told_is_the_sum_of_what_is_known() -> None:
    assert calls_of_today(used=400, left=1_600, limit=None, now=NOON, resets_at=MIDNIGHT).limit == 2_000


def test_nobody_can_say_in_the_first_minutes_of_a_day_or_without_a_limit() -> None:
    early = calls_of_today(used=9, left=1_991, limit=2_000, now=MIDNIGHT - timedelta(hours=23.9), resets_at=MIDNIGHT)
    unlimited = calls_of_today(used=9, left=None, limit=None, now=NOON, resets_at=MIDNIGHT)

    assert (early.expected, early.enough) == (None, None)
    assert unlimited.enough is None


def test_what_waits_is_done_at_nearly_all_of_the_minute() -> None:
    end = done_by(30, per_minute=100, left=1_000, now=NOON, resets_at=MIDNIGHT)

    assert end == NOON + timedelta(minutes=1)  # 90 calls at 90 a minute


def test_what_today_has_no_calls_for_is_done_after_zoho_counts_anew() -> None:
    end = done_by(60, per_minute=100, left=90, now=NOON, resets_at=MIDNIGHT)

    assert end == MIDNIGHT + timedelta(minutes=1)
