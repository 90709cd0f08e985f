"""Two people who edit the same customer without end, answers that are lost, webhooks that are: it always ends equal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

import pytest
from tests.jobs.desk import Desk, a_desk
from tests.jobs.test_customers import person
from tests.jobs.test_customers_back import change, contact_of, edit, known, rest

from ml_connector.domain.plan.agreeing import alike
from ml_connector.jobs.customers.poll import poll_contacts
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.model import Customer
from ml_connector.store import Store

EDITS = 20
CALLS_FOR_AN_EDIT_IN_SHOPIFY = (1, 2)
"""To Shopify: the customer. To Zoho: the contact, and its update."""
CALLS_FOR_AN_EDIT_IN_ZOHO = (3, 1)
"""To Shopify: the customer, its update, and once more because Shopify tells of our update. To Zoho: the contact."""


@pytest.fixture
async def both(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store, policy={"customers_back": "on"})
    await made.listen_to_zoho()
    await made.listen_to_shopify("customers/create", "customers/update")
    try:
        yield made
    finally:
        await made.runtimes.close()


@dataclass(frozen=True)
class Calls:
    to_shopify: int
    to_zoho: int

    @classmethod
    def of(cls, desk: Desk) -> Calls:
        return cls(len(desk.doors.to_shopify), len(desk.doors.to_zoho))


def are_equal(customer: Customer, contact: dict[str, object]) -> bool:
    found = person(contact)
    return all(
        alike(name, getattr(customer, name) or "", found[name])
        for name in ("first_name", "last_name", "email", "phone")
    )


async def test_each_of_many_alternating_edits_costs_what_is_stated_and_no_call_more(both: Desk) -> None:
    """So 1,000 alternating edits, each settled before the next, cost 2,000 calls to Shopify and 1,500 to Zoho."""
    customer, contact = await known(both)
    both.doors.requests.clear()

    for number in range(EDITS):
        if number % 2:
            edit(both, contact, phone=f"+4930{number:06}")
        else:
            change(both, customer, phone=f"+4940{number:06}")
        await rest(both)
        assert are_equal(customer, contact_of(both, contact))

    half = EDITS // 2
    here, there = CALLS_FOR_AN_EDIT_IN_SHOPIFY, CALLS_FOR_AN_EDIT_IN_ZOHO
    assert Calls.of(both) == Calls(half * (here[0] + there[0]), half * (here[1] + there[1]))


async def test_a_thousand_edits_before_anybody_looks_cost_one_look(both: Desk) -> None:
    customer, contact = await known(both)
    both.doors.requests.clear()
    for number in range(1000):
        if number % 2:
            edit(both, contact, phone=f"+4930{number:06}")
        else:
            change(both, customer, phone=f"+4940{number:06}")

    await rest(both, order=Random(5))

    assert are_equal(customer, contact_of(both, contact))
    about_contacts = [one for one in both.doors.to_zoho if "/contacts" in one.url]  # a day later, masters are old too
    assert Calls.of(both).to_shopify <= 6
    assert len(about_contacts) <= 3


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_lost_answers_lost_webhooks_duplicates_and_shuffles_end_equal(both: Desk, seed: int) -> None:
    random = Random(seed)
    customer, contact = await known(both)
    await poll_contacts(await both.run())
    both.organization.switches.set(webhook_duplicate=0.3, webhook_drop=0.3)
    for number in range(12):
        field = random.choice(["phone", "first_name", "email"])
        value = {"phone": f"+4930{number:06}", "first_name": f"Ada {number}", "email": f"ada{number}@example.com"}[
            field
        ]
        if random.random() < 0.5:
            edit(both, contact, **{field: value})
        else:
            change(both, customer, **{field: value})
        if random.random() < 0.4:
            both.shopify.faults.add(
                Fault(random.choice(["cut_after", "status", "throttled"]), matches="CustomerUpdate(")
            )
        if random.random() < 0.4:
            both.zoho.fault("commit_then_no_answer", method="PUT", path=f"/contacts/{contact}", times=1)
        if random.random() < 0.6:
            await both.deliver_all()
            await both.hear_zoho(order=random)
            await both.settle()
        if random.random() < 0.3:
            await both.pass_for_the_tables(seconds=120)
            await both.settle()

    both.shopify.faults.clear()
    both.zoho.faults.clear()
    both.clock.forward(minutes=20)
    for _ in range(3):
        await poll_contacts(await both.run())
        await rest(both, order=random)
        await both.pass_for_the_tables(seconds=7_200)
        await both.settle()
    quiet = Calls.of(both)
    await poll_contacts(await both.run())
    await rest(both)

    assert are_equal(customer, contact_of(both, contact))
    assert len(both.books.contacts()) == 1
    assert await both.outstanding() == []
    assert Calls.of(both).to_shopify - quiet.to_shopify <= 1
    assert Calls.of(both).to_zoho - quiet.to_zoho <= 2
