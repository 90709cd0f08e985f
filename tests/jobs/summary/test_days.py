"""Which days are owed, and when: days of 23 and 25 hours, zones, missed days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.jobs.summary.days import CATCH_UP, Day, Noted, last_due, owed

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The clocks of Europe skip 02:00 to 03:00 on the one and repeat it on the other."""
SENT = Noted("sent")


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 11, 23), 24)])
def test_a_day_is_from_midnight_to_midnight_however_long_that_is(day: date, hours: int) -> None:
    found = Day(day, BERLIN)

    assert found.until.astimezone(UTC) - found.since.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize("fold", [0, 1])
def test_both_of_an_hour_that_comes_twice_belong_to_their_day(fold: int) -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold)

    assert Day(AUTUMN, BERLIN).holds(twice)
    assert not Day(AUTUMN - timedelta(days=1), BERLIN).holds(twice)


def test_an_hour_that_is_skipped_is_the_moment_it_would_have_been() -> None:
    assert Day(SPRING - timedelta(days=1), BERLIN).due_at(2) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_due_the_first_time() -> None:
    assert Day(AUTUMN - timedelta(days=1), BERLIN).due_at(2) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


def test_a_summary_is_due_at_its_minute_and_not_before() -> None:
    due = Day(date(2026, 11, 23), BERLIN).due_at(7)

    assert last_due(due, 7, BERLIN) == date(2026, 11, 23)
    assert last_due(due - timedelta(seconds=1), 7, BERLIN) == date(2026, 11, 22)


@settings(max_examples=25)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]),
    hour=st.integers(0, 23),
    start=st.integers(0, 9 * 365 * 24).map(lambda hours: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
)
def test_whoever_looks_often_finds_every_date_owed_exactly_once(zone: str, hour: int, start: datetime) -> None:
    place = ZoneInfo(zone)
    first = last_due(start, hour, place)
    noted = {first: SENT}
    found: list[date] = []

    for minute in range(0, 60 * 24 * 4, 20):
        for day in owed(noted, start + timedelta(minutes=minute), hour, place):
            found.append(day)
            noted[day] = SENT

    assert found == [first + timedelta(days=number) for number in range(1, len(found) + 1)]
    assert len(found) in (3, 4, 5)


def test_days_that_were_missed_are_owed_oldest_first() -> None:
    noted = {date(2026, 11, 20): SENT}

    found = owed(noted, datetime(2026, 11, 24, 8, tzinfo=BERLIN), 7, BERLIN)

    assert found == [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)]


@pytest.mark.parametrize("noted", [{}, {date(2026, 11, 24): Noted("open")}])
def test_a_connection_owes_nothing_from_before_it_was_looked_after(noted: dict[date, Noted]) -> None:
    assert owed(noted, datetime(2026, 11, 24, 8, tzinfo=BERLIN), 7, BERLIN) == []


def test_what_was_missed_long_ago_is_not_made_up_for_by_itself() -> None:
    found = owed({date(2026, 1, 1): SENT}, datetime(2026, 11, 24, 8, tzinfo=BERLIN), 7, BERLIN)

    assert found[0] == date(2026, 11, 23) - CATCH_UP


@pytest.mark.parametrize("state", ["sent", "sending", "in_doubt", "kept", "skipped"])
def test_what_somebody_may_have_been_told_is_owed_no_more(state: str) -> None:
    assert owed({date(2026, 11, 23): Noted(state)}, datetime(2026, 11, 24, 8, tzinfo=BERLIN), 7, BERLIN) == []


def test_what_was_refused_is_owed_again_after_its_pause() -> None:
    now = datetime(2026, 11, 24, 8, tzinfo=BERLIN)
    refused = {date(2026, 11, 23): Noted("failed", now)}

    assert owed(refused, now - timedelta(minutes=1), 7, BERLIN) == []
    assert owed(refused, now, 7, BERLIN) == [date(2026, 11, 23)]
