"""Who buys: a company's location, a customer, a guest, or nobody whom one could know again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.domain.builders import (
    HOME,
    Till,
    a_policy,
    an_order,
    books_holding,
    drafts,
    held,
    kinds,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.books import ContactLink
from ml_connector.domain.documents import AddressDraft, ContactDraft, Ref
from ml_connector.domain.order import (
    Address,
    Customer,
    PurchasingCompany,
)

ORDER = "gid://shopify/Order/1001"
CUSTOMER = "contact:gid://shopify/Customer/9:GBP"


def test_a_guest_is_known_by_a_keyed_digest_of_the_e_mail():
    one = an_order(customer=None, email="Ada@Example.com")
    other = an_order(customer=None, email="ada@example.COM ")

    first, second = (drafts(planned(order), ContactDraft)[0] for order in (one, other))

    assert first.key == second.key
    assert first.key.startswith("contact:guest:")
    assert "ada" not in first.key
    assert first.fallback_name == "Ada Lovelace (Ada@Example.com)"


def test_without_the_connections_secret_no_guest_becomes_a_key():
    hold = held(an_order(customer=None), books=books_holding(guest_salt=b""))

    assert hold.reason.code == "guest_key_missing"


def test_who_leaves_no_address_is_the_shared_walk_in():
    contact = drafts(planned(an_order(customer=None, email=None)), ContactDraft)[0]

    assert (contact.key, contact.name, contact.billing) == ("contact:walk-in:GBP", "Guest", None)


def test_a_shared_walk_in_gets_no_addresses_later_either():
    books = books_holding(contacts={"contact:walk-in:GBP": ContactLink("contact:walk-in:GBP", "c1", "GBP")})

    plan = planned(an_order(customer=None, email=None), books=books)

    assert kinds(plan) == ["invoice", "mark_sent", "payment"]


@pytest.mark.parametrize(("address", "name"), [(HOME, "Ada Lovelace"), (None, "Guest #1001")])
def test_by_policy_each_walk_in_is_a_contact_of_its_own(address, name):
    order = an_order(customer=None, email=None, billing_address=address, shipping_address=None)

    contact = drafts(
        planned(order, a_policy(walk_in="own", unknown_tax="match"))
        if address
        else planned(replace(order, source_name="pos", retail_location_address=HOME), a_policy(walk_in="own")),
        ContactDraft,
    )[0]

    assert (contact.key, contact.name) == (f"contact:walk-in:{ORDER}:GBP", name)


def test_a_company_order_is_its_locations():
    company = PurchasingCompany("gid://shopify/Company/1", "Acme Ltd", "gid://shopify/CompanyLocation/5", "Leeds")

    contact = drafts(planned(an_order(company=company)), ContactDraft)[0]

    assert contact.key == "contact:gid://shopify/CompanyLocation/5:GBP"
    assert (contact.name, contact.sub_type, contact.company_name) == ("Acme Ltd – Leeds", "business", "Acme Ltd")
    assert contact.email == "ada@example.com"


def test_a_company_without_a_person_is_reached_by_the_orders_address():
    company = PurchasingCompany("c", "Acme Ltd", "gid://shopify/CompanyLocation/5", "Acme Ltd")

    contact = drafts(planned(an_order(company=company, customer=None, phone="+44")), ContactDraft)[0]

    assert (contact.name, contact.email, contact.phone) == ("Acme Ltd", "ada@example.com", "+44")


@pytest.mark.parametrize(
    ("customer", "changes", "name"),
    [
        (Customer("gid://shopify/Customer/9", display_name="Ada L."), {}, "Ada L."),
        (Customer("gid://shopify/Customer/9"), {}, "Ada Lovelace"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(first_name="Zoë", last_name="Ó", country_code="GB"), "shipping_address": None},
         "Zoë Ó"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(country_code="GB"), "shipping_address": None}, "ada@example.com"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(country_code="GB"), "shipping_address": None, "email": None}, "Customer 9"),
        (Customer("gid://shopify/Customer/9", default_address=Address(country_code="GB")),
         {"billing_address": None, "shipping_address": None, "email": None}, "Customer 9"),
    ],
)  # fmt: skip
def test_a_customer_has_the_best_name_there_is(customer, changes, name):
    assert drafts(planned(an_order(customer=customer, **changes)), ContactDraft)[0].name == name


def test_a_customer_who_buys_in_two_currencies_has_two_contacts():
    pounds, euros = an_order(), an_order(Till(presentment="EUR", rate="0.85").line("10.00").placed().pay())

    first, second = (drafts(planned(order), ContactDraft)[0] for order in (pounds, euros))

    assert (first.key, second.key) == (CUSTOMER, "contact:gid://shopify/Customer/9:EUR")
    assert (first.name, second.name) == ("Ada Lovelace", "Ada Lovelace (EUR)")
    assert second.fallback_name == "Ada Lovelace (EUR) (9)"


def test_by_policy_one_contact_has_all_currencies():
    order = an_order(Till(presentment="EUR", rate="0.85").line("10.00").placed().pay())

    plan = planned(order, a_policy(contact_per_currency=False))

    assert drafts(plan, ContactDraft)[0].key == CUSTOMER
    assert the_invoice(plan).currency == "EUR"


def test_a_known_customer_with_the_same_address_needs_nothing():
    books = posted(an_order(Till(number=1).line("5.00").placed()))

    plan = planned(an_order(), books=replace(books, documents={}))

    assert kinds(plan) == ["invoice", "mark_sent", "payment"]
    assert the_invoice(plan).billing_address is None


def test_a_new_address_is_added_and_named_by_the_document():
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    elsewhere = replace(HOME, address1="1 Quay", city="Leith")

    plan = planned(an_order(shipping_address=elsewhere), books=replace(books, documents={}))

    address = drafts(plan, AddressDraft)[0]
    assert address.address == elsewhere
    assert the_invoice(plan).shipping_address == Ref(address.key)
    assert "Leith" not in address.key


def test_an_address_that_was_added_before_is_named_by_its_id():
    elsewhere = replace(HOME, address1="1 Quay", city="Leith")
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    address = drafts(planned(an_order(shipping_address=elsewhere), books=replace(books, documents={})), AddressDraft)[0]
    link = books.contacts[CUSTOMER]
    known = replace(link, addresses={**link.addresses, address.key.rsplit(":", 1)[-1]: "addr-7"})

    plan = planned(an_order(shipping_address=elsewhere), books=replace(books, documents={}, contacts={CUSTOMER: known}))

    assert the_invoice(plan).shipping_address == "addr-7"
    assert not drafts(plan, AddressDraft)


def test_no_address_at_all_adds_none():
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    order = an_order(billing_address=Address(country_code="GB"), shipping_address=None)

    plan = planned(order, books=replace(books, documents={}))

    assert the_invoice(plan).billing_address is None
