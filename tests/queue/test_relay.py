"""From rows to jobs: nothing lost, nobody overtaken, nothing twice. On both back ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import count

import pytest
from tests.queue.back_ends import Place
from tests.queue.rows import Rows
from tests.queue.waiting import Recorder, at_rest, eventually, running

from ml_connector.queue import Engine, JobSeen, QueueAway
from ml_connector.queue.relay import LOST_AFTER_S, WINDOW, Relay, priority_of
from ml_connector.queue.subjects import Due, Subject, name_of, subject_of
from ml_connector.store.deliveries import Delivery
from ml_connector.store.subjects import Lane

_names = count()


async def a_shop(rows: Rows, orders: int, *, lane: Lane = Lane.LIVE) -> list[Subject]:
    """A connection with outstanding orders, oldest first."""
    connection = await rows.a_connection(f"shop-{next(_names)}")
    keys = [Subject(connection, "order", f"gid://shopify/Order/{number}") for number in range(orders)]
    for key in keys:
        await rows.knock(key, lane=lane)
    return keys


class Books(Recorder):
    """A processor that answers what it reads, as a run does."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(self._answer)
        self._rows = rows

    async def _answer(self, job: JobSeen) -> None:
        await self._rows.answer(subject_of(job.subject))


async def test_a_knock_becomes_a_run(engine: Engine, rows: Rows) -> None:
    [key] = await a_shop(rows, 1)
    relay = Relay(rows.backlog, engine)
    books = Books(rows)

    async with running(engine, books):
        moved = await relay.turn()
        await books.saw(1)
        await at_rest(engine)

    assert moved == 1
    assert books.subjects == [name_of(key)]
    assert await rows.outstanding() == 0
    assert await relay.turn() == 0


async def test_a_row_with_a_job_gets_no_second_one(engine: Engine, rows: Rows) -> None:
    await a_shop(rows, 3)
    relays = [Relay(rows.backlog, engine) for _ in range(4)]

    moved = await asyncio.gather(*(relay.turn() for relay in relays))

    assert sum(moved) == 3
    assert (await engine.counts()).waiting == 3


async def test_only_a_minute_s_worth_of_a_connection_is_in_the_queue(engine: Engine, rows: Rows) -> None:
    await a_shop(rows, WINDOW + 40, lane=Lane.BACKFILL)
    relay = Relay(rows.backlog, engine)

    first, second = await relay.turn(), await relay.turn()

    assert (first, second) == (WINDOW, 0)
    assert (await engine.counts()).waiting == WINDOW


async def test_a_live_order_does_not_wait_for_its_own_shop_s_backlog(engine: Engine, rows: Rows) -> None:
    backlog = await a_shop(rows, WINDOW + 5, lane=Lane.BACKFILL)
    relay = Relay(rows.backlog, engine)
    await relay.turn()
    live = Subject(backlog[0].connection_id, "order", "gid://shopify/Order/live")

    await rows.knock(live, lane=Lane.LIVE)
    moved = await relay.turn()

    books = Books(rows)
    async with running(engine, books, concurrency=1):
        [first] = await books.saw(1)
    assert (moved, first) == (1, name_of(live))


async def test_a_quiet_shop_s_first_order_overtakes_a_busy_shop_s_backlog(engine: Engine, rows: Rows) -> None:
    relay = Relay(rows.backlog, engine)
    await a_shop(rows, 50)
    await relay.turn()
    [quiet] = await a_shop(rows, 1)
    await relay.turn()

    books = Books(rows)
    async with running(engine, books, concurrency=1):
        seen = await books.saw(3)

    assert name_of(quiet) in seen[:2]


async def test_a_stronger_knock_moves_the_job_that_waits(engine: Engine, rows: Rows) -> None:
    relay = Relay(rows.backlog, engine)
    keys = await a_shop(rows, 10, lane=Lane.REREADING)
    await relay.turn()

    await rows.knock(keys[7], lane=Lane.LIVE)
    await relay.turn()

    books = Books(rows)
    async with running(engine, books, concurrency=1):
        [first] = await books.saw(1)
    assert first == name_of(keys[7])
    assert len(books.subjects) <= 10


async def test_a_paused_connection_s_rows_stay_rows(engine: Engine, rows: Rows) -> None:
    keys = await a_shop(rows, 2)
    await rows.pause(keys[0].connection_id)

    moved = await Relay(rows.backlog, engine).turn()

    assert (moved, (await engine.counts()).alive) == (0, 0)


async def test_a_knock_during_a_run_is_answered_by_another_run(engine: Engine, rows: Rows) -> None:
    [key] = await a_shop(rows, 1)
    relay = Relay(rows.backlog, engine)
    read, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(_job: JobSeen) -> None:
        lease = await rows.begin(key)
        read.set()
        await asyncio.wait_for(go_on.wait(), 10)
        assert lease is not None
        await rows.end(lease)

    recorder = Recorder(slowly)
    async with running(engine, recorder):
        await relay.turn()
        await asyncio.wait_for(read.wait(), 10)
        await rows.knock(key)
        await relay.turn()
        go_on.set()

        async def answered() -> bool:
            await relay.turn()
            return await rows.outstanding() == 0

        await eventually(answered)
    assert len(recorder.seen) == 2


async def test_an_emptied_queue_is_filled_again_from_the_tables(engine: Engine, rows: Rows) -> None:
    keys = [*await a_shop(rows, 20), *await a_shop(rows, 20, lane=Lane.BACKFILL)]
    relay = Relay(rows.backlog, engine)
    await relay.turn()

    await engine.empty()
    await rows.age_notes(3)
    found = await relay.find_lost()
    await relay.turn()

    books = Books(rows)
    async with running(engine, books):
        await books.saw(40)
        await at_rest(engine)
    assert found == 40
    assert sorted(books.subjects) == sorted(map(name_of, keys))
    assert await rows.outstanding() == 0


async def test_some_lost_jobs_among_others_are_missed_at_the_second_look(engine: Engine, rows: Rows) -> None:
    await a_shop(rows, 5)
    relay = Relay(rows.backlog, engine)
    await relay.turn()
    await engine.empty()
    await a_shop(rows, 2)
    await relay.turn()
    await rows.age_notes(3)

    first, second = await relay.find_lost(), await relay.find_lost()
    await relay.turn()

    assert (first, second) == (0, 7)
    assert (await engine.counts()).waiting == 7


async def test_a_full_queue_is_not_taken_for_an_emptied_one(engine: Engine, rows: Rows) -> None:
    await a_shop(rows, 5)
    relay = Relay(rows.backlog, engine)
    await relay.turn()
    await rows.age_notes(3)

    assert [await relay.find_lost() for _ in range(3)] == [0, 0, 0]


async def test_a_row_whose_job_is_lost_for_long_is_added_again(engine: Engine, rows: Rows) -> None:
    await a_shop(rows, 1)
    relay = Relay(rows.backlog, engine)
    await relay.turn()
    await engine.empty()

    await rows.age_notes(LOST_AFTER_S + 1)

    assert await relay.turn() == 1
    assert (await engine.counts()).waiting == 1


async def test_while_the_queue_is_away_rows_are_put_back_and_the_relay_goes_on_by_itself(
    engine: Engine, rows: Rows, place: Place
) -> None:
    [key] = await a_shop(rows, 1)
    relay = Relay(rows.backlog, engine)
    place.go_away()
    try:
        with pytest.raises(QueueAway):
            await relay.turn()
        task = asyncio.create_task(relay.run())
        await asyncio.sleep(0)
    finally:
        place.come_back()

    books = Books(rows)
    async with running(engine, books):
        await books.saw(1)
    relay.stop()
    await task
    assert books.subjects == [name_of(key)]


async def test_a_woken_relay_starts_at_once(engine: Engine, rows: Rows) -> None:
    relay = Relay(rows.backlog, engine)
    books = Books(rows)
    task = asyncio.create_task(relay.run())
    loop = asyncio.get_running_loop()
    async with running(engine, books):
        await a_shop(rows, 1)
        relay.wake()
        started = loop.time()
        await books.saw(1)
        took = loop.time() - started
    relay.stop()
    await task

    assert took < 1.0


async def test_a_delivery_that_waits_for_the_relay_is_knocked_for_and_run(engine: Engine, rows: Rows) -> None:
    [key] = await a_shop(rows, 1)
    await rows.answer(key)
    waiting = Delivery(
        "shopify", "a.myshopify.com", "w-1", "orders/create", b"{}", datetime.now(UTC),
        connection_id=key.connection_id, subject=key, relay=True,
    )  # fmt: skip
    async with rows.at_once() as tx:
        await rows.deliveries.accept_many(tx, [waiting])
    relay = Relay(rows.backlog, engine)

    books = Books(rows)
    async with running(engine, books):
        await relay.look_around()
        await relay.turn()
        await books.saw(1)
        await at_rest(engine)

    assert books.subjects == [name_of(key)]
    assert await rows.outstanding() == 0


@pytest.mark.parametrize("lane", list(Lane))
def test_every_turn_of_a_lane_comes_before_the_next_lane_and_within_what_the_queue_takes(lane: Lane) -> None:
    subject = Subject(1, "order", "42")
    first, last = (priority_of(Due(subject, lane, turn, queued_before=False)) for turn in (0, 10**9))

    assert 1 <= first < last <= 2**21
    assert last < priority_of(Due(subject, lane, 0, queued_before=False)) + 100_000
