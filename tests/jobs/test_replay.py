"""Looking again at orders in numbers."""

from __future__ import annotations

import pytest
from tests.store.builders import NOON, a_connection, an_order

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs import replay as module
from ml_connector.jobs.replay import plan_replay, start_replay, stop_replay
from ml_connector.store import Store
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts, Wanted
from ml_connector.store.subjects import Lane


async def recorded(store: Store, connection_id: int, number: int, verdict: Verdict, *, invoice: bool = False) -> None:
    async with store.at_once() as tx:
        await store.outcomes.record(
            tx,
            connection_id,
            an_order(connection_id, number).id,
            Outcome(verdict, Reason("tax_unmapped", "Zoho has no tax.")),
            facts=OrderFacts(f"#{number}", NOON, Money.of("1", "EUR")),
            invoice=InvoiceFacts("46", "INV-1") if invoice else None,
        )


async def test_held_and_failed_orders_are_planned_and_those_with_an_invoice_cost_less(store: Store) -> None:
    connection_id = await a_connection(store)
    await recorded(store, connection_id, 1, Verdict.FAILED)
    await recorded(store, connection_id, 2, Verdict.HELD, invoice=True)
    await recorded(store, connection_id, 3, Verdict.POSTED)

    plan = await plan_replay(store, Wanted())

    assert {subject.id[-1] for subject in plan.subjects} == {"1", "2"}
    assert plan.calls == 3 + 2


async def test_a_filter_narrows_the_plan(store: Store) -> None:
    one, two = await a_connection(store), await a_connection(store)
    await recorded(store, one, 1, Verdict.FAILED)
    await recorded(store, two, 2, Verdict.HELD)

    assert [s.connection_id for s in (await plan_replay(store, Wanted(connection_id=two))).subjects] == [two]
    assert [s.connection_id for s in (await plan_replay(store, Wanted(verdict=Verdict.FAILED))).subjects] == [one]
    assert not (await plan_replay(store, Wanted(error="rate_limited"))).subjects


async def test_more_than_a_page_is_planned_and_queued_whole_and_can_be_taken_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    connection_id = await a_connection(store)
    for number in range(5):
        await recorded(store, connection_id, number, Verdict.FAILED)

    plan = await plan_replay(store, Wanted())
    async with store.transaction() as tx:
        started = await start_replay(tx, store, plan, word="w", who="ann", title="all", connection_id=connection_id)
        state = await store.subjects.state(tx, plan.subjects[0])
    stopped = await stop_replay(store, started.id, who="ann")
    of_nothing = await stop_replay(store, started.id + 1, who="ann")

    assert state is not None
    assert state.lane is Lane.REFUNDS  # behind live orders, before what is historical
    assert (len(plan.subjects), stopped, of_nothing) == (5, 5, 0)
    async with store.at_once() as tx:
        noted = await store.audit.page(tx, connection_id=connection_id)
    assert [(each.action, each.details["orders"]) for each in noted] == [("replay.stopped", 5), ("orders.replayed", 5)]
