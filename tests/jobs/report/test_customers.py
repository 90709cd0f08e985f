"""What a page and a program read about customers, and how a person settles a conflict."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.jobs.desk import Desk, a_customer, a_desk
from tests.jobs.test_customers import person
from tests.jobs.test_customers_back import change, contact_of, edit, known, mutations, rest

from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.customers import customer, customers, resolve
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Customer
from ml_connector.store import Store


@pytest.fixture
async def both(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store, policy={"customers_back": "on"})
    await made.listen_to_zoho()
    await made.listen_to_shopify("customers/create", "customers/update")
    try:
        yield made
    finally:
        await made.runtimes.close()


async def page_of(desk: Desk, one: Customer) -> dict[str, Any]:
    return await customer(desk.store, desk.connected.connection, gid("Customer", one.id))


async def open_notices(desk: Desk) -> list[str]:
    async with desk.store.at_once() as tx:
        return [each.code for each in await desk.store.notices.are_open(tx, desk.connection_id)]


async def test_a_customer_shows_both_sides_and_what_was_agreed(both: Desk) -> None:
    one, contact = await known(both, phone="+49301234")

    page = await page_of(both, one)

    (link,) = page["links"]
    phone = next(each for each in link["fields"] if each["field"] == "phone")
    assert (page["name"], page["conflicts"], link["contact_id"]) == ("Ada Lovelace", 0, contact)
    assert (phone["shopify"], phone["zoho"], phone["same"], phone["goes_back"]) == (
        "+49301234",
        "+49301234",
        True,
        True,
    )


async def test_who_waits_for_a_person_comes_first_and_pages_lose_nobody(both: Desk) -> None:
    first, contact = await known(both)
    for number in range(3):
        both.shop.add_customer(a_customer(first_name=f"Grace {number}", email=f"grace{number}@example.com"))
    await rest(both)
    edit(both, contact, phone="call me")
    await rest(both)

    seen, after = [], None
    while True:
        page = await customers(both.store, after=after, limit=2)
        seen += [each["id"] for each in page["customers"]]
        after = page["next"]
        if after is None:
            break

    assert seen[0] == gid("Customer", first.id)
    assert len(seen) == len(set(seen)) == 4
    only = await customers(both.store, both.connected.connection, conflicts_only=True)
    assert [each["conflicts"] for each in only["customers"]] == [1]
    assert "customers_held" in await open_notices(both)


async def test_use_shopify_s_value_writes_it_to_zoho(both: Desk) -> None:
    one, contact = await known(both, phone="+49301234")
    edit(both, contact, phone="call me")
    await rest(both)
    (conflict,) = (await page_of(both, one))["conflicts_of"]

    await resolve(both.store, both.connected.connection, conflict["id"], "shopify", who="ada")
    await rest(both)

    assert person(contact_of(both, contact))["phone"] == one.phone == "+49301234"
    (after,) = (await page_of(both, one))["conflicts_of"]
    assert (after["state"], after["choice"], after["who"]) == ("settled", "shopify", "ada")
    assert "customers_held" not in await open_notices(both)


async def test_use_zoho_s_value_takes_back_what_time_decided(both: Desk) -> None:
    one, contact = await known(both)
    edit(both, contact, phone="+49302222")
    change(both, one, phone="+49301111")
    await rest(both)
    (conflict,) = (await page_of(both, one))["conflicts_of"]
    assert (conflict["state"], conflict["winner"]) == ("recorded", "shopify")

    await resolve(both.store, both.connected.connection, conflict["id"], "zoho", who="ada")
    await rest(both)

    assert person(contact_of(both, contact))["phone"] == one.phone == "+49302222"


async def test_keep_apart_leaves_both_as_they_are(both: Desk) -> None:
    one, contact = await known(both, phone="+49301234")
    edit(both, contact, phone="call me")
    await rest(both)
    told = len(mutations(both))
    (conflict,) = (await page_of(both, one))["conflicts_of"]

    await resolve(both.store, both.connected.connection, conflict["id"], "apart", who="ada")
    await rest(both)

    assert (one.phone, person(contact_of(both, contact))["phone"]) == ("+49301234", "call me")
    assert len(mutations(both)) == told
    assert (await page_of(both, one))["conflicts"] == 0


async def test_what_would_change_shopify_needs_the_policy(store: Store) -> None:
    desk = await a_desk(store, policy={"customers_back": "on"})
    await desk.listen_to_zoho()
    await desk.listen_to_shopify("customers/create", "customers/update")
    one, contact = await known(desk)
    edit(desk, contact, phone="call me")
    await rest(desk)
    (conflict,) = (await page_of(desk, one))["conflicts_of"]
    async with store.transaction() as tx:
        await store.connections.set_policy(tx, desk.connection_id, {"customers_back": "off"}, who="test")

    with pytest.raises(WrongUse, match="policy does not allow"):
        await resolve(store, desk.connected.connection, conflict["id"], "zoho", who="ada")
    await desk.runtimes.close()


@pytest.mark.parametrize(("number", "choice"), [(999, "shopify"), (None, "left")])
async def test_what_there_is_not_is_wrong_use(both: Desk, number: int | None, choice: str) -> None:
    one, contact = await known(both)
    edit(both, contact, phone="call me")
    await rest(both)
    (conflict,) = (await page_of(both, one))["conflicts_of"]

    with pytest.raises(WrongUse):
        await resolve(both.store, both.connected.connection, number or conflict["id"], choice, who="ada")


@pytest.mark.parametrize("asked", [{"after": "nonsense"}, {"limit": 0}, {"limit": 501}])
async def test_a_cursor_or_limit_that_there_is_not_is_wrong_use(both: Desk, asked: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        await customers(both.store, **asked)


async def test_somebody_nobody_knows_is_wrong_use(both: Desk) -> None:
    with pytest.raises(WrongUse, match="No contact"):
        await customer(both.store, both.connected.connection, "gid://shopify/Customer/1")
