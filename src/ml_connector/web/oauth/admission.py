"""Who may start connecting: whoever has a one-time ticket, or an operator of the console."""

from __future__ import annotations

from ml_connector.jobs.connecting.seals import Note, SealBroken
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.web.oauth.bound import used
from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.visit import Visit

_LONGEST_NAME = 64


async def admit(needs: OAuthNeeds, visit: Visit) -> Note | None:
    """Let *visit* in, before anything is looked up for it; the ticket it shows, or None for an operator.

    Raises:
        SignInRefused: it may not start, or its ticket is not one of ours, or too old.
    """
    if not visit.text("ticket"):
        if await needs.may_start(visit.request):
            return None
        raise SignInRefused(
            "not_allowed",
            "Connecting is started by an operator.",
            fix="Sign in to the console and open Connections, or ask an operator for a link.",
        )
    try:
        return needs.seals.open(visit.text("ticket"), "ticket")
    except SealBroken as error:
        raise SignInRefused(
            "ticket", "This link is too old, or not one of ours.", fix="Ask for a new link; each works once."
        ) from error


async def punch(needs: OAuthNeeds, ticket: Note | None, connection: str) -> None:
    """Use *ticket* up for *connection*. The last of all checks, so that a mistake does not cost a ticket.

    Raises:
        SignInRefused: it is for another connection, or was used before.
    """
    if ticket is None:
        return
    if ticket.connection != connection:
        raise SignInRefused("ticket", "This link is for another connection.", fix="Ask for a link for this one.")
    await used(needs, ticket)


def checked_name(name: str) -> str:
    """*name*, if a connection may be called so.

    Raises:
        SignInRefused: it may not.
    """
    if not name or len(name) > _LONGEST_NAME or not name.replace("-", "").replace("_", "").isalnum():
        raise SignInRefused(
            "connection",
            "A connection is named with letters, digits, - and _ only, at most 64.",
            fix="Start again with such a name.",
        )
    return name
