"""Connections, what was found at both sides, policies and the installation."""

from __future__ import annotations

import msgspec

from ml_connector.web.api.shapes.common import Finding, Json, Outcomes


class Webhooks(msgspec.Struct):
    """Shopify's subscriptions when they were last looked at."""

    expected: int
    found: int


class ConnectionRow(msgspec.Struct):
    """One shop with one organisation. `health`: ok, paused, broken or disconnected.

    `webhooks` is null where Shopify cannot reach us, where nobody has looked yet, and once disconnected.
    """

    name: str
    health: str
    reason: str | None
    shop: str
    organization_id: str | None
    region: str | None
    webhooks: Webhooks | None
    outstanding: int
    oldest_outstanding_s: float | None
    outcomes: Outcomes
    calls_today: int
    calls_left_today: int | None


class Connections(msgspec.Struct):
    connections: list[ConnectionRow]


class Connected(msgspec.Struct):
    """A connection that was saved, and what was found. `zoho_webhook_secret` is shown the once it is made."""

    connections: list[ConnectionRow]
    findings: list[Finding]
    zoho_webhook_secret: str | None = None


class Status(msgspec.Struct):
    """Everything at a glance."""

    version: str
    outstanding: int
    oldest_outstanding_s: float | None
    outcomes: Outcomes
    connections: list[ConnectionRow]


class ShopifySide(msgspec.Struct):
    ok: bool
    shop: str
    name: str | None
    plan: str | None
    currency: str | None
    scopes: list[str]
    webhooks: Webhooks | None
    findings: list[Finding]


class ZohoSide(msgspec.Struct):
    ok: bool
    organization_id: str | None
    name: str | None
    region: str | None
    api_domain: str | None
    currency: str | None
    calls_left_today: int | None
    findings: list[Finding]


class Pinged(msgspec.Struct):
    name: str
    ok: bool
    shopify: ShopifySide
    zoho: ZohoSide


class Pings(msgspec.Struct):
    connections: list[Pinged]


class Policy(msgspec.Struct):
    """The policy in force: names and values as `GET /api/v1/policy-schema` describes them."""

    connection: str
    version: int
    at: str | None
    who: str | None
    note: str
    policy: Json


class Doctor(msgspec.Struct):
    ok: bool
    findings: list[Finding]
