"""Zoho's webhooks to us: made once, removed whole, and their secret never recorded."""

from __future__ import annotations

import json

import pytest
from tests.zoho import reference
from tests.zoho.sandbox import Shop, a_shop

from ml_connector.sandbox.zoho import faults
from ml_connector.zoho import errors, hooks
from ml_connector.zoho.hooks import Hook, Wanted

ADDRESS = "https://connector.example/webhooks/zoho/acme"
SECRET = "s3cretAlnum1234567890"


def _pause_of(shop: Shop) -> hooks.Pause:
    async def pause(seconds: float) -> None:
        shop.time.forward(seconds)

    return pause


def test_each_kind_of_change_has_an_address_of_its_own():
    urls = {each.url for each in hooks.wanted(ADDRESS)}

    assert urls == {f"{ADDRESS}?event_type=changed", f"{ADDRESS}?event_type=delete"}
    assert len(hooks.wanted(ADDRESS)) == 2 * len(hooks.ENTITIES)
    assert all(len(each.name) <= 50 for each in hooks.wanted(ADDRESS))


def test_the_two_requests_have_the_recorded_shape():
    recorded = reference.example("webhook-register-request")
    want = Wanted("invoice", "add_edit", ADDRESS)

    make, trigger = hooks.make(want, SECRET), hooks.trigger(want, "7")

    assert set(make.json) == set(recorded["step1"]["body"]) - {"headers"}
    assert set(trigger.json) == set(recorded["step2"]["body"])
    assert (make.path, trigger.path) == ("/settings/webhooks", "/settings/workflows")


def test_a_webhook_without_a_rule_is_as_good_as_none():
    should = hooks.wanted(ADDRESS, ["invoice"])
    there = [Hook("1", "x", "invoice", should[0].url), Hook("2", "x", "invoice", should[1].url, ("9",))]

    assert hooks.missing(there, should) == (should[0],)


async def test_webhooks_are_made_once_and_removed_whole():
    shop = a_shop(plan_name="PROFESSIONAL")
    pause = _pause_of(shop)

    made = await hooks.subscribe(shop.client, ADDRESS, SECRET, pause=pause)
    again = await hooks.subscribe(shop.client, ADDRESS, SECRET, pause=pause)

    assert (len(made), again) == (8, ())
    assert {each.secret for each in shop.org.automation.webhooks.values()} == {SECRET}
    assert await hooks.unsubscribe(shop.client, ADDRESS, pause=pause) == 8
    assert not shop.org.automation.webhooks
    assert not shop.org.automation.workflows


async def test_somebody_else_s_webhooks_stay():
    shop = a_shop(plan_name="PROFESSIONAL")
    await hooks.subscribe(shop.client, "https://other.example/hook", SECRET, entities=["item"], pause=_pause_of(shop))

    assert await hooks.unsubscribe(shop.client, ADDRESS, pause=_pause_of(shop)) == 0
    assert len(shop.org.automation.webhooks) == 2


async def test_a_plan_without_workflow_rules_leaves_no_orphan():
    shop = a_shop(plan_name="STANDARD")

    with pytest.raises(errors.Refused):
        await hooks.subscribe(shop.client, ADDRESS, SECRET, pause=_pause_of(shop))

    assert not shop.org.automation.webhooks


async def test_what_an_interrupted_set_up_left_is_tidied_up():
    shop = a_shop(plan_name="PROFESSIONAL")
    shop.company.faults.add(faults.make("500_before_commit", path="/settings/workflows"))
    with pytest.raises(errors.InternalError):
        await hooks.subscribe(shop.client, ADDRESS, SECRET, entities=["invoice"], pause=_pause_of(shop))

    await hooks.subscribe(shop.client, ADDRESS, SECRET, entities=["invoice"], pause=_pause_of(shop))

    assert len(shop.org.automation.webhooks) == len(shop.org.automation.workflows) == 2


async def test_the_secret_is_never_recorded():
    shop = a_shop(plan_name="PROFESSIONAL")

    await hooks.subscribe(shop.client, ADDRESS, SECRET, pause=_pause_of(shop))

    kept = repr([(each.request.body, each.answer) for each in shop.exchanges])
    assert SECRET not in kept
    assert json.dumps(SECRET) not in kept
