"""Where the books may not be written as they are: closed periods, the start, what a person changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.domain.builders import (
    INVOICE,
    LATER,
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
    excluded,
    held,
    kinds,
    only,
    planned,
    posted,
    settled,
    the_invoice,
)

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import CashDraft, Expected, InvoiceDraft, Kind, Rounding
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import TransactionStatus
from ml_connector.domain.plan.case import Case, Stopped
from ml_connector.domain.plan.credit_note import _lowered
from ml_connector.domain.plan.parts import sold_parts
from ml_connector.domain.plan.posting import Posting, Priced, recomputed
from ml_connector.domain.plan.taxing import tax_parts
from ml_connector.prove.ledger_of_zoho import carried_out
from ml_connector.prove.money.reasons import unexplained


def test_a_document_of_a_closed_period_is_held_or_moved_to_the_next_open_day():
    locked = books_holding(locked_until=date(2026, 11, 15))

    assert held(an_order(), books=locked).reason.code == "period_locked"
    moved = the_invoice(planned(an_order(), a_policy(locked_period="next_open_day"), locked))
    assert (moved.dated, moved.notes) == (date(2026, 11, 16), "Original date: 2026-11-10")


def test_a_backfill_is_never_moved():
    locked = books_holding(locked_until=date(2026, 11, 15), backfill=True)

    assert held(an_order(), a_policy(locked_period="next_open_day"), locked).reason.code == "period_locked"


def test_an_invoice_of_a_closed_period_keeps_its_own_day_when_it_is_brought_up_to_date():
    locked, policy = books_holding(locked_until=date(2026, 11, 15)), a_policy(locked_period="next_open_day")
    till = a_till()
    books = posted(an_order(till, po_number="PO-7"), policy, locked)

    updated = the_invoice(planned(an_order(till.edit(add=[("5.00", 1)]), po_number="PO-7"), policy, books))

    assert (updated.dated, updated.notes) == (date(2026, 11, 16), "PO number: PO-7\nOriginal date: 2026-11-10")


def test_an_order_from_before_the_start_is_posted_only_by_a_backfill():
    policy = a_policy(start_date=date(2026, 11, 11))

    assert excluded(an_order(Till().line("1.00").placed()), policy).reason.code == "before_start_date"
    assert planned(an_order(), policy, books_holding(backfill=True)).operations


def test_a_refund_of_an_order_from_before_the_start_is_held_or_stands_alone():
    till = a_till().pay().refund((1, 1), after=timedelta(days=3))
    policy = a_policy(start_date=date(2026, 11, 12))

    hold = held(an_order(till), policy)
    plan = planned(an_order(till), replace(policy, orphan_refund="credit_note"))

    assert hold.reason.code == "orphan_refund"
    assert kinds(plan) == ["contact", "credit_note", "cash"]
    assert credit_notes(plan)[0].invoice is None
    assert (
        planned(
            an_order(till), replace(policy, orphan_refund="credit_note"), carried_out(books_holding(), plan.operations)
        ).operations
        == ()
    )


def test_a_payment_of_an_order_from_before_the_start_is_held():
    till = a_till().pay(after=timedelta(days=3))

    assert held(an_order(till), a_policy(start_date=date(2026, 11, 12))).reason.code == "orphan_refund"


@pytest.mark.parametrize(
    "till",
    [
        a_till().pay(after=timedelta(days=3)).refund((1, 1), after=timedelta(days=4)),
        a_till().pay().refund((1, 1)).edit(add=[("5.00", 1)], after=timedelta(days=3)),
        a_till().pay().exchange((1, 1), add=[("9.00", 1)], after=timedelta(days=3)),
        a_till().pay().refund((1, 1), pending=True).settle(after=timedelta(days=4)),
    ],
    ids=["paid", "edited", "exchanged", "refunded before, paid out after"],
)
def test_what_a_credit_note_alone_cannot_say_of_an_order_from_before_the_start_is_held(till):
    policy = a_policy(start_date=date(2026, 11, 12), orphan_refund="credit_note")

    hold = held(an_order(till), policy)

    assert (hold.reason.code, hold.reason.fix) == ("orphan_refund", "Post it by hand, or backfill the order.")


def test_a_document_that_a_person_changed_is_held_with_both_versions():
    books = changed(posted(an_order()), INVOICE, total=Money.of("100.00", "GBP"))

    hold = held(an_order(), books=books)

    assert hold.reason.code == "changed_in_zoho"
    assert hold.reason.details == (("Zoho says", "GBP 100.00"), ("Shopify's figures make", "GBP 118.00"))


def test_nothing_is_corrected_on_top_of_what_a_person_changed():
    till = a_till()
    details = {"person:Date": "2026-11-10 → 2026-11-12"}
    books = changed(posted(an_order(till)), INVOICE, changed_by_person=True, details=details, last_modified="today")

    hold = held(an_order(till.edit(add=[("20.00", 1)])), books=books)

    assert hold.reason.code == "changed_in_zoho"
    assert "was changed in Zoho (today)" in hold.reason.text
    assert hold.reason.details == (("Date", "2026-11-10 → 2026-11-12"),)


@pytest.mark.parametrize(("status", "code"), [("void", "voided_in_zoho"), ("deleted", "deleted_in_zoho")])
def test_a_document_that_a_person_voided_or_deleted_is_held(status, code):
    books = changed(posted(an_order()), INVOICE, status=status)

    assert held(an_order(), books=books).reason.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"status": "deleted"}, "deleted_in_zoho"), ({"changed_by_person": True}, "changed_in_zoho")],
)
def test_a_payment_that_a_person_deleted_or_changed_is_held(changes, code):
    till = a_till().pay()
    books = posted(an_order(till))
    payment = next(key for key in books.documents if key.startswith("payment:"))

    assert held(an_order(till), books=changed(books, payment, **changes)).reason.code == code


def test_a_document_whose_total_nobody_recorded_is_taken_as_it_is():
    books = changed(posted(an_order()), INVOICE, total=None)

    assert planned(an_order(), books=books).operations == ()


def test_cash_rounding_is_in_the_adjustment_or_a_document_of_its_own():
    till = Till().line("10.02").placed()
    books = posted(an_order(till))
    till.pay(rounding="-0.02")

    together = the_invoice(planned(an_order(till)))
    apart = planned(an_order(till), books=books)

    assert (together.adjustment_description, together.expected.total.text) == ("Cash rounding", "10.00")
    assert kinds(apart) == ["payment", "credit_note", "apply_credit"]
    assert together.rounding == credit_notes(apart)[0].rounding == Rounding(cash=Decimal("-0.02"))
    assert not balances(settled(till, books=books))
    assert not balances(settled(till))


def test_cash_rounded_up_after_the_invoice_is_an_invoice_of_its_own():
    till = Till().line("10.03").placed()
    books = posted(an_order(till))

    assert not balances(settled(till.pay(rounding="0.02"), books=books))


def test_cash_that_is_rounded_in_two_payments_is_told_wherever_the_first_of_them_stands():
    first = Till().line("20.04").placed().pay("10.00", rounding="-0.02")
    shown, placed = posted(an_order(first)), posted(an_order(Till().line("20.04").placed()))
    apart = posted(an_order(first), books=placed)
    first.pay(rounding="-0.02", after=LATER)

    together = the_invoice(planned(an_order(first)))
    after = [planned(an_order(first), books=books) for books in (shown, apart, placed)]

    assert (together.adjustment_description, together.expected.total.text) == ("Cash rounding", "20.00")
    assert [[note.expected.total.text for note in credit_notes(plan)] for plan in after] == [
        ["0.02"], ["0.02"], ["0.02", "0.02"],
    ]  # fmt: skip
    assert [balances(settled(first, books=books)) for books in (shown, apart, placed)] == [{}, {}, {}]


def test_cash_that_was_rounded_after_money_went_back_lessens_nothing_that_was_given():
    till = Till().line("6.04").placed().pay().refund(amount="0.60").edit(add=[("0.73", 1)], after=timedelta(days=2))
    till.pay("0.72", gateway="cash", rounding="-0.01", after=timedelta(days=3))

    notes = credit_notes(planned(an_order(till)))

    assert [note.expected.total.text for note in notes] == ["0.60", "0.01"]


def test_cash_rounding_that_no_payment_bears_is_the_last_ones_or_the_orders():
    paid = Till().line("10.02").placed().pay("10.00", rounding="-0.02")
    order = an_order(paid)
    untold = replace(order, transactions=tuple(replace(one, rounding=None) for one in order.transactions))
    free = an_order(Till().line("0.02").placed())
    none = MoneyBag(Money.of("-0.02", "GBP"), Money.of("-0.02", "GBP"))
    free = replace(free, totals=replace(free.totals, cash_rounding_payment=none, total_outstanding=paid.zero))

    found = [the_invoice(planned(each)) for each in (untold, free)]

    assert [(one.adjustment_description, one.expected.total.text) for one in found] == [
        ("Cash rounding", "10.00"), ("Cash rounding", "0.00"),
    ]  # fmt: skip


def test_cash_rounding_makes_no_invoice_below_zero():
    till = Till().line("0.53", discount="0.53").placed().exchange((0, 1), add=[("28.08", 1)])
    till.pay(rounding="-0.01", after=timedelta(days=4))

    plan = planned(an_order(till))

    assert [one.expected.total.text for one in drafts(plan, InvoiceDraft)] == ["0.00", "28.08"]
    assert [note.expected.total.text for note in credit_notes(plan)] == ["0.01"]


def test_an_order_is_paid_in_full_where_what_is_left_was_rounded_away_in_a_refund():
    till = Till().line("30.00").line("10.01").placed().pay("40.00")
    till.refund((0, 1), gateway="cash", amount="30.00", rounding="0.01")
    policy = a_policy(post_when="paid")

    assert the_invoice(planned(an_order(till), policy)).expected.total.text == "40.01"


def test_roundings_that_cancel_out_say_so_and_why():
    entity = books_holding(organisation=an_organisation(tax_rounding="entity_level"))
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed().pay(rounding="-0.01")

    plan = planned(an_order(till), books=entity)

    assert the_invoice(plan).adjustment_description == "Rounding 0.01, Cash rounding -0.01"
    assert not [one.key for one in plan.operations if unexplained(one)]


def test_rounding_and_cash_rounding_are_named_together():
    entity = books_holding(organisation=an_organisation(tax_rounding="entity_level"))
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed().pay(rounding="-0.20")

    invoice = the_invoice(planned(an_order(till), books=entity))

    assert invoice.adjustment_description == "Rounding 0.01, Cash rounding -0.20"
    assert invoice.rounding == Rounding(Decimal("0.01"), Decimal("-0.20"))


def test_what_is_received_by_change_and_cash_rounding_is_read_by_its_sum():
    till = Till().line("10.02").placed().pay("10.02", rounding="-0.02")
    order = an_order(till)
    totals = replace(order.totals, total_received=till.bag("10.00"), total_outstanding=till.bag(0))

    plan = planned(replace(order, totals=totals))

    assert [one.draft.amount.text for one in plan.operations if one.kind is Kind.PAYMENT] == ["10.00"]


def test_books_that_would_not_close_are_held():
    order = an_order()
    totals = replace(order.totals, total_outstanding=MoneyBag(Money.of("5", "GBP"), Money.of("5", "GBP")))

    hold = held(replace(order, totals=totals))

    assert hold.reason.code == "does_not_close"


def test_money_out_that_nothing_covers_is_held():
    till = a_till().pay("40.00").cancel()
    order = an_order(till)
    more = replace(order.transactions[-1], amount=till.bag("60.00"))
    totals = replace(order.totals, total_refunded=till.bag("60.00"))
    order = replace(order, transactions=(*order.transactions[:-1], more), totals=totals)

    assert held(order, a_policy(post_when="paid")).reason.code == "refund_uncovered"


def test_refunds_wait_while_the_invoice_is_a_draft():
    policy, till = a_policy(invoice_state="draft"), a_till().pay().refund((1, 1))

    assert kinds(planned(an_order(till), policy)) == ["contact", "invoice", "payment"]


def test_late_and_shuffled_looks_end_in_the_same_net_amounts():
    together = Till().line("50.00", 2).line("30.00").placed()
    stepwise = Till().line("50.00", 2).line("30.00").placed()
    books = posted(an_order(stepwise))
    for step in ("pay", "edit", "refund"):
        act = {
            "pay": lambda till: till.pay(),
            "edit": lambda till: till.edit(quantities=[(0, 1)]),
            "refund": lambda till: till.refund((1, 1), amount="80.00"),
        }[step]
        act(together)
        books = posted(an_order(act(stepwise)), books=books)

    assert balances(books) == balances(posted(an_order(together))) == {}


def test_a_known_payment_without_a_figure_is_taken_as_used_up():
    books = posted(an_order())
    key = next(key for key in books.documents if key.startswith("payment:"))

    assert planned(an_order(), books=changed(books, key, unused=None)).operations == ()


def test_a_pair_of_payment_and_invoice_that_meets_again_has_a_key_of_its_own():
    policy, till = a_policy(post_when="paid"), Till().line("100.00").placed().pay("40.00")
    books = posted(an_order(till), policy)
    books = posted(an_order(till.pay(after=LATER)), policy, books)
    first = next(key for key in books.documents if key.startswith("payment:"))
    books = changed(books, first, unused=Money.of("40.00", "GBP"))
    books = changed(books, INVOICE, balance=Money.of("40.00", "GBP"), status="partially_paid")

    plan = planned(an_order(till), policy, books)

    assert plan.operations[0].key.endswith(":2")


def test_failed_refund_money_posts_no_cash():
    till = a_till().pay().refund((1, 1), pending=True)
    till.transactions[-1] = replace(till.transactions[-1], status=TransactionStatus.FAILURE)

    assert only(planned(an_order(till)), Kind.CREDIT_NOTE)
    assert not drafts(planned(an_order(till)), CashDraft)


def test_an_order_that_does_not_add_up_is_held():
    order = an_order()

    hold = held(replace(order, totals=replace(order.totals, total_discounts=order.totals.total_price)))

    assert (hold.reason.code, hold.reason.cause) == ("does_not_add_up", "does_not_add_up:I2")


def test_the_refunds_note_is_the_credit_notes():
    order = an_order(a_till().pay().refund((1, 1)))

    plan = planned(replace(order, refunds=(replace(order.refunds[0], note="Too small"),)))

    assert credit_notes(plan)[0].notes == "Too small"


def test_a_price_whose_tax_falls_with_it_is_made_up_for_on_the_rounding_account():
    entity = books_holding(organisation=an_organisation(tax_rounding="entity_level"))
    till = Till(included=False).line("0.12").line("0.12").line("0.14").placed().pay()

    note = credit_notes(planned(an_order(till.refund((0, 1), (1, 1), (2, 1))), books=entity))[0]

    # Shopify 0.38 + 0.07; Zoho 0.38 + 0.08; one unit less is 0.37 + 0.07, two too few
    assert (note.lines[-1].account_id, note.expected.total.text) == ("acc-rounding", "0.45")


def test_nothing_that_could_be_lowered_is_a_hold():
    case = Case(an_order(), a_policy(), books_holding())
    cent = Money.of("0.01", "GBP")
    bare = Posting((), inclusive=False, target=case.zero, computed=cent, expected=Expected(cent), why="")

    with pytest.raises(Stopped, match="more than rounding explains"):
        _lowered(case, bare)


def test_cancelled_after_everything_was_credited_needs_nothing_more():
    till = a_till()
    books = posted(an_order(till))
    books = posted(an_order(till.refund(everything=True)), books=books)

    order = an_order(till, cancelled_at=till.at + LATER)

    assert planned(order, a_policy(cancel_unpaid="credit_note"), books).operations == ()


def test_a_cancellation_that_leaves_something_over_is_held():
    till = a_till()
    books = replace(posted(an_order(till)), today=date(2026, 12, 24))
    books = changed(books, INVOICE, balance=Money.of("100.00", "GBP"))

    assert held(an_order(till.cancel()), books=books).reason.code == "cancelled_unclear"


def test_a_refund_from_before_the_start_stays_out_when_later_ones_stand_alone():
    till = a_till().pay().refund((1, 1)).refund((0, 1), after=timedelta(days=3))
    policy = a_policy(start_date=date(2026, 11, 12), orphan_refund="credit_note")

    assert [one.expected.total.text for one in credit_notes(planned(an_order(till), policy))] == ["50.00"]


def test_a_credit_note_whose_total_nobody_recorded_is_taken_as_it_is():
    till = a_till().pay().refund((1, 1))
    books = posted(an_order(till))
    key = next(key for key in books.documents if key.startswith("credit-note:"))

    assert planned(an_order(till), books=changed(books, key, total=None)).operations == ()


def test_a_return_without_a_refund_beside_one_that_has_its_own():
    till = a_till().pay().refund((0, 1)).exchange((1, 1))
    order = an_order(till)
    bare = order.agreements[:-1]
    totals = replace(order.totals, total_refunded=till.bag("50.00"), total_outstanding=till.bag("-30.00"))
    order = replace(
        order, refunds=order.refunds[:1], agreements=bare, transactions=order.transactions[:-1], totals=totals
    )

    assert [one.expected.total.text for one in credit_notes(planned(order))] == ["50.00", "30.00"]


def test_announced_money_keeps_its_credit_for_itself():
    till = a_till().pay("100.00").refund((0, 1), amount="50.00", pending=True)
    books = posted(an_order(till))

    # 36.00 are still owed, and the 50.00 of credit wait for the money that is on its way
    assert sorted(balances(books).values()) == ["-50.00", "36.00"]
    assert balances(posted(an_order(till.settle()), books=books)) == {INVOICE: "36.00"}


def test_a_change_that_leaves_two_possible_totals_is_no_candidate():
    books = books_holding(organisation=an_organisation(tax_rounding=None))
    order = an_order(Till(included=False).line("0.33").line("0.33").line("0.33").placed())
    case = Case(order, a_policy(), books)
    parts = tax_parts(case, sold_parts(case, case.reading), date(2026, 11, 10)).parts
    priced = tuple(Priced(one, one.part.amount.amount, Decimal(0)) for one in parts)
    cent = Money.of("0.01", "GBP")

    changed = recomputed(case, Posting(priced, False, case.zero, cent, Expected(cent), ""))

    assert changed is None


def test_what_is_only_intended_claims_nothing():
    till = a_till().pay().refund((1, 1))
    order = an_order(till)
    key = f"credit-note:{order.refunds[0].id}"
    sales = tuple(sale.id for sale in order.agreements[-1].sales)
    intended = KnownDocument(key, Kind.CREDIT_NOTE, "in_doubt", claims=sales)

    assert only(planned(order, books=books_holding(intended)), Kind.CREDIT_NOTE).key == key
