"""What must hold for every order there is: the attack of `prove.money`, with orders drawn by hypothesis."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.prove.money import LEFT_OUT, Tally, main, prove, prove_one


@settings(max_examples=60)
@given(seed=st.integers(0, 2**48))
def test_an_order_posted_in_steps_or_at_once_closes_and_asks_for_nothing_more(seed):
    tally = Tally()

    prove_one(seed, tally)

    assert tally.plans or set(tally.answers) <= LEFT_OUT | {"rate_unknown", "two_readings"}


def test_many_orders_leave_no_failure():
    tally = prove(300, seed=1)

    assert (tally.failures, tally.plans >= 300) == ([], True)


def test_the_command_says_what_it_proved(capsys):
    assert main(["--plans", "5", "--seed", "3"]) == 0
    assert "documents added up twice" in capsys.readouterr().out
