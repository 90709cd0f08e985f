"""The database is put back to before orders were posted, and the shop announces them again: nothing is made twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.conftest import a_folder
from tests.journeys.world import Documents, World, a_world, differences, order_gid
from tests.tables import NewDatabase

from ml_connector.domain.books import KnownDocument
from ml_connector.sandbox.shopify import CustomerSpec, LineSpec, OrderSpec, RefundSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.store.database import SCHEMA
from ml_connector.wiring.diagnosis import of_running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE_OF_EACH = (1, 1, 0)


def without_fields(organization: Organization) -> None:
    """Nobody has made the custom field for our key."""
    for fields in organization.custom_fields.values():
        fields.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["marked", "unmarked"])
async def world(request: pytest.FixtureRequest, new_database: NewDatabase) -> AsyncIterator[World]:
    """A world without a worker, whose runs a test makes one by one, and a backup of its database."""
    database = new_database()
    furnish = without_fields if request.param == "unmarked" else lambda organization: None
    with a_folder() as folder:
        async with a_world(database, folder, role="web", policy={"lag_minutes": 10}, furnish=furnish) as made:
            await of_running(made.app)  # it writes down which database this is
            await back_up(made)
            yield made


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def never_restored(world: World) -> None:
    """Each test begins before any restore."""
    async with world.app.store.transaction() as tx:
        await tx.execute(text("UPDATE connections SET restored_at = NULL, changed_at = clock_timestamp()"))


async def tables(world: World) -> list[str]:
    async with world.app.store.at_once() as tx:
        found = await tx.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA})
        return [row.tablename for row in found]


async def back_up(world: World) -> None:
    """Copy every table, as one of another database: what is put back from there has come from elsewhere."""
    names = await tables(world)
    async with world.app.store.transaction() as tx:
        await tx.execute(text("CREATE SCHEMA backup"))
        for name in names:
            await tx.execute(text(f"CREATE TABLE backup.{name} AS TABLE {SCHEMA}.{name}"))
        await tx.execute(text("UPDATE backup.watermarks SET cursor = '7/1/9' WHERE name = 'cluster'"))


async def put_back(world: World) -> list[str]:
    """The database is restored; what `doctor` says about it."""
    names = await tables(world)
    async with world.app.store.transaction() as tx:
        await tx.execute(text("SET LOCAL session_replication_role = replica"))
        for name in names:
            await tx.execute(text(f"DELETE FROM {SCHEMA}.{name}"))
            await tx.execute(text(f"INSERT INTO {SCHEMA}.{name} OVERRIDING SYSTEM VALUE SELECT * FROM backup.{name}"))
    return [finding.code for finding in await of_running(world.app)]


async def later(world: World, minutes: int) -> None:
    """Let the restore have been so much earlier: its moment is on PostgreSQL's clock."""
    ago = f"make_interval(mins => {minutes})"
    async with world.app.store.transaction() as tx:
        for name in ("answer_before", "first_in_doubt_at", "last_lookup_at"):
            await tx.execute(text(f"UPDATE operations SET {name} = {name} - {ago}"))
        await tx.execute(
            text(f"UPDATE connections SET restored_at = restored_at - {ago}, changed_at = clock_timestamp()")
        )


def an_order(world: World, name: str, *, days_ago: int = 3) -> Order:
    """One box of tea for somebody new, paid."""
    buyer = CustomerSpec("Put", name, f"{name.lower()}@example.com", address=person_in("DE").address)
    tea = LineSpec(title="Tea", price=Decimal("10.00"), quantity=2)
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    return world.shop.place_order(
        OrderSpec((tea,), customer=buyer, taxes=(TaxSpec("MwSt", Decimal("0.19")),), created_at=moment)
    )


async def delivered(world: World) -> None:
    async with asyncio.timeout(10):
        while world.undelivered:  # noqa: ASYNC110 - the other company's code has no event for us
            await asyncio.sleep(0.01)


async def run(world: World, order: Order) -> tuple[str, str]:
    """One run of the order's job, as a worker would make it."""
    await world.app.runner(world.subject(order))
    return await world.verdict(order)


async def again(world: World, order: Order) -> tuple[str, str]:
    """The shop announces the order once more, and it is run."""
    world.shop.announce_again("ORDERS_UPDATED", order.id)
    await delivered(world)
    return await run(world, order)


def documents(world: World, name: str) -> Documents:
    """What Zoho holds for the buyer called *name*, who has one order; whether it is marked or not."""

    def of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in rows if name in one["customer_name"]]

    return Documents(of(world.books.invoices()), of(world.books.creditnotes()), of(world.books.payments()))


def made(world: World, name: str) -> tuple[int, int, int]:
    """Invoices, payments and credit notes of the buyer called *name*."""
    found = documents(world, name)
    return len(found.invoices), len(found.payments), len(found.creditnotes)


def writes(world: World) -> int:
    """How often Zoho was told something; a further address of a contact, which no document is, is left out."""
    entries = [one for one in world.companies.zoho.log if "/oauth/" not in one.path and "/address" not in one.path]
    return sum(one.method in ("POST", "PUT") for one in entries)


def contacts(world: World, name: str) -> int:
    return sum(name in one["contact_name"] for one in world.books.contacts())


async def remembered(world: World, order: Order) -> dict[str, KnownDocument]:
    async with world.app.store.at_once() as tx:
        return await world.app.store.documents.of_order(tx, world.connection_id, order_gid(order))


async def test_what_was_posted_after_the_backup_is_adopted_and_nothing_is_sent(world: World) -> None:
    paid, refunded = an_order(world, "Paid"), an_order(world, "Refunded")
    world.shop.refund(refunded, RefundSpec(lines=((0, 1),)))
    await delivered(world)
    assert [await run(world, order) for order in (paid, refunded)] == [("posted", "")] * 2
    before = writes(world)

    said = await put_back(world)
    await later(world, minutes=1)
    verdicts = [await again(world, order) for order in (paid, refunded)]

    assert {"database_restored", "restored"} <= set(said)
    assert verdicts == [("posted", "")] * 2
    assert writes(world) == before
    assert [made(world, name) for name in ("Paid", "Refunded")] == [(1, 1, 0), (1, 1, 1)]
    assert [contacts(world, name) for name in ("Paid", "Refunded")] == [1, 1]
    assert differences(paid, documents(world, "Paid")) == {}
    assert differences(refunded, documents(world, "Refunded")) == {}


async def test_what_was_adopted_is_remembered_as_zoho_holds_it(world: World) -> None:
    order = an_order(world, "Remembered")
    await delivered(world)
    assert await run(world, order) == ("posted", "")
    before = await remembered(world, order)

    await put_back(world)
    await later(world, minutes=1)
    await again(world, order)

    after = await remembered(world, order)
    assert {key: (after[key].zoho_id, after[key].status, after[key].balance) for key in before} == {
        key: (each.zoho_id, each.status, each.balance) for key, each in before.items()
    }


async def test_a_search_that_lags_is_waited_for(world: World) -> None:
    world.companies.organization.switches.set(list_lag_s=600.0)
    order = an_order(world, "Lagging")
    await delivered(world)
    assert await run(world, order) == ("posted", "")
    before = writes(world)

    await put_back(world)
    await later(world, minutes=1)
    verdicts = [await again(world, order), await run(world, order)]
    world.companies.organization.switches.set(list_lag_s=0.0)
    world.companies.zoho.ahead += timedelta(minutes=11)
    last = await run(world, order)

    assert verdicts == [("in_doubt", "database_restored")] * 2
    assert last == ("posted", "")
    assert writes(world) == before
    assert made(world, "Lagging") == ONE_OF_EACH
    assert contacts(world, "Lagging") == 1


async def test_an_old_order_that_is_surely_not_there_is_sent_after_the_lag_time(world: World) -> None:
    await put_back(world)
    order = an_order(world, "Late")
    await delivered(world)
    first = await run(world, order)
    assert made(world, "Late") == (0, 0, 0)

    await later(world, minutes=60)
    last = await run(world, order)

    assert (first, last) == (("in_doubt", "database_restored"), ("posted", ""))
    assert made(world, "Late") == ONE_OF_EACH
    assert differences(order, documents(world, "Late")) == {}


async def test_an_order_placed_after_the_restore_is_posted_as_ever(world: World) -> None:
    calls = []
    await put_back(world)
    await again(world, an_order(world, "Warm"))  # what is kept of the organisation is read
    for name, restored in (("Never", False), ("After", True)):
        async with world.app.store.transaction() as tx:
            moment = "clock_timestamp() - interval '1 hour'" if restored else "NULL"
            await tx.execute(text(f"UPDATE connections SET restored_at = {moment}, changed_at = clock_timestamp()"))
        order = an_order(world, name, days_ago=0)
        await delivered(world)
        before = len(world.companies.zoho.log)
        assert await run(world, order) == ("posted", "")
        calls.append(len(world.companies.zoho.log) - before)
        assert made(world, name) == ONE_OF_EACH

    assert calls[0] == calls[1]
