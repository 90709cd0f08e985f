"""Customers both ways: what people change in Zoho goes to Shopify, once, and nothing goes round."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from tests.jobs.desk import BERLIN, CLIENT_ID, DOMAIN, Desk, a_customer, a_desk
from tests.jobs.test_customers import person, timeline
from tests.store.builders import ask

from ml_connector.jobs.connecting.check import Listening, check
from ml_connector.jobs.customers.poll import Polled, poll_contacts
from ml_connector.jobs.masters import forget_masters
from ml_connector.jobs.report.customers import resolve
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.model import Customer
from ml_connector.store import Store
from ml_connector.store.customers import KeptConflict


@pytest.fixture
async def both(store: Store) -> AsyncIterator[Desk]:
    """A desk on which changes go both ways, and Zoho tells of them."""
    made = await a_desk(store, policy={"customers_back": "on"})
    await made.listen_to_zoho()
    await made.listen_to_shopify("customers/create", "customers/update")
    try:
        yield made
    finally:
        await made.runtimes.close()


@pytest.fixture
async def one_way(store: Store) -> AsyncIterator[Desk]:
    """The same, and nothing goes back."""
    made = await a_desk(store)
    await made.listen_to_zoho()
    await made.listen_to_shopify("customers/create", "customers/update")
    try:
        yield made
    finally:
        await made.runtimes.close()


async def rest(desk: Desk, *, order: Random | None = None) -> None:
    """Bring what both sides announce and run what is due, until nobody has anything to say."""
    for _ in range(20):
        told = await desk.deliver_all() + await desk.hear_zoho(order=order)
        if not told and not await desk.outstanding():
            return
        await desk.settle()
    raise AssertionError("it never comes to rest")


async def known(desk: Desk, **changed: Any) -> tuple[Customer, str]:
    """A customer whose contact is made and agreed on; the contact's id."""
    customer = desk.shop.add_customer(a_customer(**changed))
    await rest(desk)
    desk.clock.forward(minutes=1)
    return customer, str(desk.books.contacts()[-1]["contact_id"])


def edit(desk: Desk, contact: str, **facts: Any) -> None:
    desk.clock.forward(minutes=1)
    desk.zoho.human(desk.organization).edit_contact(contact, **facts)


def change(desk: Desk, customer: Customer, **changed: Any) -> None:
    desk.clock.forward(minutes=1)
    desk.shop.change_customer(customer, **changed)


def contact_of(desk: Desk, contact: str) -> dict[str, Any]:
    return next(one for one in desk.books.contacts() if one["contact_id"] == contact)


def mutations(desk: Desk) -> list[str]:
    """What Shopify was told, by name of the mutation."""
    bodies = [one.body.decode() for one in desk.doors.to_shopify]
    return [body.partition("mutation ")[2].partition("(")[0] for body in bodies if '"query":"mutation Customer' in body]


async def record(desk: Desk) -> list[KeptConflict]:
    rows = await ask(desk.store, "SELECT array_agg(id ORDER BY id) FROM customer_conflicts")
    async with desk.store.at_once() as tx:
        found = [await desk.store.customer_conflicts.get(tx, number) for number in rows or ()]
    return [each for each in found if each is not None]


# From Zoho to Shopify


async def test_names_e_mail_and_phone_that_were_changed_in_zoho_go_to_shopify_in_one_write(both: Desk) -> None:
    customer, contact = await known(both)
    edit(both, contact, last_name="King", email="king@example.com", phone="+49301234")
    both.doors.requests.clear()

    await rest(both)

    assert (customer.first_name, customer.last_name) == ("Ada", "King")
    assert (customer.email, customer.phone) == ("king@example.com", "+49301234")
    assert mutations(both) == ["CustomerUpdate"]
    assert both.doors.writes == []
    assert "Changed in Shopify as in Zoho" in (await timeline(both, customer))[-1].text


async def test_the_name_comes_from_the_person_never_from_the_contact(both: Desk) -> None:
    customer, contact = await known(both)
    edit(both, contact, name="The Countess")

    await rest(both)

    assert (customer.first_name, customer.last_name) == ("Ada", "Lovelace")
    assert mutations(both) == []


async def test_what_was_emptied_in_zoho_is_emptied_in_shopify(both: Desk) -> None:
    customer, contact = await known(both, phone="+49305555")
    edit(both, contact, phone="")

    await rest(both)

    assert customer.phone is None


async def test_without_a_person_nobody_has_emptied_anything(both: Desk) -> None:
    customer, contact = await known(both, phone="+49305555")
    both.organization.contacts[contact].persons = []
    edit(both, contact, notes="person removed")

    await rest(both)

    assert (customer.first_name, customer.email, customer.phone) == ("Ada", "ada@example.com", "+49305555")


async def test_the_company_goes_into_the_default_address(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    edit(both, contact, company_name="Analytical Engines")

    await rest(both)

    assert [one.company for one in customer.addresses] == ["Analytical Engines"]
    assert mutations(both) == ["CustomerAddressUpdate"]
    assert len(contact_of(both, contact)["addresses"]) == 0


async def test_a_company_without_an_address_is_a_persons_to_place(both: Desk) -> None:
    _, contact = await known(both)
    edit(both, contact, company_name="Analytical Engines")

    await rest(both)

    (conflict,) = await record(both)
    assert (conflict.field, conflict.state, conflict.code) == ("company", "open", "refused")


async def test_the_billing_address_is_shopify_s_default_one(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    both.clock.forward(minutes=1)
    both.zoho.human(both.organization).edit_address(contact, address="Torstr. 2", zip="10119")

    await rest(both)
    await rest(both)

    (home,) = customer.addresses
    assert (home.address1, home.zip, home.city, home.country_code) == ("Torstr. 2", "10119", "Berlin", "DE")
    assert mutations(both) == ["CustomerAddressUpdate"]
    assert contact_of(both, contact)["addresses"] == []


async def test_an_address_that_a_person_added_in_zoho_is_added_in_shopify_once(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    both.clock.forward(minutes=1)
    both.zoho.human(both.organization).add_address(
        contact, attention="Ada Lovelace", address="Rue 1", city="Paris", zip="75001", country="France"
    )

    await rest(both)
    await rest(both)

    assert [(one.city, one.country_code) for one in customer.addresses] == [("Berlin", "DE"), ("Paris", "FR")]
    assert mutations(both) == ["CustomerAddressCreate"]
    assert len(contact_of(both, contact)["addresses"]) == 1


async def test_an_address_that_we_added_for_a_document_never_goes_back(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    elsewhere = replace(BERLIN, address1="Elsewhere 9", zip="20095", city="Hamburg")
    await both.post(both.order(customer_id=customer.id, shipping_address=elsewhere))

    await rest(both)

    assert len(contact_of(both, contact)["addresses"]) >= 1
    assert len(customer.addresses) == 1
    assert mutations(both) == []


async def test_one_customer_s_contacts_in_several_currencies_follow_together(both: Desk) -> None:
    customer, contact = await known(both)
    await both.post(both.order(customer_id=customer.id, presentment_currency="USD", rate=2))
    await rest(both)
    edit(both, contact, phone="+49301234")

    await rest(both)

    assert customer.phone == "+49301234"
    assert [person(one)["phone"] for one in both.books.contacts()] == ["+49301234", "+49301234"]


async def test_guests_and_walk_ins_never_go_back(both: Desk) -> None:
    guest, walk_in = both.order(email="guest@example.com"), both.order(email=None, shipping_address=None)
    await both.post(guest, walk_in)
    await rest(both)
    both.doors.requests.clear()
    for each in both.books.contacts():
        edit(both, each["contact_id"], phone="+49301234")

    await rest(both)
    await poll_contacts(await both.run())

    assert both.doors.to_shopify == []


async def test_a_contact_that_was_deleted_in_zoho_is_made_again_only_when_it_is_needed(both: Desk) -> None:
    customer, contact = await known(both)
    both.zoho.human(both.organization).delete_contact(contact)

    await rest(both)
    at_once = both.books.contacts()
    await both.post(both.order(customer_id=customer.id))

    assert at_once == []
    assert len(both.books.contacts()) == 1


# Off


async def test_with_the_policy_off_nobody_is_called_at_all(one_way: Desk) -> None:
    customer, contact = await known(one_way)
    one_way.doors.requests.clear()
    edit(one_way, contact, phone="+49301234")

    await rest(one_way)
    polled = await poll_contacts(await one_way.run())

    assert one_way.doors.requests == []
    assert polled == Polled(0, 0)
    assert customer.phone is None


async def test_without_the_scope_shopify_is_told_nothing(both: Desk) -> None:
    customer, contact = await known(both)
    both.shopify.change_scopes(DOMAIN, CLIENT_ID, ["read_orders", "read_customers"])
    await both.deliver("app/scopes_update", {"current": ["read_orders", "read_customers"]})
    await both.settle()
    edit(both, contact, phone="+49301234")

    await rest(both)
    checked = await check(await both.run(), Listening("", reachable=False))

    assert mutations(both) == []
    assert customer.phone is None
    assert "customers_back_scope" in {each.code for each in checked.shopify.findings}


# The safety net


async def test_what_zoho_s_webhooks_lose_the_poll_finds_in_one_call(both: Desk) -> None:
    customer, contact = await known(both)
    run = await both.run()
    await poll_contacts(run)
    both.organization.switches.set(webhook_drop=1.0)
    both.clock.forward(minutes=20)
    edit(both, contact, phone="+49301234")
    both.doors.requests.clear()

    polled = await poll_contacts(run)
    asked = len(both.doors.to_zoho)
    await rest(both)

    assert (polled.knocked, asked) == (1, 1)
    assert customer.phone == "+49301234"


async def test_a_change_in_the_second_of_our_own_write_is_found_all_the_same(both: Desk) -> None:
    customer = both.shop.add_customer(a_customer())
    run = await both.run()
    await poll_contacts(run)
    await rest(both)
    contact = both.books.contacts()[0]["contact_id"]
    both.organization.switches.set(webhook_drop=1.0)
    held = both.organization.contacts[contact]
    written = held.modified
    both.zoho.human(both.organization).edit_contact(contact, phone="+49301234")  # a rule of the organisation's own
    held.modified = written

    polled = await poll_contacts(run)
    await rest(both)

    assert (polled.knocked, customer.phone) == (1, "+49301234")


async def test_our_own_writes_are_no_news_to_the_poll(both: Desk) -> None:
    customer, _ = await known(both)
    run = await both.run()
    await poll_contacts(run)
    change(both, customer, phone="+49301234")
    await rest(both)

    polled = await poll_contacts(run)

    assert (polled.listed, polled.knocked) == (1, 0)


# Both at once


async def test_both_changed_the_one_that_was_seen_later_wins_and_the_other_is_kept(both: Desk) -> None:
    customer, contact = await known(both)
    change(both, customer, phone="+49301111")
    await both.deliver_all()
    edit(both, contact, phone="+49302222")
    await both.hear_zoho()

    await rest(both)

    assert customer.phone == person(contact_of(both, contact))["phone"] == "+49302222"
    (kept,) = await record(both)
    assert (kept.shopify, kept.zoho, kept.winner, kept.state) == ("+49301111", "+49302222", "zoho", "recorded")


async def test_the_other_way_round_shopify_s_wins(both: Desk) -> None:
    customer, contact = await known(both)
    edit(both, contact, phone="+49302222")
    change(both, customer, phone="+49301111")

    await rest(both)

    assert customer.phone == person(contact_of(both, contact))["phone"] == "+49301111"
    (kept,) = await record(both)
    assert (kept.winner, kept.zoho) == ("shopify", "+49302222")


async def test_different_fields_changed_on_both_sides_go_both_ways(both: Desk) -> None:
    customer, contact = await known(both)
    change(both, customer, phone="+49301111")
    edit(both, contact, email="king@example.com")

    await rest(both)

    found = person(contact_of(both, contact))
    assert (customer.phone, customer.email) == (found["phone"], found["email"]) == ("+49301111", "king@example.com")
    assert await record(both) == []


async def test_an_address_changed_on_both_sides_is_settled_by_time_too(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    moved = replace(customer.addresses[0], address1="Rue de Rivoli 1", city="Paris", zip="75001", country_code="FR")
    change(both, customer, addresses=[moved])
    both.clock.forward(minutes=1)
    both.zoho.human(both.organization).edit_address(contact, address="Torstr. 2", zip="10119")

    await rest(both)

    assert customer.addresses[0].address1 == "Torstr. 2"
    (kept,) = await record(both)
    assert (kept.field, kept.winner) == ("address", "zoho")
    assert "Rue de Rivoli 1" in kept.shopify


# What Shopify does not take


async def test_an_e_mail_that_another_customer_has_is_held_with_the_reason_and_the_rest_goes(both: Desk) -> None:
    both.shop.add_customer(a_customer(first_name="Grace", last_name="Hopper", email="grace@example.com"))
    customer, _ = await known(both, email="ada@example.com")
    contact = next(one for one in both.books.contacts() if person(one)["email"] == "ada@example.com")["contact_id"]
    edit(both, contact, email="grace@example.com", phone="+49301234")

    await rest(both)

    assert (customer.email, customer.phone) == ("ada@example.com", "+49301234")
    (kept,) = await record(both)
    assert (kept.field, kept.state, kept.code) == ("email", "open", "refused")
    assert "already been taken" in kept.text
    assert (await timeline(both, customer))[-1].event == "customer.held"


async def test_a_refused_value_is_tried_once_until_somebody_corrects_it(both: Desk) -> None:
    customer, contact = await known(both)
    edit(both, contact, phone="call me")
    await rest(both)
    before = len(mutations(both))

    await rest(both)
    change(both, customer, note="unrelated")
    await rest(both)
    still = len(mutations(both))
    edit(both, contact, phone="+49301234")
    await rest(both)

    assert (before, still) == (1, 1)
    assert customer.phone == "+49301234"
    assert {each.state for each in await record(both)} == {"settled"}


async def test_an_unknown_country_is_held_and_shopify_is_not_even_asked(both: Desk) -> None:
    _, contact = await known(both, address=BERLIN)
    both.organization.contacts[contact].billing |= {"country": "Freedonia", "country_code": ""}
    edit(both, contact, notes="moved")

    await rest(both)

    (kept,) = await record(both)
    assert (kept.field, kept.state) == ("address", "open")
    assert "Freedonia" in kept.text
    assert mutations(both) == []


async def test_an_unknown_province_is_held(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    both.clock.forward(minutes=1)
    both.zoho.human(both.organization).edit_address(contact, address="Torstr. 2", state="Atlantis")

    await rest(both)
    await rest(both)

    (kept,) = await record(both)
    assert (kept.field, kept.state) == ("address", "open")
    assert "Province is not valid" in kept.text
    assert customer.addresses[0].address1 == "Lindenallee 1"
    assert mutations(both) == ["CustomerAddressUpdate"]


# Answers that are lost


@pytest.mark.parametrize("kind", ["cut_after", "status"])
async def test_a_lost_answer_of_shopify_s_is_looked_up_before_anything_is_sent_again(both: Desk, kind: str) -> None:
    customer, contact = await known(both)
    edit(both, contact, phone="+49301234")
    both.shopify.faults.add(Fault(kind, matches="CustomerUpdate("))

    await rest(both)
    at_first = mutations(both)
    await both.pass_for_the_tables(seconds=60)
    await rest(both)

    assert at_first == ["CustomerUpdate"]
    assert customer.phone == "+49301234"
    assert len(mutations(both)) == (1 if kind == "cut_after" else 2)
    assert await record(both) == []


async def test_a_change_in_zoho_after_a_lost_answer_is_not_taken_for_a_conflict(both: Desk) -> None:
    customer, contact = await known(both)
    edit(both, contact, phone="+49301111")
    both.shopify.faults.add(Fault("cut_after", matches="CustomerUpdate("))
    await rest(both)
    edit(both, contact, phone="+49302222")

    await both.pass_for_the_tables(seconds=60)
    await rest(both)

    assert customer.phone == "+49302222"
    assert await record(both) == []


async def test_an_address_whose_answer_was_lost_is_not_added_twice(both: Desk) -> None:
    customer, contact = await known(both, address=BERLIN)
    both.clock.forward(minutes=1)
    both.zoho.human(both.organization).add_address(
        contact, address="Rue 1", city="Paris", zip="75001", country="France"
    )
    both.shopify.faults.add(Fault("cut_after", matches="CustomerAddressCreate("))

    await rest(both)
    await both.pass_for_the_tables(seconds=60)
    await rest(both)

    assert [one.city for one in customer.addresses] == ["Berlin", "Paris"]
    assert mutations(both) == ["CustomerAddressCreate"]


# Tax exemptions


@pytest.fixture
async def american(store: Store) -> AsyncIterator[Desk]:
    """Both ways, with an organisation whose contacts may be exempt from tax."""
    made = await a_desk(store, policy={"customers_back": "on"})
    made.organization.profile = replace(made.organization.profile, edition="us", version="us")
    exemption = {"tax_exemption_id": "900001", "tax_exemption_code": "RESALE", "description": "", "type": "customer"}
    made.organization.exemptions["900001"] = exemption
    await forget_masters(await made.run())
    await made.listen_to_zoho()
    await made.listen_to_shopify("customers/create", "customers/update")
    try:
        yield made
    finally:
        await made.runtimes.close()


async def test_an_exemption_in_shopify_goes_to_zoho(american: Desk) -> None:
    customer, contact = await known(american)
    change(american, customer, tax_exempt=True)

    await rest(american)

    found = contact_of(american, contact)
    assert (found["is_taxable"], found["tax_exemption_id"]) == (False, "900001")
    change(american, customer, tax_exempt=False)
    await rest(american)
    assert contact_of(american, contact)["is_taxable"] is True


async def test_an_exemption_in_zoho_never_goes_by_itself_and_with_one_click_it_does(american: Desk) -> None:
    customer, contact = await known(american)
    edit(american, contact, is_taxable=False, tax_exemption_id="900001")

    await rest(american)
    by_itself = customer.tax_exempt
    (conflict,) = await record(american)
    await resolve(american.store, american.connected.connection, conflict.id, "zoho", who="ada")
    await rest(american)

    assert (by_itself, conflict.code, conflict.state) == (False, "tax_exemption", "open")
    assert customer.tax_exempt is True
    assert {each.state for each in await record(american)} == {"settled"}
