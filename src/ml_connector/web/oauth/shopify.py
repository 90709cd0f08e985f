"""From a click to a shop's token.

Source: Shopify, "Authorization code grant".
"""

from __future__ import annotations

import structlog
from litestar import Response

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting.grants import require_same_shop
from ml_connector.jobs.connecting.seals import Note
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.shopify import oauth
from ml_connector.shopify.oauth_errors import CallbackRefused
from ml_connector.web.oauth.admission import admit, checked_name, punch
from ml_connector.web.oauth.bound import met, over, sealed, used
from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.pages import go, page
from ml_connector.web.oauth.visit import Visit

log = structlog.get_logger(__name__)

CALLBACK = "/oauth/shopify/callback"
SET_UP = "set_up"
"""With this in the address, a new connection rests until the last step of the console's set-up."""


async def start(needs: OAuthNeeds, visit: Visit) -> Response[str]:
    """Send the browser to the shop, with a state of ours.

    Raises:
        Trouble: it may not start, or not like this.
    """
    app = _app(needs)
    shop = oauth.check_start(visit.query, [app.client_secret], needs.clock.now())
    # Shopify signs every parameter, so whoever comes with its signature was sent by Shopify itself
    ticket = None if "hmac" in visit.query else await admit(needs, visit)
    name = visit.text("connection") or (ticket.connection if ticket else await needs.grants.name_for(shop))
    require_same_shop(await needs.grants.connection(checked_name(name)), shop)
    await punch(needs, ticket, name)
    note = Note(
        "shopify",
        name,
        shop=shop,
        region=visit.text("region"),
        then=visit.text("then"),
        set_up=bool(visit.text(SET_UP)),
    )
    state, cookie = sealed(needs, note)
    redirect_uri = needs.address(CALLBACK)
    return go(
        oauth.authorize_url(app, shop, redirect_uri=redirect_uri, state=state, wanted=needs.shopify_scopes), cookie
    )


async def callback(needs: OAuthNeeds, visit: Visit) -> Response[str]:
    """Exchange the code, keep the token, and go on.

    Raises:
        Trouble: one of the checks failed, or Shopify gave no token.
    """
    app = _app(needs)
    note = met(needs, visit, "shopify")
    answered = oauth.check_callback(visit.query, [app.client_secret], state=visit.text("state"), now=needs.clock.now())
    if answered.shop != note.shop:
        raise CallbackRefused("shop", f"The sign-in was started for {note.shop}, and {answered.shop} answered.")
    await used(needs, note)
    missing = await needs.grants.take_shopify(app, note.connection, note.shop, answered.code, rests=note.set_up)
    if missing:
        return _too_little(needs, note, missing)
    if note.then == "zoho":
        return go(_zoho_start(needs, note), over(needs, note))
    await finish_if_whole(needs, note.connection)
    return go(needs.address("/connect", connection=note.connection), over(needs, note))


async def finish_if_whole(needs: OAuthNeeds, name: str) -> None:
    """Let a connection that has both sides be looked at; it is kept already, whatever that look finds."""
    connection = await needs.grants.connection(name)
    if connection is None or connection.health != "ok":
        return
    try:
        await needs.finish(name)
    except Trouble as trouble:
        log.warning("oauth.not_looked_at", connection=name, code=trouble.code, text=trouble.text)


def _app(needs: OAuthNeeds) -> oauth.App:
    if needs.shopify_app is None:
        raise SignInRefused(
            "not_set_up",
            "No Shopify app is set up here.",
            fix="Set ML_CONNECTOR_SHOPIFY_CLIENT_ID and ML_CONNECTOR_SHOPIFY_CLIENT_SECRET, then start again.",
        )
    return needs.shopify_app


def _zoho_start(needs: OAuthNeeds, note: Note) -> str:
    """This browser has just proved whose shop it is, so it may go on with this connection, once."""
    ticket = needs.grants.ticket(note.connection)
    set_up = {SET_UP: "yes"} if note.set_up else {}
    return needs.address("/oauth/zoho/start", connection=note.connection, region=note.region, ticket=ticket, **set_up)


def _too_little(needs: OAuthNeeds, note: Note, missing: tuple[str, ...]) -> Response[str]:
    return page(
        "Shopify gave us access, but not to the orders.",
        f"Not granted: {', '.join(missing)}. Without it nothing can be posted.",
        "Add it to the app's scopes in Shopify, then connect the shop again.",
        status=403,
        code="scope_missing",
        stylesheet=needs.stylesheet,
        cookies=[over(needs, note)],
    )
