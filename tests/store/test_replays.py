"""Bulk replays: once, told truly, stopped honestly."""

from __future__ import annotations

import asyncio

import pytest
from tests.store.builders import a_lease, an_intent, an_order, ask, knock

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.store import Store
from ml_connector.store.outcomes import OrderFacts
from ml_connector.store.replays import Replay
from ml_connector.store.subjects import Knock, Lane, Subject

HELD = Outcome(Verdict.HELD, Reason("tax_unmapped", "No tax."))


@pytest.fixture
async def orders(store: Store, connection_id: int) -> list[Subject]:
    """Four held orders at rest."""
    made = [an_order(connection_id, number) for number in range(1, 5)]
    async with store.transaction() as tx:
        for order in made:
            await store.outcomes.record(tx, connection_id, order.id, HELD, facts=OrderFacts(f"#{order.id[-1]}"))
    return made


async def start(store: Store, orders: list[Subject], word: str = "w") -> Replay:
    async with store.transaction() as tx:
        return await store.replays.start(
            tx, [Knock(order, Lane.REFUNDS) for order in orders], word=word, who="anne", plan={"calls": 8}
        )


async def answer(store: Store, order: Subject, outcome: Outcome) -> None:
    lease = await a_lease(store, order)
    async with store.transaction() as tx:
        await store.outcomes.record(tx, order.connection_id, order.id, outcome)
        await store.subjects.answered(tx, lease)


async def get(store: Store, replay: Replay) -> Replay:
    async with store.at_once() as tx:
        found = await store.replays.get(tx, replay.id)
    assert found is not None
    return found


async def stop(store: Store, replay: Replay) -> int:
    async with store.transaction() as tx:
        return await store.replays.stop(tx, replay.id)


async def test_a_replay_knocks_for_its_orders(store: Store, orders: list[Subject]) -> None:
    replay = await start(store, orders)

    assert (replay.to_go, replay.results, replay.plan, replay.who) == (4, {}, {"calls": 8}, "anne")
    assert await ask(store, "SELECT count(*) FROM subjects WHERE knocked > answered AND lane = 1") == 4


async def test_a_double_click_starts_one_replay(store: Store, orders: list[Subject]) -> None:
    replays = await asyncio.gather(*(start(store, orders) for _ in range(4)))

    assert len({replay.id for replay in replays}) == 1
    assert await ask(store, "SELECT max(knocked) FROM subjects") == 1


async def test_progress_tells_results_by_verdict(store: Store, orders: list[Subject]) -> None:
    replay = await start(store, orders)
    await answer(store, orders[0], Outcome(Verdict.POSTED))
    await answer(store, orders[1], HELD)

    now = await get(store, replay)

    assert now.results == {Verdict.POSTED: 1, Verdict.HELD: 1}
    assert (now.to_go, now.finished) == (2, False)


async def test_a_later_knock_does_not_take_a_result_back(store: Store, orders: list[Subject]) -> None:
    replay = await start(store, orders[:1])
    await answer(store, orders[0], Outcome(Verdict.POSTED))

    await knock(store, orders[0])

    assert (await get(store, replay)).finished


async def test_stopping_takes_back_what_has_not_started(store: Store, orders: list[Subject]) -> None:
    replay = await start(store, orders)
    await answer(store, orders[0], Outcome(Verdict.POSTED))

    stopped = await stop(store, replay)

    now = await get(store, replay)
    assert (stopped, now.stopped, now.to_go) == (3, 3, 0)
    assert now.stopped_at is not None
    assert await ask(store, "SELECT count(*) FROM subjects WHERE knocked > answered") == 0


async def test_stopping_leaves_what_somebody_else_knocked_for(store: Store, orders: list[Subject]) -> None:
    await knock(store, orders[0])
    replay = await start(store, orders[:2])
    await knock(store, orders[1])

    assert await stop(store, replay) == 0


async def test_stopping_leaves_what_is_running_or_has_begun(store: Store, orders: list[Subject]) -> None:
    running, intending, waiting, rested = orders
    replay = await start(store, orders)
    await a_lease(store, running)
    lease = await a_lease(store, intending)
    async with store.transaction() as tx:
        await store.operations.intend(tx, lease, [an_intent()])
        await store.subjects.release(tx, lease)
        await store.outcomes.record(tx, waiting.connection_id, waiting.id, Outcome(Verdict.WAITING))

    stopped = await stop(store, replay)

    assert stopped == 1
    assert await ask(store, "SELECT subject_id FROM replay_orders WHERE stopped") == rested.id


async def test_recent_replays_come_newest_first_with_their_orders(store: Store, orders: list[Subject]) -> None:
    first, second = await start(store, orders[:1], "a"), await start(store, orders[1:], "b")

    async with store.at_once() as tx:
        recent = await store.replays.recent(tx)
        elsewhere = await store.replays.recent(tx, 999)
        ids = await store.replays.order_ids(tx, first.id)

    assert [replay.id for replay in recent] == [second.id, first.id]
    assert elsewhere == ()
    assert ids == (orders[0].id,)
