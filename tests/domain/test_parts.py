"""What was sold, as the order's prices say it: with tax or without."""

from __future__ import annotations

import pytest
from tests.domain.builders import Till, a_policy, an_order, books_holding

from ml_connector.domain.identities import Reading
from ml_connector.domain.money import Money
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.parts import What, sold_parts


@pytest.mark.parametrize(
    ("included", "taxes", "sign"),
    [
        (False, "on_top", 0),
        (True, "in_price", 0),
        # written as the order's other prices are, whatever the fee's own price holds
        (False, "in_price", -1),
        (True, "on_top", 1),
    ],
)
def test_a_fee_is_written_as_the_order_s_prices_are(included: bool, taxes: str, sign: int) -> None:
    order = an_order(Till(included=included).line("20.00").fee("Wrap", "2.00", rates=[("VAT", "0.2")]).placed())
    tax = order.additional_fees[0].tax_lines[0].price.presentment
    case = Case(order, a_policy(), books_holding())

    fee = next(part for part in sold_parts(case, Reading(extra_taxes=taxes)) if part.what is What.FEE)

    assert fee.amount == Money.of("2.00", "GBP") + tax * sign
