"""The inbox: kept once, knocked for in the same commit."""

from __future__ import annotations

import asyncio

from tests.store.builders import a_delivery, an_order, ask

from ml_connector.store import Store
from ml_connector.store.deliveries import Accepted, Delivery
from ml_connector.store.deliveries_sql import page
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.subjects import Knock, Lane


async def accept(store: Store, *deliveries: Delivery) -> tuple[Accepted, ...]:
    async with store.at_once() as tx:
        return await store.deliveries.accept_many(tx, deliveries)


async def test_a_delivery_is_kept_as_it_came_and_its_order_is_knocked_for(store: Store, connection_id: int) -> None:
    [accepted] = await accept(store, a_delivery(connection_id, body=b"\x00not json \xff"))

    async with store.at_once() as tx:
        kept = await store.deliveries.get(tx, accepted.id)
        subject = await store.subjects.state(tx, an_order(connection_id))
    assert kept is not None
    assert subject is not None
    assert kept.body == b"\x00not json \xff"
    assert kept.headers == {"x-shopify-topic": "orders/create"}
    assert kept.relayed_at == kept.received_at
    assert (subject.knocked, subject.answered, subject.lane) == (1, 0, Lane.LIVE)


async def test_a_repeat_is_counted_and_knocks_no_second_time(store: Store, connection_id: int) -> None:
    await accept(store, a_delivery(connection_id))

    [again] = await accept(store, a_delivery(connection_id))

    assert again.repeat
    assert await ask(store, "SELECT repeats FROM deliveries") == 1
    assert await ask(store, "SELECT knocked FROM subjects") == 1


async def test_twins_in_one_batch_are_one_delivery(store: Store, connection_id: int) -> None:
    answers = await accept(store, *(a_delivery(connection_id) for _ in range(3)))

    assert [answer.repeat for answer in answers] == [False, True, True]
    assert len({answer.id for answer in answers}) == 1
    assert await ask(store, "SELECT repeats FROM deliveries") == 2
    assert await ask(store, "SELECT knocked FROM subjects") == 1


async def test_twins_of_a_delivery_that_we_had_are_repeats_all(store: Store, connection_id: int) -> None:
    await accept(store, a_delivery(connection_id))

    answers = await accept(store, a_delivery(connection_id), a_delivery(connection_id))

    assert [answer.repeat for answer in answers] == [True, True]
    assert await ask(store, "SELECT repeats FROM deliveries") == 2
    assert await ask(store, "SELECT knocked FROM subjects") == 1


async def test_many_deliveries_about_one_order_are_as_many_knocks(store: Store, connection_id: int) -> None:
    answers = await accept(store, *(a_delivery(connection_id, f"w-{n}") for n in range(5)))

    assert not any(answer.repeat for answer in answers)
    assert await ask(store, "SELECT knocked FROM subjects") == 5


async def test_answers_come_in_the_order_of_the_questions(store: Store, connection_id: int) -> None:
    await accept(store, a_delivery(connection_id, "b"))

    answers = await accept(store, *(a_delivery(connection_id, word) for word in "cba"))

    assert [answer.repeat for answer in answers] == [False, True, False]


async def test_one_webhook_id_from_two_shops_is_two_deliveries(store: Store, connection_id: int) -> None:
    answers = await accept(store, a_delivery(connection_id), a_delivery(connection_id, shop="b.myshopify.com"))

    assert [answer.repeat for answer in answers] == [False, False]


async def test_a_delivery_of_an_unknown_shop_is_kept_and_knocks_for_nothing(store: Store) -> None:
    [answer] = await accept(store, a_delivery(None, verdict="unknown_shop"))

    assert not answer.repeat
    assert await ask(store, "SELECT count(*) FROM subjects") == 0


async def test_an_empty_batch_asks_nothing(store: Store) -> None:
    assert await accept(store) == ()


async def test_a_delivery_may_knock_for_several_subjects(store: Store, connection_id: int) -> None:
    knocks = tuple(Knock(an_order(connection_id, number), Lane.REFUNDS) for number in (1, 2))

    await accept(store, a_delivery(connection_id, knocks=knocks))

    assert await ask(store, "SELECT count(*) FROM subjects WHERE lane = 1") == 2


async def test_what_waits_for_the_relay_is_knocked_for_by_it_once(store: Store, connection_id: int) -> None:
    await accept(store, a_delivery(connection_id, knocks=(), relay=True))

    async with store.at_once() as tx:
        first = await store.deliveries.relay(tx)
        second = await store.deliveries.relay(tx)

    assert (first, second) == (1, 0)
    assert await ask(store, "SELECT knocked FROM subjects") == 1


async def test_a_rolled_back_batch_leaves_neither_delivery_nor_knock(store: Store, connection_id: int) -> None:
    class Stop(Exception):
        pass

    try:
        async with store.transaction() as tx:
            await store.deliveries.accept_many(tx, [a_delivery(connection_id)])
            raise Stop
    except Stop:
        pass

    assert await ask(store, "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM subjects)") == 0


async def test_batches_that_meet_in_any_order_lose_nothing(store: Store, connection_id: int) -> None:
    """Eight writers with the same hundred deliveries in different order: no deadlock, each delivery once."""
    deliveries = [
        a_delivery(connection_id, f"w-{n}", knocks=(Knock(an_order(connection_id, n % 10)),)) for n in range(100)
    ]

    answers = await asyncio.gather(*(accept(store, *deliveries[n * 12 :], *deliveries[: n * 12]) for n in range(8)))

    fresh = sum(not answer.repeat for batch in answers for answer in batch)
    assert fresh == 100
    assert await ask(store, "SELECT count(*) FROM deliveries") == 100
    assert await ask(store, "SELECT sum(repeats) FROM deliveries") == 700
    assert await ask(store, "SELECT sum(knocked) FROM subjects") == 100


async def test_pages_go_from_the_newest_to_the_oldest(store: Store, connection_id: int) -> None:
    await accept(store, *(a_delivery(connection_id, f"w-{n}") for n in range(5)))

    async with store.at_once() as tx:
        first = await store.deliveries.page(tx, connection_id=connection_id, limit=3)
        rest = await store.deliveries.page(tx, connection_id=connection_id, before=first[-1].id, limit=3)

    assert [kept.webhook_id for kept in first + rest] == ["w-4", "w-3", "w-2", "w-1", "w-0"]


async def test_the_newest_of_one_connection_are_walked_by_an_index_of_their_own(
    store: Store, connection_id: int
) -> None:
    statement = page(frozenset({"connection_id", "before"}))

    async with store.transaction() as tx:
        await run(tx, text("SET LOCAL enable_seqscan = off"))
        await run(tx, text("SET LOCAL enable_sort = off"))
        plan = await all_rows(
            tx, text(f"EXPLAIN {statement.text}"), connection_id=connection_id, before=1_000_000, limit=50
        )

    assert any("using ix_deliveries_newest" in row[0] for row in plan), plan


async def test_the_deliveries_of_an_order_are_found_by_it(store: Store, connection_id: int) -> None:
    other = an_order(connection_id, 7)
    await accept(store, a_delivery(connection_id), a_delivery(connection_id, "w-2", subject=other, knocks=()))

    async with store.at_once() as tx:
        kept = await store.deliveries.of_subject(tx, an_order(connection_id))

    assert [delivery.webhook_id for delivery in kept] == ["w-1"]
