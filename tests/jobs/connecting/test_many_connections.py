"""Several shops to one organisation: each with its own policy, pace, health and retention; a broken one is not felt."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from tests.jobs.desk import BERLIN, POLICY, VAT, Desk

from ml_connector.jobs.alive import prove
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import connect
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.schedules import Rounds
from ml_connector.sandbox.shopify import CLIENT_SECRET, LineSpec, OrderSpec, ShopSettings
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.store.connections import Connection
from ml_connector.store.subjects import Subject

OTHER = "tea.myshopify.com"
NOBODY = Listening("", reachable=False)


@pytest.fixture
async def other(desk: Desk) -> tuple[Shop, Connection]:
    """A second shop of the same owner, posted to the same organisation, when it is paid."""
    shop = desk.shopify.open_shop(ShopSettings(OTHER))
    client = next(iter(desk.zoho.clients.values()))
    document: dict[str, Any] = {
        "name": "tea",
        "shopify": {
            "shop": OTHER,
            "access_token": desk.shopify.install(OTHER).value,
            "client_secret": CLIENT_SECRET,
        },
        "zoho": {
            "region": "eu",
            "client_id": client.client_id,
            "client_secret": client.secrets["eu"],
            "refresh_token": desk.zoho.connect(client),
        },
        "policy": {**POLICY, "retention_days": 7, "post_when": "paid"},
    }
    found = await connect(read_document(json.dumps(document)), desk.store, desk.runtimes.of, NOBODY, who="a test")
    return shop, found.connection


def tea(shop: Shop) -> Order:
    line = LineSpec(title="Tea", price=Decimal(10))
    spec = OrderSpec(lines=(line,), taxes=VAT, shipping_address=BERLIN, email="a@example.com")
    return shop.place_order(spec, silent=True)


async def posted(desk: Desk, connection: Connection, order: Order) -> str:
    subject = Subject(connection.id, "order", gid("Order", order.id))
    await desk.knock(subject)
    await desk.settle()
    async with desk.store.at_once() as tx:
        row = await desk.store.outcomes.get(tx, connection.id, subject.id)
    assert row is not None
    return row.verdict.value


async def test_both_post_to_the_same_books_and_share_their_allowance(
    desk: Desk, other: tuple[Shop, Connection]
) -> None:
    shop, connection = other
    ours = desk.order()

    await desk.post(ours)

    assert (await desk.verdict(ours))[0] == "posted"
    assert await posted(desk, connection, tea(shop)) == "posted"
    first, second = await desk.run(), await desk.runtimes.of(connection.id)
    assert first.permits is second.permits
    assert (first.policy.post_when, second.policy.post_when) == ("created", "paid")


async def test_a_shop_that_took_the_app_away_stops_its_own_connection_only(
    desk: Desk, other: tuple[Shop, Connection]
) -> None:
    _, connection = other
    desk.shopify.uninstall(OTHER)

    assert await prove(await desk.runtimes.of(connection.id)) is False
    assert await prove(await desk.run()) is True

    async with desk.store.at_once() as tx:
        health = {each.name: each.health for each in await desk.store.connections.all(tx)}
    assert health == {"acme": "ok", "tea": "paused"}
    order = desk.order()
    await desk.post(order)
    assert (await desk.verdict(order))[0] == "posted"


async def test_each_keeps_its_evidence_for_its_own_time(desk: Desk, other: tuple[Shop, Connection]) -> None:
    _, connection = other
    for number in (desk.connection_id, connection.id):
        await _delivered(desk, number, timedelta(days=8))

    for each in await Rounds(desk.runtimes, desk.store, NOBODY)():
        if each.name.startswith("prune:"):
            await each.run()

    async with desk.store.at_once() as tx:
        left = (await tx.execute(text("SELECT connection_id FROM deliveries"))).scalars().all()
    assert left == [desk.connection_id]


async def _delivered(desk: Desk, connection_id: int, ago: timedelta) -> None:
    """A delivery that was dealt with so long ago."""
    async with desk.store.transaction() as tx:
        await tx.execute(
            text("""
                INSERT INTO deliveries (source, shop, webhook_id, topic, body, verdict, received_at, connection_id)
                VALUES ('shopify', :shop, :id, 'orders/create', '', 'accepted', now() - :ago, :connection_id)
            """),
            {"shop": f"{connection_id}.example", "id": f"w{connection_id}", "ago": ago, "connection_id": connection_id},
        )
