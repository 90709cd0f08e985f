"""Deliveries that are instructions: a shop leaves, a customer is merged, forgotten, or asks what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.jobs.desk import CLIENT_ID, DOMAIN, Desk, a_customer, a_desk
from tests.store.builders import ask

from ml_connector.jobs.instructions import INSTRUCTIONS
from ml_connector.jobs.instructions.held import held_about
from ml_connector.jobs.instructions.law import settle_ended
from ml_connector.jobs.runtimes import ConnectionGone
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.shopify.knocks import Kind
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Subject


async def connection(desk: Desk) -> Connection:
    async with desk.store.at_once() as tx:
        found = await desk.store.connections.get(tx, desk.connection_id)
    assert found is not None
    return found


async def notices(desk: Desk) -> list[str]:
    async with desk.store.at_once() as tx:
        return [each.code for each in await desk.store.notices.are_open(tx, desk.connection_id)]


async def contacts_of(desk: Desk, customer: str) -> tuple[KeptContact, ...]:
    async with desk.store.at_once() as tx:
        return await desk.store.contacts.of_customer(tx, desk.connection_id, customer)


async def kept_anywhere(desk: Desk, word: str) -> list[str]:
    """Tables of which a row says *word* in any column."""
    tables = ("outcomes", "contact_links", "deliveries", "exchanges", "operations", "documents", "timeline", "notices")
    tables += ("customer_conflicts", "customer_writes")
    found = []
    for table in tables:
        row = "(to_jsonb(t) - 'body' - 'search')::text || coalesce(t.search::text, '')"
        row = row if table == "outcomes" else "(to_jsonb(t) - 'body')::text"
        row += " || convert_from(t.body, 'UTF8')" if table == "deliveries" else ""
        if await ask(desk.store, f"SELECT count(*) FROM {table} t WHERE {row} ILIKE :word", word=f"%{word}%"):
            found.append(table)
    return found


def test_every_kind_that_asks_for_something_has_a_job() -> None:
    asks = {kind.value for kind in Kind} - {Kind.ORDER, Kind.NONE, Kind.RETURN}

    assert {each for each in INSTRUCTIONS if not each.startswith("zoho_")} == asks


# A shop that leaves


async def test_an_uninstalled_app_ends_the_connection_and_leaves_no_secret(desk: Desk) -> None:
    desk.shopify.uninstall(DOMAIN)
    await desk.deliver("app/uninstalled", {"id": 1})

    await desk.settle()

    after = await connection(desk)
    assert after.health == "disconnected"
    assert after.disconnected_at is not None
    assert "app_uninstalled" in await notices(desk)
    assert await ask(desk.store, "SELECT count(*) FROM tokens") == 0
    kept = await ask(desk.store, "SELECT string_agg(kind, ' ' ORDER BY kind) FROM secrets")
    assert kept == "guest_salt shopify_client_secret"
    with pytest.raises(ConnectionGone):
        await desk.run()


async def test_a_late_or_repeated_uninstall_does_not_end_a_newer_install(desk: Desk) -> None:
    await desk.deliver("app/uninstalled", {"id": 1})

    await desk.settle()

    assert (await connection(desk)).health == "ok"
    assert await notices(desk) == []


async def test_an_uninstall_that_cannot_be_checked_is_tried_again(desk: Desk) -> None:
    subject = await desk.deliver("app/uninstalled", {"id": 1})
    desk.shopify.faults.add(Fault("server_error", times=20))

    outcome = await desk.runner(subject)

    assert outcome is not None
    assert outcome.verdict == "waiting"
    assert (await connection(desk)).health == "ok"


async def test_scopes_that_were_taken_away_are_told_and_given_back_are_cleared(desk: Desk) -> None:
    everything = (await connection(desk)).shop_facts["scopes"]
    desk.shopify.change_scopes(DOMAIN, CLIENT_ID, ["read_orders"])
    await desk.deliver("app/scopes_update", {"current": ["read_orders"]})
    await desk.settle()
    missing = await notices(desk)
    known = (await connection(desk)).shop_facts["scopes"]

    desk.shopify.change_scopes(DOMAIN, CLIENT_ID, everything)
    await desk.deliver("app/scopes_update", {"current": everything})
    await desk.settle()

    assert (missing, known) == (["scope_missing"], ["read_orders"])
    assert await notices(desk) == []
    assert (await connection(desk)).shop_facts["scopes"] == everything


async def test_a_changed_shop_is_read_anew_and_so_are_the_masters(desk: Desk) -> None:
    await desk.post(desk.order())
    await desk.deliver("shop/update", {"id": 1})

    await desk.settle()

    assert await ask(desk.store, "SELECT count(*) FROM masters") == 0


# Customers who merge


async def test_a_merged_customer_s_contact_stands_for_the_one_that_remains(desk: Desk) -> None:
    order = desk.order(customer=a_customer(email="old@example.com"))
    await desk.post(order)
    gone = desk.shop.customers[order.customer_id or 0]
    remains = desk.shop.add_customer(a_customer(email="new@example.com"))
    desk.shop.merge_customers(remains, gone)
    await desk.deliver("customers/merge", _merge(remains.id, gone.id))
    contact = (await contacts_of(desk, gid("Customer", gone.id)))[0].link.contact_id

    await desk.settle()
    again = desk.order(customer_id=remains.id)
    await desk.post(again)

    assert (await contacts_of(desk, gid("Customer", gone.id)))[
        0
    ].alias_of == f"contact:{gid('Customer', remains.id)}:EUR"
    assert [one["customer_id"] for one in desk.books.invoices()] == [contact, contact]


async def test_where_both_have_a_contact_each_document_keeps_its_own(desk: Desk) -> None:
    first = desk.order(customer=a_customer(email="old@example.com", last_name="Old"))
    second = desk.order(customer=a_customer(email="new@example.com", last_name="New"))
    await desk.post(first, second)
    gone, remains = (gid("Customer", one.customer_id or 0) for one in (first, second))
    mine = (await contacts_of(desk, remains))[0].link.contact_id
    await desk.deliver("customers/merge", _merge(second.customer_id, first.customer_id))

    await desk.settle()
    await desk.deliver("customers/merge", _merge(second.customer_id, first.customer_id))
    await desk.settle()

    async with desk.store.at_once() as tx:
        links = await desk.store.contacts.of(tx, desk.connection_id, [f"contact:{gone}:EUR", f"contact:{remains}:EUR"])
    assert {link.contact_id for link in links.values()} == {mine}
    assert len({one["customer_id"] for one in desk.books.invoices()}) == 2


def _merge(kept: int | None, gone: int | None) -> dict[str, Any]:
    return {
        "admin_graphql_api_customer_kept_id": gid("Customer", kept or 0),
        "admin_graphql_api_customer_deleted_id": gid("Customer", gone or 0),
        "status": "completed",
    }


# What the law asks


async def test_a_data_request_is_raised_for_a_person_without_personal_data(desk: Desk) -> None:
    await desk.deliver("customers/data_request", _about(7, "ada@example.com", requested=[1, 2]))

    await desk.settle()

    async with desk.store.at_once() as tx:
        (notice,) = await desk.store.notices.are_open(tx, desk.connection_id)
    assert notice.code == f"data_request:{gid('Customer', 7)}"
    assert "2 orders" in notice.text
    assert "ada" not in notice.text + notice.fix


async def test_what_is_kept_of_a_customer_is_one_document_for_the_merchant(desk: Desk) -> None:
    order = desk.order(customer=a_customer(last_name="Lovelace", email="ada@example.com"))
    await desk.post(order)
    who = gid("Customer", order.customer_id or 0)
    await desk.deliver(
        "customers/data_request", _about(order.customer_id or 0, "ada@example.com", requested=[order.id])
    )
    await desk.settle()

    held = await held_about(desk.store, desk.connection_id, who, [gid("Order", order.id)])
    async with desk.store.at_once() as tx:
        found, said = await desk.store.timeline.of_subject(tx, Subject(desk.connection_id, "data_request", who))

    assert [each["email"] for each in held["orders"]] == ["ada@example.com"]
    assert [each["name"] for each in held["contacts"]] == ["Ada Lovelace"]
    assert {each["kind"] for each in held["documents"]} == {"invoice", "payment"}
    assert found.details["contacts"] == [held["contacts"][0]["id"]]
    assert "Lovelace" not in found.text + said.text + str(found.details)


async def test_what_zoho_told_of_a_forgotten_customer_goes_too_and_nothing_comes_back(store: Store) -> None:
    desk = await a_desk(store, policy={"customers_back": "on"})
    await desk.listen_to_zoho()
    order = desk.order(customer=a_customer(last_name="Lovelace", email="ada@example.com"))
    await desk.post(order)
    await desk.knock(desk.subject(desk.shop.customers[order.customer_id or 0]))
    await desk.settle()
    contact = desk.books.contacts()[0]["contact_id"]
    desk.clock.forward(minutes=1)
    desk.zoho.human(desk.organization).edit_contact(contact, phone="call lovelace")
    await desk.hear_zoho()
    await desk.settle()
    assert {"deliveries", "customer_conflicts"} <= set(await kept_anywhere(desk, "lovelace"))

    await desk.deliver("customers/redact", _about(order.customer_id or 0, "ada@example.com", redact=[order.id]))
    await desk.settle()
    desk.clock.forward(minutes=1)
    desk.zoho.human(desk.organization).edit_contact(contact, phone="+49301234")
    desk.doors.requests.clear()
    topics = await desk.hear_zoho()
    await desk.settle()

    assert "contact/changed" in topics
    assert desk.doors.requests == []
    assert set(await kept_anywhere(desk, "lovelace")) <= {"deliveries"}  # what Zoho has told since
    await desk.runtimes.close()


async def test_a_forgotten_customer_leaves_no_name_and_no_address_here_and_the_invoice_stays(desk: Desk) -> None:
    order = desk.order(customer=a_customer(last_name="Lovelace", email="ada@example.com"))
    guest = desk.order(email="ada@example.com")
    await desk.deliver("orders/create", {"id": order.id, "email": "ada@example.com", "name": "Lovelace"})
    await desk.post(order, guest)
    assert await kept_anywhere(desk, "lovelace")

    await desk.deliver(
        "customers/redact", _about(order.customer_id or 0, "ada@example.com", redact=[order.id, guest.id])
    )
    await desk.settle()

    assert await kept_anywhere(desk, "lovelace") == []
    assert await kept_anywhere(desk, "ada@example") == []
    assert (await desk.verdict(order)) == ("posted", "")
    assert len(desk.books.invoices()) == 2
    assert (await desk.outcome(order)).invoice is not None  # type: ignore[union-attr]


async def test_another_customer_s_data_stays(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    other = desk.order(customer=a_customer(last_name="Hopper", email="grace@example.com"))
    await desk.post(order, other)

    await desk.deliver("customers/redact", _about(order.customer_id or 0, "ada@example.com", redact=[order.id]))
    await desk.settle()

    assert "outcomes" in await kept_anywhere(desk, "hopper")
    assert "contact_links" in await kept_anywhere(desk, "hopper")
    assert (await desk.outcome(other)).facts.email == "grace@example.com"  # type: ignore[union-attr]


async def test_a_forgotten_customer_who_buys_again_is_posted_again(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(order)
    await desk.deliver("customers/redact", _about(order.customer_id or 0, "ada@example.com", redact=[order.id]))
    await desk.settle()

    again = desk.order(customer_id=order.customer_id)
    await desk.post(again)

    assert await desk.verdict(again) == ("posted", "")


async def test_a_shop_that_has_left_is_forgotten_although_nobody_works_for_it(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(order)
    desk.shopify.uninstall(DOMAIN)
    await desk.deliver("app/uninstalled", {"id": 1})
    await desk.settle()
    await desk.deliver("shop/redact", {"shop_domain": DOMAIN})
    assert await desk.outstanding() == []

    done = await settle_ended(desk.store, desk.connection_id)

    assert done == 1
    assert await kept_anywhere(desk, "lovelace") == []
    assert await settle_ended(desk.store, desk.connection_id) == 0


async def test_a_shop_that_has_come_back_is_not_forgotten(desk: Desk) -> None:
    await desk.post(desk.order(customer=a_customer()))
    await desk.deliver("shop/redact", {"shop_domain": DOMAIN})

    await desk.settle()

    assert "outcomes" in await kept_anywhere(desk, "lovelace")


async def test_a_small_job_leaves_no_order_in_the_lists(desk: Desk) -> None:
    await desk.deliver("shop/update", {"id": 1})
    await desk.deliver("customers/data_request", _about(7, "ada@example.com"))

    await desk.settle()

    assert await ask(desk.store, "SELECT count(*) FROM outcomes") == 0


async def test_what_happened_is_in_the_subject_s_timeline(desk: Desk) -> None:
    await desk.deliver("customers/data_request", _about(7, "ada@example.com"))

    await desk.settle()

    subject = Subject(desk.connection_id, "data_request", gid("Customer", 7))
    async with desk.store.at_once() as tx:
        events = await desk.store.timeline.of_subject(tx, subject)
    assert [each.event for each in events] == ["data_request.found", "data_request.posted"]
    assert all("asks what is kept" in each.text for each in events)


def _about(customer: int, email: str, *, requested: Any = (), redact: Any = ()) -> dict[str, Any]:
    body = {
        "shop_domain": DOMAIN,
        "customer": {"id": customer, "email": email, "phone": None},
        "orders_requested": list(requested),
        "orders_to_redact": list(redact),
    }
    return json.loads(json.dumps(body))  # type: ignore[no-any-return]
