"""Personal data goes, the books stay."""

from __future__ import annotations

from typing import Any

import pytest
from tests.store.builders import a_connection, a_delivery, a_lease, an_intent, an_order, ask, send

from ml_connector.domain.books import ContactLink, KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Verdict
from ml_connector.store import Store
from ml_connector.store.deliveries import Delivery
from ml_connector.store.exchanges import Exchange
from ml_connector.store.operations import Step
from ml_connector.store.outcomes import OrderFacts
from ml_connector.store.subjects import Subject

ANNE = "gid://shopify/Customer/9"
TABLES = ("deliveries", "exchanges", "contact_links", "operations", "outcomes", "timeline")


async def annes_history(store: Store, connection_id: int, order_number: int = 42) -> None:
    """One order of Anne's with everything we write down about it."""
    order = an_order(connection_id, order_number)
    key = f"contact:{ANNE}:EUR"
    async with store.transaction() as tx:
        await store.deliveries.accept_many(tx, [_delivery(connection_id, order)])
        await store.exchanges.record(tx, [Exchange(connection_id, "zoho", "PUT", "/", order, answer={"name": "Anne"})])
        await store.contacts.put(
            tx, connection_id, ContactLink(key, "1", "EUR", "Anne"), customer_id=ANNE, agreed={"first": "Anne"}
        )
        await store.documents.put(
            tx,
            connection_id,
            KnownDocument(f"invoice:{order.id}", Kind.INVOICE, "done", total=Money.of("118", "EUR")),
            order_id=order.id,
        )
        await store.outcomes.record(
            tx,
            connection_id,
            order.id,
            Outcome(Verdict.POSTED),
            facts=OrderFacts("#1042", customer_id=ANNE, customer="Anne", email="anne@example.com"),
        )
    lease = await a_lease(store, Subject(connection_id, "contact", key))
    async with store.transaction() as tx:
        await store.operations.intend(
            tx, lease, [an_intent(key, kind="contact", draft={"name": "Anne"}, claims=(), order_id=None)]
        )
    await send(store, lease, key)
    async with store.transaction() as tx:
        await store.operations.settle(tx, lease, [Step(key, "done", "1", {"contact": "Anne"})])


def _delivery(connection_id: int, order: Subject) -> Delivery:
    return a_delivery(connection_id, f"w-{connection_id}-{order.id}", subject=order, body=b"Anne", knocks=())


async def mentions(store: Store, connection_id: int) -> int:
    """How many rows of a connection still have the name."""
    counts: list[Any] = []
    for table in TABLES:
        name = "convert_from(t.body, 'UTF8')" if table == "deliveries" else "t::text"
        counts.append(
            await ask(
                store,
                f"SELECT count(*) FROM {table} t WHERE connection_id = :id AND {name} ILIKE '%anne%'",
                id=connection_id,
            )
        )
    return sum(counts)


async def test_a_customer_who_asks_is_forgotten_and_her_invoice_stays(store: Store, connection_id: int) -> None:
    other = await a_connection(store)
    await annes_history(store, connection_id)
    await annes_history(store, other)
    assert await mentions(store, connection_id) == 5

    async with store.transaction() as tx:
        touched = await store.erasure.customer(tx, connection_id, ANNE)

    assert touched == 5
    assert await mentions(store, connection_id) == 0
    assert await mentions(store, other) == 5
    async with store.at_once() as tx:
        documents = await store.documents.of_order(tx, connection_id, an_order(connection_id).id)
        links = await store.contacts.of(tx, connection_id, [f"contact:{ANNE}:EUR"])
    assert [document.total for document in documents.values()] == [Money.of("118", "EUR")]
    assert [link.contact_id for link in links.values()] == ["1"]


async def test_orders_that_shopify_names_are_taken_too(store: Store, connection_id: int) -> None:
    order = an_order(connection_id, 7)
    async with store.transaction() as tx:
        await store.deliveries.accept_many(tx, [_delivery(connection_id, order)])

        await store.erasure.customer(tx, connection_id, ANNE, order_ids=[order.id])

    assert await ask(store, "SELECT body FROM deliveries") == b""


@pytest.mark.parametrize("times", [1, 2])
async def test_a_shop_that_leaves_for_good_takes_its_customers_along(
    store: Store, connection_id: int, times: int
) -> None:
    await annes_history(store, connection_id)

    for _ in range(times):
        async with store.transaction() as tx:
            await store.erasure.shop(tx, connection_id)

    assert await mentions(store, connection_id) == 0
    assert await ask(store, "SELECT count(*) FROM documents") == 1


async def test_an_operation_in_doubt_keeps_what_it_is_looked_up_by(store: Store, connection_id: int) -> None:
    key = f"contact:{ANNE}:EUR"
    lease = await a_lease(store, Subject(connection_id, "contact", key))
    async with store.transaction() as tx:
        await store.operations.intend(tx, lease, [an_intent(key, kind="contact", draft={"name": "Anne"}, claims=())])

        await store.erasure.customer(tx, connection_id, ANNE)

    assert await ask(store, "SELECT draft FROM operations") == {"name": "Anne"}
