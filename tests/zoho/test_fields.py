"""Texts that fit Zoho's fields, and are still whole characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.order import Address
from ml_connector.zoho import fields


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("Linen", 5, "Linen"),
        ("Linen throw", 6, "Linen…"),
        ("Linen throw", 7, "Linen…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("👩‍👩‍👧 x", 7, "…"),
        ("👩‍👩‍👧 x", 10, "👩‍👩‍👧 x"),
        ("🇩🇪🇫🇷", 7, "🇩🇪…"),
        ("👍🏽👍🏽", 7, "👍🏽…"),
    ],
)
def test_a_cut_never_splits_what_a_reader_sees_as_one_character(text: str, limit: int, kept: str):
    assert fields.fit(text, limit) == kept


@given(st.text(max_size=400), st.sampled_from([50, 100, 200]))
def test_whatever_the_title_it_fits_and_can_be_sent(title: str, limit: int):
    line = fields.one_line(title, limit)

    assert _units(line) <= limit
    assert "\n" not in line
    assert "\x00" not in line
    line.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=50))
def test_a_short_title_in_any_script_is_left_as_it_is(title: str):
    assert fields.one_line(title, 100) == title


def test_lines_are_kept_where_they_may_be():
    assert fields.many_lines("one \r\ntwo\x07\n", 100) == "one\ntwo"


def test_half_a_surrogate_pair_is_not_sent():
    assert fields.one_line("a\ud800b", 10) == "a b"


def test_an_address_leaves_out_what_it_does_not_have():
    assert fields.address(Address(company="Byron Ltd", country="Germany")) == {
        "attention": "Byron Ltd",
        "country": "Germany",
    }
    assert fields.address(Address(first_name="Ada", last_name="Byron")) == {"attention": "Ada Byron"}
