"""What keeps an order out of the books, and how "why not" is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.domain.builders import a_policy, an_order, books_holding, excluded, held, planned, posted

from ml_connector.domain.explain import GATES, gates
from ml_connector.domain.outcome import Excluded, Hold, Reason
from ml_connector.domain.policy import Exclusion


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (Exclusion("Tag staff", tag="Staff"), {"tags": ("staff", "vip")}),
        (Exclusion("Tills", channel="pos"), {"source_name": "POS"}),
        (Exclusion("Tills", channel="Point of Sale"), {"channel": "Point of Sale"}),
        (Exclusion("PayPal", gateway="paypal"), {"payment_gateways": ("paypal",)}),
        (Exclusion("Small", total_below=Decimal("118.01")), {}),
        (Exclusion("Large", total_from=Decimal(118)), {}),
        (Exclusion("Both", tag="staff", total_from=Decimal(1)), {"tags": ("staff",)}),
    ],
)
def test_a_rule_that_holds_leaves_the_order_out_by_its_name(rule, changes):
    answer = excluded(an_order(**changes), a_policy(exclude=(rule,)))

    assert (answer.reason.code, answer.reason.text) == ("rule", f"Excluded by rule “{rule.name}”.")


@pytest.mark.parametrize(
    "rule",
    [
        Exclusion("Tag staff", tag="staff"),
        Exclusion("Small", total_below=Decimal(118)),
        Exclusion("Large", total_from=Decimal("118.01")),
        Exclusion("Both", tag="staff", total_from=Decimal(1)),
    ],
)
def test_a_rule_that_does_not_hold_says_nothing(rule):
    assert planned(an_order(), a_policy(exclude=(rule,))).operations


def test_test_orders_are_left_out_unless_wanted():
    test = an_order(test=True)

    assert excluded(test).reason.code == "test_order"
    assert planned(test, a_policy(test_orders="post")).operations


def test_what_is_in_the_books_already_is_carried_on_with():
    books = posted(an_order())

    assert planned(an_order(tags=("staff",)), a_policy(exclude=(Exclusion("x", tag="staff"),)), books).operations == ()


def test_another_seller_is_held():
    assert held(an_order(merchant_of_record="Global-e")).reason.cause == "merchant_of_record:Global-e"


def test_what_shopify_withheld_is_held_unless_it_is_harmless():
    assert held(an_order(unread=("order.customer",))).reason.code == "unread"
    assert planned(an_order(unread=("order.disputes: access denied",))).operations


def test_where_a_rule_goes_by_the_channel_an_order_that_does_not_show_it_is_held():
    by_channel, by_tag = (a_policy(exclude=(Exclusion("x", **each),)) for each in ({"channel": "POS"}, {"tag": "x"}))

    assert held(an_order(unread=("order.app: access denied",)), by_channel).reason.code == "unread"
    assert planned(an_order(unread=("order.app: access denied",)), by_tag).operations


def test_why_not_ticks_up_to_the_gate_that_stopped_the_order():
    hold = held(an_order(), a_policy(unknown_tax="hold"))

    told = gates(hold)

    assert [(gate.name, gate.passed) for gate in told] == [
        ("received", True), ("adds_up", True), ("not_excluded", True), ("period_open", True), ("customer", True),
        ("tax", False), ("currency", None), ("equal", None),
    ]  # fmt: skip
    assert told[5].reason == hold.reason


def test_why_not_of_an_exclusion_a_plan_and_an_unlisted_hold():
    reason = Reason("anything", "text")

    assert [gate.passed for gate in gates(Excluded(reason))][:3] == [True, True, False]
    assert all(gate.passed for gate in gates(planned(an_order())))
    assert gates(Hold(reason))[-1].reason == reason
    assert len(gates(Hold(reason))) == len(GATES)


def test_books_do_not_show_their_secret():
    assert "salt" not in repr(replace(books_holding(), guest_salt=b"salt"))
