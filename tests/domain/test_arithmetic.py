"""How Zoho adds up, held to its published answers and to what must be true of any document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.domain.arithmetic import (
    Amount,
    Component,
    Document,
    Reading,
    add_up,
    half_up,
    price_line,
    readings,
)

D = Decimal
ITEM, ENTITY = Reading("item_level"), Reading("entity_level")


def taxed(rate: str, quantity: int = 1, discount: str = "0", percentage: str = "20", key: str = "t") -> Amount:
    return Amount(D(rate), D(quantity), D(discount), key, (Component(key, D(percentage)),))


def test_each_rate_is_rounded_before_its_tax():
    document = Document((taxed("54.54545", percentage="10"),), 2, inclusive=False)

    answer = add_up(document, ITEM)

    # 54.55 + 10 % of it, 5.455, half up
    assert (answer.sub_total, answer.tax_total, answer.total) == (D("54.55"), D("5.46"), D("60.01"))


def test_a_published_answer_of_two_lines_rounded_over_the_document():
    document = Document((taxed("424991.70", percentage="18"), taxed("8552.00", percentage="18")), 2, inclusive=False)

    answer = add_up(document, ENTITY)

    assert (answer.sub_total, answer.tax_total, answer.total) == (
        D("433543.70"), D("78037.87"), D("511581.57"),
    )  # fmt: skip


def test_half_a_unit_is_rounded_up():
    answer = add_up(Document((taxed("1.00", percentage="7.5"),), 2, inclusive=False), ITEM)

    assert (answer.tax_total, answer.total) == (D("0.08"), D("1.08"))


def test_a_discount_of_a_line_in_a_document_with_tax_in_its_prices():
    answer = add_up(Document((taxed("2000", discount="150"),), 2, inclusive=True), ITEM)

    assert (answer.item_totals, answer.total) == ((D("1850.00"),), D("1850.00"))


def test_item_level_and_entity_level_differ_by_what_each_rounds():
    lines = (taxed("0.33"), taxed("0.33"), taxed("0.33"))  # 0.066 each, 0.198 together

    assert add_up(Document(lines, 2, inclusive=False), ITEM).total == D("1.20")
    assert add_up(Document(lines, 2, inclusive=False), ENTITY).total == D("1.19")


def test_each_member_of_a_group_is_rounded_by_itself():
    group = (Component("cgst", D(9)), Component("sgst", D(9)))
    document = Document((Amount(D("0.05"), D(1), tax_key="g", components=group),), 2, inclusive=False)

    answer = add_up(document, ITEM)

    # 0.0045 each: nothing twice, where 18 % together would be 0.01
    assert answer.taxes == {"cgst": D("0.00"), "sgst": D("0.00")}


def test_two_groups_that_share_a_member_may_be_added_up_by_group_or_by_member():
    state = Component("state", D(6))
    lines = (
        Amount(D("0.58"), D(1), tax_key="a", components=(state,)),
        Amount(D("0.58"), D(1), tax_key="b", components=(state, Component("county", D(1)))),
    )
    document = Document(lines, 2, inclusive=False)

    by_group = add_up(document, ENTITY)
    by_member = add_up(document, Reading("entity_level", by_component=True))

    # 0.0348 rounds to 0.03 twice, 0.0696 to 0.07
    assert (by_group.taxes["state"], by_member.taxes["state"]) == (D("0.06"), D("0.07"))


def test_a_compound_tax_is_charged_on_the_other_too():
    both = (Component("gst", D(5)), Component("qst", D(10), compound=True))
    document = Document((Amount(D("100"), D(1), tax_key="g", components=both),), 2, inclusive=False)

    assert add_up(document, ITEM).taxes == {"gst": D("5.00"), "qst": D("10.50")}


def test_a_discount_of_the_document_before_tax_lowers_the_base():
    document = Document((taxed("30"), taxed("70")), 2, inclusive=False, discount=D("10"))

    assert add_up(document, ITEM).total == D("108.00")  # 90 + 20 %


def test_a_discount_of_the_document_after_tax_lowers_the_total():
    document = Document((taxed("100"),), 2, inclusive=False, discount=D("10"), discount_before_tax=False)

    assert add_up(document, ITEM).total == D("110.00")  # 120 - 10


def test_shipping_charge_and_adjustment_stand_beside_the_lines():
    document = Document(
        (taxed("100"),), 2, inclusive=False, shipping=D("5"), shipping_components=(Component("t", D(20)),),
        adjustment=D("-0.01"),
    )  # fmt: skip

    answer = add_up(document, ITEM)

    assert (answer.taxes["t"], answer.total) == (D("21.00"), D("125.99"))


@pytest.mark.parametrize(("setting", "count"), [("item_level", 1), ("entity_level", 2), (None, 3), ("other", 3)])
def test_what_is_not_known_leaves_more_readings(setting, count):
    assert len(readings(setting)) == count


@pytest.mark.parametrize(
    ("amount", "quantity", "wanted", "places", "rate", "discount"),
    [
        ("28.50", 3, "10.00", 2, "10.00", "1.50"),
        ("0", 2, "5.00", 2, "5.00", "10.00"),
        ("10.00", 3, None, 2, "3.34", "0.02"),
        ("31.00", 3, "10.00", 2, "10.34", "0.02"),  # dearer than wanted: the price is found anew
        ("10.00", 1, "9.999", 2, "10.00", "0.00"),  # a price that Zoho would round is not sent
        ("1000", 3, None, 0, "334", "2"),
    ],
)  # fmt: skip
def test_a_line_is_priced_so_that_it_makes_its_amount(amount, quantity, wanted, places, rate, discount):
    priced = price_line(D(amount), D(quantity), None if wanted is None else D(wanted), places)

    assert priced == (D(rate), D(discount))


@given(
    amount=st.decimals(0, 100_000, places=2),
    quantity=st.integers(1, 500),
    wanted=st.none() | st.decimals(0, 1_000, places=3),
)
def test_a_priced_line_always_comes_to_its_amount(amount, quantity, wanted):
    rate, discount = price_line(amount, D(quantity), wanted, 2)

    assert half_up(rate * quantity, 2) - discount == amount
    assert rate >= 0 <= discount


_lines = st.lists(
    st.builds(
        taxed,
        rate=st.decimals(0, 500, places=2).map(str),
        quantity=st.integers(1, 9),
        percentage=st.sampled_from(["0", "5", "7.5", "20", "25.5"]),
        key=st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=8,
).map(lambda lines: tuple(_one_rate_per_key(lines)))


def _one_rate_per_key(lines):
    rates: dict[str, tuple[Component, ...]] = {}
    for line in lines:
        yield Amount(
            line.rate, line.quantity, line.discount, line.tax_key, rates.setdefault(line.tax_key, line.components)
        )


@given(lines=_lines)
def test_prices_that_include_tax_add_up_to_the_same_total_under_every_reading(lines):
    document = Document(lines, 2, inclusive=True)

    totals = {add_up(document, reading).total for reading in readings(None)}

    assert totals == {sum(half_up(line.rate * line.quantity, 2) for line in lines)}


@given(lines=_lines)
def test_two_ways_of_rounding_differ_by_at_most_half_a_unit_for_each_rounded_figure(lines):
    document = Document(lines, 2, inclusive=False)

    item, entity = (add_up(document, reading).total for reading in (ITEM, ENTITY))

    assert abs(item - entity) * 2 <= D("0.01") * (len(lines) + 2)
