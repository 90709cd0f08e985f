"""Contacts and documents as Zoho tells them, from details and from the thinner rows of lists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference

from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.zoho import books
from ml_connector.zoho.exact import NotJson, decode_object, flag, moment, number, text


def _exact(name: str) -> Any:
    return decode_object(reference.example_bytes(name))


def test_the_recorded_invoice_is_read_with_its_lines():
    read = books.invoice(_exact("invoice")["invoice"], "invoice:1")

    assert (read.key, read.kind, read.state, read.status) == ("invoice:1", Kind.INVOICE, "done", "draft")
    assert (read.zoho_id, read.number) == ("3917264000000205003", "INV-000318")
    assert read.total == Money.of("2796.6", "INR")
    assert read.balance == read.total
    assert read.dated == date(2026, 11, 20)
    assert [(line.rate, line.quantity, line.discount, line.item_total) for line in read.lines] == [
        (Decimal("1250.0"), Decimal(2), Decimal("250.0"), Decimal("2250.0")),
        (Decimal("120.0"), Decimal(1), Decimal("0.0"), Decimal("120.0")),
    ]
    assert read.details["reference_number"] == "#BB1042"
    assert read.details["tax_rounding"] == "entity_level"


def test_a_paid_invoice_owes_nothing():
    read = books.invoice(_exact("invoice-paid")["invoice"])

    assert (read.status, read.balance) == ("paid", Money.of("0", "INR"))


def test_a_row_of_a_list_has_no_lines():
    read = books.invoice(_exact("invoices-list")["invoices"][0])

    assert (read.status, read.lines, read.total) == ("sent", (), Money.of("2796.6", "INR"))


def test_the_recorded_credit_note_has_its_open_rest():
    read = books.credit_note(_exact("creditnote")["creditnote"], "k")

    assert (read.kind, read.status, read.number) == (Kind.CREDIT_NOTE, "open", "CN-00027")
    assert read.unused == read.balance == Money.of("1327.5", "INR")


def test_the_recorded_payment_says_what_it_was_applied_to():
    read = books.payment(_exact("customer-payment")["payment"], "k")

    assert (read.kind, read.number, read.unused) == (Kind.PAYMENT, "412", Money.of("0", "INR"))
    assert read.details["applied:3917264000000205003"] == "2796.6"
    assert read.details["account_id"] == "3917264000000093050"


def test_a_payment_in_a_list_tells_no_currency_and_so_no_money():
    read = books.payment(_exact("customer-payments-list")["customerpayments"][0])

    assert (read.total, read.zoho_id) == (None, "3917264000000207001")
    assert read.details["applied:3917264000000205003"] == "2796.6"


def test_the_recorded_contact_is_read_with_persons_and_addresses():
    read = books.contact(_exact("contact")["contact"])

    assert (read.name, read.currency, read.active) == ("Devika Rao (devika.rao@mail.example)", "INR", True)
    assert read.email == "devika.rao@mail.example"
    assert read.emails == {"devika.rao@mail.example"}
    assert read.persons[0].is_primary
    assert read.billing is not None
    assert (read.billing.id, read.billing.zip) == ("3917264000000182005", "560038")
    assert read.mark("cf_shopify_customer_id") == "7712003344556"


def test_a_contact_in_a_list_is_thinner_and_still_carries_its_mark():
    read = books.contact(_exact("contacts-list")["contacts"][0])

    assert (read.persons, read.billing) == ((), None)
    assert read.mark("cf_shopify_customer_id") == "7712003344556"
    assert read.mark("cf_other") is None


def test_a_vendor_is_not_a_customer():
    assert not books.contact({"contact_id": "1", "contact_type": "vendor"}).is_customer
    assert not books.contact({"contact_id": "1", "status": "inactive"}).active


@pytest.mark.parametrize(
    "row",
    [
        {"custom_field_hash": {"cf_x": "k"}},
        {"cf_x": "k"},
        {"custom_fields": [{"api_name": "cf_y", "value": "n"}, {"api_name": "cf_x", "value": "k"}]},
    ],
)
def test_a_mark_is_found_in_each_of_the_three_places(row: dict[str, Any]):
    assert books.mark_of(row, "cf_x") == "k"


def test_a_record_that_does_not_tell_the_field_is_not_a_record_without_mark():
    assert books.mark_of({}, "cf_x") is None
    assert books.mark_of({"cf_x": ""}, "cf_x") == ""
    assert books.mark_of({"cf_x": "k"}, "") is None


def test_an_address_is_read_in_either_spelling():
    assert books.address({"zipcode": "N1", "street": "1 High Street"}).zip == "N1"
    assert books.address({"zip": "N2", "zipcode": "N1"}).zip == "N2"


def test_a_discount_in_per_cent_is_read_as_its_amount():
    assert books.line_discount({"discount": "10%", "discount_amount": "5.00"}) == Decimal(5)
    assert books.line_discount({"discount": 2.5}) == Decimal("2.5")


def test_an_answer_may_show_how_the_organisation_rounds():
    assert books.tax_rounding({"tax_rounding": "item_level"}) == "item_level"
    assert books.tax_rounding({"tax_rounding": ""}) is None


def test_a_document_may_be_locked_by_itself():
    assert books.locked({"lock_details": {"locked_by": "Ira"}})
    assert not books.locked({"lock_details": {}})


@pytest.mark.parametrize(
    ("value", "read"),
    [("1.0", Decimal("1.0")), (2, Decimal(2)), ("", None), (None, None), ("₹5", None), (True, None), ("NaN", None)],
)
def test_a_number_is_read_where_there_is_one(value: object, read: Decimal | None):
    assert number({"x": value}, "x") == read


@pytest.mark.parametrize(("value", "read"), [(True, True), ("true", True), ("1", True), ("False", False), ("?", True)])
def test_a_flag_is_read_where_there_is_one(value: object, read: bool):
    assert flag({"x": value}, "x", unless_told=True) is read


def test_an_id_stays_itself_also_as_a_number():
    assert text(decode_object(b'{"id": 3917264000000205003}'), "id") == "3917264000000205003"
    assert text({"a": "", "b": True}, "a", "b") == "true"


def test_a_moment_has_its_offset_or_is_none():
    row = {"a": "2026-11-20T18:02:31+0530", "b": "2026-11-20T18:02:31", "c": "", "d": "yesterday"}

    assert moment(row, "a") == datetime(2026, 11, 20, 12, 32, 31, tzinfo=UTC)
    assert [moment(row, name) for name in "bcd"] == [None, None, None]


def test_what_is_no_object_is_not_read():
    with pytest.raises(NotJson):
        decode_object(b"[1]")
