"""The leaky bucket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.shopify.pacing import Bucket, ThrottleStatus, throttled_wait_s

points = st.floats(min_value=0, max_value=5000)


def a_bucket(available: float = 2000, maximum: float = 2000, rate: float = 100) -> Bucket:
    return Bucket(0.0, ThrottleStatus(maximum, available, rate))


@pytest.mark.parametrize(
    ("available", "cost", "reserve", "wait"),
    [
        (2000, 900, 0, 0),
        (0, 100, 0, 1),
        (50, 100, 0, 0.5),
        (500, 100, 800, 4),  # 900 are needed, 400 are lacking
        (0, 5000, 0, 20),  # dearer than the bucket: a full one must do
        (0, 100, 5000, 18),  # a reserve that cannot be kept is cut to nine tenths of the bucket
    ],
)
def test_how_long_to_wait(available: float, cost: float, reserve: float, wait: float) -> None:
    assert a_bucket(available).wait_s(cost, 0.0, reserve=reserve) == pytest.approx(wait)


def test_the_bucket_fills_by_the_second() -> None:
    assert a_bucket(0).available(3.0) == 300


@given(points, points, st.floats(min_value=0, max_value=1e6))
def test_it_never_holds_more_than_it_can(available: float, cost: float, later: float) -> None:
    bucket = a_bucket(available).spent(cost, 0.0)

    assert 0 <= bucket.available(later) <= 2000


@given(points, points, points)
def test_after_the_wait_there_is_room(available: float, cost: float, reserve: float) -> None:
    bucket = a_bucket(available)

    wait = bucket.wait_s(cost, 0.0, reserve=reserve)

    assert bucket.wait_s(cost, wait + 0.001, reserve=reserve) <= 0.001


def test_what_was_sent_is_gone_until_the_answer_tells() -> None:
    bucket = a_bucket().spent(900, 0.0).spent(900, 0.0)

    assert bucket.available(0.0) == 200
    assert bucket.told(ThrottleStatus(2000, 1800, 100), 0.0).available(0.0) == 1800


def test_a_clock_that_runs_backwards_takes_nothing() -> None:
    assert a_bucket(100).available(-5.0) == 100


def test_throttled_without_figures_waits_a_second() -> None:
    assert throttled_wait_s(100, None) == 1.0
    assert throttled_wait_s(100, ThrottleStatus(0, 0, 0)) == 1.0
