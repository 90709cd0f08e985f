"""What comes back: goods, shipping, money, in whole or in part, to whoever bought."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.domain.builders import (
    INVOICE,
    Till,
    a_policy,
    a_till,
    an_order,
    an_organisation,
    balances,
    books_holding,
    changed,
    credit_notes,
    drafts,
    held,
    invoices,
    kinds,
    payments,
    planned,
    posted,
    settled,
    the_invoice,
)

from ml_connector.domain.documents import CashDraft, Kind, Ref, Rounding
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.prove.ledger_of_zoho import carried_out

# Another buyer


@pytest.mark.parametrize("changes", [{"customer": None, "email": "ada@example.com"}, {"customer": None, "email": None}])
def test_an_order_stays_with_the_contact_of_its_documents_when_shopify_names_another_buyer(changes):
    till = a_till().pay(Decimal("100.00"))
    before = an_order(till, **changes)
    assert before.customer is None
    books = posted(before)
    contact = the_invoice(planned(before)).contact

    after = an_order(till.pay().refund((0, 1)))
    plan = planned(after, books=books)

    assert after.customer is not None
    assert {draft.contact for draft in (*credit_notes(plan), *payments(plan))} == {contact}
    assert "contact" not in kinds(plan)
    assert not balances(posted(after, books=books))


# Refunds


def test_a_full_refund_reverses_everything_and_pays_it_out():
    till = a_till().pay().refund(everything=True)

    plan = planned(an_order(till))

    note = credit_notes(plan)[0]
    assert (note.expected.total.text, note.invoice) == ("136.00", Ref(INVOICE))
    assert [line.sold_position for line in note.lines] == [0, 1, 2]
    assert drafts(plan, CashDraft)[0].from_account_id == "acc-main-bank"
    assert not balances(settled(till))


def test_a_refund_of_one_unit_is_tied_to_the_line_that_was_sold():
    plan = planned(an_order(a_till(included=False).pay().refund((0, 1))))

    line = credit_notes(plan)[0].lines[0]

    assert (line.quantity, line.rate, line.sold_position, line.invoice_ref) == (1, 50, 0, Ref(INVOICE))
    assert credit_notes(plan)[0].expected.total.text == "60.00"


def test_a_refund_of_shipping_alone():
    assert credit_notes(planned(an_order(a_till().pay().refund(shipping=True))))[0].lines[0].name == "Standard"


def test_money_without_goods_is_an_allowance_with_shopifys_own_tax():
    plain = planned(an_order(a_till().pay().refund(amount="12.00")))
    taxed = planned(an_order(a_till().pay().refund(amount="12.00", goodwill_tax="2.00")))

    assert [(line.account_id, line.tax_id) for line in credit_notes(plain)[0].lines] == [("acc-allowances", None)]
    assert credit_notes(taxed)[0].lines[0].tax_id == "tax-standard-rate"
    assert credit_notes(taxed)[0].expected.taxes[0].amount.text == "2.00"
    assert not balances(settled(a_till().pay().refund(amount="12.00", goodwill_tax="2.00")))


def test_by_policy_goodwill_bears_the_orders_taxes_in_proportion():
    till = Till(included=False).line("100.00").line("50.00", rates=[("VAT", "0.05")]).line("0.00", rates=()).placed()
    order = an_order(till.pay().refund(amount="12.00"))

    note = credit_notes(planned(order, a_policy(goodwill_tax="proportional")))[0]

    # 120.00 at 20 % and 52.50 at 5 %: 8.35 and 3.65 of 12.00, tax included
    assert [(line.rate, line.tax_id) for line in note.lines] == [
        (Decimal("6.96"), "tax-standard-rate"), (Decimal("3.48"), "tax-reduced-rate"),
    ]  # fmt: skip
    assert note.expected.total.text == "12.00"


def test_goodwill_tax_that_no_tax_of_the_order_explains_is_held():
    assert held(an_order(a_till().pay().refund(amount="12.00", goodwill_tax="5.00"))).reason.code == "goodwill_tax"


def test_a_share_of_shopifys_tax_goes_with_a_share_of_the_goodwill():
    till = a_till().pay("142.00").refund(amount="12.00", goodwill_tax="2.00")

    note = credit_notes(planned(an_order(till)))[0]

    # 6.00 come out of what was paid too much, 6.00 are goodwill
    assert (note.expected.total.text, note.expected.taxes[0].amount.text) == ("6.00", "1.00")


def test_a_refund_that_is_pending_reverses_the_goods_now_and_pays_when_it_settles():
    till = a_till().pay().refund((1, 1), pending=True)
    books = settled(till)

    plan = planned(an_order(till.settle()), books=books)

    assert list(balances(books).values()) == ["-30.00"]
    assert kinds(plan) == ["cash"]
    assert not balances(settled(till, books=books))


def test_more_money_that_settles_later_is_a_difference_of_the_refund():
    till = a_till().pay().refund((1, 1), amount="40.00", pending=True)
    books = settled(till)

    plan = planned(an_order(till.settle()), books=books)

    assert [one.key[-2:] for one in plan.operations if one.kind is Kind.CREDIT_NOTE] == [":1"]
    assert [one.amount.text for one in drafts(plan, CashDraft)] == ["30.00", "10.00"]
    assert not balances(settled(till, books=books))


def test_money_that_stayed_is_a_fee_only_because_the_ledger_says_so():
    till = a_till().pay().refund((1, 1), amount="20.00")

    plan = planned(an_order(till))

    assert [one.key.split(":")[0] for one in plan.operations if one.kind is Kind.INVOICE] == ["invoice", "fee"]
    assert not balances(settled(till))


def test_money_that_stayed_without_a_word_is_the_customers_credit():
    till = a_till().pay().refund((1, 1), amount="20.00", adjustment_sale=False)

    assert list(balances(settled(till)).values()) == ["-10.00"]


def test_a_refund_larger_than_the_balance_goes_to_the_balance_first():
    till = a_till().pay("100.00").refund((1, 1), (0, 1))

    books = settled(till)

    # 136 - 100 paid = 36 owed; 80 of goods back: 44 paid out, 36 put against the rest
    assert not balances(books)


def test_partly_paid_then_partly_refunded():
    books = settled(a_till().pay("60.00").refund((1, 1)))

    assert balances(books) == {INVOICE: "46.00"}


def test_a_refund_to_a_gift_card_moves_what_is_owed():
    plan = planned(an_order(a_till().pay().refund((1, 1), gateway="gift_card")))

    assert drafts(plan, CashDraft)[0].from_account_id == "acc-gift-cards"


def test_a_refund_goes_back_to_two_places():
    till = a_till().pay().refund((1, 1), amount="20.00", adjustment_sale=False)
    order = an_order(till)
    first = order.transactions[-1]
    second = replace(first, id=f"{first.id}9", gateway="paypal", amount=till.bag("10.00"))
    refund = replace(order.refunds[0], transaction_ids=(first.id, second.id), adjustments=())
    totals = replace(order.totals, total_refunded=till.bag("30.00"), total_outstanding=till.bag(0))
    order = replace(order, transactions=(*order.transactions, second), refunds=(refund,), totals=totals)

    plan = planned(order)

    assert [(one.amount.text, one.from_account_id) for one in drafts(plan, CashDraft)] == [
        ("20.00", "acc-main-bank"), ("10.00", "acc-paypal"),
    ]  # fmt: skip


def test_a_refund_whose_cash_was_lost_pays_only_what_is_missing():
    till = a_till().pay().refund((1, 1))
    plan = planned(an_order(till))
    books = carried_out(books_holding(), [one for one in plan.operations if one.kind is not Kind.CASH])

    assert kinds(planned(an_order(till), books=books)) == ["cash"]


def test_cash_whose_amount_nobody_recorded_counts_as_all_of_it():
    till = a_till().pay().refund((1, 1))
    books = posted(an_order(till))
    key = next(key for key in books.documents if key.startswith("cash:"))

    assert planned(an_order(till), books=changed(books, key, total=None)).operations == ()


def test_a_refund_of_a_net_price_may_lower_a_line_or_need_a_line_for_rounding():
    entity = books_holding(organisation=an_organisation(tax_rounding="entity_level"))
    till = Till(included=False).line("0.33").line("0.33").line("0.33").line("0.12").line("0.12").placed().pay()
    up, down = an_order(till.refund((0, 1), (1, 1), (2, 1))), None

    note = credit_notes(planned(up, books=entity))[0]
    till = Till(included=False).line("0.12").line("0.12").line("0.12").placed().pay().refund((0, 1), (1, 1), (2, 1))
    down = credit_notes(planned(an_order(till), books=entity))[0]

    # 3 × 0.07 by Shopify, 0.20 by Zoho: one unit on the rounding account
    assert (note.lines[-1].account_id, note.lines[-1].rate) == ("acc-rounding", Decimal("0.01"))
    assert note.rounding == Rounding(residue=Decimal("-0.01"))
    # 3 × 0.02 by Shopify, 0.07 by Zoho: one unit off a price
    assert (down.lines[0].discount, down.expected.total.text) == (Decimal("0.01"), "0.42")
    assert down.rounding == Rounding(residue=Decimal("0.01"))


def test_cash_rounding_of_a_refund_stands_on_the_rounding_account():
    less = Till().line("10.02").placed().pay("10.02").refund((0, 1), amount="10.00", rounding="-0.02")
    more = Till().line("10.04").placed().pay("10.04").refund((0, 1), amount="10.05", rounding="0.01")

    assert not balances(settled(less))
    assert not balances(settled(more))
    assert [one.rounding.cash for one in invoices(planned(an_order(less)))] == [0, Decimal("0.02")]
    assert credit_notes(planned(an_order(more)))[0].rounding == Rounding(cash=Decimal("-0.01"))


def test_money_back_that_no_refund_names_is_held():
    order = an_order(a_till().pay().refund((1, 1)))

    hold = held(replace(order, refunds=(replace(order.refunds[0], transaction_ids=()),)))

    assert hold.reason.code == "refund_unexplained"


def test_refunded_money_that_no_reading_explains_is_held():
    order = an_order(a_till().pay().refund((1, 1)))
    totals = replace(order.totals, total_refunded=MoneyBag(Money.of("1", "GBP"), Money.of("1", "GBP")))

    assert held(replace(order, totals=totals)).reason.code == "refunded_differs"


def test_a_history_without_its_ledger_is_held():
    order = an_order(a_till().pay().refund((1, 1)))

    assert held(replace(order, agreements=None)).reason.code == "ledger_unread"


def test_a_ledger_that_does_not_come_to_the_total_is_held():
    order = an_order(a_till().pay().refund((1, 1)))

    assert held(replace(order, agreements=order.agreements[:1])).reason.code == "does_not_add_up"


def test_a_sale_of_an_unknown_kind_is_held():
    order = an_order(a_till().pay().refund((1, 1)))
    last = order.agreements[-1]
    unknown = replace(last, sales=(replace(last.sales[0], line_type="UNKNOWN"), *last.sales[1:]))

    assert held(replace(order, agreements=(*order.agreements[:-1], unknown))).reason.code == "sale_unknown"


def test_a_sale_whose_taxes_are_not_its_tax_is_held():
    order = an_order(a_till().pay().refund((1, 1)))
    last = order.agreements[-1]
    odd = replace(last, sales=(replace(last.sales[0], taxes=()), *last.sales[1:]))

    assert held(replace(order, agreements=(*order.agreements[:-1], odd))).reason.code == "ledger_tax_differs"


def test_duties_fees_and_a_tip_go_back_too():
    till = Till().line("20.00", duty="5.00").fee("Wrap", "2.00").tip("3.00").placed().pay().refund(everything=True)

    accounts = [line.account_id for line in credit_notes(planned(an_order(till)))[0].lines]

    assert accounts == [None, "acc-duties", "acc-fees", "acc-tips"]
    assert not balances(settled(till))
