"""Access that will end, said before it does.

An access token of Shopify's lives for an hour and is renewed by itself; its refresh token lives for 90 days and is
renewed with it. So access ends only where renewing has failed for weeks, or where there is nothing to renew with.
Zoho's refresh tokens do not expire.

Source: Shopify, "Offline access tokens" (expiring tokens, end of non-expiring ones).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.connecting.tokens import shopify_token
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.tokens import ShopifyToken

AHEAD = timedelta(days=14)
"""So long before access ends it is said."""
STATIC_ENDS = date(2027, 1, 1)
"""From this day on Shopify takes no token of a public app that does not expire."""
ENDING = "shopify_access_ends"


def of_token(token: ShopifyToken | None, now: datetime, *, has_app: bool) -> list[Finding]:
    """What will end, and what to do before.

    Args:
        has_app: Whether client id and secret are known, with which a token can be renewed or exchanged.
    """
    if token is None:
        return []
    if token.expires_at is None:
        return [] if has_app else [_static(now)]
    # with its app, a token is renewed by its refresh token, or asked for again by client credentials
    ends = token.refresh_expires_at if has_app else token.expires_at
    if ends is None or ends - now > AHEAD:
        return []
    return [
        Finding(
            ENDING,
            f"Our access to the shop ends on {ends.date().isoformat()}, and could not be renewed so far.",
            "Open the app in Shopify's admin, or connect the shop again, before that day.",
        )
    ]


def _static(now: datetime) -> Finding:
    passed = now.date() >= STATIC_ENDS
    since = "Since" if passed else "From"
    return Finding(
        "shopify_token_static",
        f"The access token does not expire. {since} {STATIC_ENDS.isoformat()} Shopify takes none of these from public "
        "apps; custom apps may keep theirs.",
        "If the app is public, give its client_id and client_secret too: the token is exchanged by itself then.",
        "info",
    )


async def check_ending(run: Runtime) -> list[Finding]:
    """What will end of this connection's access. Three queries."""
    return of_token(await shopify_token(run.store, run.connection_id), await run.store.now(), has_app=run.renews)


async def announce_ending(run: Runtime) -> None:
    """Raise a notice while access will end, and end it when it was renewed."""
    found = [each for each in await check_ending(run) if each.bad]
    async with run.store.transaction() as tx:
        if not found:
            await run.store.notices.clear(tx, ENDING, connection_id=run.connection_id)
        for each in found:
            await run.store.notices.open_(tx, ENDING, each.text, fix=each.fix, connection_id=run.connection_id)
