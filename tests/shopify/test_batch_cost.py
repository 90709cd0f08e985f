"""How many orders one question may hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.shopify.batch_cost import LARGEST_BATCH, BatchCost


def test_until_an_answer_came_every_order_is_thought_to_be_charged() -> None:
    assert BatchCost(94).of(9) == 846
    assert BatchCost(94).largest(2000) == 9  # 900 / 94


def test_many_orders_charged_like_one_may_come_together() -> None:
    learned = BatchCost(94).learned(94, 9)

    assert learned.of(20) == 94
    assert learned.largest(2000) == LARGEST_BATCH


def test_orders_that_are_charged_each_stay_within_the_limit() -> None:
    learned = BatchCost(94).learned(960, 8)

    assert learned.one == 120
    assert learned.largest(2000) == 7


def test_a_question_about_one_order_says_what_one_costs_and_nothing_more() -> None:
    assert BatchCost(94).learned(100, 1) == BatchCost(100)
    assert BatchCost(94, each_counts=False).learned(100, 1) == BatchCost(100, each_counts=False)


def test_a_refused_size_is_not_tried_again() -> None:
    refused = BatchCost(10).refused(20)

    assert refused.largest(2000) == 10
    assert refused.learned(10, 10).largest(2000) == 10


def test_an_answer_without_cost_teaches_nothing() -> None:
    assert BatchCost(94).learned(0, 5) == BatchCost(94)


@given(
    st.floats(min_value=0.1, max_value=5000),
    st.floats(min_value=0, max_value=5000),
    st.lists(st.tuples(st.floats(min_value=0, max_value=5000), st.integers(min_value=1, max_value=20)), max_size=5),
)
def test_there_is_always_room_for_one_and_never_for_too_many(
    one: float, bucket: float, answers: list[tuple[float, int]]
) -> None:
    cost = BatchCost(one)
    for requested, count in answers:
        cost = cost.learned(requested, count)

    assert 1 <= cost.largest(bucket) <= LARGEST_BATCH


@pytest.mark.parametrize("bucket", [1000, 2000, 20000])
def test_a_small_bucket_makes_small_questions(bucket: float) -> None:
    cost = BatchCost(94)

    assert cost.of(cost.largest(bucket)) <= min(1000, bucket)
