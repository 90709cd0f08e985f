"""What a rule decides once is written down as the policy; what Zoho refused once is not asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from tests.jobs.desk import Desk, a_desk

from ml_connector.domain.policy import policy_document, read_policy, without
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import LineSpec
from ml_connector.store import Store
from ml_connector.store.connections import PolicyVersion


@pytest.fixture
async def with_items(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store, policy={"items": "create"})
    try:
        yield made
    finally:
        await made.runtimes.close()


async def policies(desk: Desk) -> tuple[PolicyVersion, ...]:
    async with desk.store.at_once() as tx:
        return await desk.store.connections.policies(tx, desk.connection_id)


async def invoice_version(desk: Desk, order: Order) -> int:
    async with desk.store.at_once() as tx:
        documents = await desk.store.documents.of_order(tx, desk.connection_id, gid("Order", order.id))
    return documents[f"invoice:{gid('Order', order.id)}"].policy_version


async def test_a_mapping_made_by_rule_is_a_version_of_the_policy_and_the_invoice_is_posted_under_it(desk: Desk) -> None:
    order = desk.order()

    await desk.post(order)

    now, before = await policies(desk)
    assert (now.who, now.note.split(":")[0]) == ("rule", "Mapped by rule")
    assert {**now.body, "taxes": []} == {**before.body, "taxes": []}
    (mapping,) = read_policy(now.body).taxes
    assert (mapping.country, mapping.lines[0].title, mapping.made_by_rule) == ("DE", "MwSt", True)
    assert await invoice_version(desk, order) == now.version


async def test_orders_that_meet_the_same_tax_at_once_record_it_once(desk: Desk) -> None:
    orders = [desk.order() for _ in range(6)]
    await desk.knock(*(desk.subject(order) for order in orders))

    await asyncio.gather(*(desk.runner(desk.subject(order)) for order in orders))
    await desk.pass_for_the_tables(5)  # those who found another at their contact look again
    await desk.settle()

    assert [await desk.verdict(order) for order in orders] == [("posted", "")] * 6
    assert [version.who for version in await policies(desk)] == ["rule", "test"]


async def test_what_a_person_takes_back_is_not_made_again_and_its_orders_wait_for_a_choice(desk: Desk) -> None:
    await desk.post(desk.order())
    run = await desk.run()
    revoked = policy_document(without(run.policy, run.policy.taxes[0]))
    async with desk.store.at_once() as tx:
        await desk.store.connections.set_policy(tx, desk.connection_id, revoked, who="anne")
    order = desk.order()

    await desk.post(order)

    assert await desk.verdict(order) == ("held", "tax_unmapped")


async def test_an_item_that_zoho_refuses_does_not_keep_the_order_and_is_asked_for_once(with_items: Desk) -> None:
    desk = with_items
    desk.organization.names["item", "tea [tea-1]"] = "of a service with the same name"
    tea = (LineSpec(title="Tea", sku="TEA-1", price=Decimal("10.00")),)
    first, second = desk.order(lines=tea), desk.order(lines=tea)

    await desk.post(first)
    await desk.post(second)

    assert [await desk.verdict(order) for order in (first, second)] == [("posted", "")] * 2
    assert [line["item_id"] for invoice in desk.books.invoices() for line in invoice["line_items"]] == ["", ""]
    assert len([one for one in desk.doors.writes if one.url.split("?")[0].endswith("/items")]) == 1


async def test_an_item_that_is_missing_is_made_and_linked(with_items: Desk) -> None:
    desk = with_items
    order = desk.order(lines=(LineSpec(title="Tea", sku="TEA-1", price=Decimal("10.00")),))

    await desk.post(order)

    (line,) = desk.books.invoices()[0]["line_items"]
    assert await desk.verdict(order) == ("posted", "")
    assert line["item_id"]
