"""An order that is edited, before it is paid and afterwards, and what is returned or exchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.domain.builders import (
    INVOICE,
    LATER,
    SOON,
    Till,
    a_policy,
    a_till,
    an_order,
    balances,
    changed,
    credit_notes,
    drafts,
    held,
    invoices,
    kinds,
    only,
    planned,
    posted,
    settled,
    the_invoice,
)

from ml_connector.domain.documents import CashDraft, Kind, Ref
from ml_connector.domain.money import Money

# Edits


def test_goodwill_may_lower_the_current_total_without_being_in_the_ledger():
    order = an_order(Till().line("100.00").placed().pay("100.00").refund(amount="10.00", adjustment_sale=False))
    lowered = order.totals.current_total_price
    lowered = replace(lowered, shop=Money.of("90.00", "GBP"), presentment=Money.of("90.00", "GBP"))

    (note,) = credit_notes(planned(replace(order, totals=replace(order.totals, current_total_price=lowered))))

    assert [line.name for line in note.lines] == ["Allowance"]


def test_money_without_goods_that_no_adjustment_tells_leaves_what_is_owed_to_us():
    till = Till().line("50.00", 2).placed().pay("100.00").edit(quantities=[(0, 1)]).refund(amount="50.00")
    order = an_order(till)
    order = replace(order, refunds=tuple(replace(one, adjustments=()) for one in order.refunds))

    plan = planned(order)

    assert order.totals.total_outstanding.presentment.text == "-50.00"
    assert not credit_notes(plan)[0].lines[1:]
    assert not balances(settled(till))


def test_an_edit_before_payment_is_in_the_invoice():
    till = a_till().edit(add=[("20.00", 1)], quantities=[(0, 1)], after=SOON).pay()

    plan = planned(an_order(till))

    assert [one.expected.total.text for one in invoices(plan)] == ["106.00"]
    assert not balances(settled(till))


@pytest.mark.parametrize(("paid", "documents"), [("136.00", 2), ("106.00", 1)])
def test_in_one_and_the_same_moment_the_amount_says_which_came_first(paid, documents):
    till = a_till().pay(paid, after=SOON).edit(quantities=[(1, 0)], after=SOON)

    plan = planned(an_order(till))

    assert len(invoices(plan)) + len(credit_notes(plan)) == documents


def test_an_untouched_unpaid_invoice_is_brought_up_to_date_in_place():
    till = a_till()
    books = settled(till)
    till.edit(add=[("20.00", 1)], quantities=[(1, 0)], after=SOON)

    plan = planned(an_order(till), books=books)

    draft = the_invoice(plan)
    assert (kinds(plan), plan.operations[0].key.endswith(":update")) == (["invoice_update"], True)
    assert (draft.zoho_id, draft.key) == (f"z-{INVOICE}", INVOICE)
    assert [line.line_item_id for line in draft.lines] == [f"{INVOICE}#0", None, f"{INVOICE}#2"]
    books = settled(till, books=books)
    till.edit(add=[("1.00", 1)], after=timedelta(minutes=2))
    assert balances(settled(till, books=books)) == {INVOICE: "127.00"}


def test_a_cash_rounding_line_and_the_like_need_no_id():
    till = a_till(included=False)
    policy = a_policy(tax="lines")
    books = posted(an_order(till), policy)

    draft = the_invoice(planned(an_order(till.edit(add=[("20.00", 1)], after=SOON)), policy, books))

    assert draft.lines[-1].account_id == "acc-tax-payable"


def test_lines_that_a_person_added_stop_an_update():
    till = a_till()
    books = posted(an_order(till))
    books = changed(books, INVOICE, lines=books.documents[INVOICE].lines[:1])

    assert held(an_order(till.edit(add=[("20.00", 1)])), books=books).reason.code == "changed_in_zoho"


def test_an_invoice_that_somebody_touched_gets_a_difference_document():
    till = a_till()
    books = changed(posted(an_order(till)), INVOICE, status="partially_paid")

    plan = planned(an_order(till.edit(add=[("20.00", 1)])), books=books)

    assert [one.key.rsplit(":", 1)[-1] for one in plan.operations if one.kind is Kind.INVOICE] == ["up"]


def test_money_that_a_person_put_against_an_invoice_is_noticed():
    till = a_till()
    books = changed(posted(an_order(till)), INVOICE, balance=Money.of("1.00", "GBP"))

    hold = held(an_order(till.edit(add=[("20.00", 1)])), books=books)

    assert hold.reason.code == "does_not_close"


def test_a_locked_invoice_gets_a_difference_document():
    till = a_till()
    books = replace(posted(an_order(till)), locked_until=date(2026, 11, 10))

    plan = planned(an_order(till.edit(add=[("20.00", 1)], after=LATER)), books=books)

    assert [one.dated for one in invoices(plan)] == [date(2026, 11, 12)]


def test_an_edit_up_after_payment_is_an_invoice_of_its_own():
    till = a_till().pay().edit(add=[("20.00", 1)]).pay(after=LATER)

    plan = planned(an_order(till))

    assert [one.expected.total.text for one in invoices(plan)] == ["136.00", "20.00"]
    assert not balances(settled(till))


def test_an_edit_down_after_payment_is_a_credit_note():
    till = a_till().pay().edit(quantities=[(0, 1)], discount=[(1, "5.00")])

    plan = planned(an_order(till))

    note = credit_notes(plan)[0]
    assert [(line.quantity, line.rate) for line in note.lines] == [(1, 50), (1, 5)]
    assert list(balances(settled(till)).values()) == ["-55.00"]


def test_an_edit_down_that_is_paid_back_uses_its_open_credit():
    till = a_till().pay().edit(quantities=[(0, 1)])
    books = settled(till)

    plan = planned(an_order(till.refund(amount="50.00")), books=books)

    assert kinds(plan) == ["cash"]
    assert drafts(plan, CashDraft)[0].source.key.endswith(":down")


def test_money_above_the_open_credit_is_goodwill():
    till = a_till().pay().edit(quantities=[(0, 1)]).refund(amount="60.00")

    plan = planned(an_order(till))

    assert [one.expected.total.text for one in credit_notes(plan)] == ["50.00", "10.00"]
    assert [one.amount.text for one in drafts(plan, CashDraft)] == ["10.00", "50.00"]
    assert not balances(settled(till))


def test_a_swap_is_up_and_down_and_cancels_out():
    till = a_till().pay().edit(quantities=[(1, 0)], add=[("30.00", 1)])

    assert not balances(settled(till))


def test_more_units_after_payment_are_sold_again():
    till = a_till().pay().edit(quantities=[(0, 3)])

    assert invoices(planned(an_order(till)))[1].lines[0].quantity == 1


def test_an_edit_that_leaves_nothing_is_a_credit_of_everything():
    till = Till().line("50.00").placed().edit(quantities=[(0, 0)], after=SOON)

    plan = planned(an_order(till))

    assert kinds(plan) == ["contact", "invoice", "mark_sent", "credit_note", "apply_credit"]
    assert not balances(settled(till))


def test_a_refund_of_an_edited_order():
    till = a_till().pay().edit(add=[("20.00", 1)]).pay(after=LATER).refund((2, 1), (0, 1), after=timedelta(days=3))

    note = credit_notes(planned(an_order(till)))[0]

    assert note.lines[0].invoice_ref == Ref(INVOICE)
    assert note.lines[1].invoice_ref.key.endswith(":up")
    assert not balances(settled(till))


# Returns


def test_an_exchange_for_something_dearer():
    till = a_till().pay().exchange((1, 1), add=[("45.00", 1)]).pay(after=timedelta(days=4))

    assert not balances(settled(till))


def test_an_exchange_for_something_cheaper_pays_the_difference_out():
    till = a_till().pay().exchange((1, 1), add=[("10.00", 1)])

    assert [one.amount.text for one in drafts(planned(an_order(till)), CashDraft)] == ["20.00"]
    assert not balances(settled(till))


def test_a_return_fee_is_paid_by_the_credit():
    till = a_till().pay().exchange((1, 1), fee="5.00")

    plan = planned(an_order(till))

    assert [one.expected.total.text for one in invoices(plan)] == ["136.00", "5.00"]
    assert not balances(settled(till))


def test_a_return_that_no_refund_tells_yet_is_the_customers_credit():
    till = a_till().pay().exchange((1, 1))
    order = an_order(till)
    bare = tuple(one for one in order.agreements if one.reason != "REFUND")
    totals = replace(order.totals, total_refunded=till.bag(0), total_outstanding=till.bag("-30.00"))
    order = replace(order, refunds=(), agreements=bare, transactions=order.transactions[:1], totals=totals)

    plan = planned(order)

    assert only(plan, Kind.CREDIT_NOTE).key.startswith("credit-note:gid://shopify/Return/")


def test_a_posted_refund_that_takes_back_more_is_a_difference():
    till = a_till().pay().refund((1, 1))
    books = settled(till)
    order = an_order(till.refund((0, 1)))
    first, second = order.refunds
    merged = replace(first, transaction_ids=first.transaction_ids + second.transaction_ids)
    agreements = tuple(
        replace(one, refund_id=first.id) if one.refund_id == second.id else one for one in order.agreements
    )
    order = replace(order, refunds=(merged,), agreements=agreements)

    plan = planned(order, books=books)

    assert [one.key for one in plan.operations if one.kind is Kind.CREDIT_NOTE] == [f"credit-note:{first.id}:1"]
