"""Orders that real shops have and no sandbox makes: they are posted, or held with a reason, and nothing falls over."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.builders import (
    Till,
    a_policy,
    an_order,
    books_holding,
    excluded,
    held,
    kinds,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.documents import ContactDraft, Plan
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import Address, Customer, PaymentSchedule, TaxLine, TransactionKind, TransactionStatus
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan import plan_order
from ml_connector.domain.words import visible

NOTHING = MoneyBag(Money.zero("GBP"), Money.zero("GBP"))
IN_EUROS = MoneyBag(Money.of("118.00", "GBP"), Money.of("118.00", "EUR"))
INVISIBLE = " \u200b\u2060 \x07"


def a_line(**changes):
    return replace(an_order().lines[0], **changes)


@pytest.mark.parametrize("unit_price", [NOTHING, an_order().lines[0].unit_price])
def test_a_line_of_which_nothing_was_ever_ordered_is_no_line(unit_price):
    gone = a_line(id="gid://shopify/LineItem/9", quantity=0, current_quantity=0, unit_price=unit_price)
    order = an_order()

    lines = (*order.lines, replace(gone, original_total=NOTHING, tax_lines=()))

    assert len(the_invoice(planned(replace(order, lines=lines))).lines) == 1


def test_a_line_for_nothing_is_shown():
    till = Till().line("118.00").line("0.00", 2).placed().pay()

    assert [line.rate for line in the_invoice(planned(an_order(till))).lines] == [118, 0]


def test_an_order_with_nothing_on_it_is_left_out():
    totals = dict.fromkeys(
        (
            *("subtotal_price", "total_tax", "total_price", "original_total_price", "current_total_price"),
            *("current_total_tax", "current_subtotal_price", "total_received", "total_outstanding", "net_payment"),
        ),
        NOTHING,
    )
    order = an_order()

    empty = replace(order, lines=(), transactions=(), totals=replace(order.totals, **totals))

    assert excluded(empty).reason.code == "nothing_sold"


@pytest.mark.parametrize("where", ["payment", "line", "tax"])
def test_money_in_another_currency_than_the_orders_is_held_and_not_mixed(where):
    order = an_order()
    line, tax = order.lines[0], order.lines[0].tax_lines[0]
    mixed = {
        "payment": replace(order, transactions=(replace(order.transactions[0], amount=IN_EUROS),)),
        "line": replace(order, lines=(replace(line, original_total=IN_EUROS),)),
        "tax": replace(order, lines=(replace(line, tax_lines=(replace(tax, price=IN_EUROS),)),)),
    }[where]

    assert held(mixed).reason.code == "currencies_mixed"


def test_an_attempt_in_another_currency_is_no_money():
    order = an_order()
    attempt = replace(order.transactions[0], status=TransactionStatus.FAILURE, amount=IN_EUROS)

    assert planned(replace(order, transactions=(attempt, *order.transactions)))


def test_names_that_nobody_can_see_are_said_otherwise():
    order = an_order(
        customer=Customer("gid://shopify/Customer/9", INVISIBLE, "\t", display_name=" "),
        email=None,
        billing_address=Address(name=INVISIBLE, country_code="GB"),
        shipping_address=None,
        lines=(a_line(title=INVISIBLE, variant_title=INVISIBLE),),
    )

    plan = planned(order)

    contact = plan.operations[0].draft
    assert isinstance(contact, ContactDraft)
    assert contact.name == "Customer 9"
    assert the_invoice(plan).lines[0].name == "Item"


def test_what_can_be_seen_stays():
    assert visible("  Zoë\u200d ", None, "O’Brien\n") == "Zoë\u200d O’Brien"
    assert visible("👩\u200d🚀", "茶") == "👩\u200d🚀 茶"
    assert visible(INVISIBLE, None, "") == ""


def test_what_the_buyer_wrote_without_a_name_is_said_too():
    order = an_order(lines=(a_line(attributes=(("", "Happy birthday"), ("_internal", "1"))),))

    assert the_invoice(planned(order)).lines[0].description == "Happy birthday"


@pytest.mark.parametrize(
    "changes",
    [
        {"financial_status": None},
        {"financial_status": "EXPIRED"},
        {"billing_address": None, "shipping_address": None},
        {"customer": None},
        {"customer": None, "email": None},
        {"payment_schedules": (PaymentSchedule(None),)},
        {"agreements": ()},
        {"name": "#1\x00\n2" * 30},
        {"po_number": "x" * 6_000},
    ],
)
def test_what_says_nothing_of_the_money_changes_nothing_of_it(changes):
    assert kinds(planned(an_order(**changes))) == ["contact", "invoice", "mark_sent", "payment"]


def test_an_order_that_nobody_has_paid_has_no_payment():
    assert kinds(planned(an_order(Till().line("118.00").placed()))) == ["contact", "invoice", "mark_sent"]


def test_a_refund_of_nothing_is_no_document():
    till = Till().line("10.00", 3).placed().pay()
    books = posted(an_order(till))

    assert planned(an_order(till.refund(amount="0")), books=books).operations == ()


def test_taxes_of_nothing_at_no_rate_are_a_tax_of_no_rate():
    till = Till().line("10.00", rates=[("VAT", "0")]).placed().pay()

    assert the_invoice(planned(an_order(till))).lines[0].tax_id == "tax-zero-rate"


def test_several_parts_of_one_discount_on_a_line_are_added_up():
    till = Till().line("30.00", discount=["1.00", "2.00", "3.00"]).placed().pay()
    order = an_order(till)
    line = order.lines[0]

    same = replace(line, allocations=tuple(replace(one, application_index=0) for one in line.allocations))

    assert the_invoice(planned(replace(order, lines=(same,)))).lines[0].discount == 6


# Nothing falls over, whatever is missing or odd

texts = st.one_of(st.none(), st.text(max_size=8), st.sampled_from([INVISIBLE, "x" * 3_000, "=1+1", "a\nb"]))
amounts = st.sampled_from(["0", "0.01", "-0.01", "1.005", "118.00", "1E+3"]).map(
    lambda amount: MoneyBag(Money.of(amount, "GBP"), Money.of(amount, "GBP"))
)


@settings(max_examples=150, deadline=None)
@given(
    line=st.fixed_dictionaries(
        {
            "title": texts.map(lambda text: text or ""),
            "sku": texts,
            "variant_title": texts,
            "quantity": st.integers(0, 3),
            "current_quantity": st.integers(0, 3),
        },
        optional={
            "unit_price": amounts,
            "original_total": amounts,
            "taxable": st.booleans(),
            "is_gift_card": st.booleans(),
            "is_tip": st.booleans(),
            "tax_lines": st.lists(
                st.builds(TaxLine, st.text(max_size=3), st.sampled_from([Decimal(0), Decimal("0.2"), Decimal(7)]),
                          amounts, st.booleans()),
                max_size=2,
            ).map(tuple),
        },
    ),
    money=st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(TransactionKind),
            "status": st.sampled_from(TransactionStatus),
            "amount": amounts,
            "rounding": amounts,
            "gateway": texts.map(lambda text: text or ""),
        },
    ),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "email": texts,
            "phone": texts,
            "note": texts,
            "taxes_included": st.booleans(),
            "edited": st.booleans(),
            "test": st.booleans(),
            "customer": st.none(),
            "shipping_address": st.builds(Address, texts, texts, texts, country_code=st.sampled_from([None, "", "XX"])),
        },
    ),
    total=st.one_of(st.none(), amounts),
    post_when=st.sampled_from(["created", "paid", "fulfilled"]),
)  # fmt: skip
def test_an_odd_order_is_planned_held_or_left_out(line, money, facts, total, post_when):
    order = an_order()
    totals = order.totals if total is None else replace(order.totals, total_price=total, original_total_price=total)
    odd = replace(
        order,
        lines=(replace(order.lines[0], **line),),
        transactions=(replace(order.transactions[0], **money),),
        totals=totals,
        **facts,
    )

    answer = plan_order(odd, replace(a_policy(), post_when=post_when), books_holding())

    assert isinstance(answer, Plan | Hold | Excluded)
