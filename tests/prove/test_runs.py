"""The proof itself: seeded runs leave right books, and a seed tells the same story again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ml_connector.prove.proving import Bench, bench

RUNS = 20


@pytest.fixture
async def on(database_url: str) -> AsyncIterator[Bench]:
    async with bench(database_url) as prepared:
        yield prepared


async def test_the_books_are_right_after_every_seeded_run(on: Bench) -> None:
    ran = [await on.run(seed) for seed in range(1, RUNS + 1)]

    assert {each.seed: each.violations for each in ran if each.violations} == {}
    assert sum(each.deaths for each in ran) > 0


async def test_a_seed_tells_the_same_story_again(on: Bench) -> None:
    first = await on.run(3)

    second = await on.run(3)

    assert second.trace == first.trace
