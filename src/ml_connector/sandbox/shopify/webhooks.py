"""Subscriptions, and the outbox of deliveries that they cause.

Source: Shopify webhooks, headers, retries and removal of failing subscriptions.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

RETRY_DELAYS_S: tuple[float, ...] = tuple(round(10 * 2.64**n, 1) for n in range(8))
"""Eight retries over four hours. Shopify publishes the sum and the count, not the spacing."""


@dataclass
class Subscription:
    """Who wants to hear of a topic (`ORDERS_CREATE`), and how."""

    id: int
    topic: str
    uri: str
    client_id: str
    api_version: str
    created_at: datetime
    updated_at: datetime
    format: str = "JSON"
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)
    metafield_namespaces: list[str] = field(default_factory=list)
    metafields: list[dict[str, str]] = field(default_factory=list)
    name: str | None = None
    from_app: bool = False

    @property
    def topic_name(self) -> str:
        """The topic as headers spell it: `orders/create`."""
        return topic_name(self.topic)


def topic_name(enum: str) -> str:
    """`ORDER_TRANSACTIONS_CREATE` as `order_transactions/create`."""
    if enum.endswith("_DATA_REQUEST"):
        return "customers/data_request"
    for ending in ("RISK_ASSESSMENT_CHANGED", "PARTIALLY_FULFILLED", "SCOPES_UPDATE", "TAGS_ADDED", "TAGS_REMOVED"):
        if enum.endswith(ending):
            return f"{enum[: -len(ending) - 1]}/{ending}".lower()
    head, _, verb = enum.rpartition("_")
    return f"{head}/{verb}".lower()


@dataclass
class Delivery:
    """One body on its way to one subscriber, through all its attempts.

    Attributes:
        state: waiting, flying, delivered, given_up, or dropped (never sent, as can happen).
        statuses: What each attempt was answered; nothing for no answer.
    """

    id: int
    shop: str
    topic: str
    uri: str
    subscription_id: int
    webhook_id: str
    event_id: str
    triggered_at: datetime
    api_version: str
    body: bytes
    secret: str
    due_at: datetime
    name: str | None = None
    state: str = "waiting"
    statuses: list[int | None] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """What Shopify sends with the body."""
        digest = hmac.new(self.secret.encode(), self.body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": self.topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": self.shop,
            "X-Shopify-API-Version": self.api_version,
            "X-Shopify-Webhook-Id": self.webhook_id,
            "X-Shopify-Event-Id": self.event_id,
            "X-Shopify-Triggered-At": _nanoseconds(self.triggered_at),
        }
        return headers | ({"X-Shopify-Name": self.name} if self.name else {})


def _nanoseconds(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


@dataclass
class Habits:
    """How unkind the outbox is. Probabilities between 0 and 1, seconds from now.

    Attributes:
        duplicate: A delivery is sent once more although it was answered.
        drop: A delivery is never sent.
        delay_s: Deliveries leave after a random time in this range, so they overtake each other.
        shuffle: What is due at one time leaves in no particular order.
    """

    duplicate: float = 0.0
    drop: float = 0.0
    delay_s: tuple[float, float] = (0.0, 0.0)
    shuffle: bool = False
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S


class Outbox:
    """Every delivery, with when it is due next."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self.habits = Habits()
        self.deliveries: list[Delivery] = []
        self._waiting: dict[int, Delivery] = {}
        self._duplicated: set[int] = set()

    def post(
        self,
        subscription: Subscription,
        *,
        shop: str,
        topic: str,
        body: Any,
        secret: str,
        event_id: str,
        now: datetime,
    ) -> Delivery:
        """Write a delivery for *subscription*; what is sent is decided here and not changed."""
        delivery = Delivery(
            id=len(self.deliveries) + 1,
            shop=shop,
            topic=topic,
            uri=subscription.uri,
            subscription_id=subscription.id,
            webhook_id=self.uuid(),
            event_id=event_id,
            triggered_at=now,
            api_version=subscription.api_version,
            body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
            secret=secret,
            due_at=now + timedelta(seconds=self._random.uniform(*self.habits.delay_s)),
            name=subscription.name,
        )
        self._file(delivery)
        return delivery

    def _file(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self._random.random() < self.habits.drop:
            delivery.state = "dropped"
        else:
            self._waiting[delivery.id] = delivery

    def uuid(self) -> str:
        """A new random identifier, the same for the same seed."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def due(self, now: datetime) -> list[Delivery]:
        """What has to be sent by *now*, oldest first, marked as on its way."""
        ready = [one for one in self._waiting.values() if one.due_at <= now]
        ready.sort(key=lambda one: (one.due_at, one.id))
        if self.habits.shuffle:
            self._random.shuffle(ready)
        for delivery in ready:
            delivery.state = "flying"
            del self._waiting[delivery.id]
        return ready

    def next_due(self) -> datetime | None:
        """When the next delivery is due, or nothing when none waits."""
        return min((one.due_at for one in self._waiting.values()), default=None)

    def answered(self, delivery_id: int, status: int | None, now: datetime) -> Delivery | None:
        """Record an attempt's *status*; nothing for no answer in time.

        Returns:
            The delivery if this was its last attempt and it failed, so that the subscription goes.
        """
        delivery = self.deliveries[delivery_id - 1]
        delivery.statuses.append(status)
        if status is not None and 200 <= status < 300:
            self._done(delivery, now)
            return None
        failures = len([one for one in delivery.statuses if one is None or not 200 <= one < 300])
        if failures > len(self.habits.retry_delays_s):
            delivery.state = "given_up"
            return delivery
        self._again(delivery, now, self.habits.retry_delays_s[failures - 1])
        return None

    def _done(self, delivery: Delivery, now: datetime) -> None:
        delivery.state = "delivered"
        if delivery.id not in self._duplicated and self._random.random() < self.habits.duplicate:
            self._duplicated.add(delivery.id)
            self._again(delivery, now, self._random.uniform(0, 5))

    def _again(self, delivery: Delivery, now: datetime, after_s: float) -> None:
        delivery.state = "waiting"
        delivery.due_at = now + timedelta(seconds=after_s)
        self._waiting[delivery.id] = delivery

    def repeat(self, delivery_id: int, now: datetime) -> None:
        """Send a delivery once more, whatever was answered, with its own ids and body."""
        self._again(self.deliveries[delivery_id - 1], now, 0)
