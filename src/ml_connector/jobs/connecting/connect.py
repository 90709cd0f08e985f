"""Making or changing a connection from its document, and ending one."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from ml_connector.domain.policy import PolicyError, read_policy
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting import findings, kinds, tokens
from ml_connector.jobs.connecting.check import Checked, Listening, check
from ml_connector.jobs.connecting.document import ConnectionDocument, DocumentRefused
from ml_connector.jobs.connecting.zoho_hooks import remove_hooks, repair_hooks
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify import subscriptions, topics
from ml_connector.store import Store
from ml_connector.store.connections import Connection

log = structlog.get_logger(__name__)

RuntimeOf = Callable[[int], Awaitable[Runtime]]


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that was saved, what was found, and a secret that is shown this once."""

    connection: Connection
    checked: Checked
    made_webhook_secret: str | None = None


async def connect(
    document: ConnectionDocument,
    store: Store,
    runtime_of: RuntimeOf,
    listening: Listening,
    *,
    who: str,
    with_zoho_hooks: bool = True,
) -> Connected:
    """Save what *document* says, then look at both sides and repair the webhooks.

    Saved either way: a finding is repaired later, and nothing has to be typed twice.

    Args:
        with_zoho_hooks: Whether Zoho's webhooks are made now, which takes some ten seconds because Zoho's settings want
            their calls apart; a worker makes them within moments otherwise.

    Raises:
        DocumentRefused: something a new connection needs is missing, or the policy has mistakes.
    """
    connection, made = await save(document, store, who=who)
    run = await runtime_of(connection.id)
    if not connection.organization_id and (chosen := await _only_organisation(run)):
        async with store.at_once() as tx:
            connection = await store.connections.save(tx, connection.name, organization_id=chosen)
        run = await runtime_of(connection.id)
    repairs = await repair_webhooks(run, listening)
    if with_zoho_hooks and run.resting is None:
        await repair_hooks(run, listening.zoho_address(run.name))  # what it could not do, the check finds
    checked = await check(run, listening)
    if repairs:
        known = [each for each in checked.shopify.findings if each.code != findings.WEBHOOKS_DIFFER]
        more = [each for each in repairs if each.text not in {one.text for one in known}]
        checked = replace(checked, shopify=replace(checked.shopify, findings=known + more))
    return Connected(await _start_today(connection.name, run, store, who=who), checked, made)


async def save(document: ConnectionDocument, store: Store, *, who: str) -> tuple[Connection, str | None]:
    """Keep the document's values, its secrets and its policy, in one transaction; a webhook secret that was made.

    Raises:
        DocumentRefused.
    """
    async with store.transaction() as tx:
        before = await store.connections.named(tx, document.name)
        if before is None:
            _need_for_new(document)
        policy = await store.connections.policy(tx, before.id) if before else None
        body = _policy_body(policy.body if policy else {}, document.policy)
        connection = await store.connections.save(
            tx,
            document.name,
            shop=document.shopify.shop,
            zoho_region=document.zoho.region,
            organization_id=document.zoho.organization_id,
        )
        if before is not None and before.health == "disconnected":
            await store.connections.set_health(tx, connection.id, "ok")
            await store.connections.work(tx, connection.id)
        given = _secrets_of(document)
        kept = await store.credentials.of(tx, connection.id)
        made = None
        if kinds.ZOHO_WEBHOOK_SECRET not in given and kinds.ZOHO_WEBHOOK_SECRET not in kept:
            # Zoho takes 12 to 50 letters and digits
            made = secrets.token_hex(20)
            given[kinds.ZOHO_WEBHOOK_SECRET] = made
        # the same document again must not bring back a refresh token that was used up since
        news = {kind: text for kind, text in given.items() if kept.get(kind) != text.encode()}
        put = {**_of_another_token(news), **given}
        if kinds.ZOHO_REFRESH_TOKEN in news:
            put[kinds.ZOHO_SIGNED_IN] = ""
        await store.credentials.put(tx, connection.id, {kind: text.encode() for kind, text in put.items()})
        await store.credentials.ensure_guest_salt(tx, connection.id)
        for vendor in _changed_access(news):
            await store.tokens.forget(tx, connection.id, vendor)
        if policy is None or document.policy is not None:
            await store.connections.set_policy(tx, connection.id, body, who=who)
        found = await store.connections.get(tx, connection.id)
    return found or connection, made


def _need_for_new(document: ConnectionDocument) -> None:
    shopify, zoho = document.shopify, document.zoho
    wanted = {
        "shopify.shop": shopify.shop,
        "shopify.access_token, or client_id with client_secret": shopify.access_token
        or (shopify.client_id and shopify.client_secrets),
        "zoho.region": zoho.region,
        "zoho.client_id": zoho.client_id,
        "zoho.client_secret": zoho.client_secret,
        "zoho.refresh_token": zoho.refresh_token,
    }
    missing = [f"A new connection needs {name}." for name, value in wanted.items() if not value]
    if missing:
        raise DocumentRefused(missing)


def _policy_body(before: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The policy in force with what was given put over it.

    Raises:
        DocumentRefused: with every mistake in it.
    """
    body = {**before, **(given or {})}
    try:
        read_policy(body)
    except PolicyError as error:
        raise DocumentRefused([f"policy: {problem}" for problem in error.problems]) from error
    return body


def _secrets_of(document: ConnectionDocument) -> dict[str, str]:
    shopify, zoho = document.shopify, document.zoho
    newest, *older = shopify.client_secrets or ("",)
    found = {
        kinds.SHOPIFY_ACCESS_TOKEN: shopify.access_token,
        kinds.SHOPIFY_CLIENT_ID: shopify.client_id,
        kinds.SHOPIFY_CLIENT_SECRET: newest,
        kinds.OLDER_SHOPIFY_CLIENT_SECRET: older[0] if older else None,
        kinds.SHOPIFY_REFRESH_TOKEN: shopify.refresh_token,
        kinds.SHOPIFY_EXPIRES_AT: shopify.expires_at.isoformat() if shopify.expires_at else None,
        kinds.ZOHO_CLIENT_ID: zoho.client_id,
        kinds.ZOHO_CLIENT_SECRET: zoho.client_secret,
        kinds.ZOHO_REFRESH_TOKEN: zoho.refresh_token,
        kinds.ZOHO_WEBHOOK_SECRET: zoho.webhook_secret,
    }
    return {kind: text for kind, text in found.items() if text}


def _of_another_token(given: Mapping[str, str]) -> dict[str, str]:
    """What belongs to the access token that is replaced, emptied: its refresh token, and when it expires."""
    if kinds.SHOPIFY_ACCESS_TOKEN not in given:
        return {}
    return {kinds.SHOPIFY_REFRESH_TOKEN: "", kinds.SHOPIFY_EXPIRES_AT: ""}


def _changed_access(given: Mapping[str, str]) -> list[str]:
    """The vendors whose tokens, got with the old credentials, mean nothing any more. The other's must stay: Shopify's
    newest refresh token is nowhere else."""
    changing = {
        tokens.ZOHO: (kinds.ZOHO_REFRESH_TOKEN,),
        tokens.SHOPIFY: (kinds.SHOPIFY_ACCESS_TOKEN, kinds.SHOPIFY_REFRESH_TOKEN, kinds.SHOPIFY_CLIENT_ID),
    }
    return [vendor for vendor, wanted in changing.items() if any(kind in given for kind in wanted)]


async def _only_organisation(run: Runtime) -> str:
    """The id of the user's organisation when there is exactly one active; empty otherwise, and `check` says so."""
    try:
        found = [each for each in await run.zoho.organisations() if each.active]
    except Trouble as trouble:
        log.info("connect.organisations_unknown", connection=run.name, code=trouble.code)
        return ""
    return found[0].id if len(found) == 1 else ""


async def _start_today(name: str, run: Runtime, store: Store, *, who: str) -> Connection:
    """The connection as it is now; one that names no start begins with the orders of today.

    Older orders are left to an explicit backfill. It comes last, because only now the organisation's zone is known.
    """
    async with store.transaction() as tx:
        connection = await store.connections.named(tx, name)
        assert connection is not None
        policy = await store.connections.policy(tx, connection.id)
        if policy is None or policy.body.get("start_date"):
            return connection
        today = run.clock.now().astimezone(zone_of(connection)).date().isoformat()
        body = {**policy.body, "start_date": today}
        await store.connections.set_policy(tx, connection.id, body, who=who, note="The day of connection.")
    return connection


async def repair_webhooks(run: Runtime, listening: Listening) -> list[findings.Finding]:
    """Make the subscriptions in the shop what they should be; what could not be done comes back as findings.

    A worker that saw the connection appear does the same at the same moment. So we look once more at what we changed:
    what both made is taken away again, and a topic that Shopify refused because the other had it is no finding.
    """
    if not listening.reachable:
        return []
    changes, refused = subscriptions.Changes(), dict[str, str]()
    try:
        scopes = await run.shopify.scopes()
        for _ in range(2):
            found = await run.shopify.webhook_subscriptions()
            changes = subscriptions.changes(topics.wanted(scopes), listening.uri, found)
            if not changes:
                return []
            answers = await run.shopify.webhook_subscriptions_repair(changes, listening.uri)
            refused = {topic: each.text for topic, each in answers.items()}
    except Trouble as trouble:
        return [findings.of_webhook_trouble(trouble)]
    wanted = {*changes.create, *(each.topic for each in changes.update)}
    return findings.of_refused_webhooks({topic: text for topic, text in refused.items() if topic in wanted})


async def disconnect(run: Runtime, listening: Listening) -> list[findings.Finding]:
    """Remove webhooks and secrets; the history stays, and so does what signs a late `shop/redact`.

    Access that a person granted in a browser is given back to Zoho: a user's 21st refresh token ends the oldest,
    perhaps another connection's. A refresh token from a document is its owner's, who may connect with it again.
    """
    left: list[findings.Finding] = []
    try:
        found = await run.shopify.webhook_subscriptions()
        await run.shopify.webhook_subscriptions_repair(subscriptions.removal(listening.uri, found), listening.uri)
    except Trouble as trouble:
        left.append(findings.of_trouble(trouble))
    left += await remove_hooks(run, listening.zoho_address(run.name))
    async with run.store.transaction() as tx:
        signed_in = await run.store.credentials.of(tx, run.connection_id, [kinds.ZOHO_SIGNED_IN])
        await run.store.connections.set_health(tx, run.connection_id, "disconnected", "Disconnected by an operator.")
        await run.store.credentials.forget(tx, run.connection_id)
        await run.store.tokens.forget(tx, run.connection_id)
    if signed_in.get(kinds.ZOHO_SIGNED_IN) and not await run.zoho.give_back():
        left.append(findings.zoho_access_left())
    return left
