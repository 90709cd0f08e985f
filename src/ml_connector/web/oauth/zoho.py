"""From a click to an organisation's books.

Source: Zoho Accounts, OAuth 2.0 for web applications, multi-DC support.
"""

from __future__ import annotations

from dataclasses import replace

from litestar import Response
from litestar.datastructures import Cookie

from ml_connector.jobs.connecting.grants import Organisations
from ml_connector.jobs.connecting.seals import Note
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.store.connections import Connection
from ml_connector.web.oauth.admission import admit, checked_name, punch
from ml_connector.web.oauth.bound import met, over, sealed, used
from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.pages import Link, go, page
from ml_connector.web.oauth.shopify import SET_UP, finish_if_whole
from ml_connector.web.oauth.visit import Visit
from ml_connector.zoho import oauth, oauth_errors, regions

_FIRST_REGION = "us"


async def start(needs: OAuthNeeds, visit: Visit) -> Response[str]:
    """Send the browser to a data centre, which passes it on to the person's own.

    Raises:
        Trouble: it may not start, or not like this.
    """
    app = _app(needs)
    ticket = await admit(needs, visit)
    name = checked_name(visit.text("connection") or (ticket.connection if ticket else ""))
    connection = await _known(needs, name)
    region = _region(visit.text("region") or connection.zoho_region or _FIRST_REGION)
    await punch(needs, ticket, name)
    state, cookie = sealed(needs, Note("zoho", name, region=region.code, set_up=bool(visit.text(SET_UP))))
    accounts = needs.zoho_accounts or region.accounts
    return go(oauth.authorize_url(app, accounts, state=state), cookie)


async def callback(needs: OAuthNeeds, visit: Visit) -> Response[str]:
    """Exchange the code where it belongs, and connect the organisation, or ask which.

    Raises:
        Trouble: one of the checks failed, or Zoho gave nothing that we can use.
    """
    app = _app(needs)
    note = met(needs, visit, "zoho")
    answered = oauth.read_callback(visit.plain, expected_state=visit.text("state"), accounts=needs.zoho_accounts)
    if not needs.zoho_accounts:
        _same_place(visit.text("location"), answered)
    await used(needs, note)
    found = await needs.grants.take_zoho(app, note.connection, answered, note.region, rests=note.set_up)
    if found.chosen:
        return await _connected(needs, note, over(needs, note))
    return _which(needs, note, found)


async def choose(needs: OAuthNeeds, visit: Visit) -> Response[str]:
    """Connect the organisation whose link was followed.

    Raises:
        Trouble: the link is not this browser's, is too old, or another one was followed before.
    """
    note = met(needs, visit, "choose")
    if not await needs.grants.once(note.nonce):
        connection = await needs.grants.connection(note.connection)
        if connection is None or connection.organization_id != note.organization_id:
            raise SignInRefused("used", "An organisation was chosen before. Nothing was done a second time.")
        # a double click, which is why the cookie is left to run out
        return go(needs.address("/connect", connection=note.connection))
    await needs.grants.choose(note.connection, note.organization_id, rests=note.set_up)
    return await _connected(needs, note)


async def _connected(needs: OAuthNeeds, note: Note, *cookies: Cookie) -> Response[str]:
    await finish_if_whole(needs, note.connection)
    return go(needs.address("/connect", connection=note.connection), *cookies)


def _which(needs: OAuthNeeds, note: Note, found: Organisations) -> Response[str]:
    """Links, because browsers hold redirects after a form to the policy for forms."""
    asked = Note("choose", note.connection, set_up=note.set_up)
    links = []
    for choice in found.choices:
        one = replace(asked, organization_id=choice.id)
        address = needs.address("/oauth/zoho/choose", state=needs.seals.seal(one))
        links.append(Link(address, choice.name or choice.id, choice.currency))
    _, cookie = sealed(needs, asked)
    return page(
        f"Which organisation keeps the books of “{note.connection}”?",
        _present(note, found),
        "Invoices are posted to the one you choose. Until then nothing is changed.",
        links=links,
        stylesheet=needs.stylesheet,
        cookies=[over(needs, note), cookie],
    )


def _present(note: Note, found: Organisations) -> str:
    if not found.present:
        return f"This Zoho user belongs to {len(found.choices)} organisations."
    return (
        f"So far “{note.connection}” posts to {found.present}, to which this Zoho user does not belong. "
        "Choosing another one does not move what was posted."
    )


async def _known(needs: OAuthNeeds, name: str) -> Connection:
    found = await needs.grants.connection(name)
    if found is None:
        raise SignInRefused("connection", f"There is no connection called “{name}”.", fix="Connect the shop first.")
    return found


def _region(code: str) -> regions.Region:
    try:
        return regions.by_code(code)
    except regions.UnknownRegion as error:
        raise SignInRefused("parameters", f"{error}.", fix="Start again with one of these.") from error


def _same_place(location: str, answered: oauth.Callback) -> None:
    """`location` and `accounts-server` have to name one data centre, and one of Zoho's.

    Raises:
        CallbackRefused: they do not, so the code goes nowhere.
    """
    if not location:
        return
    try:
        named = regions.by_code(location)
    except regions.UnknownRegion:
        named = None
    if named is None or named != answered.region:
        raise oauth_errors.CallbackRefused("Zoho's answer names two data centres, or one that is not Zoho's.")


def _app(needs: OAuthNeeds) -> oauth.App:
    if needs.zoho_app is None:
        raise SignInRefused(
            "not_set_up",
            "No Zoho client is set up here.",
            fix="Set ML_CONNECTOR_ZOHO_CLIENT_ID and ML_CONNECTOR_ZOHO_CLIENT_SECRET, then start again.",
        )
    return needs.zoho_app
