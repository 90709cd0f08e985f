"""A desk for each test, on empty tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.jobs.desk import Desk, a_desk
from tests.tables import Tables

from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key


@pytest.fixture(scope="module")
def tables_url(tables: Tables) -> str:
    """For modules whose tests share what is in the tables; empty at first."""
    return tables.empty()


@pytest.fixture
async def store(tables: Tables) -> AsyncIterator[Store]:
    """The store on empty tables."""
    async with await Store.open(tables.empty(), GivenKeys((Key.made(),))) as opened:
        yield opened


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    made = await a_desk(store)
    try:
        yield made
    finally:
        await made.runtimes.close()
