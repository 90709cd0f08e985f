"""Contacts and documents found again: by mark, by reference, by id, and what proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.zoho import reference
from tests.zoho.builders import (
    FIELD,
    INVOICE_KEY,
    a_connection,
    answer,
)
from tests.zoho.desk import Desk, rows_of

from ml_connector.zoho import errors
from ml_connector.zoho.client import Settled, ZohoClient
from ml_connector.zoho.told import CONTACT, INVOICE, PAYMENT


async def test_contacts_by_e_mail_are_compared_exactly_in_any_letter_case():
    rows = (
        {"contact_id": "1", "email": "ADA@mail.example", "contact_type": "customer"},
        {"contact_id": "2", "email": "not-ada@mail.example", "contact_type": "customer"},
        {"contact_id": "3", "email": "ada@mail.example", "contact_type": "vendor"},
    )
    desk = Desk(rows_of("contacts", *rows, searched=("email", "ada@mail.example")))

    found = await desk.client.contacts_by_email("ada@mail.example")

    assert ([each.id for each in found.matches], found.searched) == (["1"], True)
    assert desk.asked == ["/contacts?email=ada%40mail.example"]


async def test_a_name_is_taken_by_vendors_too():
    rows = ({"contact_id": "3", "contact_name": "Ada Byron", "contact_type": "vendor"},)

    found = await Desk(rows_of("contacts", *rows)).client.contacts_named("ada byron")

    assert [each.is_customer for each in found.matches] == [False]


async def test_a_contact_is_found_by_our_mark():
    key = "contact:gid://shopify/Customer/9:GBP"
    desk = Desk(rows_of("contacts", {"contact_id": "1", FIELD: key}, {"contact_id": "2", FIELD: "contact:other"}))

    found = await desk.client.contact_by_mark(FIELD, key)

    assert found.only is not None
    assert found.only.id == "1"


async def test_changed_contacts_are_read_until_the_known_ones_begin():
    rows = [
        {"contact_id": "1", "last_modified_time": "2026-11-20T18:00:00+0530"},
        {"contact_id": "2", "last_modified_time": "2026-11-20T01:00:00+0530"},
    ]
    desk = Desk(rows_of("contacts", *rows, more=True))

    changed = await desk.client.contacts_changed_since(datetime(2026, 11, 19, 20, 0, tzinfo=UTC))

    assert [each.id for each in changed] == ["1"]
    assert len(desk.script.sent) == 1


async def test_a_record_is_read_by_id_and_checked():
    desk = Desk(answer(200, reference.example("invoice")), answer(200, {"invoice": {"invoice_id": "other"}}))

    read = await desk.client.invoice("3917264000000205003", "invoice:1")

    assert (read.key, read.number) == ("invoice:1", "INV-000318")
    with pytest.raises(errors.UnexpectedReadAnswer):
        await desk.client.invoice("3917264000000205003")


async def test_payments_and_credit_notes_and_contacts_are_read_by_id():
    desk = Desk(
        answer(200, reference.example("customer-payment")),
        answer(200, reference.example("creditnote")),
        answer(200, reference.example("contact")),
    )

    assert (await desk.client.payment("3917264000000207001")).number == "412"
    assert (await desk.client.credit_note("3917264000000211001")).number == "CN-00027"
    assert (await desk.client.contact("3917264000000182001")).currency == "INR"


async def test_somebody_else_s_newest_invoice_is_never_taken_for_ours():
    row = {"invoice_id": "1", "reference_number": "#9999", FIELD: "invoice:other"}

    by_mark = await Desk(rows_of("invoices", row)).client.find_by_mark(INVOICE, FIELD, INVOICE_KEY)
    by_reference = await Desk(rows_of("invoices", row)).client.find_invoices("#1001")

    assert (by_mark.matches, by_mark.searched) == ((), False)
    assert (by_reference.matches, by_reference.searched) == ((), False)


async def test_a_document_is_found_by_our_mark():
    row = {"invoice_id": "1", "currency_code": "GBP", "total": 120, FIELD: INVOICE_KEY}
    desk = Desk(rows_of("invoices", row, searched=(FIELD, INVOICE_KEY)))

    found = await desk.client.find_by_mark(INVOICE, FIELD, INVOICE_KEY)

    assert found.searched
    assert found.only is not None
    assert (found.only.zoho_id, found.only.key) == ("1", INVOICE_KEY)
    mark = "invoice%3Agid%3A%2F%2Fshopify%2FOrder%2F1001"
    assert desk.asked == [f"/invoices?cf_shopify_id={mark}&custom_field={mark}"]


async def test_a_document_whose_mark_cannot_be_searched_is_found_by_its_reference():
    others = ({"payment_id": "1", "reference_number": "4", FIELD: "payment:4"},)
    ours = {"payment_id": "2", "reference_number": "5", "customer_id": "700", FIELD: "payment:5"}
    not_ours = {"payment_id": "3", "reference_number": "5", "customer_id": "700", FIELD: "payment:other"}
    desk = Desk(
        rows_of("customerpayments", *others),
        rows_of("customerpayments", ours, not_ours, searched=("reference_number", "5")),
    )

    found = await desk.client.look_up(PAYMENT, "payment:5", unique_field=FIELD, reference="5", customer_id="700")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["2"], True)


async def test_a_document_that_is_found_by_its_mark_is_not_looked_for_again():
    desk = Desk(rows_of("invoices", {"invoice_id": "1", FIELD: INVOICE_KEY}, searched=(FIELD, INVOICE_KEY)))

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert [each.zoho_id for each in found.matches] == ["1"]


async def test_the_sixth_of_many_that_share_a_reference_is_found_too():
    rows = [{"invoice_id": str(n), "reference_number": "#1001", FIELD: f"invoice:{n}"} for n in range(9)]
    ours = {"invoice_id": "10", "reference_number": "#1001", FIELD: INVOICE_KEY}
    desk = Desk(rows_of("invoices"), rows_of("invoices", *rows, ours, searched=("reference_number", "#1001")))

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["10"], True)


async def test_more_silent_rows_than_are_read_prove_nothing():
    rows = [{"invoice_id": str(n), "reference_number": "#1001"} for n in range(6)]
    details = [answer(200, {"invoice": {"invoice_id": str(n), "cf_shopify_id": ""}}) for n in range(5)]
    desk = Desk(rows_of("invoices"), rows_of("invoices", *rows, searched=("reference_number", "#1001")), *details)

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert (found.matches, found.searched) == ((), False)


async def test_without_a_field_and_without_a_reference_nothing_is_searched():
    desk = Desk(rows_of("invoices", {"invoice_id": "1", "reference_number": "#1001"}))

    assert not (await desk.client.look_up(INVOICE, INVOICE_KEY)).searched
    assert (await desk.client.look_up(INVOICE, INVOICE_KEY, reference="#1001")).only is not None


async def test_a_row_that_does_not_tell_the_mark_is_read_by_id():
    desk = Desk(
        rows_of("customerpayments", {"payment_id": "1"}, searched=("custom_field", "payment:5")),
        answer(200, {"payment": {"payment_id": "1", "custom_field_hash": {FIELD: "payment:5"}}}),
    )

    found = await desk.client.find_by_mark(PAYMENT, FIELD, "payment:5")

    assert [each.zoho_id for each in found.matches] == ["1"]


async def test_a_reference_counts_only_with_its_customer():
    rows = (
        {"invoice_id": "1", "reference_number": "#1001", "customer_id": "700"},
        {"invoice_id": "2", "reference_number": "#1001", "customer_id": "701"},
        {"invoice_id": "3", "reference_number": "#10011", "customer_id": "700"},
    )
    desk = Desk(rows_of("invoices", *rows, searched=("reference_number", "#1001")))

    found = await desk.client.find_invoices("#1001", "700")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["1"], True)
    assert desk.asked == ["/invoices?reference_number=%231001&customer_id=700"]


async def test_payments_are_listed_under_either_key_and_searched_by_the_cut_reference():
    long = "pay_" + "x" * 60
    row = {"payment_id": "1", "reference_number": "pay_" + "x" * 45 + "…"}
    desk = Desk(rows_of("customer_payments", row), rows_of("creditnotes"))

    assert len((await desk.client.find_payments(long)).matches) == 1
    assert (await desk.client.find_credit_notes("#1-R1")).only is None


async def test_a_customer_s_payments_are_read_until_somebody_else_s_appear():
    ours = {"payment_id": "1", "customer_id": "700"}
    others = {"payment_id": "2", "customer_id": "701"}

    applied = await Desk(rows_of("customerpayments", ours)).client.of_customer(PAYMENT, "700")
    desk = Desk(rows_of("customerpayments", ours, others, more=True))
    ignored = await desk.client.of_customer(PAYMENT, "700")

    assert ([each.zoho_id for each in applied.matches], applied.searched) == (["1"], True)
    assert ([each.zoho_id for each in ignored.matches], ignored.searched) == (["1"], False)
    assert len(desk.script.sent) == 1


async def test_a_period_is_read_whole_and_a_filter_that_was_ignored_does_no_harm():
    rows = [{"invoice_id": str(day), "date": f"2026-11-{day:02d}"} for day in (1, 15, 30)]
    desk = Desk(rows_of("invoices", *rows))

    found = await desk.client.dated(INVOICE, date(2026, 11, 1), date(2026, 11, 15))

    assert [each.zoho_id for each in found] == ["1", "15"]


async def test_what_settled_a_document_is_read_by_id():
    desk = Desk(
        answer(200, reference.example("invoice-payments")),
        answer(200, {"credits": [{"creditnotes_invoice_id": "5", "creditnote_id": "900", "amount_applied": 4}]}),
        answer(200, {"invoices_credited": [{"creditnote_invoice_id": "5", "invoice_id": "8", "credited_amount": 4}]}),
        answer(200, {"creditnote_refunds": [{"creditnote_refund_id": "6", "creditnote_id": "900", "amount_fcy": 60}]}),
        answer(200, {"payment_refunds": [{"payment_refund_id": "7", "payment_id": "600", "amount": 10}]}),
    )

    (payment,) = await desk.client.invoice_payments("800")

    assert (payment.of, payment.amount, payment.reference_number) == (
        "3917264000000207001",
        Decimal("2796.6"),
        "pay_QK7h2Zs0aXbV1c",
    )
    assert await desk.client.invoice_credits("800") == (Settled("5", "900", Decimal(4)),)
    assert await desk.client.credit_note_invoices("900") == (Settled("5", "8", Decimal(4)),)
    assert await desk.client.credit_note_refunds("900") == (Settled("6", "900", Decimal(60)),)
    assert await desk.client.payment_refunds("600") == (Settled("7", "600", Decimal(10)),)


def test_a_connection_shows_no_secret_and_links_to_its_region():
    connection = a_connection()

    assert "client-secret" not in repr(connection)
    assert "1000.refresh" not in repr(connection)
    assert connection.link_to("customer_payment", "7").endswith("#/paymentsreceived/7")
    assert connection.link("contacts", "7") == "https://books.zoho.eu/app/60041112223#/contacts/7"
    assert replace(connection, region="in").accounts == "https://accounts.zoho.in"
    assert ZohoClient(Desk().caller).connection == connection
    assert CONTACT == "contact"
