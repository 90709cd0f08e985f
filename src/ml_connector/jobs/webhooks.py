"""Whether Shopify still tells us what it should: subscriptions vanish after failures, and by other hands."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify import subscriptions, topics
from ml_connector.shopify.subscriptions import Changes
from ml_connector.store.exchanges import Event
from ml_connector.store.subjects import Subject

log = structlog.get_logger(__name__)

REPAIRED = "webhooks_repaired"


async def verify_webhooks(run: Runtime, listening: Listening) -> Changes:
    """Make the subscriptions what they should be for the scopes that the shop grants now; what had to be done.

    Two questions when all is well. Where Shopify cannot reach us nothing is asked for: the sweep does the work.

    Raises:
        ShopifyError: some may be repaired, the next time does the rest.
    """
    if not listening.reachable:
        return Changes()
    scopes = await run.shopify.scopes()
    await keep_scopes(run, scopes)
    found = await run.shopify.webhook_subscriptions()
    wanted = topics.wanted(scopes)
    changes = subscriptions.changes(wanted, listening.uri, found)
    missing: Collection[str] = ()
    if changes:
        refused = await run.shopify.webhook_subscriptions_repair(changes, listening.uri)
        for topic, why in refused.items():
            log.warning("webhooks.refused", connection=run.name, topic=topic, text=why.text)
        await _tell(run, _without(changes, refused))
        missing = refused.keys() & wanted
    await _keep(run, "webhooks", {"expected": len(wanted), "found": len(wanted) - len(missing)})
    return changes


def _without(changes: Changes, refused: Collection[str]) -> Changes:
    """What was done of *changes*."""
    return Changes(
        tuple(each for each in changes.delete if each.topic not in refused),
        tuple(each for each in changes.update if each.topic not in refused),
        tuple(topic for topic in changes.create if topic not in refused),
    )


async def keep_scopes(run: Runtime, scopes: frozenset[str]) -> None:
    """Ask from now on for what *scopes* allow, in this process and in the others. Two queries at most."""
    run.shopify.use_scopes(scopes)
    await _keep(run, "scopes", sorted(scopes))


async def _keep(run: Runtime, fact: str, value: object) -> None:
    """Remember a fact of the shop where it is news. Two queries at most."""
    connection = await connection_of(run)
    if connection.shop_facts.get(fact) == value:
        return
    async with run.store.at_once() as tx:
        await run.store.connections.save(tx, run.name, shop_facts={**connection.shop_facts, fact: value})


async def _tell(run: Runtime, changes: Changes) -> None:
    if not changes:
        return
    lost = sorted({*changes.create, *(each.topic for each in changes.update)})
    sentence = f"{len(lost)} webhook subscriptions were missing or led elsewhere, and were repaired: {', '.join(lost)}."
    if not lost:
        sentence = f"{len(changes.delete)} webhook subscriptions that were not needed were removed."
    log.warning("webhooks.repaired", connection=run.name, topics=lost, removed=len(changes.delete))
    subject = Subject(run.connection_id, "connection", run.name)
    async with run.store.transaction() as tx:
        await run.store.timeline.note(tx, [Event(subject, REPAIRED, sentence)])
        await run.store.notices.open_(
            tx,
            REPAIRED,
            sentence,
            fix="Nothing has to be done: the sweep has looked for what was not announced.",
            connection_id=run.connection_id,
            severity="info",
        )
