"""Workers that are killed leave right books, with BullMQ on either of its back ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tables import NewDatabase

from ml_connector.prove.processes import yard

SEEDS = {"PostgreSQL": range(1, 6), "Redis": range(6, 11)}


@pytest.mark.parametrize("back_end", SEEDS)
async def test_the_books_are_right_after_workers_were_killed(
    new_database: NewDatabase, tmp_path: Path, back_end: str, request: pytest.FixtureRequest
) -> None:
    redis_url = request.getfixturevalue("redis_url") if back_end == "Redis" else ""

    async with yard(new_database(), tmp_path, redis_url) as on:
        ran = [await on.run(seed, on_redis=bool(redis_url)) for seed in SEEDS[back_end]]

    assert {each.seed: each.violations for each in ran if each.violations} == {}
    assert sum(each.deaths for each in ran) >= 30
