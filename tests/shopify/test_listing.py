"""Searches and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.shopify import listing
from ml_connector.shopify.listing import By

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (TEN, None, "updated_at:>='2026-11-23T10:00:00Z'"),
        (None, TEN, "updated_at:<'2026-11-23T10:00:00Z'"),
        (TEN, TEN, "updated_at:>='2026-11-23T10:00:00Z' AND updated_at:<'2026-11-23T10:00:00Z'"),
        (None, None, ""),
    ],
)
def test_from_inclusive_until_exclusive(since: datetime | None, until: datetime | None, expected: str) -> None:
    assert listing.between(By.UPDATED, since, until) == expected


def test_moments_are_sent_in_utc() -> None:
    there = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2)))

    assert listing.moment(there) == "'2026-11-23T10:00:00Z'"


def test_a_moment_without_zone_is_our_bug() -> None:
    with pytest.raises(ValueError, match="timezone"):
        listing.moment(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(("by", "key"), [(By.UPDATED, "UPDATED_AT"), (By.PROCESSED, "PROCESSED_AT")])
def test_a_list_is_sorted_by_what_it_is_filtered_by(by: By, key: str) -> None:
    assert by.sort_key == key


@given(st.text())
def test_a_quoted_text_ends_where_we_end_it(text: str) -> None:
    quoted = listing.quoted(text)
    inner = quoted[1:-1]

    assert quoted[0] == quoted[-1] == "'"
    assert "'" not in inner.replace("\\\\", "").replace("\\'", "")


@pytest.mark.parametrize(
    ("wanted", "name", "same"),
    [
        ("#1001", "#1001", True),
        ("1001", "#1001", True),
        ("#1001", "1001", True),
        ("eu-7", "EU-7", True),
        ("1001", "#10011", False),
        ("1001", "#1001-A", False),
    ],
)
def test_names_of_orders(wanted: str, name: str, same: bool) -> None:
    assert listing.same_name(wanted, name) is same
