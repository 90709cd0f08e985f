"""What a shop tells about itself: it removed the app, granted other scopes, changed its settings."""

from __future__ import annotations

from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.connecting import findings
from ml_connector.jobs.connecting.check import shop_facts
from ml_connector.jobs.instructions.told import did, nothing
from ml_connector.jobs.masters import forget_masters
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.jobs.webhooks import keep_scopes
from ml_connector.shopify.errors import TokenRefused
from ml_connector.shopify.oauth_errors import GrantRefused, RefreshDead
from ml_connector.store.subjects import Lease

UNINSTALLED = "app_uninstalled"
SCOPES = "scope_missing"


async def uninstalled(lease: Lease, run: Runtime) -> Synced:
    """End the connection, if the app is gone indeed.

    The delivery may come late, twice, or after the merchant has installed the app again. An uninstalled app's token is
    dead at once, so Shopify itself is asked: while the token works there is a newer install, and nothing is done.

    Source: Shopify, topic app/uninstalled.
    """
    try:
        await run.shopify.scopes()
    except (TokenRefused, RefreshDead, GrantRefused):
        return await _ended(run)
    return nothing()


async def _ended(run: Runtime) -> Synced:
    """History stays, and so does what signs the `shop/redact` that comes 48 hours later."""
    text = "The app was removed in Shopify, so nothing is posted for this shop any more."
    fix = "Install the app again and connect, if that was not meant; no order is lost."
    async with run.store.transaction() as tx:
        await run.store.connections.set_health(tx, run.connection_id, "disconnected", text)
        await run.store.credentials.forget(tx, run.connection_id)
        await run.store.tokens.forget(tx, run.connection_id)
        await run.store.notices.open_(tx, UNINSTALLED, text, fix=fix, connection_id=run.connection_id, severity="error")
    return did(UNINSTALLED, text, fix)


async def scopes_changed(lease: Lease, run: Runtime) -> Synced:
    """Ask from now on for what is granted; say so when something is missing that posting needs."""
    shop = await run.shopify.shop()
    await keep_scopes(run, shop.scopes)
    missing = [each for each in findings.of_shop(shop, run.shop) if each.code == SCOPES]
    async with run.store.transaction() as tx:
        if not missing:
            await run.store.notices.clear(tx, SCOPES, connection_id=run.connection_id)
            return nothing()
        text = " ".join(each.text for each in missing)
        await run.store.notices.open_(
            tx, SCOPES, text, fix=missing[0].fix, connection_id=run.connection_id, severity="error"
        )
    return did(SCOPES, text, missing[0].fix)


async def shop_changed(lease: Lease, run: Runtime) -> Synced:
    """Keep what the shop says of itself now, and decide anew on fresh master data."""
    shop = await run.shopify.shop()
    connection = await connection_of(run)
    facts = {**connection.shop_facts, **shop_facts(shop)}
    if facts != connection.shop_facts:
        async with run.store.at_once() as tx:
            await run.store.connections.save(tx, run.name, shop_facts=facts)
    await forget_masters(run)
    return nothing()
