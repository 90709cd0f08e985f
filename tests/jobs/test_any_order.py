"""Webhooks out of order, lost, late or repeated: the books end the same, whatever was told when."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.jobs.desk import Desk, a_desk

from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.sweep import sweep
from ml_connector.jobs.webhooks import verify_webhooks
from ml_connector.sandbox.shopify.changes import EditSpec
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import LineSpec
from ml_connector.sandbox.shopify.webhooks import Delivery
from ml_connector.shopify.topics import from_enum
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = Listening("https://here.example/webhooks/shopify", reachable=True)
Step = Callable[[Desk, Order], Any]
CUP = (LineSpec(title="Cup", price=Decimal("5.00")),)

STORIES: dict[str, Sequence[Step]] = {
    "paid, sent, edited, paid the rest": (
        lambda desk, order: desk.shop.pay(order),
        lambda desk, order: desk.shop.fulfil(order),
        lambda desk, order: desk.shop.edit(order, EditSpec(add=CUP)),
        lambda desk, order: desk.shop.pay(order),
    ),
    "paid and cancelled": (
        lambda desk, order: desk.shop.pay(order),
        lambda desk, order: desk.shop.cancel(order),
    ),
}
TOPICS = (
    "orders/create",
    "orders/updated",
    "orders/paid",
    "orders/edited",
    "orders/cancelled",
    "orders/fulfilled",
    "refunds/create",
    "order_transactions/create",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tables_url: str) -> AsyncIterator[Desk]:
    """A desk whose shop announces everything that we subscribe to."""
    async with await Store.open(tables_url, GivenKeys((Key.made(),))) as store:
        made = await a_desk(store)
        await verify_webhooks(await made.run(), HERE)
        yield made
        await made.runtimes.close()


async def placed(desk: Desk) -> Order:
    desk.clock.forward(seconds=10)
    async with desk.store.at_once() as tx:  # the clock runs ahead of PostgreSQL's, by which renewals are counted
        await tx.execute(text("UPDATE tokens SET begun = '{}'"))
    return desk.order(payments=(), silent=False)


def told(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """What the shop has announced since: topic and body."""
    waiting = [one for one in desk.shopify.outbox.deliveries if one.state == "waiting"]
    for one in waiting:
        one.state = "delivered"
    return [(topic_of(one), json.loads(one.body)) for one in waiting]


def topic_of(one: Delivery) -> str:
    return one.topic if "/" in one.topic else from_enum(one.topic)


async def happen(desk: Desk, order: Order, story: Sequence[Step]) -> list[tuple[str, dict[str, Any]]]:
    """The whole story, nothing of it told yet; what would have been told."""
    announced = told(desk)
    for step in story:
        desk.clock.forward(seconds=10)
        step(desk, order)
        announced += told(desk)
    return announced


async def swept(desk: Desk) -> None:
    desk.clock.forward(minutes=2)
    await sweep(await desk.run())
    await desk.settle()


async def books(desk: Desk, order: Order) -> list[tuple[str, str, str, str]]:
    """What the books hold of *order*: kind, total, what is open, status. The verdict comes first."""
    async with desk.store.at_once() as tx:
        documents = await desk.store.documents.of_order(tx, desk.connection_id, gid("Order", order.id))
    ids = {each.zoho_id for each in documents.values()}
    rows = [("verdict", *await desk.verdict(order), "")]
    for name, number in (("invoices", "invoice_id"), ("creditnotes", "creditnote_id"), ("payments", "payment_id")):
        for one in getattr(desk.books, name)():
            if one[number] in ids:
                left = one.get("balance", one.get("unused_amount"))
                rows.append((name, str(one.get("total", one.get("amount"))), str(left), str(one.get("status"))))
    return sorted(rows)


async def as_it_happened(desk: Desk, story: Sequence[Step]) -> list[tuple[str, str, str, str]]:
    """Each announcement in its moment, and a run after it."""
    order = await placed(desk)
    for step in (None, *story):
        if step is not None:
            desk.clock.forward(seconds=10)
            step(desk, order)
        for topic, body in told(desk):
            await desk.deliver(topic, body)
            await desk.settle()
    return await books(desk, order)


Told = list[tuple[str, dict[str, Any]]]


def ways(all_: Told, random: Random) -> dict[str, Callable[[Told], Told]]:
    """What may become of announcements: nothing arrives, one topic only, all but the first, everything anyhow."""
    return {
        "backwards": lambda all_: all_[::-1],
        "shuffled and repeated": lambda all_: random.sample(all_ * 2, len(all_) * 2),
        "nobody told": lambda all_: [],
        "all but the first": lambda all_: [one for one in all_ if one[0] != "orders/create"],
        **{
            f"only {topic}": (lambda all_, only=topic: [one for one in all_ if one[0] == only])
            for topic in TOPICS
            if any(topic == told for told, _ in all_)
        },
    }


SURE = ("backwards", "shuffled and repeated")
"""Here everything was told in the end, so no sweep is needed."""


@pytest.mark.parametrize("story", STORIES)
async def test_the_books_end_the_same(desk: Desk, story: str) -> None:
    steps = STORIES[story]
    expected = await as_it_happened(desk, steps)
    known = await happen(desk, await placed(desk), steps)
    ends = {}
    for name, choose in ways(known, Random(story)).items():
        order = await placed(desk)
        for topic, body in choose(await happen(desk, order, steps)):
            await desk.deliver(topic, body)
            await desk.settle()
        if name not in SURE:
            await swept(desk)
        ends[name] = await books(desk, order)

    assert expected[-1][:3] == ("verdict", "posted", "")
    assert ends == dict.fromkeys(ends, expected)


async def test_every_topic_of_an_order_is_among_those_that_are_lost(desk: Desk) -> None:
    announced = {topic for steps in STORIES.values() for topic, _ in await happen(desk, await placed(desk), steps)}

    assert announced == set(TOPICS)
