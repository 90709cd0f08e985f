"""The store on empty tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.store.builders import a_connection
from tests.tables import Tables

from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key


@pytest.fixture
def tables_url(tables: Tables) -> str:
    """The address of empty tables."""
    return tables.empty()


@pytest.fixture
def a_key() -> Key:
    return Key.made()


@pytest.fixture
async def store(tables_url: str, a_key: Key) -> AsyncIterator[Store]:
    """The store on empty tables."""
    async with await Store.open(tables_url, GivenKeys((a_key,))) as opened:
        yield opened


@pytest.fixture
async def connection_id(store: Store) -> int:
    return await a_connection(store)


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secret.key"
