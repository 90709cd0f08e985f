"""A desk for each test, on a database of its own module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from tests.jobs.desk import Desk, a_desk

from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.migrate import migrate
from ml_connector.store.tables import metadata


@pytest.fixture(scope="module")
def migrated_url(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
async def store(migrated_url: str) -> AsyncIterator[Store]:
    """The store on empty tables."""
    opened = await Store.open(migrated_url, GivenKeys((Key.made(),)))
    try:
        yield opened
    finally:
        names = ", ".join(table.name for table in metadata.tables.values() if table.name != "schema_steps")
        async with opened.transaction() as tx:
            await tx.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        await opened.close()


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store)
    try:
        yield made
    finally:
        await made.runtimes.close()
