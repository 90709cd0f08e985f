"""Worlds for whole modules; one loop for each module, because everything in a world lives on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.world import World, a_world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(database_url: str) -> AsyncIterator[World]:
    """Both companies and the connector, shared by a module: each test has orders of its own."""
    with a_folder() as folder:
        async with a_world(database_url, folder) as made:
            yield made
