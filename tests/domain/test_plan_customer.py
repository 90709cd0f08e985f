"""A customer as a contact, decided without asking anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.domain.builders import books_holding

from ml_connector.domain.books import Edition, TaxExemption
from ml_connector.domain.documents import ContactDraft, Kind, Operation
from ml_connector.domain.order import Address, Customer
from ml_connector.domain.plan.customer import (
    Held,
    contact_update,
    exemption_fields,
    name_of,
    new_contact,
    values_of,
)

KEY = "contact:gid://shopify/Customer/7:EUR"


def a_customer(**changed: Any) -> Customer:
    plain = Customer(
        "gid://shopify/Customer/7",
        "Ada",
        "Lovelace",
        email="ada@example.com",
        phone="1",
        note="likes Assam",
        updated_at=datetime(2026, 11, 24, tzinfo=UTC),
        default_address=Address(company="Engines", address1="Lindenallee 1", city="Berlin", country_code="DE"),
    )
    return replace(plain, **changed)


def held(customer: Customer | None = None, **changed: Any) -> Held:
    """A contact that agrees with *customer*."""
    values = values_of(customer or a_customer())
    plain = Held(KEY, "z-1", "EUR", "cur-1", "Ada Lovelace", "Ada Lovelace", values)
    return replace(plain, **changed)


def draft(operation: Operation) -> ContactDraft:
    assert isinstance(operation.draft, ContactDraft)
    return operation.draft


def test_a_new_contact_has_the_customer_s_name_and_its_own_addresses() -> None:
    books = books_holding()

    operation = new_contact(a_customer(), KEY, books.organisation.currency, books)

    made = draft(operation)
    assert operation.kind is Kind.CONTACT
    assert (made.name, made.fallback_name) == ("Ada Lovelace", "Ada Lovelace (7)")
    assert made.billing == made.shipping == a_customer().default_address
    assert (made.company_name, made.email, made.notes) == ("Engines", "ada@example.com", "likes Assam")
    assert {reason.field for reason in operation.reasons} >= {"name", "email", "company_name", "notes"}


def test_a_contact_in_another_currency_is_named_after_it() -> None:
    assert draft(new_contact(a_customer(), KEY, "USD", books_holding())).name == "Ada Lovelace (USD)"


def test_a_currency_that_zoho_does_not_have_falls_back_to_the_base() -> None:
    books = books_holding()

    made = draft(new_contact(a_customer(), KEY, "XTS", books))

    assert made.currency_id == books.organisation.currency_id


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, "Ada Lovelace"),
        ({"first_name": None, "last_name": None, "display_name": "A. L."}, "A. L."),
        ({"first_name": None, "last_name": None}, "ada@example.com"),
        ({"first_name": None, "last_name": None, "email": None}, "Customer 7"),
    ],
)
def test_a_contact_is_always_called_something(changed: dict[str, Any], name: str) -> None:
    assert name_of(a_customer(**changed)) == name


def test_without_an_address_there_is_no_company_and_no_place() -> None:
    made = draft(new_contact(a_customer(default_address=None), KEY, "EUR", books_holding()))

    assert made.company_name == ""
    assert made.billing is None


def test_an_update_tells_what_changed_and_keeps_the_rest_as_zoho_has_it() -> None:
    now = held(values={**values_of(a_customer()), "note": "pays late"})

    made = draft(contact_update(a_customer(), now, {"phone": "2"}, books_holding(), turn=5))

    assert (made.phone, made.notes, made.zoho_id) == ("2", "pays late", "z-1")
    assert made.cleared == ()


def test_each_run_s_update_has_a_key_of_its_own() -> None:
    first = contact_update(a_customer(), held(), {"phone": "2"}, books_holding(), turn=5)
    second = contact_update(a_customer(), held(), {"phone": "2"}, books_holding(), turn=6)

    assert (first.key, second.key) == (f"contact-update:{KEY}:5", f"contact-update:{KEY}:6")


def test_what_was_emptied_is_told_as_emptied() -> None:
    made = draft(contact_update(a_customer(), held(), {"phone": "", "company": ""}, books_holding(), turn=1))

    assert made.cleared == ("phone", "company_name")


def test_a_new_name_keeps_the_currency_behind_it() -> None:
    now = held(name="Ada Lovelace (USD)", our_name="Ada Lovelace (USD)", currency="USD")

    made = draft(contact_update(a_customer(last_name="King"), now, {"last_name": "King"}, books_holding(), turn=1))

    assert made.name == "Ada King (USD)"


def test_a_contact_that_got_its_suffix_is_still_named_by_us() -> None:
    now = held(name="Ada Lovelace (7)")

    made = draft(contact_update(a_customer(last_name="King"), now, {"last_name": "King"}, books_holding(), turn=1))

    assert made.name == "Ada King"


def test_a_contact_that_somebody_named_otherwise_keeps_that_name() -> None:
    now = held(name="The Countess")

    made = draft(contact_update(a_customer(last_name="King"), now, {"last_name": "King"}, books_holding(), turn=1))

    assert (made.name, made.last_name) == ("The Countess", "King")


def test_a_contact_without_a_person_s_name_is_called_by_the_e_mail_address() -> None:
    values = {**values_of(a_customer()), "first_name": "", "last_name": ""}
    customer = a_customer(first_name=None, last_name=None)

    made = draft(contact_update(customer, held(), {**values}, books_holding(), turn=1))

    assert made.name == "ada@example.com"


def test_a_business_and_its_other_persons_stay() -> None:
    others = ({"contact_person_id": "p-2", "first_name": "Grace"},)
    now = held(business=True, person_id="p-1", person_fields={"mobile": "7"}, other_persons=others)

    made = draft(contact_update(a_customer(), now, {"phone": "2"}, books_holding(), turn=1))

    assert (made.sub_type, made.contact_person_id, made.person_fields) == ("business", "p-1", {"mobile": "7"})
    assert made.other_persons == others


@pytest.mark.parametrize(
    ("exempt", "fields"),
    [("yes", {"is_taxable": "false", "tax_exemption_id": "ex-1"}), ("no", {"is_taxable": "true"})],
)
def test_an_exemption_is_told_where_the_edition_can_say_it(exempt: str, fields: dict[str, str]) -> None:
    organisation = replace(books_holding().organisation, edition=Edition.US)
    books = books_holding(organisation=organisation, exemptions=(TaxExemption("ex-1", "RESALE", "customer"),))

    made = draft(contact_update(a_customer(), held(), {"tax_exempt": exempt}, books, turn=1))

    assert made.edition_fields == fields


def test_an_exemption_is_not_told_where_nobody_could_say_which() -> None:
    assert exemption_fields("yes", books_holding()) == {}
