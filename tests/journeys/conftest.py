"""Worlds for whole modules; one loop for each module, because everything in a world lives on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
import pytest_asyncio
import redis
from tests.conftest import a_folder
from tests.journeys.world import World, a_world
from tests.tables import NewDatabase

pytest.register_assert_rewrite("tests.journeys.kinds.telling")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(database_url: str) -> AsyncIterator[World]:
    """Both companies and the connector, shared by a module: each test has orders of its own."""
    with a_folder() as folder:
        async with a_world(database_url, folder) as made:
            yield made


@pytest.fixture(scope="module", params=["PostgreSQL", "Redis"])
def queue_address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where BullMQ keeps its jobs: None is the connector's own PostgreSQL; else the address of an empty Redis."""
    if request.param == "PostgreSQL":
        yield None
        return
    server: str = request.getfixturevalue("redis_server")
    with closing(redis.Redis.from_url(server)) as client:
        client.flushall()
        yield server
        client.flushall()


@pytest.fixture(scope="module")
def empty_database(new_database: NewDatabase, queue_address: str | None) -> str:
    """The address of an empty database for each back end of the queue."""
    return new_database()
