"""A customer as a contact, decided without asking anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.domain.builders import books_holding

from ml_connector.domain.documents import ContactDraft, Kind, Operation
from ml_connector.domain.order import Address, Customer
from ml_connector.domain.plan.customer import FIELDS, Change, Held, changed_contact, name_of, new_contact, values_of

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
    plain = Held(KEY, "z-1", "EUR", "cur-1", "Ada Lovelace", "Ada Lovelace", values, values)
    return replace(plain, **changed)


def draft(found: Change | Operation | None) -> ContactDraft:
    assert found is not None
    operation = found if isinstance(found, Operation) else found.operation
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


def test_what_agrees_needs_nothing() -> None:
    assert changed_contact(a_customer(), held()) is None


def test_one_changed_field_goes_and_the_others_stay_as_zoho_has_them() -> None:
    now = held(values={**values_of(a_customer()), "note": "pays late"})

    change = changed_contact(a_customer(phone="2"), now)

    assert change is not None
    assert (change.fields, change.overruled) == (("phone",), ())
    assert (draft(change).phone, draft(change).notes) == ("2", "pays late")
    assert draft(change).zoho_id == "z-1"
    assert change.operation.key == f"contact-update:{KEY}:1795478400"


def test_a_field_that_zoho_has_already_is_no_change() -> None:
    now = held(values={**values_of(a_customer()), "phone": "2"})

    assert changed_contact(a_customer(phone="2"), now) is None


def test_where_both_changed_shopify_s_counts_and_the_other_is_told() -> None:
    now = held(values={**values_of(a_customer()), "note": "zoho"})

    change = changed_contact(a_customer(note="shopify"), now)

    assert change is not None
    assert (change.fields, change.overruled) == (("note",), ("note",))


def test_what_was_emptied_in_shopify_is_emptied_once_it_was_agreed_on() -> None:
    change = changed_contact(a_customer(phone=None), held())

    assert change is not None
    assert draft(change).phone == ""


def test_a_contact_of_ours_that_was_never_compared_takes_what_shopify_has_and_loses_nothing() -> None:
    now = held(agreed={}, values={**dict.fromkeys(FIELDS, ""), "note": "zoho", "phone": "9"})

    change = changed_contact(a_customer(phone=None), now)

    assert change is not None
    assert (draft(change).email, draft(change).notes, draft(change).phone) == ("ada@example.com", "likes Assam", "9")


def test_a_contact_that_was_found_is_only_filled() -> None:
    now = held(agreed={}, ours=False, values={**dict.fromkeys(FIELDS, ""), "note": "zoho"})

    change = changed_contact(a_customer(), now)

    assert change is not None
    assert "note" not in change.fields
    assert draft(change).notes == "zoho"


def test_a_new_name_keeps_the_currency_behind_it() -> None:
    now = held(name="Ada Lovelace (USD)", our_name="Ada Lovelace (USD)", currency="USD")

    assert draft(changed_contact(a_customer(last_name="King"), now)).name == "Ada King (USD)"


def test_a_contact_that_somebody_named_otherwise_keeps_that_name() -> None:
    now = held(name="The Countess")

    change = draft(changed_contact(a_customer(last_name="King"), now))

    assert (change.name, change.last_name) == ("The Countess", "King")


def test_a_business_and_its_other_persons_stay() -> None:
    now = held(business=True, person_id="p-1", other_person_ids=("p-2",))

    change = draft(changed_contact(a_customer(phone="2", updated_at=None), now))

    assert (change.sub_type, change.contact_person_id, change.other_person_ids) == ("business", "p-1", ("p-2",))
