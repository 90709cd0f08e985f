"""The webhooks that Zoho sends: what they carry, how they are signed, when they are due.

Source: Zoho Books API v3, webhooks; Zoho Billing knowledge base, securing webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ml_connector.sandbox.zoho.encoding import encode
from ml_connector.sandbox.zoho.switches import Switches

SIGNATURE_HEADER = "X-Zoho-Webhook-Signature"
RETRY_AFTER_S = (60.0, 300.0, 1800.0, 7200.0)
"""Pauses before each repeat of a refused delivery; Zoho's own are not published."""


def string_to_sign(query: Iterable[tuple[str, str]], form: Iterable[tuple[str, str]], raw: str) -> str:
    """All pairs sorted by key and joined without separators, then the raw body if it is JSON."""
    pairs = sorted([*query, *form])
    return "".join(key + value for key, value in pairs) + raw


def signature(secret: str, text: str) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Webhook:
    """A webhook action; it fires only through a workflow rule."""

    webhook_id: str
    name: str
    entity: str
    url: str
    method: str = "POST"
    description: str = ""
    secret: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Workflow:
    """A workflow rule: when an entity is added, edited or deleted, run these webhooks."""

    workflow_id: str
    name: str
    entity: str
    rule_type: str
    actions: list[str]
    description: str = ""
    active: bool = True

    def matches(self, entity: str, event: str) -> bool:
        """Whether it reacts to *event* (`add`, `edit` or `delete`)."""
        return self.active and self.entity == entity and event in self.rule_type.split("_")


@dataclass(frozen=True)
class Delivery:
    """One webhook call, ready to be sent."""

    delivery_id: str
    webhook_id: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    due_at: datetime
    attempt: int = 1


@dataclass
class Automation:
    """The webhooks and workflow rules of an organisation, and the calls that wait to be made."""

    webhooks: dict[str, Webhook] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    waiting: dict[str, Delivery] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    dropped: int = 0
    _day: date | None = None
    _sent_today: int = 0
    _serial: int = 0

    def listens(self, entity: str, event: str) -> bool:
        """Whether any rule reacts, so that a payload is worth making."""
        return any(rule.matches(entity, event) for rule in self.workflows.values())

    def fire(
        self, entity: str, event: str, payload: dict[str, Any], now: datetime, settings: Switches, random: Random
    ) -> None:
        """Queue the calls of every rule that reacts; some are dropped or doubled on request."""
        for rule in self.workflows.values():
            if not rule.matches(entity, event):
                continue
            for action in rule.actions:
                webhook = self.webhooks.get(action)
                if webhook is not None:
                    self._queue(webhook, payload, now, settings, random)

    def _queue(
        self, webhook: Webhook, payload: dict[str, Any], now: datetime, settings: Switches, random: Random
    ) -> None:
        if self._over_day(now.date(), settings.webhook_day_limit) or random.random() < settings.webhook_drop:
            self.dropped += 1
            return
        copies = 2 if random.random() < settings.webhook_duplicate else 1
        for _ in range(copies):
            self._serial += 1
            delivery_id = f"delivery-{self._serial}"
            self.waiting[delivery_id] = _delivery(delivery_id, webhook, payload, now, settings.webhook_form)

    def _over_day(self, today: date, limit: int) -> bool:
        if self._day != today:
            self._day, self._sent_today = today, 0
        self._sent_today += 1
        return self._sent_today > limit

    def due(self, now: datetime) -> list[Delivery]:
        """The calls whose time has come, oldest first."""
        return sorted((d for d in self.waiting.values() if d.due_at <= now), key=lambda d: d.due_at)

    def delivered(self, delivery_id: str, status: int | None, now: datetime) -> None:
        """Note the answer (none: nobody answered); a refused call is repeated at growing intervals."""
        delivery = self.waiting.pop(delivery_id, None)
        if delivery is None:
            return
        self.log.append({"at": now, "delivery_id": delivery_id, "status": status, "attempt": delivery.attempt})
        if status is not None and 200 <= status < 300:
            return
        if delivery.attempt <= len(RETRY_AFTER_S):
            pause = timedelta(seconds=RETRY_AFTER_S[delivery.attempt - 1])
            self.waiting[delivery_id] = Delivery(
                delivery_id,
                delivery.webhook_id,
                delivery.method,
                delivery.url,
                delivery.headers,
                delivery.body,
                now + pause,
                delivery.attempt + 1,
            )


def _delivery(delivery_id: str, webhook: Webhook, payload: dict[str, Any], now: datetime, as_form: bool) -> Delivery:
    raw = encode(payload)
    query = parse_qsl(urlsplit(webhook.url).query, keep_blank_values=True)
    if as_form:
        form = {"JSONString": raw.decode()}
        signed = string_to_sign(query, form.items(), "")
        content, body = "application/x-www-form-urlencoded", urlencode(form).encode()
    else:
        signed = string_to_sign(query, (), raw.decode())
        content, body = "application/json", raw
    headers = {"Content-Type": content}
    headers |= {row["param_name"]: row["param_value"] for row in webhook.headers}
    if webhook.secret:
        headers[SIGNATURE_HEADER] = signature(webhook.secret, signed)
    return Delivery(delivery_id, webhook.webhook_id, webhook.method, webhook.url, headers, body, now)
