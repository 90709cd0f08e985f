"""Zoho's webhooks of a connection: made where the plan allows it, told step by step where not, removed at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.jobs.desk import Desk, a_desk
from tests.store.builders import ask

from ml_connector.jobs.connecting.check import Listening, check
from ml_connector.jobs.connecting.connect import disconnect
from ml_connector.jobs.connecting.zoho_hooks import check_hooks, repair_hooks
from ml_connector.jobs.turns import turn
from ml_connector.sandbox.zoho import faults
from ml_connector.sandbox.zoho.webhooks import Webhook
from ml_connector.store import Store

HERE = Listening("https://connector.example/webhooks/shopify", reachable=True)
ADDRESS = "https://connector.example/webhooks/zoho/acme"


def made(desk: Desk) -> dict[tuple[str, str], Webhook]:
    hooks = desk.organization.automation.webhooks.values()
    return {(each.entity, each.url.rpartition("=")[2]): each for each in hooks}


async def back_on(store: Store) -> Desk:
    return await a_desk(store, policy={"customers_back": "on"})


def test_the_address_is_beside_shopify_s_and_empty_where_nobody_reaches_it() -> None:
    assert HERE.zoho_address("acme") == ADDRESS
    assert Listening("http://127.0.0.1/webhooks/shopify", reachable=False).zoho_address("acme") == ""


async def test_documents_are_told_and_customers_only_where_their_changes_go_back(desk: Desk) -> None:
    found = await repair_hooks(await desk.run(), ADDRESS)

    assert found == []
    assert {entity for entity, _ in made(desk)} == {"invoice", "customer_payment", "creditnote"}
    assert {event for _, event in made(desk)} == {"changed", "delete"}
    assert len(desk.organization.automation.workflows) == 6


async def test_changes_that_go_back_are_told_too(store: Store) -> None:
    desk = await back_on(store)

    await repair_hooks(await desk.run(), ADDRESS)

    assert ("customer", "changed") in made(desk)
    await desk.runtimes.close()


async def test_once_made_they_cost_one_question(desk: Desk) -> None:
    run = await desk.run()
    await repair_hooks(run, ADDRESS)
    desk.doors.requests.clear()

    await repair_hooks(run, ADDRESS)

    assert [(one.method, one.url.partition("?")[0].rpartition("/")[2]) for one in desk.doors.to_zoho] == [
        ("GET", "webhooks")
    ]


async def test_calls_to_the_settings_keep_zoho_s_distance(desk: Desk) -> None:
    began = desk.clock.now()

    await repair_hooks(await desk.run(), ADDRESS)

    calls = 1 + 2 * 6
    assert (desk.clock.now() - began).total_seconds() >= 0.6 * calls


async def test_a_plan_without_rules_is_told_step_by_step_and_never_the_secret(desk: Desk) -> None:
    desk.organization.profile = replace(desk.organization.profile, plan_name="STANDARD")
    run = await desk.run()

    (finding,) = await repair_hooks(run, ADDRESS)
    later = (await check(run, HERE)).zoho.findings

    secret = desk.connected.made_webhook_secret
    assert secret
    assert finding.code == "zoho_webhooks_by_hand"
    assert f"{ADDRESS}?event_type=changed" in finding.fix
    assert "Payments Received" in finding.fix
    assert "zoho.webhook_secret" in finding.fix
    assert secret not in finding.text + finding.fix
    assert not finding.bad
    assert made(desk) == {}
    assert finding.code in {each.code for each in later}


async def test_a_set_up_that_broke_off_is_said_and_done_by_the_next(desk: Desk) -> None:
    desk.zoho.faults.add(faults.make("500_before_commit", path="/settings/workflows"))
    run = await desk.run()

    (finding,) = await repair_hooks(run, ADDRESS)
    again = await repair_hooks(run, ADDRESS)

    assert finding.code == "zoho_webhooks_missing"
    assert again == []
    assert len(made(desk)) == len(desk.organization.automation.webhooks) == 6


async def test_a_new_secret_makes_them_anew(desk: Desk) -> None:
    run = await desk.run()
    await repair_hooks(run, ADDRESS)
    async with desk.store.transaction() as tx:
        await desk.store.credentials.put(tx, desk.connection_id, {"zoho_webhook_secret": b"anotherSecret123"})

    await repair_hooks(run, ADDRESS)

    assert {each.secret for each in made(desk).values()} == {"anotherSecret123"}
    assert len(desk.organization.automation.webhooks) == 6
    kept = await ask(desk.store, "SELECT body::text FROM watermarks WHERE name = 'zoho_hooks'")
    assert "anotherSecret123" not in str(kept)


async def test_one_that_somebody_removed_is_missed(desk: Desk) -> None:
    run = await desk.run()
    await repair_hooks(run, ADDRESS)
    desk.organization.automation.workflows.popitem()

    (finding,) = await check_hooks(run, ADDRESS)

    assert finding.code == "zoho_webhooks_missing"


async def test_an_ended_connection_leaves_none(desk: Desk) -> None:
    run = await desk.run()
    await repair_hooks(run, ADDRESS)

    left = await disconnect(run, HERE)

    assert left == []
    assert not desk.organization.automation.webhooks
    assert not desk.organization.automation.workflows


async def test_what_could_not_be_removed_is_said(desk: Desk) -> None:
    run = await desk.run()
    await repair_hooks(run, ADDRESS)
    desk.zoho.faults.add(faults.make("500_before_commit", path="/settings/webhooks", times=5))

    left = await disconnect(run, HERE)

    assert [each.code for each in left] == ["zoho_webhooks_left"]


@pytest.mark.parametrize("reachable", [False])
async def test_where_zoho_cannot_reach_us_it_is_asked_for_nothing(desk: Desk, reachable: bool) -> None:
    desk.doors.requests.clear()
    address = Listening(HERE.uri, reachable).zoho_address("acme")
    run = await desk.run()

    assert await repair_hooks(run, address) == []
    assert await check_hooks(run, address) == []
    assert desk.doors.to_zoho == []


async def test_whoever_comes_while_somebody_is_at_zoho_s_settings_leaves_them_alone(desk: Desk) -> None:
    run = await desk.run()
    desk.doors.requests.clear()

    async with turn(f"zoho settings of {run.permits.organization}", desk.store):
        assert await repair_hooks(run, ADDRESS) == []
        assert await check_hooks(run, ADDRESS) == []

    assert desk.doors.to_zoho == []
