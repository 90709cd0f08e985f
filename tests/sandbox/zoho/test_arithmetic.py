"""The simulated Zoho's own sums, line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.sandbox.zoho.arithmetic import Charge, Part, Rules, add_up

VAT20 = (Part("vat20", Decimal(20)),)
GST18 = (Part("cgst", Decimal(9)), Part("sgst", Decimal(9)))


def charge(rate: str, quantity: str = "1", parts: tuple[Part, ...] = (), **more: Any) -> Charge:
    tax_id = "+".join(part.tax_id for part in parts)
    return Charge(Decimal(rate), Decimal(quantity), tax_id=tax_id, parts=parts, **more)


def test_a_rate_is_rounded_before_its_tax() -> None:
    # 54.54545 → 54.55; 10 % → 5.455 → 5.46; 60.01, while the shop had 60.00
    totals = add_up([charge("54.54545", parts=(Part("t", Decimal(10)),))], Rules())

    assert (totals.sub_total, totals.tax_total, totals.total) == (Decimal("54.55"), Decimal("5.46"), Decimal("60.01"))


def test_halves_round_up() -> None:
    totals = add_up([charge("1.00", parts=(Part("t", Decimal("7.5")),))], Rules())  # 0.075 → 0.08

    assert totals.total == Decimal("1.08")


def test_taxes_are_rounded_once_per_tax_or_once_per_line() -> None:
    lines = [charge("0.33", parts=VAT20)] * 3  # 3 x 0.066: 0.198 → 0.20, or 3 x 0.07 = 0.21

    whole = add_up(lines, Rules(tax_rounding="entity_level"))
    apart = add_up(lines, Rules(tax_rounding="item_level"))

    assert (whole.tax_total, apart.tax_total) == (Decimal("0.20"), Decimal("0.21"))


def test_each_member_of_a_group_is_rounded_on_its_own() -> None:
    totals = add_up([charge("0.50", parts=GST18)], Rules())  # 2 x 0.045 → 2 x 0.05, and not 0.09

    assert [tax.amount for tax in totals.taxes] == [Decimal("0.05"), Decimal("0.05")]


def test_two_lines_of_a_published_answer() -> None:
    igst = (Part("igst", Decimal(18)),)

    totals = add_up([charge("424991.70", parts=igst), charge("8552.00", parts=igst)], Rules())

    assert (totals.sub_total, totals.tax_total) == (Decimal("433543.70"), Decimal("78037.87"))
    assert totals.total == Decimal("511581.57")
    assert totals.sub_total_inclusive == 0


def test_an_inclusive_total_stays_the_sum_of_its_prices() -> None:
    totals = add_up([charge("2000", discount="150", parts=VAT20)], Rules(inclusive=True))

    assert (totals.lines[0].item_total, totals.discount_total) == (Decimal(1850), Decimal(150))
    assert (totals.total, totals.tax_total) == (Decimal(1850), Decimal("308.33"))  # 1850 / 6


def test_item_totals_of_an_inclusive_document_are_gross_or_net() -> None:
    lines = [charge("120", parts=VAT20)]

    gross = add_up(lines, Rules(inclusive=True))
    net = add_up(lines, Rules(inclusive=True, inclusive_totals="net"))

    assert (gross.lines[0].item_total, gross.sub_total, gross.total) == (120, 120, 120)
    assert (net.lines[0].item_total, net.sub_total, net.total) == (100, 100, 120)


def test_a_document_discount_is_spread_and_one_line_takes_the_remainder() -> None:
    lines = [charge("10", parts=VAT20), charge("10", parts=VAT20), charge("10", parts=VAT20)]
    rules = Rules(discount="10", discount_type="entity_level")

    totals = add_up(lines, rules)

    assert [line.taxable for line in totals.lines] == [Decimal("6.67"), Decimal("6.67"), Decimal("6.66")]
    assert totals.total == Decimal("24.00")  # (30 - 10) x 1.2


def test_the_remainder_may_go_to_the_largest_line() -> None:
    lines = [charge("20"), charge("5"), charge("5")]

    totals = add_up(lines, Rules(discount="1", discount_type="entity_level", remainder="largest"))

    assert [line.taxable for line in totals.lines] == [Decimal("19.34"), Decimal("4.83"), Decimal("4.83")]


def test_a_discount_after_tax_lowers_the_total_and_not_the_tax() -> None:
    rules = Rules(discount="10", discount_type="entity_level", discount_before_tax=False)

    totals = add_up([charge("100", parts=VAT20)], rules)

    assert (totals.tax_total, totals.total, totals.discount_total) == (20, 110, 10)


def test_a_share_is_written_with_a_percent_sign() -> None:
    assert add_up([charge("80", discount="12.5%")], Rules()).total == 70


def test_adjustment_comes_after_tax_and_shipping_may_have_its_own() -> None:
    totals = add_up(
        [charge("100", parts=VAT20)], Rules(), shipping=Decimal(10), shipping_parts=VAT20, adjustment=Decimal("-0.01")
    )

    assert totals.total == Decimal("131.99")  # 120 + 12 - 0.01
    assert totals.tax_total == 22


def test_shipping_of_an_inclusive_document_includes_its_tax_or_not() -> None:
    lines = [charge("120", parts=VAT20)]

    within = add_up(lines, Rules(inclusive=True), shipping=Decimal(12), shipping_parts=VAT20)
    on_top = add_up(
        lines, Rules(inclusive=True, shipping_follows_inclusive=False), shipping=Decimal(12), shipping_parts=VAT20
    )

    assert (within.total, within.shipping_net) == (132, 10)
    assert (on_top.total, on_top.shipping_net) == (Decimal("134.40"), 12)


def test_whole_units_when_the_organisation_rounds_its_transactions() -> None:
    totals = add_up([charge("10.50")], Rules(rounding="round_off"))

    assert (totals.roundoff, totals.total) == (Decimal("0.50"), 11)


def test_a_compound_tax_is_charged_on_the_other_taxes_too() -> None:
    parts = (Part("gst", Decimal(5)), Part("old_qst", Decimal(10), compound=True))

    totals = add_up([charge("100", parts=parts)], Rules())

    assert [tax.amount for tax in totals.taxes] == [Decimal(5), Decimal("10.50")]


@pytest.mark.parametrize(("places", "total"), [(0, "119"), (3, "118.503")])
def test_decimals_are_the_currencys_own(places: int, total: str) -> None:
    assert add_up([charge("118.5025")], Rules(places=places)).total == Decimal(total)


amounts = st.decimals("0", "9999", places=2)


@given(
    st.lists(st.tuples(amounts, st.integers(1, 20)), min_size=1, max_size=12),
    st.sampled_from(["entity_level", "item_level"]),
    st.booleans(),
)
def test_a_total_is_its_parts(sold: list[tuple[Decimal, int]], rounding: str, inclusive: bool) -> None:
    lines = [Charge(rate, Decimal(quantity), "", "vat20", VAT20) for rate, quantity in sold]

    totals = add_up(lines, Rules(tax_rounding=rounding, inclusive=inclusive))

    stated = sum(rate * quantity for rate, quantity in sold)
    assert totals.total == (stated if inclusive else stated + totals.tax_total)
    fair = stated / 6 if inclusive else stated / 5
    assert abs(totals.tax_total - fair) <= Decimal("0.005") * len(sold)
