"""Webhooks that we ask Zoho to send: which there should be, and the two steps that make one.

A webhook is an action; a workflow rule triggers it. The event is told in the address, because Zoho does not say it.
The secret is part of the first request, so that request and its answer are never recorded.

Source: Zoho Books API v3, Webhooks; the two-step registration of published connectors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ml_connector.domain.trouble import Wrote
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.exact import Json, rows, text
from ml_connector.zoho.values import Answer, ZohoRequest, body_of

DOCUMENTS = ("invoice", "customer_payment", "creditnote")
"""What a human's edit in Zoho may touch that is ours."""
CUSTOMER = "customer"
"""Zoho's word here for a contact."""
ENTITIES = (CUSTOMER, *DOCUMENTS)
EVENTS = {"add_edit": "changed", "delete": "delete"}
"""Type of a workflow rule -> `event_type` in our address."""

SPACING_S = 0.6
"""The settings of Zoho take no two calls closer together."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that Zoho has, and the rules that trigger it."""

    id: str
    name: str
    entity: str
    url: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A webhook that there should be."""

    entity: str
    rule_type: str
    url: str

    @property
    def name(self) -> str:
        """At most 50 letters, and unlike that of another connection of the same organisation."""
        connection = self.url.partition("?")[0].rpartition("/")[2][:10]
        return f"ml-connector {connection} {self.entity} {EVENTS[self.rule_type]}"


def wanted(address: str, entities: Iterable[str] = ENTITIES) -> tuple[Wanted, ...]:
    """What there should be for our *address*, which has no query of its own."""
    return tuple(
        Wanted(entity, rule_type, f"{address}?event_type={event}")
        for entity in entities
        for rule_type, event in EVENTS.items()
    )


LIST = ZohoRequest("GET", "/settings/webhooks", subject="the webhooks")


def hooks(found: Iterable[Json]) -> tuple[Hook, ...]:
    return tuple(
        Hook(
            text(row, "webhook_id"),
            text(row, "webhook_name"),
            text(row, "entity"),
            text(row, "url"),
            tuple(text(rule, "workflow_id") for rule in rows(row, "related_rules")),
        )
        for row in found
    )


def missing(there: Iterable[Hook], should: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """What is not there, or there without a rule that would trigger it."""
    working = {(each.entity, each.url) for each in there if each.rules}
    return tuple(each for each in should if (each.entity, each.url) not in working)


def unwanted(there: Iterable[Hook], address: str, should: Iterable[Wanted]) -> tuple[Hook, ...]:
    """Ours that nobody wants any more, and those that an interrupted set-up left without a rule."""
    kept = {(each.entity, each.url) for each in should}
    return tuple(each for each in ours(there, address) if not each.rules or (each.entity, each.url) not in kept)


def ours(there: Iterable[Hook], address: str) -> tuple[Hook, ...]:
    """Every webhook to our *address*, whatever its query: also one that an interrupted set-up left."""
    return tuple(each for each in there if each.url.partition("?")[0] == address)


def make(want: Wanted, secret: str) -> ZohoRequest:
    """Make the action. *secret*: 12 to 50 letters and digits; Zoho signs deliveries with it."""
    body = {
        "webhook_name": want.name,
        "description": "Tells the connector what changed",
        "entity": want.entity,
        "method": "POST",
        "url": want.url,
        "secret": secret,
    }
    return ZohoRequest("POST", "/settings/webhooks", body=body_of(body), subject="a webhook", private=True)


def trigger(want: Wanted, webhook_id: str) -> ZohoRequest:
    """Make the rule that triggers the action."""
    body = {
        "workflow_name": want.name,
        "description": "Tells the connector what changed",
        "rule_type": want.rule_type,
        "entity": want.entity,
        "rule": {},
        "apply_rule_always": True,
        "instant_actions": [{"action_id": webhook_id, "action_type": "webhook"}],
    }
    return ZohoRequest("POST", "/settings/workflows", body=body_of(body), subject="a workflow rule")


def removal(hook: Hook) -> tuple[ZohoRequest, ...]:
    """The rules first, then the action; the other way round is refused."""
    rules = tuple(
        ZohoRequest("DELETE", f"/settings/workflows/{each}", subject="a workflow rule") for each in hook.rules
    )
    return (*rules, ZohoRequest("DELETE", f"/settings/webhooks/{hook.id}", subject="a webhook"))


class Calls(Protocol):
    """Carries one request; a `ZohoClient` does."""

    async def call(self, request: ZohoRequest) -> Answer: ...


Pause = Callable[[float], Awaitable[None]]


async def subscribe(
    zoho: Calls, address: str, secret: str, *, entities: Iterable[str] = ENTITIES, pause: Pause = asyncio.sleep
) -> tuple[Wanted, ...]:
    """Make what is missing, and nothing twice; take away what is ours and not wanted, before anything is made.

    Returns:
        What was made now; empty when everything was there.

    Raises:
        Refused: e.g. the plan has no workflow rules. The action that was made for the rule is removed again.
        ZohoTrouble: what else may happen; the next `subscribe` tidies up.
    """
    there = await listed(zoho, pause=pause)
    should = wanted(address, entities)
    made = missing(there, should)
    for hook in unwanted(there, address, should):
        await _all(zoho, removal(hook), pause)
    for want in made:
        (answer,) = await _all(zoho, (make(want, secret),), pause)
        await _triggered(zoho, want, text(answer.record("webhook"), "webhook_id"), pause)
    return made


async def _triggered(zoho: Calls, want: Wanted, webhook_id: str, pause: Pause) -> None:
    try:
        await _all(zoho, (trigger(want, webhook_id),), pause)
    except ZohoTrouble as trouble:
        if trouble.wrote is not Wrote.NO:
            raise  # the rule may be there: the next `subscribe` sees which, and tidies up
        # an action that nothing triggers would be an orphan in somebody's settings
        await _all(zoho, removal(Hook(webhook_id, want.name, want.entity, want.url)), pause)
        raise


async def unsubscribe(zoho: Calls, address: str, *, pause: Pause = asyncio.sleep) -> int:
    """Remove every webhook to *address*, rules first; says how many there were."""
    there = ours(await listed(zoho, pause=pause), address)
    for hook in there:
        await _all(zoho, removal(hook), pause)
    return len(there)


async def listed(zoho: Calls, *, pause: Pause = asyncio.sleep) -> tuple[Hook, ...]:
    """Every webhook that the organisation has, whoever made it. One call."""
    (answer,) = await _all(zoho, (LIST,), pause)
    return hooks(answer.list("webhooks"))


async def _all(zoho: Calls, requests: Iterable[ZohoRequest], pause: Pause) -> list[Answer]:
    """One call after the other, with the pause that Zoho's settings want before each."""
    answers = []
    for request in requests:
        await pause(SPACING_S)
        answers.append(await zoho.call(request))
    return answers
