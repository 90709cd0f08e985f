"""The proof itself: seeded runs leave right books, a seed tells the same story again, broken builds are caught."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.tables import NewDatabase

from ml_connector.prove.bench import Bench, bench
from ml_connector.prove.mutations import MUTATIONS

RUNS = 60
"""Continuous integration carries out some hundreds beside the suite: `.ci/run`."""
CAUGHT_WITHIN = 200


@pytest.fixture
async def on(new_database: NewDatabase) -> AsyncIterator[Bench]:
    async with bench(new_database()) as prepared:
        yield prepared


async def test_the_books_are_right_after_every_seeded_run_and_a_seed_tells_the_same_story_again(on: Bench) -> None:
    ran = [await on.run(seed) for seed in range(1, RUNS + 1)]
    again = await on.run(3)

    assert {each.seed: each.violations for each in ran if each.violations} == {}
    assert sum(each.deaths for each in ran) > 0
    assert again.trace == ran[2].trace


@pytest.mark.parametrize(
    ("name", "first"),
    # where to begin, so that a test need not go through the runs that such a build survives
    [
        ("intent not committed", 5),
        ("lookup skipped", 5),
        ("lease ignored", 1),
        ("fencing ignored", 5),
        ("deadline ignored", 30),
    ],
)
async def test_a_build_that_is_broken_on_purpose_is_caught(on: Bench, name: str, first: int) -> None:
    with MUTATIONS[name]():
        violated = None
        for seed in range(first, first + CAUGHT_WITHIN):
            violated = (await on.run(seed)).violations
            if violated:
                break

    assert violated
