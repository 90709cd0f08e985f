"""However often an order is announced, and whatever is lost on the way: one contact, one invoice, one payment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.conftest import a_folder
from tests.journeys.serving import several
from tests.journeys.world import World, a_world, differences, mark_of, order_gid
from tests.tables import NewDatabase

from ml_connector.domain.outcome import Outcome
from ml_connector.sandbox.shopify import CustomerSpec, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order

pytestmark = pytest.mark.asyncio(loop_scope="module")


def an_order(name: str) -> OrderSpec:
    """One box of tea for somebody new."""
    buyer = CustomerSpec("Once", name, f"{name.lower()}@example.com", address=person_in("DE").address)
    tea = LineSpec(title="Tea", price=Decimal("10.00"))
    return OrderSpec((tea,), customer=buyer, taxes=(TaxSpec("MwSt", Decimal("0.19")),))


def contacts_named(world: World, name: str) -> list[str]:
    return [one["contact_name"] for one in world.books.contacts() if name in one["contact_name"]]


def sent_invoices(world: World) -> int:
    """How many times an invoice was sent to Zoho."""
    return sum(one.method == "PUT" and one.path.endswith("/invoices") for one in world.companies.zoho.log)


# Three worker processes


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(empty_database: str, queue_address: str | None) -> AsyncIterator[World]:
    """The web side here, and three worker processes on the same database."""
    with a_folder() as folder:
        async with (
            a_world(empty_database, folder, redis_url=queue_address, role="web") as made,
            several(3, made.environment, folder, "worker"),
        ):
            yield made


async def test_an_order_announced_ten_times_at_once_is_one_contact_and_one_invoice(fleet: World) -> None:
    order = fleet.shop.place_order(an_order("Tenfold"))
    for _ in range(9):
        fleet.shop.announce_again("ORDERS_UPDATED", order.id)
    await fleet.at_rest()

    found = fleet.documents(order)
    assert await fleet.verdict(order) == ("posted", "")
    assert (len(found.invoices), len(found.payments), len(found.void)) == (1, 1, 0)
    assert contacts_named(fleet, "Tenfold") == ["Once Tenfold"]
    assert differences(order, found) == {}


async def test_two_first_orders_of_one_customer_at_once_are_one_contact(fleet: World) -> None:
    orders = [fleet.shop.place_order(an_order("Twofirst")) for _ in range(2)]
    await fleet.at_rest()

    assert [await fleet.verdict(order) for order in orders] == [("posted", "")] * 2
    assert contacts_named(fleet, "Twofirst") == ["Once Twofirst"]
    assert [len(fleet.documents(order).invoices) for order in orders] == [1, 1]


async def test_forty_orders_over_three_processes_are_forty_invoices(fleet: World) -> None:
    orders = [fleet.shop.place_order(an_order(f"Crowd{number % 8}")) for number in range(40)]
    await fleet.at_rest(within_s=60)

    assert {await fleet.verdict(order) for order in orders} == {("posted", "")}
    marks = [mark_of(one) for one in (*fleet.books.invoices(), *fleet.books.payments())]
    assert len(marks) == len(set(marks))
    assert [differences(order, fleet.documents(order)) for order in orders] == [{}] * 40


# Answers that get lost


async def test_an_answer_lost_after_zoho_wrote_is_found_and_adopted(world: World) -> None:
    before = sent_invoices(world)
    world.companies.zoho.fault("commit_then_no_answer", method="PUT", path="/invoices")
    order = world.shop.place_order(an_order("Lostafter"))
    await world.at_rest()

    found = world.documents(order)
    assert await world.verdict(order) == ("posted", "")
    assert (len(found.invoices), sent_invoices(world) - before) == (1, 1)
    assert differences(order, found) == {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_hand(new_database: NewDatabase) -> AsyncIterator[World]:
    """A world without a worker, whose runs a test makes one by one; in it an hour passes when a test says so."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, role="web", policy={"lag_minutes": 1}) as made:
            yield made


async def run(world: World, order: Order) -> tuple[str, str]:
    """One run of the order's job, as a worker would make it."""
    outcome: Outcome | None = await world.app.runner(world.subject(order))
    if outcome is None:
        return "nothing to do", ""
    return outcome.verdict.value, outcome.reason.code if outcome.reason else ""


async def delivered(world: World) -> None:
    async with asyncio.timeout(10):
        while world.undelivered:  # noqa: ASYNC110 - the other company's code has no event for us
            await asyncio.sleep(0.01)


async def an_hour_later(world: World) -> None:
    """Let everything that was sent have happened an hour earlier: the deadlines are on PostgreSQL's clock."""
    async with world.app.store.transaction() as tx:
        for name in ("sent_at", "send_before", "answer_before", "first_in_doubt_at", "last_lookup_at"):
            await tx.execute(text(f"UPDATE operations SET {name} = {name} - interval '1 hour'"))


async def test_what_was_perhaps_never_written_is_looked_up_before_it_is_sent_again(by_hand: World) -> None:
    by_hand.companies.zoho.fault("no_answer_before_commit", method="PUT", path="/invoices")
    order = by_hand.shop.place_order(an_order("Lostbefore"))
    await delivered(by_hand)

    verdicts = [await run(by_hand, order) for _ in range(5)]

    assert verdicts == [("in_doubt", "answer_lost")] * 5
    assert sent_invoices(by_hand) == 1
    assert by_hand.documents(order).invoices == []

    await an_hour_later(by_hand)
    assert await run(by_hand, order) == ("posted", "")
    assert sent_invoices(by_hand) == 2
    assert differences(order, by_hand.documents(order)) == {}


async def test_a_search_that_lags_does_not_make_a_second_invoice(by_hand: World) -> None:
    before = sent_invoices(by_hand)
    by_hand.companies.organization.switches.set(list_lag_s=600.0)
    by_hand.companies.zoho.fault("commit_then_no_answer", method="PUT", path="/invoices")
    order = by_hand.shop.place_order(an_order("Lagging"))
    await delivered(by_hand)

    verdicts = [await run(by_hand, order) for _ in range(4)]
    by_hand.companies.organization.switches.set(list_lag_s=0.0)
    by_hand.companies.zoho.ahead += timedelta(minutes=11)
    last = await run(by_hand, order)

    assert verdicts == [("in_doubt", "answer_lost")] * 4
    assert last == ("posted", "")
    assert sent_invoices(by_hand) - before == 1
    assert [mark_of(one) for one in by_hand.documents(order).invoices] == [f"invoice:{order_gid(order)}"]


async def test_a_look_up_that_found_nothing_by_mistake_still_makes_no_second_invoice(by_hand: World) -> None:
    before = len(by_hand.books.invoices())
    by_hand.companies.organization.switches.set(list_lag_s=6000.0)
    by_hand.companies.zoho.fault("commit_then_no_answer", method="PUT", path="/invoices")
    order = by_hand.shop.place_order(an_order("Mistaken"))
    await delivered(by_hand)

    for _ in range(4):
        await run(by_hand, order)
    await an_hour_later(by_hand)
    verdict, _ = await run(by_hand, order)
    by_hand.companies.organization.switches.set(list_lag_s=0.0)

    # sent once more, and the unique field says that it existed
    assert len(by_hand.books.invoices()) - before == 1
    assert verdict == "posted"
    assert differences(order, by_hand.documents(order)) == {}
