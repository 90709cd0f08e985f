"""Zoho's answer against what was wanted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference
from tests.zoho.builders import (
    CONTACT_KEY,
    FIELD,
    INVOICE_KEY,
    MARKED,
    a_contact,
    a_credit_note,
    a_line,
    a_payment,
    a_refund,
    an_invoice,
    gbp,
)

from ml_connector.domain.documents import Draft, Expected, ExpectedTax
from ml_connector.zoho.compare import balance_difference, differences
from ml_connector.zoho.exact import decode_object
from ml_connector.zoho.tax_answers import tax_amounts


def _line(**changes: Any) -> dict[str, Any]:
    line = {
        "line_item_id": "l1",
        "item_order": 1,
        "account_id": "acc1",
        "account_name": "Sales",
        "tax_id": "tax20",
        "tax_name": "VAT 20",
        "line_item_taxes": [{"tax_id": "tax20", "tax_name": "VAT 20 (20%)", "tax_amount": 20}],
    }
    return {**line, **changes}


def _record(**changes: Any) -> dict[str, Any]:
    record = {
        "invoice_id": "800",
        "status": "draft",
        "customer_id": "700",
        "customer_name": "Ada Byron",
        "currency_code": "GBP",
        "date": "2026-11-20",
        "reference_number": "#1001",
        "exchange_rate": 1,
        "line_items": [_line()],
        "taxes": [{"tax_name": "VAT 20 (20%)", "tax_amount": 20}],
        "tax_total": 20,
        "adjustment": 0,
        "total": Decimal("120.0"),
        "balance": 120,
        "custom_field_hash": {FIELD: INVOICE_KEY},
    }
    return {**record, **changes}


def _fields(draft: Draft, record: dict[str, Any]) -> list[str]:
    return [each.field for each in differences(draft, record, MARKED)]


def test_an_invoice_that_is_as_wanted_differs_in_nothing():
    assert differences(an_invoice(), _record(), MARKED) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"total": Decimal("120.01")}, "total"),
        ({"total": "119.99"}, "total"),
        ({"customer_id": "701"}, "customer_id"),
        ({"currency_code": "EUR"}, "currency_code"),
        ({"date": "2026-11-21"}, "date"),
        ({"reference_number": "#1002"}, "reference_number"),
        ({"custom_field_hash": {FIELD: "invoice:other"}}, "mark"),
        ({"custom_field_hash": {FIELD: ""}}, "mark"),
        ({"status": "void"}, "status"),
        ({"adjustment": Decimal("0.01")}, "adjustment"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [_line(account_id="acc2")]}, "line_items[0].account_id"),
        ({"line_items": [_line(tax_id="tax5")]}, "line_items[0].tax_id"),
        ({"taxes": [{"tax_id": "tax20", "tax_amount": 19}]}, "tax:tax20"),
        ({"tax_total": 25}, "tax_total"),
    ],
)
def test_each_thing_that_makes_books_disagree_is_found(changes: dict[str, Any], field: str):
    assert field in _fields(an_invoice(), _record(**changes))


def test_the_whole_answer_may_be_compared():
    assert differences(an_invoice(), {"code": 0, "invoice": _record(total=1)}, MARKED)[0].field == "total"


def test_while_rounding_is_not_known_either_way_of_it_is_right():
    other = Expected(gbp("120.00"), (ExpectedTax("tax20", gbp("19.99")),), ((ExpectedTax("tax20", gbp("20.00")),),))
    neither = Expected(gbp("120.00"), (ExpectedTax("tax20", gbp("19.99")),), ((ExpectedTax("tax20", gbp("19.98")),),))

    assert _fields(an_invoice(expected=other), _record()) == []
    assert _fields(an_invoice(expected=neither), _record()) == ["tax:tax20", "tax_total"]


def test_a_difference_is_a_sentence_with_both_figures():
    found = differences(an_invoice(), _record(total=Decimal("120.02")), MARKED)

    assert [each.text for each in found] == ["The total differs by GBP 0.02: wanted GBP 120.00, Zoho says GBP 120.02."]


def test_an_answer_without_a_total_confirms_nothing():
    record = _record()
    del record["total"]

    assert _fields(an_invoice(), record) == ["total"]


def test_a_tax_that_an_item_passed_on_is_found_on_a_line_sent_without():
    draft = an_invoice(lines=(a_line(tax_id=None),), expected=Expected(gbp("100.00")))

    assert _fields(draft, _record()) == ["total", "tax_total", "line_items[0].tax_id"]


def test_a_rate_is_compared_as_zoho_keeps_it():
    draft = an_invoice(exchange_rate=Decimal("1.16802249"))

    assert _fields(draft, _record(exchange_rate=Decimal("1.168022"))) == []
    assert _fields(draft, _record(exchange_rate=Decimal("1.16802249"))) == []
    assert _fields(draft, _record(exchange_rate=1)) == ["exchange_rate"]


def test_lines_are_compared_in_their_order_whatever_order_they_come_in():
    draft = an_invoice(lines=(a_line(account_id="first"), a_line(account_id="second")))
    rows = [_line(item_order=2, account_id="second"), _line(item_order=1, account_id="first")]

    assert not [each for each in _fields(draft, _record(line_items=rows)) if "account" in each]


def test_what_zoho_does_not_tell_is_no_difference():
    record = _record(line_items=[{"item_order": 1}], tax_total=None)
    for name in ("customer_id", "currency_code", "date", "reference_number", "exchange_rate", "custom_field_hash"):
        del record[name]

    assert _fields(an_invoice(expected=Expected(gbp("120.00"))), record) == []


def test_the_recorded_invoice_says_its_tax_by_component_and_by_group():
    record = decode_object(reference.example_bytes("invoice"))["invoice"]

    assert tax_amounts(record) == {
        "3917264000000014227": Decimal("213.3"),
        "3917264000000014229": Decimal("213.3"),
        "3917264000000014231": Decimal("426.6"),
    }


def test_tax_is_the_document_s_and_not_the_sum_of_the_lines():
    # entity_level: two lines of 0.05 and 0.05 make 0.09 of tax for the document
    lines = [_line(line_item_taxes=[{"tax_id": "tax20", "tax_name": "VAT", "tax_amount": "0.05"}]) for _ in range(2)]
    record = {"line_items": lines, "taxes": [{"tax_name": "VAT", "tax_amount": "0.09"}]}

    assert tax_amounts(record) == {"tax20": Decimal("0.09")}


def test_tax_without_a_name_that_matches_is_taken_from_the_lines():
    record = {"line_items": [_line()], "taxes": [{"tax_name": "Value added tax", "tax_amount": 20}]}

    assert tax_amounts(record) == {"tax20": Decimal(20)}


def test_a_component_of_two_groups_counts_in_each_for_its_own_lines():
    def line(group: str, other: str) -> dict[str, Any]:
        taxes = [{"tax_id": "state", "tax_amount": 4}, {"tax_id": other, "tax_amount": 1}]
        return {"tax_id": group, "line_item_taxes": taxes}

    found = tax_amounts({"line_items": [line("g1", "city1"), line("g2", "city2")]})

    assert (found["g1"], found["g2"], found["state"]) == (5, 5, 8)


def test_group_and_components_expected_together_are_not_added_up():
    line = _line(tax_id="g", line_item_taxes=[{"tax_id": "c1", "tax_amount": 9}, {"tax_id": "c2", "tax_amount": 9}])
    expected = tuple(ExpectedTax(each, gbp(amount)) for each, amount in (("g", "18"), ("c1", "9"), ("c2", "9")))
    draft = an_invoice(lines=(a_line(tax_id="g"),), expected=Expected(gbp("118"), expected))

    assert _fields(draft, _record(line_items=[line], taxes=[], tax_total=18, total=118)) == []


def test_what_is_still_owed_is_compared_where_it_is_told():
    assert balance_difference(gbp("120.00"), _record()) is None
    assert balance_difference(gbp("120.00"), {}) is None

    found = balance_difference(gbp("0.00"), _record())

    assert found is not None
    assert (found.wanted, found.found) == ("0.00", "120")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"payment_made": 0, "credits_applied": 0}, []),
        ({"payment_made": 100, "credits_applied": 5, "write_off_amount": 15, "balance": 0}, []),
        ({"payment_made": 0, "balance": 108}, ["balance"]),
        ({"payment_made": 0, "balance": 0, "status": "void"}, ["status"]),
    ],
)
def test_what_is_owed_on_an_invoice_is_its_total_less_what_was_paid_credited_and_written_off(changes, fields):
    assert _fields(an_invoice(), _record(**changes)) == fields


def test_a_credit_note_is_compared_like_an_invoice():
    record = _record(
        reference_number="#1001-R1",
        date="2026-11-21",
        total=60,
        tax_total=10,
        taxes=[{"tax_id": "tax20", "tax_amount": 10}],
        custom_field_hash={FIELD: "credit-note:gid://shopify/Refund/3"},
    )

    assert _fields(a_credit_note(), record) == []
    assert _fields(a_credit_note(), {**record, "total": 61}) == ["total"]


PAYMENT = {
    "amount": "120.00",
    "customer_id": "700",
    "account_id": "bank1",
    "currency_code": "GBP",
    "date": "2026-11-20",
    "invoices": [{"invoice_id": "800", "amount_applied": 120}],
}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"amount": 119}, ["amount"]),
        ({"account_id": "undeposited"}, ["account_id"]),
        ({"customer_id": "1"}, ["customer_id"]),
        ({"invoices": []}, ["applied:800"]),
        ({"currency_code": "EUR"}, ["currency_code"]),
        ({"date": "2026-11-19"}, ["date"]),
    ],
)
def test_a_payment_is_read_back(changes: dict[str, Any], fields: list[str]):
    assert _fields(a_payment(), {**PAYMENT, **changes}) == fields


def test_money_out_is_read_back():
    assert _fields(a_refund(), {"amount": 60, "date": "2026-11-21"}) == []
    assert _fields(a_refund(), {"amount_fcy": 59, "from_account_id": "b"}) == ["amount", "from_account_id"]


@pytest.mark.parametrize("name", ["payment_refunds", "payment_refund", "creditnote_refund"])
@pytest.mark.parametrize("inside", [lambda record: record, lambda record: [record]])
def test_money_out_is_found_wherever_the_answer_has_it(name, inside):
    record = {"payment_refund_id": "7", "amount": "5.00"}

    found = differences(a_refund(of_payment=True, amount=gbp("5.00")), {"code": 0, name: inside(record)}, MARKED)

    assert found == ()


def test_money_out_that_an_answer_does_not_tell_is_no_difference():
    assert differences(a_refund(), {"payment_refunds": {"payment_refund_id": "7"}}, MARKED) == ()


def test_a_contact_has_no_figures():
    assert differences(a_contact(), {"contact_id": "1"}, MARKED) == ()


def test_a_customer_whose_id_is_not_known_yet_is_not_compared():
    from ml_connector.zoho.told import Told

    assert CONTACT_KEY not in Told().ids
    assert differences(an_invoice(), _record(), Told()) == ()
