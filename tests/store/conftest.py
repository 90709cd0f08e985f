"""A migrated database for each module, emptied for each test, and the store on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.store.builders import a_connection

from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.migrate import migrate
from ml_connector.store.tables import metadata


@pytest.fixture(scope="module")
def migrated_url(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def a_key() -> Key:
    return Key.made()


@pytest.fixture
async def store(migrated_url: str, a_key: Key) -> AsyncIterator[Store]:
    """The store on empty tables."""
    opened = await Store.open(migrated_url, GivenKeys((a_key,)))
    try:
        yield opened
    finally:
        await _empty(opened)
        await opened.close()


@pytest.fixture
async def connection_id(store: Store) -> int:
    return await a_connection(store)


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secret.key"


async def _empty(store: Store) -> None:
    names = [table.name for table in metadata.tables.values() if table.name != "schema_steps"]
    used = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
    async with store.transaction() as tx:
        found = (await tx.execute(text(used))).scalars().all()
        if found:
            await tx.execute(text(f"TRUNCATE {', '.join(found)} CASCADE"))
