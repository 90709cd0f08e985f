"""One look at both sides of a connection: what `ping` shows and `connect` ends with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import structlog

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting import findings, policy_names
from ml_connector.jobs.connecting.ending import check_ending
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.connecting.zoho_hooks import check_hooks
from ml_connector.jobs.health import resume_connection
from ml_connector.jobs.masters import Masters, fetch_masters
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify import subscriptions, topics
from ml_connector.shopify.shop import Shop

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the companies' webhooks should go, and whether they can reach that."""

    uri: str
    reachable: bool

    def zoho_address(self, connection: str) -> str:
        """Where Zoho's webhooks for *connection* go: beside Shopify's. Empty when it cannot be reached."""
        if not self.reachable:
            return ""
        return f"{self.uri.rpartition('/')[0]}/zoho/{quote(connection, safe='')}"


@dataclass(frozen=True, slots=True)
class Side:
    """One company as it was found; a figure that could not be read is None."""

    facts: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not any(finding.bad for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **self.facts, "findings": [finding.as_json() for finding in self.findings]}


@dataclass(frozen=True, slots=True)
class Checked:
    """A connection as it was found."""

    name: str
    shopify: Side
    zoho: Side

    @property
    def ok(self) -> bool:
        return self.shopify.ok and self.zoho.ok

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "shopify": self.shopify.as_json(), "zoho": self.zoho.as_json()}


async def check(run: Runtime, listening: Listening) -> Checked:
    """Ask both sides, and keep what the organisation said. About fifteen calls; nothing is written to either side."""
    shop, left = await _shopify(run, listening)
    masters, right = await _zoho(run, shop)
    if masters is not None and run.resting is None:  # before, nothing is made in Zoho
        right.findings.extend(await check_hooks(run, listening.zoho_address(run.name)))
    if shop is not None and masters is not None:
        async with run.store.transaction() as tx:
            await run.store.connections.save(
                tx,
                run.name,
                shop_facts={**shop_facts(shop), "webhooks": left.facts["webhooks"]},
                zoho_facts=_organisation_facts(masters),
            )
            await resume_connection(tx, run)
    return Checked(run.name, left, right)


async def _shopify(run: Runtime, listening: Listening) -> tuple[Shop | None, Side]:
    empty: dict[str, Any] = {"shop": run.shop, "name": None, "plan": None, "currency": None, "scopes": []}
    empty["webhooks"] = None
    try:
        shop = await run.shopify.shop()
    except Trouble as trouble:
        return None, Side(empty, [findings.of_trouble(trouble)])
    run.shopify.use_scopes(shop.scopes)
    facts: dict[str, Any] = {
        "shop": shop.domain,
        "name": shop.name,
        "plan": shop.plan,
        "currency": shop.currency,
        "scopes": sorted(shop.scopes),
    }
    found = findings.of_shop(shop, run.shop)
    found += findings.of_customers_back(run.policy, shop.scopes)
    of_webhooks, facts["webhooks"] = await _webhooks(run, shop, listening)
    found += of_webhooks
    found += await _others(run)
    found += await check_ending(run)
    found += await _quietly(run.shopify.kept_from_us, findings.of_protected)
    return shop, Side(facts, found)


async def _others(run: Runtime) -> list[Finding]:
    """Connections in use that have the same shop."""
    async with run.store.at_once() as tx:
        everyone = await run.store.connections.of_shop(tx, run.shop)
    others = [each for each in everyone if each.id != run.connection_id and each.disconnected_at is None]
    ours = run.zoho.connection.organization_id
    same = [each.name for each in others if each.organization_id == ours]
    return findings.of_others(run.shop, same, [each.name for each in others if each.name not in same])


async def _webhooks(run: Runtime, shop: Shop, listening: Listening) -> tuple[list[Finding], dict[str, int] | None]:
    """Whether Shopify tells us what it should; that it cannot be seen keeps nothing from working."""
    if not listening.reachable:
        return findings.of_webhooks((), shop.scopes, listening.uri, reachable=False), None
    try:
        subscribed = await run.shopify.webhook_subscriptions()
    except Trouble as trouble:
        return [findings.of_webhook_trouble(trouble)], None
    wanted = topics.wanted(shop.scopes)
    standing = subscriptions.standing(wanted, subscriptions.changes(wanted, listening.uri, subscribed))
    return findings.of_webhooks(subscribed, shop.scopes, listening.uri, reachable=True), standing


async def _zoho(run: Runtime, shop: Shop | None) -> tuple[Masters | None, Side]:
    connection = run.zoho.connection
    facts: dict[str, Any] = {
        "organization_id": connection.organization_id or None,
        "name": None,
        "region": connection.region,
        "api_domain": None,
        "currency": None,
        "calls_left_today": None,
    }
    try:
        masters = (await fetch_masters(run)).masters
        token = await run.zoho.token()
    except Trouble as trouble:
        return None, Side(facts, [findings.of_trouble(trouble)])
    allowance = run.zoho.allowance
    facts |= {
        "organization_id": masters.organisation.id,
        "name": masters.organisation.name,
        "api_domain": token.api_domain,
        "currency": masters.organisation.currency,
        "calls_left_today": allowance.remaining if allowance else None,
    }
    found = findings.of_organisation(masters, run.policy, shop)
    found += findings.of_region(connection.region, token.told_domain)
    found += policy_names.check_names(masters, run.policy)
    found += await _quietly(run.zoho.newest_invoices, lambda rows: findings.of_rival(rows, run.policy.unique_field))
    return masters, Side(facts, found)


async def _quietly(ask: Callable[[], Awaitable[T]], judge: Callable[[T], list[Finding]]) -> list[Finding]:
    """What *judge* finds in the answer. A question that is not needed for anything else may stay without one."""
    try:
        answer = await ask()
    except Trouble as trouble:
        log.info("check.not_told", code=trouble.code, text=trouble.text)
        return []
    return judge(answer)


def shop_facts(shop: Shop) -> dict[str, Any]:
    return {
        "name": shop.name,
        "plan": shop.plan,
        "currency": shop.currency,
        "time_zone": shop.time_zone,
        "scopes": sorted(shop.scopes),
        "country_code": shop.country_code,
    }


def _organisation_facts(masters: Masters) -> dict[str, Any]:
    found = masters.organisation
    return {
        "name": found.name,
        "plan": found.plan,
        "currency": found.currency,
        "zone": found.zone,
        "edition": found.edition.value,
        "country_code": found.country_code,
        "unique_fields": sorted(masters.unique_fields),
    }
