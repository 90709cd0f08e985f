"""What one process does at a time, and what is let go after a while."""

from __future__ import annotations

import asyncio

import pytest
from tests.store.builders import a_connection, a_delivery, a_lease, an_order, ask, do, knock

from ml_connector.store import Store
from ml_connector.store.credentials import GUEST_SALT, SHOPIFY_CLIENT_SECRET
from ml_connector.store.exchanges import Exchange
from ml_connector.store.pruning import OLD, OLD_OF_NOBODY
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.subjects import Subject


async def test_a_named_lease_is_given_to_one_and_tells_the_others_when(store: Store) -> None:
    async def take(owner: str) -> float:
        async with store.at_once() as tx:
            return await store.leases.take(tx, "sweep:acme", owner=owner, for_s=300)

    answers = await asyncio.gather(*(take(f"p{number}") for number in range(6)))

    assert answers.count(0.0) == 1
    assert all(299 < wait <= 300 for wait in answers if wait)


async def test_a_lease_that_ran_out_or_was_let_go_is_free(store: Store) -> None:
    async with store.at_once() as tx:
        await store.leases.take(tx, "a", owner="p1", for_s=-1)
        after_time = await store.leases.take(tx, "a", owner="p2", for_s=300)
        lost = await store.leases.keep(tx, "a", owner="p1", for_s=300)
        kept = await store.leases.keep(tx, "a", owner="p2", for_s=300)
        await store.leases.release(tx, "a", owner="p2")
        after_release = await store.leases.take(tx, "a", owner="p1", for_s=300)

    assert (after_time, after_release) == (0.0, 0.0)
    assert (lost, kept) == (False, True)


async def test_a_process_does_not_get_its_own_lease_twice(store: Store) -> None:
    """It is also "not again before"."""
    async with store.at_once() as tx:
        await store.leases.take(tx, "a", owner="p1", for_s=300)

        assert await store.leases.take(tx, "a", owner="p1", for_s=300) > 0


async def some_history(store: Store, connection_id: int | None, *, days_ago: int, rows: int = 5) -> None:
    async with store.at_once() as tx:
        await store.deliveries.accept_many(
            tx, [a_delivery(connection_id, f"{connection_id}-{days_ago}-{n}", knocks=()) for n in range(rows)]
        )
        if connection_id is not None:
            await store.exchanges.record(tx, [Exchange(connection_id, "zoho", "GET", "/") for _ in range(rows)])
    ago = "clock_timestamp() - make_interval(days => :days)"
    await do(
        store, f"UPDATE deliveries SET received_at = {ago} WHERE webhook_id LIKE '%-' || :days || '-%'", days=days_ago
    )
    await do(store, f"UPDATE exchanges SET at = {ago} WHERE at > clock_timestamp() - interval '1 hour'", days=days_ago)


async def test_old_deliveries_and_exchanges_go_in_batches_the_oldest_first(store: Store, connection_id: int) -> None:
    await some_history(store, connection_id, days_ago=100)
    await some_history(store, connection_id, days_ago=30)

    totals = []
    async with store.at_once() as tx:
        while (pruned := await store.pruning.batch(tx, connection_id, days=90, batch=2)).total:
            totals.append(pruned.total)

    assert totals == [4, 4, 2]
    assert await ask(store, "SELECT count(*) FROM deliveries") == 5
    assert await ask(store, "SELECT count(*) FROM exchanges") == 5


async def test_each_connection_has_its_own_retention(store: Store, connection_id: int) -> None:
    other = await a_connection(store)
    for connection in (connection_id, other, None):
        await some_history(store, connection, days_ago=100)

    async with store.at_once() as tx:
        await store.pruning.batch(tx, other, days=90)
        await store.pruning.batch(tx, None, days=90)

    assert await ask(store, "SELECT string_agg(DISTINCT connection_id::text, ',') FROM deliveries") == str(
        connection_id
    )


@pytest.mark.parametrize("table", ["deliveries", "exchanges", "timeline"])
async def test_old_rows_are_found_by_index_however_many_there_are(store: Store, connection_id: int, table: str) -> None:
    statements = [OLD[table], *([OLD_OF_NOBODY[table]] if table in OLD_OF_NOBODY else [])]

    async with store.transaction() as tx:
        await run(tx, text("SET LOCAL enable_seqscan = off"))
        for statement in statements:
            explained = text(f"EXPLAIN {statement.text}")
            plan = await all_rows(tx, explained, connection_id=connection_id, days=90, batch=1000)

            lines = [row[0].strip() for row in plan]
            assert any(line.startswith("Index Cond: ((connection_id") and "90 days" in line for line in lines), lines
            assert not any("Sort" in line for line in lines), lines


async def test_a_week_is_kept_whatever_is_asked(store: Store, connection_id: int) -> None:
    await some_history(store, connection_id, days_ago=6)

    async with store.at_once() as tx:
        assert (await store.pruning.batch(tx, connection_id, days=0)).total == 0


async def test_housekeeping_leaves_orders_and_what_is_under_way(store: Store, connection_id: int) -> None:
    contact = Subject(connection_id, "contact", "old")
    await a_lease(store, contact)
    await knock(store, an_order(connection_id, 1), Subject(connection_id, "contact", "asked"))
    await a_lease(store, an_order(connection_id, 2))
    await do(
        store,
        """UPDATE subjects SET created_at = created_at - interval '40 days',
                               lease_until = lease_until - interval '40 days'""",
    )

    async with store.at_once() as tx:
        pruned = await store.pruning.housekeeping(tx)

    assert pruned.rows["subjects"] == 1
    assert await ask(store, "SELECT count(*) FROM subjects WHERE id = 'old'") == 0


@pytest.mark.parametrize(("days", "left"), [(59, [GUEST_SALT, SHOPIFY_CLIENT_SECRET]), (61, [GUEST_SALT])])
async def test_a_disconnected_shops_signing_secret_goes_after_sixty_days(
    store: Store, connection_id: int, days: int, left: list[str]
) -> None:
    async with store.transaction() as tx:
        await store.credentials.ensure_guest_salt(tx, connection_id)
        await store.credentials.put(tx, connection_id, {SHOPIFY_CLIENT_SECRET: b"s"})
        await store.connections.set_health(tx, connection_id, "disconnected")
    await do(
        store, "UPDATE connections SET disconnected_at = disconnected_at - make_interval(days => :days)", days=days
    )

    async with store.at_once() as tx:
        await store.pruning.housekeeping(tx)
        kept = await store.credentials.of(tx, connection_id)

    assert sorted(kept) == left
