"""An order that is called off, with and without money that has to go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.domain.builders import (
    LATER,
    SOON,
    a_policy,
    a_till,
    an_order,
    balances,
    credit_notes,
    excluded,
    held,
    kinds,
    planned,
    posted,
    settled,
)

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.prove.ledger_of_zoho import carried_out


def test_cancelled_unpaid_this_month_is_voided():
    till = a_till()
    books = posted(an_order(till))

    plan = planned(an_order(till.cancel()), books=books)

    assert kinds(plan) == ["void"]
    assert plan.operations[0].claims
    assert planned(an_order(till), books=carried_out(books, plan.operations)).operations == ()


@pytest.mark.parametrize("why", ["policy", "last month", "locked", "credited"])
def test_cancelled_unpaid_is_credited_where_it_cannot_be_voided(why):
    till = a_till()
    policy = a_policy(cancel_unpaid="credit_note" if why == "policy" else "void")
    books = posted(an_order(till))
    if why == "last month":
        books = replace(books, today=date(2026, 12, 1))
    if why == "locked":
        books = replace(books, locked_until=date(2026, 11, 10))
    if why == "credited":
        books = posted(an_order(till.refund((1, 1))), books=books)
    order = an_order(till.cancel(after=LATER))

    plan = planned(order, policy, books)
    after = carried_out(books, plan.operations)

    assert kinds(plan) == ["credit_note", "apply_credit"]
    assert credit_notes(plan)[0].key == "void:gid://shopify/Order/1001"
    assert not balances(after)
    assert planned(order, policy, after).operations == ()


@pytest.mark.parametrize("locked", [date(2026, 11, 10), None])
def test_cancelled_unpaid_with_an_edit_that_was_posted_apart_is_credited_with_it(locked):
    till = a_till()
    books = replace(posted(an_order(till)), locked_until=date(2026, 11, 10))
    books = posted(an_order(till.edit(add=[("20.00", 1)], after=LATER)), books=books)
    books = replace(books, locked_until=locked)

    plan = planned(an_order(till.cancel(after=timedelta(days=3))), books=books)

    assert credit_notes(plan)[0].expected.total.text == "156.00"


def test_an_edit_that_was_never_posted_comes_to_nothing_with_the_cancellation_and_stays_so():
    till, policy = a_till(), a_policy(cancel_unpaid="credit_note")
    books = posted(an_order(till), policy)
    till.edit(add=[("8.00", 2)], after=SOON).edit(quantities=[(2, 1)], after=LATER).cancel(after=LATER)

    (note,) = credit_notes(planned(an_order(till), policy, books))

    assert note.expected.total.text == "136.00"
    assert not balances(settled(till, policy, books))


def test_cancelled_before_anything_was_posted_or_paid_is_left_out():
    assert excluded(an_order(a_till().cancel())).reason.code == "cancelled_unpaid"


def test_cancelled_and_paid_is_its_refund():
    till = a_till().pay().cancel()

    assert not balances(settled(till))


def test_cancelled_partly_paid_credits_the_rest():
    till = a_till().pay("60.00").cancel()

    assert not balances(settled(till))


def test_a_cancelled_order_whose_ledger_was_not_read_is_credited_by_its_lines():
    till = a_till()
    books = replace(posted(an_order(till)), today=date(2026, 12, 24))
    order = an_order(till, cancelled_at=till.at + LATER)

    assert credit_notes(planned(order, books=books))[0].expected.total.text == "136.00"


def test_what_is_left_of_a_cancelled_order_has_to_be_lines():
    till = a_till()
    books = replace(posted(an_order(till.edit(discount=[(0, "10.00")], after=SOON))), today=date(2026, 12, 24))
    order = an_order(till.cancel(after=LATER))
    last = order.agreements[-1]
    bound = KnownDocument(
        f"credit-note:{last.refund_id}",
        Kind.CREDIT_NOTE,
        "done",
        total=Money.of("126.00", "GBP"),
        unused=Money.of("126.00", "GBP"),
        claims=tuple(sale.id for sale in last.sales[:1]),
    )
    odd = replace(books, documents={**books.documents, "credit-note:x": bound})

    assert held(order, books=odd).reason.code in ("cancelled_unclear", "does_not_close", "changed_in_zoho")
