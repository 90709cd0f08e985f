"""Many deliveries, one commit: what the batcher promises, without HTTP around it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from ml_connector.store.errors import StoreUnavailable
from ml_connector.web.intake.batch import Full, GroupCommit, NotDurable


class Table:
    """Remembers what was committed together; can be held up, can be away, refuses negative numbers."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()

    async def commit(self, items: Sequence[int]) -> Sequence[int]:
        await self.open.wait()
        if self.away:
            raise StoreUnavailable("nobody there")
        if any(item < 0 for item in items):
            raise ValueError("negative")
        self.commits.append(list(items))
        return [item * 10 for item in items]


async def test_each_gets_the_result_of_its_own_item() -> None:
    table = Table()
    group = GroupCommit(table.commit)

    results = await asyncio.gather(*(group.put(number, 1) for number in range(20)))

    assert results == [number * 10 for number in range(20)]


async def test_what_gathers_during_a_commit_shares_the_next() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit, commits=1)

    waiting = [asyncio.create_task(group.put(number, 1)) for number in range(100)]
    await asyncio.sleep(0)
    table.open.set()
    await asyncio.gather(*waiting)

    assert len(table.commits) <= 2
    assert sorted(chain(*table.commits)) == list(range(100))


async def test_a_commit_is_bounded_in_items_and_in_bytes_but_holds_at_least_one() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit, batch_items=3, batch_bytes=10, commits=1)

    sizes = [1, 1, 1, 1, 6, 6, 50, 1]
    waiting = [asyncio.create_task(group.put(number, size)) for number, size in enumerate(sizes)]
    await asyncio.sleep(0)
    table.open.set()
    await asyncio.gather(*waiting)

    assert table.commits == [[0, 1, 2], [3, 4], [5], [6], [7]]


async def test_more_than_may_wait_is_refused_and_the_others_are_kept() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit, waiting_items=5, commits=1, batch_items=1)

    waiting = [asyncio.create_task(group.put(number, 1)) for number in range(6)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    refused = [number for number in range(6, 9) if await _is_full(group, number)]
    table.open.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert refused
    assert sum(isinstance(result, int) for result in results) >= 5


async def _is_full(group: GroupCommit[int, int], number: int) -> bool:
    try:
        async with asyncio.timeout(0.05):
            await group.put(number, 1)
    except Full:
        return True
    except TimeoutError:
        return False
    return False


async def test_when_the_store_is_away_everyone_hears_it_at_once() -> None:
    table = Table()
    table.away = True
    table.open.clear()
    group = GroupCommit(table.commit, batch_items=2, commits=1)

    waiting = [asyncio.create_task(group.put(number, 1)) for number in range(50)]
    await asyncio.sleep(0)
    table.open.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert all(isinstance(result, NotDurable) for result in results)
    assert isinstance(results[0].__cause__, StoreUnavailable)  # type: ignore[union-attr]


async def test_a_store_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector.web.intake.batch.COMMIT_S", 0.05)
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit)

    with pytest.raises(NotDurable):
        await group.put(1, 1)


async def test_after_a_failure_the_next_is_committed_again() -> None:
    table = Table()
    group = GroupCommit(table.commit)
    table.away = True
    with pytest.raises(NotDurable):
        await group.put(1, 1)

    table.away = False

    assert await group.put(2, 1) == 20


async def test_an_item_that_cannot_be_stored_fails_alone() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit, commits=1)

    waiting = [asyncio.create_task(group.put(number, 1)) for number in (1, -2, 3)]
    await asyncio.sleep(0)
    table.open.set()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)

    assert (first, third) == (10, 30)
    assert isinstance(second, NotDurable)
    assert isinstance(second.__cause__, ValueError)


async def test_a_sender_who_stops_waiting_disturbs_nobody() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit, commits=1)
    impatient, patient = (asyncio.create_task(group.put(number, 1)) for number in (1, 2))
    await asyncio.sleep(0)

    impatient.cancel()
    await asyncio.wait({impatient})
    table.open.set()

    assert await patient == 20


async def test_closing_waits_for_the_last_answer() -> None:
    table = Table()
    table.open.clear()
    group = GroupCommit(table.commit)
    waiting = asyncio.create_task(group.put(1, 1))
    await asyncio.sleep(0)

    closing = asyncio.create_task(group.close())
    await asyncio.sleep(0)
    assert not closing.done()
    table.open.set()
    await closing

    assert waiting.done()
