"""Whether an order adds up: one documented reading, or the identity that fails with both figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.builders import Till, an_order

from ml_connector.domain.identities import Failed, Reading, check, check_ledger
from ml_connector.domain.money import Money, MoneyBag, Side
from ml_connector.domain.outcome import Reason

BOTH = (Side.SHOP, Side.PRESENTMENT)


def a_bag(amount: str) -> MoneyBag:
    return MoneyBag(Money.of(amount, "GBP"), Money.of(amount, "GBP"))


def with_totals(order, **totals):
    return replace(order, totals=replace(order.totals, **{name: a_bag(value) for name, value in totals.items()}))


@pytest.mark.parametrize("included", [True, False])
def test_an_ordinary_order_adds_up_on_both_sides(included):
    till = Till(included=included, presentment="EUR", rate="0.8512").line("10.01", 3, discount="1.50").shipping("4.99")

    order = an_order(till.placed().pay())

    assert [check(order, side) for side in BOTH] == [Reading(), Reading()]


def test_a_tip_that_is_in_no_line_is_in_the_total():
    order = an_order(Till().line("20.00").tip("3.00").placed())

    assert check(order, Side.PRESENTMENT) == Reading(tip_apart=True)


def test_a_tip_that_is_a_line_is_not_added_again():
    order = an_order(Till().line("20.00").line("3.00", tip=True).placed())

    assert check(order, Side.PRESENTMENT) == Reading()


def test_a_tip_that_is_a_line_nobody_marked_is_found_by_the_total():
    order = an_order(Till().line("20.00").line("3.00", tip=True).placed())
    order = replace(order, lines=(order.lines[0], replace(order.lines[1], is_tip=False)), agreements=None)

    assert check(order, Side.PRESENTMENT) == Reading()


@pytest.mark.parametrize(("included", "where"), [(False, "on_top"), (True, "in_price")])
def test_taxes_of_duties_and_fees_are_on_top_or_in_the_price(included, where):
    till = Till(included=included).line("20.00", duty="5.00", duty_rates=[("VAT", "0.2")]).fee("Wrap", "2.00")

    assert check(an_order(till.placed()), Side.PRESENTMENT) == Reading(extra_taxes=where)


def test_duties_that_prices_include_are_not_added():
    till = Till(duties_included=True).line("20.00", duty="5.00")

    order = an_order(till.placed())

    assert check(order, Side.PRESENTMENT) == Reading()


def test_tax_of_the_channel_may_be_in_the_total_or_not():
    order = an_order(Till(included=False).line("100.00", liable=True).placed())

    assert check(order, Side.PRESENTMENT) == Reading(channel_tax_charged=True)
    assert check(with_totals(order, total_price="100.00"), Side.PRESENTMENT) == Reading(channel_tax_charged=False)
    assert check(with_totals(order, total_price="100.00", total_tax="0"), Side.PRESENTMENT) == Reading()


@pytest.mark.parametrize(
    ("totals", "name"),
    [
        ({"total_discounts": "1.00"}, "I2"),
        ({"subtotal_price": "99.00"}, "I3"),
        ({"total_shipping_price": "1.00"}, "I4"),
        ({"total_tax": "1.00"}, "I5"),
        ({"total_price": "1.00"}, "I6"),
    ],
)
def test_the_identity_that_fails_is_named_with_both_figures(totals, name):
    order = with_totals(an_order(Till().line("100.00").shipping("5.00").placed()), **totals)

    failed = check(order, Side.PRESENTMENT)

    assert isinstance(failed, Failed)
    assert (failed.name, failed.reason.code) == (name, "does_not_add_up")
    assert failed.stated.text in failed.reason.text
    assert failed.computed.text in failed.reason.text


def test_a_line_that_is_not_its_price_times_its_quantity_fails_the_first_identity():
    order = an_order(Till().line("100.00").placed())
    order = replace(order, lines=(replace(order.lines[0], original_total=a_bag("99.00")),))

    failed = check(order, Side.PRESENTMENT)

    assert isinstance(failed, Failed)
    assert failed.name == "I1"


def test_shipping_that_is_not_its_price_less_its_discount_fails_the_fourth():
    order = an_order(Till().line("100.00").shipping("5.00", discount="1.00").placed())
    order = replace(order, shipping_lines=(replace(order.shipping_lines[0], discounted_price=a_bag("5.00")),))

    failed = check(order, Side.PRESENTMENT)

    assert isinstance(failed, Failed)
    assert "less its discount" in failed.meaning


def test_two_readings_are_as_bad_as_none():
    # a tip of 3.00 in no line, or fee tax of 3.00 on top: the total is the same
    till = Till(included=True, rates=()).line("20.00").fee("Wrap", "3.00", rates=[("VAT", "1")]).tip("1.50")
    order = an_order(till.placed(), agreements=None)

    answer = check(with_totals(order, total_price="24.50", total_tax="1.50"), Side.PRESENTMENT)

    assert isinstance(answer, Reason)
    assert answer.code == "two_readings"


def test_the_ledger_comes_to_the_original_and_the_current_total():
    order = an_order(Till().line("50.00", 2).placed().pay().refund((0, 1), amount="40.00"))

    assert check_ledger(order, order.agreements or (), Side.PRESENTMENT) is None


@pytest.mark.parametrize(("name", "total"), [("L1", "original_total_price"), ("L2", "current_total_price")])
def test_a_ledger_that_disagrees_is_named(name, total):
    order = with_totals(an_order(Till().line("50.00", 2).placed().pay().refund((0, 1))), **{total: "1.00"})

    failed = check_ledger(order, order.agreements or (), Side.PRESENTMENT)

    assert failed is not None
    assert failed.name == name
