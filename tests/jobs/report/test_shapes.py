"""Values as the JSON promises them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Reason, Verdict
from ml_connector.jobs.report import shapes


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("108.2", "GBP", "108.20"), ("26153", "JPY", "26153"), ("62.957", "KWD", "62.957"), ("-5", "EUR", "-5.00")],
)
def test_money_has_the_places_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert shapes.money(Money.of(amount, currency)) == {"amount": text, "currency": currency}


def test_what_is_not_known_is_null() -> None:
    assert shapes.money(None) is None
    assert shapes.moment(None) is None
    assert shapes.reason(None) is None


def test_moments_carry_their_offset_whatever_zone_they_came_in() -> None:
    in_berlin = datetime(2026, 11, 23, 11, 0, tzinfo=timezone(timedelta(hours=1)))

    assert shapes.moment(in_berlin) == "2026-11-23T10:00:00+00:00"
    assert shapes.moment(datetime(2026, 11, 23, 10, 0, 0, 500_000, UTC)) == "2026-11-23T10:00:00.500000+00:00"


def test_a_moment_without_a_zone_is_our_bug() -> None:
    with pytest.raises(ValueError, match="timezone-aware"):
        shapes.moment(datetime(2026, 11, 23))  # noqa: DTZ001


def test_all_six_outcomes_are_there_in_one_order_and_zeros_too() -> None:
    counts = shapes.outcomes({Verdict.HELD: 7})

    assert list(counts.items()) == [
        ("posted", 0),
        ("waiting", 0),
        ("in_doubt", 0),
        ("held", 7),
        ("failed", 0),
        ("excluded", 0),
    ]


def test_a_reason_says_why_for_a_program_and_what_to_do_for_a_person() -> None:
    told = shapes.reason(Reason("tax_unmapped", "Zoho has no tax of 25.5 %.", details=(("Shopify", "25.5 %"),)))

    assert told == {
        "code": "tax_unmapped",
        "text": "Zoho has no tax of 25.5 %.",
        "fix": None,
        "details": [{"label": "Shopify", "value": "25.5 %"}],
    }
