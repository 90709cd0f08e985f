"""What must hold for every order there is: the attack of `prove.money`, with orders drawn and shrunk by hypothesis."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.prove.money import Tally, attack


@settings(max_examples=60)
@given(seed=st.integers(0, 2**48))
def test_an_order_posted_in_steps_or_at_once_closes_and_asks_for_nothing_more(seed):
    tally = Tally()

    attack(Random(seed), tally)

    assert tally.answers.total() >= 3
