"""How long Zoho's refusals for volume make us wait, and what its headers say."""

from __future__ import annotations

import pytest
from tests.zoho import reference

from ml_connector.zoho.limits import Allowance, allowance, calls_in_flight, daily_calls, wait_s


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        (44, {}, 60),
        (45, {"x-rate-limit-reset": "20421"}, 20421),
        (45, {}, 3600),
        (1070, {}, 2),
        (43, {}, 3600),
        (None, {}, 60),
        (44, {"retry-after": "7"}, 7),
        (45, {"retry-after": "7", "x-rate-limit-reset": "20421"}, 7),
        (43, {"retry-after": "1800"}, 1800),
        (44, {"retry-after": "Fri, 31 Dec 2027 23:59:59 GMT"}, 60),
    ],
)
def test_retry_after_wins_and_otherwise_the_code_decides(code: int | None, headers: dict[str, str], seconds: float):
    assert wait_s(code, headers) == seconds


def test_the_headers_tell_the_day_s_figures():
    headers = {"x-rate-limit-limit": "1,000", "x-rate-limit-remaining": "879", "x-rate-limit-reset": "20421"}

    assert allowance(headers) == Allowance(1000, 879, 20421.0)


def test_an_answer_without_the_headers_tells_nothing():
    assert allowance({"content-type": "application/json"}) is None


def test_a_header_that_is_no_number_is_as_good_as_none():
    assert allowance({"x-rate-limit-remaining": "many"}) is None


def test_the_example_of_the_reference_is_read():
    headers = {name.lower(): value for name, value in reference.example("rate-limit-headers")[0]["headers"].items()}

    assert allowance(headers) == Allowance(2000, 1879, 20421.0)


@pytest.mark.parametrize(
    ("plan", "calls", "at_once"),
    [
        ("FREE", 1000, 5),
        ("STANDARD", 2000, 10),
        ("Professional", 5000, 10),
        ("PREMIUM", 10000, 10),
        ("Zoho Books Elite", 10000, 10),
        ("ULTIMATE", 10000, 10),
        ("TRIAL", 1000, 5),
        ("", 1000, 5),
    ],
)
def test_a_plan_gives_its_calls_and_an_unknown_plan_the_fewest(plan: str, calls: int, at_once: int):
    assert (daily_calls(plan), calls_in_flight(plan)) == (calls, at_once)
