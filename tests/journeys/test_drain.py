"""SIGTERM: what runs is finished, nothing new is begun, nothing is lost, and the process exits 0."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.serving import serving
from tests.journeys.world import World, a_world, differences, mark_of

from ml_connector.sandbox.shopify import CustomerSpec, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def waiting_room(database_url: str) -> AsyncIterator[World]:
    """The web side alone: orders are announced, and wait for a worker."""
    with a_folder() as folder:
        async with a_world(database_url, folder, role="web") as made:
            yield made


def place(world: World, number: int) -> list[Order]:
    tea = (LineSpec(title="Tea", price=Decimal("10.00")),)
    buyers = [
        CustomerSpec("Drain", str(n), f"drain{n}@example.com", address=person_in("DE").address) for n in range(number)
    ]
    taxes = (TaxSpec("MwSt", Decimal("0.19")),)
    return [world.shop.place_order(OrderSpec(tea, customer=buyer, taxes=taxes)) for buyer in buyers]


@pytest.mark.parametrize("role", ["web", "all"])
async def test_an_idle_process_ends_with_0_when_told_to(waiting_room: World, role: str) -> None:
    async with serving(waiting_room.environment, waiting_room.app.settings.data_dir, role) as process:
        status = await process.stop()

    assert status == 0
    assert "Traceback" not in process.log


async def test_a_worker_finishes_what_it_has_begun_and_leaves_the_rest_to_the_next(waiting_room: World) -> None:
    orders = place(waiting_room, 24)
    folder = waiting_room.app.settings.data_dir

    async with serving(waiting_room.environment, folder, "worker") as first:
        async with asyncio.timeout(30):
            while not waiting_room.companies.organization.invoices:  # noqa: ASYNC110 - Zoho has no event for us
                await asyncio.sleep(0.005)
        status = await first.stop()
    left = await waiting_room.outstanding()
    half_done = [order for order in orders if await waiting_room.verdict(order) == ("in_doubt", "answer_lost")]

    assert status == 0
    assert "Traceback" not in first.log
    assert half_done == []
    async with waiting_room.app.store.at_once() as tx:
        assert await waiting_room.app.store.operations.in_doubt(tx) == ()

    async with serving(waiting_room.environment, folder, "worker"):
        await waiting_room.at_rest(within_s=60)
    assert left > 0
    assert {await waiting_room.verdict(order) for order in orders} == {("posted", "")}
    assert [differences(order, waiting_room.documents(order)) for order in orders] == [{}] * 24
    marks = [mark_of(one) for one in waiting_room.books.invoices()]
    assert len(marks) == len(set(marks)) == 24
