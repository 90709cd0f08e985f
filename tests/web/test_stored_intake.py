"""Webhooks into real tables, over loopback: durable, once, and away with the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import psycopg
import pytest
from tests.tables import Tables
from tests.web.conftest import BODY, SECRET, SHOP, MemoryInbox, Signers, Site, StillClock, serving, shopify_headers
from tests.web.test_zoho_intake import post as post_zoho

from ml_connector.jobs.connecting.kinds import ZOHO_WEBHOOK_SECRET
from ml_connector.store import Store
from ml_connector.store.credentials import SHOPIFY_CLIENT_SECRET
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.subjects import Subject
from ml_connector.web.app import Dependencies, IntakeNeeds
from ml_connector.web.intake.stored import (
    KEPT_AFTER_END,
    StoredInbox,
    StoredShopifySigners,
    StoredZohoSigners,
)

ORDER = Subject(1, "order", "gid://shopify/Order/820982911946154508")


class Ticking(StillClock):
    """Every look at secrets is later than what was remembered."""

    ticks = 0.0

    def monotonic(self) -> float:
        self.ticks += 1000
        return self.ticks


@pytest.fixture
async def store(tables: Tables) -> AsyncIterator[Store]:
    async with await Store.open(tables.empty(), GivenKeys((Key.made(),)), pool_timeout_s=1) as store:
        yield store


async def _do(store: Store, statement: str, **values: Any) -> None:
    async with store.at_once() as tx:
        await run(tx, text(statement), **values)


async def _rows(store: Store, statement: str) -> list[tuple[Any, ...]]:
    async with store.at_once() as tx:
        return [tuple(row) for row in await all_rows(tx, text(statement))]


async def a_connection(store: Store, name: str = "acme", *, shop: str = SHOP, secret: str = SECRET) -> int:
    async with store.at_once() as tx:
        connection = await store.connections.save(tx, name, shop=shop)
        await store.credentials.put(
            tx, connection.id, {SHOPIFY_CLIENT_SECRET: secret.encode(), ZOHO_WEBHOOK_SECRET: b"zoho-secret"}
        )
    return connection.id


@pytest.fixture
async def stored(store: Store) -> AsyncIterator[Site]:
    """The web side on the real tables, with the app's own secret set."""
    site = Site(MemoryInbox(), Signers({}), Signers({}))
    needs = IntakeNeeds(
        StoredInbox(store), StoredShopifySigners(store, StillClock().now, "app-secret"), StoredZohoSigners(store)
    )
    async with (
        serving(Dependencies(role="web", intake=needs, clock=Ticking())) as site.port,
        aiohttp.ClientSession() as site.client,
    ):
        yield site


async def test_what_was_answered_200_is_in_the_tables_with_its_knock(stored: Site, store: Store) -> None:
    await a_connection(store)

    status, _, _ = await stored.post()

    assert status == 200
    assert await _rows(store, "SELECT body, verdict, repeats FROM deliveries") == [(BODY, "accepted", 0)]
    async with store.at_once() as tx:
        state = await store.subjects.state(tx, ORDER)
    assert state is not None
    assert (state.knocked, state.answered) == (1, 0)


async def test_ten_at_once_of_one_delivery_are_one_row_nine_repeats_and_one_knock(stored: Site, store: Store) -> None:
    await a_connection(store)

    statuses = [status for status, _, _ in await asyncio.gather(*(stored.post() for _ in range(10)))]

    assert statuses == [200] * 10
    assert await _rows(store, "SELECT repeats FROM deliveries") == [(9,)]
    assert await _rows(store, "SELECT knocked FROM subjects") == [(1,)]


async def test_the_same_webhook_id_of_another_shop_is_another_delivery(stored: Site, store: Store) -> None:
    await a_connection(store)
    await a_connection(store, "other", shop="other.myshopify.com", secret="other")

    await stored.post()
    await stored.post(headers=shopify_headers(shop_domain="other.myshopify.com", secret="other"))

    assert await _rows(store, "SELECT count(*) FROM deliveries") == [(2,)]


async def test_while_the_database_is_away_it_is_503_and_then_works_by_itself(
    stored: Site, store: Store, tables: Tables
) -> None:
    await a_connection(store)
    name = psycopg.conninfo.conninfo_to_dict(tables.url)["dbname"]
    elsewhere = psycopg.conninfo.make_conninfo(tables.url, dbname="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false'.encode())
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            away = [(await stored.post())[0] for _ in range(3)]
        finally:
            server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true'.encode())

    async with asyncio.timeout(10):
        while (await stored.post())[0] != 200:
            pass

    assert away == [503] * 3
    assert await _rows(store, "SELECT count(*) FROM deliveries") == [(1,)]


async def test_bytes_that_text_cannot_hold_are_kept_as_they_came(stored: Site, store: Store) -> None:
    await a_connection(store)
    body = bytes(range(256))

    status, _, _ = await stored.post(
        body, shopify_headers(body, topic="orders/créé", triggered_at="0001-01-01T00:00:00+14:00")
    )

    assert status == 200
    assert await _rows(store, "SELECT body FROM deliveries") == [(body,)]


async def test_a_disconnected_shop_s_secret_signs_for_sixty_days_and_only_the_law_is_followed(
    stored: Site, store: Store
) -> None:
    number = await a_connection(store)
    now = StillClock().now()

    async def ended(ago: timedelta) -> None:
        await _do(store, "UPDATE connections SET health = 'disconnected', disconnected_at = :at", at=now - ago)

    await ended(KEPT_AFTER_END - timedelta(hours=1))
    order = await stored.post()
    redact = await stored.post(headers=shopify_headers(topic="shop/redact", webhook_id="w-2"))
    await ended(KEPT_AFTER_END + timedelta(hours=1))
    late = await stored.post(headers=shopify_headers(webhook_id="w-3"))

    assert (order[0], redact[0], late[0]) == (200, 200, 401)
    assert await _rows(store, "SELECT connection_id, kind, id FROM subjects") == [(number, "shop_redact", SHOP)]


async def test_the_app_s_secret_signs_for_any_shop(stored: Site, store: Store) -> None:
    number = await a_connection(store)

    known = await stored.post(headers=shopify_headers(secret="app-secret"))
    unknown = await stored.post(
        headers=shopify_headers(secret="app-secret", shop_domain="nobody.myshopify.com", webhook_id="w-2")
    )

    assert (known[0], unknown[0]) == (200, 200)
    assert await _rows(store, "SELECT connection_id FROM deliveries ORDER BY id") == [(number,), (None,)]
    assert await _rows(store, "SELECT connection_id FROM subjects") == [(number,)]


async def test_zoho_s_deliveries_knock_for_their_record(stored: Site, store: Store) -> None:
    number = await a_connection(store)

    statuses = [await post_zoho(stored), await post_zoho(stored), await post_zoho(stored, path="nobody")]
    statuses.append(await post_zoho(stored, path="acme%00"))

    assert statuses == [200, 200, 401, 401]
    assert await _rows(store, "SELECT source, shop, repeats FROM deliveries") == [("zoho", "acme", 1)]
    assert await _rows(store, "SELECT connection_id, kind, id FROM subjects") == [(number, "zoho_invoice", "4600001")]


async def test_a_disconnected_connection_s_zoho_secret_signs_nothing(stored: Site, store: Store) -> None:
    await a_connection(store)
    await _do(store, "UPDATE connections SET health = 'disconnected', disconnected_at = now()")

    assert await post_zoho(stored) == 401
