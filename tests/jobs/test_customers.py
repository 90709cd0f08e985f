"""Customers of the shop become contacts, and what changes in Shopify changes there, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from tests.jobs.desk import BERLIN, Desk, a_customer, a_desk

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Customer
from ml_connector.store import Store
from ml_connector.store.exchanges import KeptEvent
from ml_connector.store.subjects import Subject
from ml_connector.zoho.values import ZohoRequest, body_of


@pytest.fixture
async def with_orders(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store, policy={"customers": "with_orders"})
    try:
        yield made
    finally:
        await made.runtimes.close()


async def look(desk: Desk, customer: Customer | None) -> None:
    assert customer is not None
    await desk.knock(desk.subject(customer))
    await desk.settle()


async def timeline(desk: Desk, customer: Customer) -> tuple[KeptEvent, ...]:
    async with desk.store.at_once() as tx:
        return await desk.store.timeline.of_subject(tx, desk.subject(customer))


def person(contact: dict[str, Any]) -> dict[str, Any]:
    """The primary person of a contact in Zoho."""
    return next(one for one in contact["contact_persons"] if one["is_primary_contact"])


def change(desk: Desk, customer: Customer, **changed: Any) -> None:
    desk.clock.forward(minutes=1)
    desk.shop.change_customer(customer, **changed)


def buyer(desk: Desk, order: Any) -> Customer:
    return desk.shop.customers[order.customer_id]


async def test_a_new_customer_becomes_a_contact_before_the_first_order(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer(phone="+49301234", note="Likes Assam", address=BERLIN))

    await look(desk, customer)

    (contact,) = desk.books.contacts()
    assert contact["contact_name"] == "Ada Lovelace"
    assert contact["custom_field_hash"]["cf_shopify_id"] == f"contact:{gid('Customer', customer.id)}:EUR"
    assert (person(contact)["email"], person(contact)["phone"]) == ("ada@example.com", "+49301234")
    assert contact["billing_address"]["city"] == "Berlin"
    assert contact["notes"] == "Likes Assam"


async def test_the_first_order_takes_the_contact_that_is_there(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    await look(desk, customer)

    order = desk.order(customer_id=customer.id)
    await desk.post(order)

    (contact,) = desk.books.contacts()
    assert desk.books.invoices()[0]["customer_id"] == contact["contact_id"]


async def test_a_customer_without_orders_is_left_alone_where_the_policy_says_so(with_orders: Desk) -> None:
    desk = with_orders
    customer = desk.shop.add_customer(a_customer())
    desk.doors.requests.clear()

    await look(desk, customer)

    assert desk.books.contacts() == []
    assert desk.doors.to_zoho == []


async def test_a_customer_with_orders_follows_under_either_policy(with_orders: Desk) -> None:
    desk = with_orders
    order = desk.order(customer=a_customer())
    await desk.post(order)
    change(desk, buyer(desk, order), phone="+49300000")

    await look(desk, buyer(desk, order))

    assert person(desk.books.contacts()[0])["phone"] == "+49300000"


async def test_only_what_changed_in_shopify_is_changed_in_zoho(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer(phone="1"))
    await look(desk, customer)
    (contact,) = desk.books.contacts()
    human = desk.zoho.human(desk.organization)
    human.edit_contact(contact["contact_id"], company_name="Analytical Engines", notes="Pays late")
    change(desk, customer, phone="2")

    await look(desk, customer)

    (after,) = desk.books.contacts()
    assert person(after)["phone"] == "2"
    assert (after["company_name"], after["notes"]) == ("Analytical Engines", "Pays late")
    assert person(after)["email"] == "ada@example.com"


async def test_where_nothing_changed_zoho_is_not_even_asked(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    await look(desk, customer)
    desk.doors.requests.clear()

    await look(desk, customer)

    assert desk.doors.to_zoho == []


async def test_both_changed_the_one_in_shopify_is_later_and_the_other_is_told(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer(note="old"))
    await look(desk, customer)
    await look(desk, customer)
    (contact,) = desk.books.contacts()
    desk.zoho.human(desk.organization).edit_contact(contact["contact_id"], notes="zoho")
    change(desk, customer, note="shopify")

    await look(desk, customer)

    assert desk.books.contacts()[0]["notes"] == "shopify"
    assert "Somebody had changed the note in Zoho" in (await timeline(desk, customer))[-1].text


async def test_a_new_name_renames_the_contact_unless_somebody_named_it_otherwise(desk: Desk) -> None:
    renamed = desk.shop.add_customer(a_customer())
    named = desk.shop.add_customer(a_customer(first_name="Grace", last_name="Hopper", email="grace@example.com"))
    await look(desk, renamed)
    await look(desk, named)
    other = next(one for one in desk.books.contacts() if one["contact_name"] == "Grace Hopper")
    desk.zoho.human(desk.organization).edit_contact(other["contact_id"], name="Rear Admiral Hopper")
    change(desk, renamed, last_name="King")
    change(desk, named, last_name="Murray")

    await look(desk, renamed)
    await look(desk, named)

    assert {one["contact_name"] for one in desk.books.contacts()} == {"Ada King", "Rear Admiral Hopper"}
    assert {person(one)["last_name"] for one in desk.books.contacts()} == {"King", "Murray"}


@pytest.mark.parametrize("first", ["customer", "order"])
async def test_a_name_too_long_for_zoho_is_remembered_whole_and_still_followed(desk: Desk, first: str) -> None:
    """Zoho takes 200 characters; whoever makes the contact, and whoever finds it there, calls it the same."""
    order = desk.order(customer=a_customer(first_name="n" * 300))
    customer = buyer(desk, order)
    await (look(desk, customer) if first == "customer" else desk.post(order))
    async with desk.store.transaction() as tx:  # as one who looked into Zoho before this was remembered
        key = f"contact:{gid('Customer', customer.id)}:EUR"
        await desk.store.contacts.forget(tx, desk.connection_id, [key])
    await look(desk, customer)
    change(desk, customer, phone="+49301111")
    await look(desk, customer)

    async with desk.store.at_once() as tx:
        (kept,) = await desk.store.contacts.of_customer(tx, desk.connection_id, gid("Customer", customer.id))
    assert (kept.link.matched_by, kept.link.name) == ("unique_field", f"{'n' * 300} Lovelace")

    change(desk, customer, first_name="Ada")
    await look(desk, customer)

    assert [one["contact_name"] for one in desk.books.contacts()] == ["Ada Lovelace"]


async def test_a_name_that_somebody_else_has_gets_its_suffix_and_never_another_contact(desk: Desk) -> None:
    first = desk.shop.add_customer(a_customer())
    second = desk.shop.add_customer(a_customer(first_name="Augusta", email="augusta@example.com"))
    await look(desk, first)
    await look(desk, second)
    change(desk, second, first_name="Ada")

    await look(desk, second)

    names = {one["contact_name"] for one in desk.books.contacts()}
    assert names == {"Ada Lovelace", f"Ada Lovelace ({second.id})"}


async def test_a_customer_s_contacts_in_several_currencies_follow_together(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    dollars = desk.order(customer=a_customer(), presentment_currency="USD", rate=2)
    await desk.post(order, dollars)
    assert len(desk.books.contacts()) == 2
    change(desk, buyer(desk, order), phone="+49301111")

    await look(desk, buyer(desk, order))

    assert [person(one)["phone"] for one in desk.books.contacts()] == ["+49301111", "+49301111"]


async def test_a_contact_that_was_found_by_its_e_mail_keeps_what_it_has(desk: Desk) -> None:
    other = desk.shop.add_customer(a_customer(note="from Shopify", phone="+49305555"))
    run = await desk.run()
    made = await run.zoho.call(_a_contact("Ada L.", "ada@example.com", notes="known since 1843"))
    assert made.created

    await look(desk, other)

    (contact,) = desk.books.contacts()
    assert contact["contact_name"] == "Ada L."
    assert contact["notes"] == "known since 1843"
    assert person(contact)["phone"] == "+49305555"


async def test_a_new_address_is_added_and_the_one_on_open_documents_stays(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer(address=BERLIN))
    await look(desk, customer)
    await look(desk, customer)
    moved = replace(BERLIN, address1="Rue de Rivoli 1", city="Paris", zip="75001", country_code="FR", id=99)
    change(desk, customer, addresses=[*customer.addresses, moved], default_address=99)

    await look(desk, customer)
    await look(desk, customer)

    (contact,) = desk.books.contacts()
    assert contact["billing_address"]["city"] == "Berlin"
    assert [one["city"] for one in contact["addresses"]] == ["Paris"]


async def test_a_contact_that_was_deleted_in_zoho_is_made_again(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    await look(desk, customer)
    (contact,) = desk.books.contacts()
    desk.zoho.human(desk.organization).delete_contact(contact["contact_id"])
    change(desk, customer, phone="5")

    await look(desk, customer)

    (again,) = desk.books.contacts()
    assert again["contact_id"] != contact["contact_id"]
    assert person(again)["phone"] == "5"


async def test_a_contact_that_is_made_again_gets_its_other_addresses_again(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer(address=BERLIN))
    await look(desk, customer)
    moved = replace(BERLIN, address1="Rue de Rivoli 1", city="Paris", zip="75001", country_code="FR", id=99)
    change(desk, customer, addresses=[*customer.addresses, moved], default_address=99)
    await look(desk, customer)
    (contact,) = desk.books.contacts()
    desk.zoho.human(desk.organization).delete_contact(contact["contact_id"])
    change(desk, customer, phone="5", default_address=customer.addresses[0].id)
    await look(desk, customer)

    change(desk, customer, default_address=99)
    await look(desk, customer)

    (again,) = desk.books.contacts()
    assert again["contact_id"] != contact["contact_id"]
    assert again["billing_address"]["city"] == "Berlin"
    assert [one["city"] for one in again["addresses"]] == ["Paris"]
    assert await desk.outstanding() == []


async def test_a_deleted_customer_keeps_contact_and_invoices(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(order)

    await desk.knock(Subject(desk.connection_id, "customer", "gid://shopify/Customer/1"))
    await desk.settle()

    assert len(desk.books.contacts()) == 1


async def test_a_lost_answer_to_a_new_contact_makes_no_second_one(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    desk.zoho.fault("commit_then_no_answer", method="PUT", path="/contacts", times=1)
    await desk.knock(desk.subject(customer))
    first = await desk.settle()
    await desk.pass_for_the_tables(seconds=120)

    await desk.settle()

    assert [one.verdict.value for one in first if one] == ["in_doubt"]
    assert len(desk.books.contacts()) == 1
    assert await desk.outstanding() == []


def _a_contact(name: str, email: str, **more: Any) -> Any:
    person = {"first_name": "Ada", "last_name": "L.", "email": email, "is_primary_contact": True}
    body = {"contact_name": name, "contact_type": "customer", "contact_persons": [person], **more}
    return ZohoRequest("POST", "/contacts", {}, body=body_of(body), headers={"content-type": "application/json"})
