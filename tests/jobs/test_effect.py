"""A change of policy is tried on the orders of the last 90 days, as they were read; nothing is asked and written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.jobs.desk import Desk

from ml_connector.domain.effect import without_people
from ml_connector.domain.policy import Exclusion
from ml_connector.jobs.effect import effect_of
from ml_connector.sandbox.shopify.ids import gid


async def test_orders_that_would_come_out_differently_are_counted_and_told(desk: Desk) -> None:
    for number in range(3):
        await desk.post(desk.order(tags=("staff",) if number == 1 else ()))
    run = await desk.run()
    after = replace(run.policy, exclude=(Exclusion("Tag staff", tag="staff"),))
    desk.doors.requests.clear()

    found = await effect_of(run.store, desk.connected.connection, run.policy, after, run.clock)

    assert found is not None
    assert (found.orders, found.planned, found.differ, found.complete) == (3, 3, 1, True)
    (shown,) = found.shown
    assert shown.difference.after == "Excluded: Excluded by rule “Tag staff”."
    assert desk.doors.requests == []
    assert found.as_json()["shown"][0]["name"] == shown.name


async def test_the_same_policy_makes_no_difference_to_any_kind_of_order(desk: Desk) -> None:
    await desk.post(desk.order())
    run = await desk.run()

    found = await effect_of(run.store, desk.connected.connection, run.policy, run.policy, run.clock)

    assert found is not None
    assert (found.planned, found.differ) == (1, 0)


async def test_what_is_kept_for_it_names_nobody(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    run = await desk.run()
    read = await run.shopify.order(gid("Order", order.id))

    async with run.store.at_once() as tx:
        (kept,) = await run.store.readings.snapshots(tx, run.connection_id, desk.clock.now() - timedelta(days=1))

    assert read is not None
    assert kept.order == without_people(read)
