"""The small values that everything is said in."""

from __future__ import annotations

import pytest

from ml_connector.domain.money import CurrencyMismatch, Money, MoneyBag, Side, total
from ml_connector.domain.outcome import Verdict
from ml_connector.domain.trouble import Trouble


def test_money_is_exact_and_carries_its_currency():
    price = Money.of("9.995", "GBP")

    assert (price.rounded().text, str(price), price.minor) == ("10.00", "GBP 10.00", 1000)
    assert (Money.of(7, "JPY").minor, Money.of("0.125", "KWD").minor) == (7, 125)
    assert total((price, -price), "GBP") == Money.of("0.000", "GBP")


def test_money_of_two_currencies_does_not_mix():
    with pytest.raises(CurrencyMismatch, match="in different currencies"):
        Money.of(1, "EUR") + Money.of(1, "GBP")


def test_money_compares_and_has_no_sign_when_asked_for_its_size():
    small, large = Money.of(-1, "GBP"), Money.of(1, "GBP")

    assert small < large <= abs(small)
    assert large > small
    assert abs(small) >= large
    assert not Money.zero("GBP")


def test_a_bag_has_two_sides():
    bag = MoneyBag(Money.of(1, "GBP"), Money.of(2, "EUR"))

    assert (bag.side(Side.SHOP).currency, bag.side(Side.PRESENTMENT).currency) == ("GBP", "EUR")


def test_only_waiting_and_doubt_are_not_at_rest():
    assert [verdict.value for verdict in Verdict if not verdict.at_rest] == ["waiting", "in_doubt"]


def test_a_trouble_carries_its_sentence_and_what_to_do():
    trouble = Trouble("Zoho asks us to wait.", fix="Wait.", retry_after_s=5.0)

    assert (str(trouble), trouble.text, trouble.fix, trouble.retry_after_s) == (
        "Zoho asks us to wait.", "Zoho asks us to wait.", "Wait.", 5.0,
    )  # fmt: skip
