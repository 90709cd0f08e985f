"""Small values that everything else leans on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ml_connector.domain.money import CurrencyMismatch, Money, places, total
from ml_connector.domain.outcome import Verdict
from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


@pytest.mark.parametrize(("currency", "expected"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ZZZ", 2)])
def test_a_currency_has_its_own_number_of_places(currency: str, expected: int) -> None:
    assert places(currency) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "text", "minor"),
    [
        ("108.2", "GBP", "108.20", 10820),
        ("13.5", "JPY", "14", 14),
        ("1.2345", "KWD", "1.235", 1235),
        ("-0.005", "EUR", "-0.01", -1),
    ],
)
def test_money_is_written_and_counted_in_its_currency_s_units(
    amount: str, currency: str, text: str, minor: int
) -> None:
    money = Money.of(amount, currency)

    assert money.text == text
    assert money.minor == minor
    assert str(money) == f"{currency} {text}"


def test_money_adds_up_within_one_currency_and_refuses_another() -> None:
    euros = [Money.of("0.10", "EUR"), Money.of("0.20", "EUR")]

    assert total(euros, "EUR") == Money.of("0.30", "EUR")
    assert total([], "EUR") == Money.zero("EUR")
    assert abs(-euros[0]) == euros[0]
    assert euros[1] - euros[0] == euros[0]
    assert euros[0] * 3 == Money(Decimal("0.30"), "EUR")
    assert euros[0] < euros[1] > euros[0]
    assert euros[0] <= euros[0] >= euros[0]
    with pytest.raises(CurrencyMismatch):
        euros[0] + Money.of("1", "USD")


def test_only_waiting_and_in_doubt_go_on_by_themselves() -> None:
    assert {verdict for verdict in Verdict if not verdict.at_rest} == {Verdict.WAITING, Verdict.IN_DOUBT}


def test_a_trouble_answers_three_questions_and_speaks() -> None:
    trouble = Trouble("Zoho does not answer.", fix="Wait.", retry_after_s=3.0)

    assert (trouble.wrote, trouble.remedy, trouble.acts) == (Wrote.UNKNOWN, Remedy.BUG, Acts.US)
    assert (str(trouble), trouble.text, trouble.fix, trouble.retry_after_s) == (
        "Zoho does not answer.",
        "Zoho does not answer.",
        "Wait.",
        3.0,
    )
