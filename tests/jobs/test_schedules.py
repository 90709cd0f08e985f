"""What happens by itself: which rounds a connection has, and what each of them does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.jobs.desk import Desk, a_customer
from tests.store.builders import ask, do

from ml_connector.jobs import deleted
from ml_connector.jobs.alive import is_worked, last_beat, prove, prove_again
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import disconnect
from ml_connector.jobs.deleted import Looked, look_for_deleted
from ml_connector.jobs.pruning import keep_house, prune
from ml_connector.jobs.schedules import Round, Rounds
from ml_connector.jobs.turns import Elsewhere, turn
from ml_connector.jobs.webhooks import verify_webhooks
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.shopify.errors import ServerFault

HERE = Listening("https://connector.example/webhooks/shopify", reachable=True)


def rounds_of(desk: Desk, listening: Listening = HERE) -> Rounds:
    return Rounds(desk.runtimes, desk.store, listening, sweep_every_s=300, retention_days=90)


async def named(desk: Desk, name: str) -> Round:
    return next(each for each in await rounds_of(desk)() if each.name == name)


async def health(desk: Desk) -> str:
    return str(await ask(desk.store, "SELECT health FROM connections"))


async def test_a_connection_that_is_well_has_all_its_rounds(desk: Desk) -> None:
    number = desk.connection_id

    found = {each.name: each.every_s for each in await rounds_of(desk)()}

    assert found == {
        "worker": 30,
        "notices": 30,
        "house": 86_400,
        f"prune:{number}": 86_400,
        f"again:{number}": 60,
        f"summary:{number}": 60,
        f"sweep:{number}": 300,
        f"resweep:{number}": 3_600,
        f"alive:{number}": 86_400,
        f"webhooks:{number}": 86_400,
        f"hooks:{number}": 86_400,
        f"contacts:{number}": 900,
        f"deleted:{number}": 86_400,
        f"vanished:{number}": 86_400,
    }


async def test_every_round_of_a_well_connection_can_be_run(desk: Desk) -> None:
    await desk.post(desk.order())

    for each in await rounds_of(desk)():
        await each.run()

    assert await is_worked(desk.store)
    assert await health(desk) == "ok"


async def test_an_ended_connection_is_only_pruned_and_forgotten(desk: Desk) -> None:
    await disconnect(await desk.run(), HERE)

    names = {each.name.partition(":")[0] for each in await rounds_of(desk)()}

    assert names == {"worker", "notices", "house", "prune", "law"}
    await (await named(desk, f"law:{desk.connection_id}")).run()


async def test_a_paused_connection_is_only_tried_again_and_summed_up(desk: Desk) -> None:
    await do(desk.store, "UPDATE connections SET health = 'paused', paused_until = now() + interval '1 hour'")

    names = {each.name.partition(":")[0] for each in await rounds_of(desk)()}

    assert names == {"worker", "notices", "house", "prune", "again", "summary"}


async def test_a_connection_whose_books_nobody_has_chosen_yet_is_not_tried(desk: Desk) -> None:
    """Zoho's refusal of no organisation could arrive after the choice, and pause what has just been connected."""
    await do(desk.store, "UPDATE connections SET health = 'paused', organization_id = ''")

    names = {each.name.partition(":")[0] for each in await rounds_of(desk)()}

    assert "again" not in names


# Word that a worker is alive


async def test_without_a_worker_nobody_left_word(desk: Desk) -> None:
    assert await last_beat(desk.store) is None
    assert not await is_worked(desk.store)


async def test_a_worker_that_died_is_noticed(desk: Desk) -> None:
    await (await named(desk, "worker")).run()
    await do(desk.store, "UPDATE watermarks SET at = at - interval '10 minutes'")

    assert not await is_worked(desk.store)


# Proof of life


async def test_a_grant_that_ended_is_told_before_an_order_needs_it(desk: Desk) -> None:
    desk.zoho.centres["eu"].revoke(next(iter(desk.zoho.centres["eu"].refresh_tokens)))
    desk.zoho.centres["eu"].expire_access_tokens()

    alive = await prove(await desk.run())

    assert not alive
    assert await health(desk) == "paused"


async def test_a_connection_that_is_well_again_goes_on(desk: Desk) -> None:
    order = desk.order()
    await desk.knock(desk.subject(order))
    await do(desk.store, "UPDATE connections SET health = 'paused', paused_until = now() - interval '1 minute'")

    alive = await prove_again(await desk.run())

    assert alive
    assert await health(desk) == "ok"
    assert await desk.outstanding() == [desk.subject(order)]


async def test_a_pause_that_is_not_over_is_left_alone(desk: Desk) -> None:
    await do(desk.store, "UPDATE connections SET health = 'paused', paused_until = now() + interval '1 hour'")
    desk.doors.requests.clear()

    alive = await prove_again(await desk.run())

    assert not alive
    assert desk.doors.requests == []


async def test_a_busy_server_pauses_nothing(desk: Desk) -> None:
    desk.shopify.faults.add(Fault("server_error", times=20))

    with pytest.raises(ServerFault):
        await prove(await desk.run())

    assert await health(desk) == "ok"


# Webhooks


async def test_missing_subscriptions_are_made_and_told(desk: Desk) -> None:
    changes = await verify_webhooks(await desk.run(), HERE)

    assert "orders/create" in changes.create
    assert await ask(desk.store, "SELECT count(*) FROM notices WHERE code = 'webhooks_repaired'") == 1
    assert {one.uri for one in desk.shop.subscriptions.values()} == {HERE.uri}


async def test_subscriptions_that_are_there_cost_two_questions(desk: Desk) -> None:
    await verify_webhooks(await desk.run(), HERE)
    desk.doors.requests.clear()

    changes = await verify_webhooks(await desk.run(), HERE)

    assert not changes
    assert len(desk.doors.to_shopify) == 2


async def test_one_that_vanished_is_made_again(desk: Desk) -> None:
    await verify_webhooks(await desk.run(), HERE)
    gone = next(number for number, one in desk.shop.subscriptions.items() if one.topic == "ORDERS_PAID")
    del desk.shop.subscriptions[gone]

    changes = await verify_webhooks(await desk.run(), HERE)

    assert changes.create == ("orders/paid",)


async def test_where_shopify_cannot_reach_us_nothing_is_subscribed(desk: Desk) -> None:
    changes = await verify_webhooks(await desk.run(), Listening("", reachable=False))

    assert not changes
    assert desk.shop.subscriptions == {}


# Deleted orders


async def test_a_deleted_order_is_found_and_its_verdict_says_so(desk: Desk) -> None:
    posted, never, stays = desk.order(), desk.order(test=True), desk.order()
    await desk.post(posted, never, stays)
    for gone in (posted, never):
        desk.shop.delete(gone)

    looked = await look_for_deleted(await desk.run())
    await desk.settle()

    assert looked == Looked(compared=3, gone=2)
    assert await desk.verdict(posted) == ("held", "order_gone_after_posting")
    assert await desk.verdict(never) == ("excluded", "order_gone")
    assert await desk.verdict(stays) == ("posted", "")


async def test_what_is_known_to_be_gone_is_not_asked_for_again(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    desk.shop.delete(order)
    await look_for_deleted(await desk.run())
    await desk.settle()

    looked = await look_for_deleted(await desk.run())

    assert looked.gone == 0
    assert await desk.outstanding() == []


async def test_an_order_that_has_only_grown_too_old_does_not_look_deleted(desk: Desk) -> None:
    order = desk.order(created_at=desk.clock.now() - timedelta(days=58))
    await desk.post(order)

    looked = await look_for_deleted(await desk.run())

    assert timedelta(days=58) > deleted.LOOK_BACK
    assert looked == Looked(0, 0)


async def test_only_what_the_list_does_not_show_is_asked_for(desk: Desk) -> None:
    await desk.post(desk.order(), desk.order())
    desk.doors.requests.clear()

    await look_for_deleted(await desk.run())

    assert len(desk.doors.to_shopify) == 1


async def test_only_one_process_looks_for_deleted_orders(desk: Desk) -> None:
    async with turn(f"deleted orders of {desk.connection_id}", desk.store):
        with pytest.raises(Elsewhere):
            await look_for_deleted(await desk.run())


# Pruning


async def test_old_deliveries_go_and_what_the_books_need_stays(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.deliver("orders/create", {"id": order.id})
    await desk.settle()
    for table, column in (("deliveries", "received_at"), ("exchanges", "at"), ("timeline", "at")):
        await do(desk.store, f"UPDATE {table} SET {column} = now() - interval '100 days'")

    gone = await prune(desk.store, desk.connection_id, days=90)

    assert gone["deliveries"] == 1
    assert gone["exchanges"] > 0
    assert await ask(desk.store, "SELECT count(*) FROM documents") > 0
    assert await desk.verdict(order) == ("posted", "")
    assert gid("Order", order.id)


async def test_a_connection_s_own_retention_counts(desk: Desk) -> None:
    order = desk.order()
    await desk.deliver("orders/create", {"id": order.id})
    await do(desk.store, "UPDATE deliveries SET received_at = now() - interval '20 days'")
    async with desk.store.at_once() as tx:
        policy = await desk.store.connections.policy(tx, desk.connection_id)
        assert policy is not None
        body = {**policy.body, "retention_days": 10}
        await desk.store.connections.set_policy(tx, desk.connection_id, body, who="test")

    await (await named(desk, f"prune:{desk.connection_id}")).run()

    assert await ask(desk.store, "SELECT count(*) FROM deliveries") == 0


async def test_what_belongs_to_no_connection_goes_too(desk: Desk) -> None:
    await desk.deliver("orders/create", {"id": 42})
    await do(desk.store, "UPDATE deliveries SET connection_id = NULL, received_at = now() - interval '100 days'")

    gone = await keep_house(desk.store, days=90)

    assert gone["deliveries"] == 1
