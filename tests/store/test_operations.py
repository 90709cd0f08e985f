"""Intent, permit, send, settle: each step in one commit, and only by who holds the subject."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.store.builders import ORGANIZATION, a_lease, an_intent, an_order, ask, do, expire, send

from ml_connector.store import Store
from ml_connector.store.allowances import Refused
from ml_connector.store.errors import ClaimTaken, LeaseLost, WrongState
from ml_connector.store.operations import Intent, OperationRow, Step
from ml_connector.store.subjects import Lane, Lease

KEY = an_intent().key


@pytest.fixture
async def lease(store: Store, connection_id: int) -> Lease:
    return await a_lease(store, an_order(connection_id))


async def intend(store: Store, lease: Lease, *intents: Intent) -> frozenset[str]:
    async with store.transaction() as tx:
        return await store.operations.intend(tx, lease, intents or [an_intent()])


async def settle(store: Store, lease: Lease, *steps: Step) -> None:
    async with store.transaction() as tx:
        await store.operations.settle(tx, lease, steps)


async def row(store: Store, key: str = KEY) -> OperationRow:
    async with store.at_once() as tx:
        connection = int(await ask(store, "SELECT connection_id FROM operations WHERE key = :key", key=key))
        return (await store.operations.of_keys(tx, connection, [key]))[key]


async def claims(store: Store, connection_id: int) -> dict[str, str]:
    sources = [f"gid://shopify/Sale/{number}" for number in range(5)]
    async with store.at_once() as tx:
        return await store.operations.claims(tx, connection_id, sources)


async def past_answers(store: Store) -> None:
    """As if every `answer_before` had passed."""
    await do(store, "UPDATE operations SET answer_before = clock_timestamp() - interval '1 second'")


async def test_an_intent_is_kept_with_its_draft_and_its_claims(store: Store, lease: Lease) -> None:
    kept = await intend(store, lease)

    operation = await row(store)
    assert kept == {KEY}
    assert (operation.state, operation.attempt, operation.fence) == ("intended", 0, lease.fence)
    assert operation.draft == {"key": KEY, "total": "118.00"}
    assert await claims(store, operation.connection_id) == {"gid://shopify/Sale/1": KEY}


async def test_a_plan_keeps_its_order(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent("z", claims=()), an_intent("a", claims=()))

    async with store.at_once() as tx:
        rows = await store.operations.of_subject(tx, lease.subject)

    assert [operation.key for operation in rows] == ["z", "a"]


async def test_sending_commits_attempt_deadlines_and_permit(store: Store, lease: Lease) -> None:
    await intend(store, lease)

    sending = await send(store, lease, KEY, request={"method": "PUT"})

    operation = await row(store)
    assert sending.attempts == {KEY: 1}
    assert (operation.state, operation.attempt, operation.request) == ("sent", 1, {"method": "PUT"})
    assert operation.send_before is not None
    assert operation.answer_before is not None
    assert operation.sent_at is not None
    assert round((operation.send_before - operation.sent_at).total_seconds()) == 10
    assert round((operation.answer_before - operation.sent_at).total_seconds()) == 40
    assert await ask(store, "SELECT out_ids FROM allowances") == [sending.permit_id]


async def test_one_request_may_settle_several_operations_with_one_permit(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent("a", claims=()), an_intent("b", claims=()))

    sending = await send(store, lease, "a", "b")

    assert sending.attempts == {"a": 1, "b": 1}
    assert await ask(store, "SELECT cardinality(out_ids) FROM allowances") == 1


async def test_without_a_permit_nothing_is_sent(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    async with store.at_once() as tx:
        await store.allowances.open(tx, ORGANIZATION)
        await store.allowances.limited(tx, ORGANIZATION, "blocked", for_s=3600)
        answer = await store.operations.permit_and_send(
            tx, lease, [KEY], organization=ORGANIZATION, lane=Lane.LIVE, request={}, request_sha=""
        )

    operation = await row(store)
    assert isinstance(answer, Refused)
    assert (answer.why, round(answer.wait_s)) == ("blocked", 3600)
    assert (operation.state, operation.attempt, operation.answer_before) == ("intended", 0, None)


@pytest.mark.parametrize("state", ["done", "refused", "in_doubt"])
async def test_what_was_sent_ends_in_one_of_three_ways(store: Store, lease: Lease, state: str) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)

    await settle(store, lease, Step(KEY, state, zoho_id="460001", answer={"total": 118}))

    operation = await row(store)
    assert (operation.state, operation.zoho_id, operation.answer) == (state, "460001", {"total": 118})
    assert (operation.settled_at is None) == (state == "in_doubt")
    assert (operation.first_in_doubt_at is not None) == (state == "in_doubt")


async def test_an_operation_is_sent_once_for_each_intent(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)

    with pytest.raises(WrongState):
        await send(store, lease, KEY)

    assert (await row(store)).attempt == 1
    assert await ask(store, "SELECT cardinality(out_ids) FROM allowances") == 1


async def test_what_was_only_intended_can_not_be_in_doubt(store: Store, lease: Lease) -> None:
    await intend(store, lease)

    with pytest.raises(WrongState):
        await settle(store, lease, Step(KEY, "in_doubt"))


async def test_settling_some_that_were_not_sent_settles_none(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent("a", claims=()), an_intent("b", claims=()))
    await send(store, lease, "a")

    with pytest.raises(WrongState):
        await settle(store, lease, Step("a", "in_doubt"), Step("b", "in_doubt"))

    assert (await row(store, "a")).state == "sent"


@pytest.mark.parametrize("state", ["sent", "in_doubt", "done"])
async def test_a_newer_plan_leaves_what_was_sent_as_it_is(store: Store, lease: Lease, state: str) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)
    if state != "sent":
        await settle(store, lease, Step(KEY, state))

    kept = await intend(store, lease, an_intent(draft={"other": True}))

    operation = await row(store)
    assert kept == frozenset()
    assert (operation.state, operation.draft["key"]) == (state, KEY)


async def test_a_refused_operation_may_be_wanted_again(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)
    await settle(store, lease, Step(KEY, "refused"))

    kept = await intend(store, lease)
    sending = await send(store, lease, KEY)

    assert kept == {KEY}
    assert sending.attempts == {KEY: 2}


async def test_two_documents_can_not_account_for_one_sale(store: Store, lease: Lease) -> None:
    await intend(store, lease)

    with pytest.raises(ClaimTaken) as taken:
        await intend(store, lease, an_intent("edit:1:up"))

    assert (taken.value.source_id, taken.value.other_key) == ("gid://shopify/Sale/1", KEY)
    assert await ask(store, "SELECT count(*) FROM operations") == 1


async def test_nor_two_documents_of_one_plan(store: Store, lease: Lease) -> None:
    with pytest.raises(ClaimTaken):
        await intend(store, lease, an_intent("a"), an_intent("b"))


async def test_two_runs_that_claim_one_sale_at_once_do_not_both_get_it(store: Store, connection_id: int) -> None:
    leases = [await a_lease(store, an_order(connection_id, number)) for number in range(6)]

    answers = await asyncio.gather(
        *(intend(store, lease, an_intent(f"invoice:{n}")) for n, lease in enumerate(leases)), return_exceptions=True
    )

    assert sum(isinstance(answer, frozenset) for answer in answers) == 1
    assert sum(isinstance(answer, ClaimTaken) for answer in answers) == 5


async def test_dropped_and_refused_operations_free_their_claims(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent("a"), an_intent("b", claims=("gid://shopify/Sale/2",)))
    await send(store, lease, "b")

    async with store.transaction() as tx:
        await store.operations.drop(tx, lease, ["a"])
    await settle(store, lease, Step("b", "refused"))

    assert await claims(store, lease.subject.connection_id) == {}


async def test_a_changed_intent_frees_what_it_no_longer_claims(store: Store, lease: Lease) -> None:
    await intend(store, lease)

    await intend(store, lease, an_intent(claims=("gid://shopify/Sale/2",)))

    assert await claims(store, lease.subject.connection_id) == {"gid://shopify/Sale/2": KEY}


async def test_only_what_was_not_sent_can_be_dropped(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)

    with pytest.raises(WrongState):
        async with store.transaction() as tx:
            await store.operations.drop(tx, lease, [KEY])


async def test_what_an_earlier_run_sent_is_left_alone_until_its_answer_can_not_come(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)
    await expire(store, lease)
    second = await a_lease(store, lease.subject, owner="w2")

    async with store.transaction() as tx:
        early = await store.operations.take_over(tx, second)
    await past_answers(store)
    async with store.transaction() as tx:
        late = await store.operations.take_over(tx, second)

    assert early.in_doubt == ()
    assert early.not_before is not None
    assert (late.in_doubt, late.not_before) == ((KEY,), None)
    assert (await row(store)).state == "in_doubt"


async def test_in_doubt_is_not_sent_again_before_its_answer_can_not_come(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)
    await settle(store, lease, Step(KEY, "in_doubt"))

    with pytest.raises(WrongState):
        async with store.transaction() as tx:
            await store.operations.send_again(tx, lease, [KEY])

    await past_answers(store)
    async with store.transaction() as tx:
        await store.operations.looked_up(tx, lease, [KEY])
        await store.operations.send_again(tx, lease, [KEY])
    assert (await send(store, lease, KEY)).attempts == {KEY: 2}


async def test_lookups_are_counted(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)
    await settle(store, lease, Step(KEY, "in_doubt"))

    async with store.transaction() as tx:
        await store.operations.looked_up(tx, lease, [KEY])
        await store.operations.looked_up(tx, lease, [KEY])

    operation = await row(store)
    assert operation.lookups == 2
    assert operation.last_lookup_at is not None


async def test_a_sender_that_surely_sent_nothing_takes_it_back(store: Store, lease: Lease) -> None:
    await intend(store, lease)
    await send(store, lease, KEY)

    async with store.transaction() as tx:
        await store.operations.not_sent(tx, lease, [KEY])

    operation = await row(store)
    assert (operation.state, operation.attempt, operation.answer_before) == ("intended", 1, None)


async def test_after_a_restore_what_is_not_done_is_put_in_doubt_once(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent("a", claims=()), an_intent("b", claims=()))
    await send(store, lease, "b")
    await settle(store, lease, Step("b", "done"))

    async def doubted() -> list[bool]:
        async with store.at_once() as tx:
            return [await store.operations.doubt(tx, lease, key, restored_at=restored_at) for key in ("a", "b")]

    restored_at = await store.now()
    first = await doubted()
    await past_answers(store)
    async with store.transaction() as tx:
        await store.operations.looked_up(tx, lease, ["a"])
        await store.operations.send_again(tx, lease, ["a"])
    second = await doubted()
    restored_at = await store.now()
    third = await doubted()

    assert (first, second, third) == ([True, False], [False, False], [True, False])


Attempt = Callable[[Store, AsyncConnection, Lease], Awaitable[object]]
STEPS: dict[str, Attempt] = {
    "intend": lambda store, tx, lease: store.operations.intend(tx, lease, [an_intent("new")]),
    "send": lambda store, tx, lease: store.operations.permit_and_send(
        tx, lease, [KEY], organization=ORGANIZATION, lane=Lane.LIVE, request={}, request_sha=""
    ),
    "settle": lambda store, tx, lease: store.operations.settle(tx, lease, [Step(KEY, "done")]),
    "drop": lambda store, tx, lease: store.operations.drop(tx, lease, [KEY]),
    "take over": lambda store, tx, lease: store.operations.take_over(tx, lease),
    "look up": lambda store, tx, lease: store.operations.looked_up(tx, lease, [KEY]),
    "send again": lambda store, tx, lease: store.operations.send_again(tx, lease, [KEY]),
    "not sent": lambda store, tx, lease: store.operations.not_sent(tx, lease, [KEY]),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
async def test_who_lost_the_subject_changes_nothing(store: Store, lease: Lease, step: Attempt) -> None:
    await intend(store, lease)
    await expire(store, lease)
    await a_lease(store, lease.subject, owner="w2")

    with pytest.raises(LeaseLost):
        async with store.at_once() as tx:
            await step(store, tx, lease)

    assert await ask(store, "SELECT string_agg(state, ',') FROM operations") == "intended"
    assert await ask(store, "SELECT count(*) FROM allowances WHERE next_id > 0") == 0


async def test_two_runs_of_one_subject_send_once_whatever_the_moment(store: Store, connection_id: int) -> None:
    """The first run's step b meets the second run's take-over: either it is sent before, or not at all."""
    async with store.at_once() as tx:
        await store.allowances.configure(tx, ORGANIZATION, in_flight=10)  # none is answered while this goes on
    for number in range(10):
        order = an_order(connection_id, number)
        key = f"invoice:{number}"
        first = await a_lease(store, order)
        await intend(store, first, an_intent(key, claims=()))
        await expire(store, first)

        sent, second = await asyncio.gather(
            send(store, first, key), a_lease(store, order, owner="w2"), return_exceptions=True
        )

        assert isinstance(second, Lease)
        async with store.transaction() as tx:
            left = await store.operations.take_over(tx, second)
        assert isinstance(sent, LeaseLost) == (left.not_before is None)
        assert (await row(store, key)).attempt == (0 if isinstance(sent, LeaseLost) else 1)


async def test_deadlines_are_the_databases_also_when_the_pace_is_told_another_time(store: Store, lease: Lease) -> None:
    await intend(store, lease)

    await send(store, lease, KEY, now=datetime(2020, 1, 1, tzinfo=UTC))

    operation = await row(store)
    assert operation.answer_before is not None
    assert operation.answer_before > operation.intended_at


async def test_text_that_postgresql_can_not_hold_is_kept_as_a_replacement(store: Store, lease: Lease) -> None:
    await intend(store, lease, an_intent(draft={"title": "a\0b \\u0000 \ud800 🎁"}))

    assert (await row(store)).draft == {"title": "a\ufffdb \\u0000 \ufffd 🎁"}
