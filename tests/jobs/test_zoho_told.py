"""What Zoho's webhooks tell of documents: confirmed where it is as we know it, looked at where somebody changed it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from tests.jobs.desk import Desk, a_customer, a_desk
from tests.store.builders import ask, do

from ml_connector.jobs.instructions import INSTRUCTIONS
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store import Store
from ml_connector.store.subjects import Subject
from ml_connector.web.intake.zoho import kept
from ml_connector.zoho import webhooks
from ml_connector.zoho.hooks import ENTITIES


@pytest.fixture
async def told(store: Store) -> AsyncIterator[Desk]:
    """A desk that Zoho tells of documents."""
    made = await a_desk(store)
    await made.listen_to_zoho()
    try:
        yield made
    finally:
        await made.runtimes.close()


async def posted(desk: Desk, **changed: Any) -> Order:
    """An order in Zoho whose webhooks nobody has heard yet; what our own answers confirmed is forgotten."""
    order = desk.order(customer=a_customer(), **changed)
    await desk.post(order)
    await do(desk.store, "UPDATE documents SET confirmed_by_zoho_at = NULL")
    return order


async def confirmed(desk: Desk) -> set[str]:
    rows = "SELECT coalesce(string_agg(kind, ' '), '') FROM documents WHERE confirmed_by_zoho_at IS NOT NULL"
    return set(str(await ask(desk.store, rows)).split())


async def events(desk: Desk, order: Order) -> list[str]:
    async with desk.store.at_once() as tx:
        found = await desk.store.timeline.of_subject(tx, desk.subject(order))
    return [each.text for each in found if each.event == "zoho.changed"]


async def is_marked(desk: Desk) -> bool:
    return bool(await ask(desk.store, "SELECT bool_or(changed_by_person) FROM documents"))


def invoice(desk: Desk) -> str:
    return str(desk.books.invoices()[0]["invoice_id"])


def human(desk: Desk) -> Any:
    return desk.zoho.human(desk.organization)


def test_every_entity_that_zoho_tells_of_has_a_job() -> None:
    assert {f"zoho_{'contact' if each == 'customer' else each}" for each in ENTITIES} <= set(INSTRUCTIONS)


async def test_what_zoho_tells_of_our_own_writes_confirms_them_without_a_call(told: Desk) -> None:
    order = await posted(told)
    told.doors.requests.clear()

    topics = await told.hear_zoho()
    await told.settle()

    assert {topic.partition("/")[0] for topic in topics} == {"invoice", "customer_payment"}
    assert await confirmed(told) == {"invoice", "payment"}
    assert told.doors.requests == []
    assert await events(told, order) == []


@pytest.mark.parametrize("as_form", [False, True])
async def test_shuffled_repeated_and_in_either_kind_of_body(told: Desk, as_form: bool) -> None:
    told.organization.switches.set(webhook_duplicate=1.0, webhook_form=as_form)
    order = await posted(told)

    await told.hear_zoho(order=Random(3))
    await told.settle()

    assert await confirmed(told) == {"invoice", "payment"}
    assert await ask(told.store, "SELECT sum(repeats) FROM deliveries WHERE source = 'zoho'") > 0
    assert await events(told, order) == []


async def test_the_page_of_an_order_shows_that_zoho_confirmed_it(told: Desk) -> None:
    order = await posted(told)
    await told.hear_zoho()
    await told.settle()

    async with told.store.at_once() as tx:
        kept = await told.store.documents.shown(tx, told.connection_id, gid("Order", order.id))

    assert {each.document.kind.value for each in kept if each.confirmed_by_zoho_at} == {"invoice", "payment"}


async def test_an_invoice_that_a_person_changed_is_marked_and_its_order_looked_at(told: Desk) -> None:
    order = await posted(told)
    await told.hear_zoho()
    await told.settle()
    told.clock.forward(minutes=1)
    human(told).edit_invoice(invoice(told), reference_number="by hand")

    await told.hear_zoho()
    await told.runner(Subject(told.connection_id, "zoho_invoice", invoice(told)))

    assert await is_marked(told)
    assert "was changed in Zoho by somebody" in (await events(told, order))[0]
    assert told.subject(order) in await told.outstanding()


async def test_an_invoice_that_a_person_deleted_is_noticed(told: Desk) -> None:
    order = await posted(told)
    told.clock.forward(minutes=1)
    human(told).delete_invoice(invoice(told))

    await told.hear_zoho()
    await told.settle()

    assert "was deleted in Zoho" in " ".join(await events(told, order))


async def test_an_old_delivery_that_somebody_sends_again_changes_nothing(told: Desk) -> None:
    await posted(told)
    record = told.books.invoices()[0]
    told.clock.forward(minutes=1)
    human(told).edit_invoice(record["invoice_id"], reference_number="by hand")
    told.clock.forward(minutes=1)
    human(told).edit_invoice(record["invoice_id"], reference_number=record["reference_number"])

    await told.hear_zoho(order=Random(1))
    await told.settle()

    assert not await is_marked(told)


async def test_a_payment_that_a_person_recorded_is_a_knock_and_no_edit(told: Desk) -> None:
    order = await posted(told)
    record = told.books.invoices()[0]
    await do(told.store, "UPDATE documents SET balance = 5 WHERE kind = 'invoice'")
    told.clock.forward(minutes=1)
    human(told).view_invoice(record["invoice_id"])

    await told.hear_zoho()
    await told.settle()

    assert not await is_marked(told)
    assert "other money" in (await events(told, order))[0]


async def test_somebody_else_s_invoice_is_none_of_our_business(told: Desk) -> None:
    await posted(told)
    told.doors.requests.clear()
    body = b'{"invoice":{"invoice_id":"999","total":5,"last_modified_time":"2026-11-01T10:00:00+0000"}}'
    await _accept(told, body, "999")

    await told.settle()

    assert await told.outstanding() == []
    assert told.doors.requests == []


async def test_what_is_told_before_our_own_commit_waits_for_it(told: Desk) -> None:
    order = await posted(told)
    await do(told.store, "UPDATE documents SET zoho_id = zoho_id || '-later' WHERE kind = 'invoice'")
    await told.hear_zoho()

    (first,) = [each for each in await told.settle() if each is not None and each.verdict == "waiting"]
    await do(told.store, "UPDATE documents SET zoho_id = replace(zoho_id, '-later', '')")
    await told.pass_for_the_tables(seconds=15)
    await told.settle()

    assert first.until is not None
    assert await confirmed(told) == {"invoice", "payment"}
    assert await events(told, order) == []


async def _accept(desk: Desk, body: bytes, zoho_id: str) -> None:
    about = webhooks.read({}, "application/json", body)
    delivery = kept("acme", about, {"content-type": "application/json"}, body, [desk.connection_id], desk.clock.now())
    assert delivery.subject == Subject(desk.connection_id, "zoho_invoice", zoho_id)
    async with desk.store.at_once() as tx:
        await desk.store.deliveries.accept_many(tx, [delivery])
