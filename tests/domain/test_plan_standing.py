"""What is owed does not depend on when the invoice is made, or when we looked. See docs/decisions/0014."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.builders import (
    Till,
    a_policy,
    an_order,
    balances,
    books_holding,
    credit_notes,
    invoices,
    kinds,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.plan.case import Case, Stopped
from ml_connector.domain.plan.goodwill import goodwill

FULFILLED = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = timedelta(days=2)


def test_goodwill_before_the_invoice_is_a_credit_note_when_the_invoice_comes():
    policy, till = a_policy(post_when="fulfilled"), Till().line("100.00").placed().pay()
    books = posted(an_order(till), policy)
    books = posted(an_order(till.refund(amount="10.00")), policy, books)
    till.fulfilled_at = FULFILLED

    plan = planned(an_order(till), policy, books)

    # 10.00 went out of the payment already, so its credit pays the invoice in that money's place
    assert kinds(plan) == ["invoice", "mark_sent", "apply_payment", "credit_note", "apply_credit"]
    assert [(line.name, line.rate) for line in credit_notes(plan)[0].lines] == [("Allowance", 10)]
    assert not balances(posted(an_order(till), policy, books))


def test_the_same_order_seen_only_afterwards_owes_the_same():
    policy, till = a_policy(post_when="fulfilled"), Till().line("100.00").placed().pay().refund(amount="10.00")
    till.fulfilled_at = FULFILLED

    plan = planned(an_order(till), policy)

    assert credit_notes(plan)[0].expected.total.text == "10.00"
    assert not balances(posted(an_order(till), policy))


def test_goods_and_goodwill_of_one_refund_before_the_invoice_are_one_credit_note():
    policy, till = a_policy(post_when="fulfilled"), Till().line("50.00", 2).placed().pay()
    books = posted(an_order(till), policy)
    books = posted(an_order(till.refund((0, 1), amount="60.00")), policy, books)
    till.fulfilled_at = FULFILLED

    [note] = credit_notes(planned(an_order(till), policy, books))

    assert note.expected.total.text == "60.00"
    assert not balances(posted(an_order(till), policy, books))


def test_an_order_is_paid_when_nothing_is_owed_of_what_is_left_of_it():
    policy = a_policy(post_when="paid")
    till = Till().line("50.00", 2).placed().pay("40.00").edit(quantities=[(0, 1)]).pay("10.00", after=LATER)

    plan = planned(an_order(till), policy)

    assert the_invoice(plan).dated == an_order(till).transactions[-1].processed_at.date()


def test_a_later_refund_does_not_undo_that_an_order_was_paid():
    policy = a_policy(post_when="paid")
    till = Till().line("50.00", 2).placed().pay("40.00").edit(quantities=[(0, 1)]).pay("10.00", after=LATER)
    till.refund(amount="5.00", after=2 * LATER)

    plan = planned(an_order(till), policy)

    assert invoices(plan)
    assert not balances(posted(an_order(till), policy))


def test_a_deposit_that_went_back_does_not_count_as_paid():
    policy, till = a_policy(post_when="paid"), Till().line("50.00", 2).placed().pay("60.00")
    till.refund((0, 1), amount="50.00").pay("30.00", after=LATER)

    plan = planned(an_order(till), policy)

    # 60.00 + 30.00 came, 50.00 went back for goods: 40.00 of 50.00
    assert plan.waits[0].code == "waits_until_paid"
    assert kinds(plan) == ["contact", "payment", "payment", "payment_refund"]


def test_in_the_shops_currency_an_order_is_paid_when_the_buyer_has_paid():
    policy = a_policy(post_when="paid", currency="shop")
    # a third: 2.00 € are 0.67 £, and twice 1.00 € are twice 0.33 £
    till = Till(presentment="EUR", rate="0.333").line("2.00").placed().pay("1.00").pay("1.00", after=LATER)

    assert list(balances(posted(an_order(till), policy)).values()) == ["0.01"]


def test_proportional_goodwill_bears_the_taxes_of_all_that_was_sold_until_then():
    policy, till = a_policy(goodwill_tax="proportional"), Till().line("50.00").line("50.00", rates=[("VAT", "0.05")])
    books = posted(an_order(till.placed().pay()), policy)
    till.edit(add=[("100.00", 1)], after=LATER).refund(amount="12.00", after=2 * LATER)
    stepwise = posted(an_order(till), policy, books)
    till.edit(add=[("500.00", 1)], after=3 * LATER)

    [late] = credit_notes(planned(an_order(till), policy))

    # 150.00 at 20 % and 50.00 at 5 %, whatever was added since
    assert [line.rate for line in late.lines] == [9, 3]
    assert not credit_notes(planned(an_order(till), policy, stepwise))


def test_proportional_goodwill_knows_nothing_of_what_came_in_as_an_exchange_afterwards():
    policy, till = a_policy(goodwill_tax="proportional"), Till().line("50.00").line("50.00", rates=[("VAT", "0.05")])
    till.placed().pay().refund(amount="10.00", after=LATER).exchange((0, 1), add=[("80.00", 1)], after=2 * LATER)

    [given, _] = credit_notes(planned(an_order(till), policy))

    assert [line.rate for line in given.lines] == [5, 5]


def test_what_rounding_leaves_of_proportional_goodwill_goes_to_the_largest_share():
    policy = a_policy(goodwill_tax="proportional")
    till = Till().line("50.05").line("49.94", rates=[("VAT", "0.05")]).line("0.01", rates=[("VAT", "0")], taxable=False)

    [note] = credit_notes(planned(an_order(till.placed().pay().refund(amount="0.99")), policy))

    assert note.expected.total.text == "0.99"
    assert all(line.rate > 0 for line in note.lines)


def test_goodwill_without_any_price_whose_tax_it_could_bear_is_held():
    case = Case(an_order(), a_policy(goodwill_tax="proportional"), books_holding())

    with pytest.raises(Stopped, match="no price whose tax it could bear"):
        goodwill(case, case.of(Decimal(1)), None, (), date(2026, 11, 24))


def test_an_edit_after_payment_is_no_update_also_while_zoho_has_not_seen_the_payment():
    till = Till().line("50.00", 2).placed()
    books = posted(an_order(till))
    till.pay().refund(amount="10.00", after=LATER).edit(quantities=[(0, 1)], after=2 * LATER)

    late = planned(an_order(till), books=books)

    # the 10.00 were given before the edit left anything to give them from
    assert kinds(late) == ["payment", "credit_note", "cash", "credit_note"]
    assert balances(posted(an_order(till), books=books)) == balances(posted(an_order(till)))
