"""Two repair the webhooks at once: whoever connects, and a worker that saw the connection appear."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ml_connector.jobs.connecting import findings
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import repair_webhooks
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify import topics
from ml_connector.shopify.subscriptions import Changes, Subscription

HERE = Listening("https://connector.example/webhooks/shopify", reachable=True)
SCOPES = frozenset({"read_orders"})
WANTED = sorted(topics.wanted(SCOPES))


@dataclass
class MetShop:
    """A shop in which the worker makes everything between our look and our change."""

    takes_twice: bool
    held: list[Subscription] = field(default_factory=list)

    async def scopes(self) -> frozenset[str]:
        return SCOPES

    async def webhook_subscriptions(self) -> list[Subscription]:
        return list(self.held)

    async def webhook_subscriptions_repair(self, changes: Changes, uri: str) -> dict[str, Any]:
        gone = {each.id for each in changes.delete}
        self.held = [each for each in self.held if each.id not in gone]
        if not changes.create:
            return {}
        self.held += [Subscription(f"worker:{topic}", topic, uri) for topic in WANTED]
        if not self.takes_twice:
            return {topic: SimpleNamespace(text="Address for this topic has already been taken") for topic in WANTED}
        self.held += [Subscription(f"ours:{topic}", topic, uri) for topic in changes.create]
        return {}


@pytest.mark.parametrize("takes_twice", [True, False])
async def test_who_meets_another_at_the_webhooks_leaves_each_once_and_finds_nothing(takes_twice: bool) -> None:
    shop = MetShop(takes_twice)

    found = await repair_webhooks(cast(Runtime, SimpleNamespace(shopify=shop)), HERE)

    assert found == []
    assert sorted(each.topic for each in shop.held) == WANTED


def test_subscriptions_that_are_there_twice_are_named_so() -> None:
    twice = [Subscription(f"{n}:{topic}", topic, HERE.uri) for topic in WANTED for n in "ab"]

    (finding,) = findings.of_webhooks(twice, SCOPES, HERE.uri, reachable=True)

    assert finding.text == f"{len(WANTED)} webhook subscriptions are there twice or are not needed."
