"""A sign-in belongs to one browser, and is good once.

The state that travels to the vendor and back is sealed, and the same nonce is sealed into a cookie of the browser that
started. Each sign-in has a cookie of its own, so two tabs do not disturb each other.
"""

from __future__ import annotations

import hmac
from dataclasses import replace

from litestar.datastructures import Cookie

from ml_connector.jobs.connecting.seals import LIFETIME, Note, SealBroken
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.visit import Visit


def sealed(needs: OAuthNeeds, note: Note) -> tuple[str, Cookie]:
    """*note* as a state, and the cookie that binds it to this browser."""
    bond = needs.seals.seal(replace(note, purpose="cookie"))
    return needs.seals.seal(note), _cookie(needs, note, bond, int(LIFETIME.total_seconds()))


def met(needs: OAuthNeeds, visit: Visit, purpose: str) -> Note:
    """The note that this browser brings back.

    Raises:
        SignInRefused: it has none, a forged one, an old one, or another browser's.
    """
    try:
        note = needs.seals.open(visit.text("state"), purpose)
        bond = needs.seals.open(visit.cookies.get(_name(note), ""), "cookie")
    except SealBroken as error:
        raise _not_ours() from error
    if not hmac.compare_digest(note.nonce, bond.nonce):
        raise _not_ours()
    return note


async def used(needs: OAuthNeeds, note: Note) -> None:
    """Use *note* up.

    Raises:
        SignInRefused: it was used before.
    """
    if not await needs.grants.once(note.nonce):
        raise SignInRefused("used", "This sign-in was carried out before. Nothing was done a second time.")


def over(needs: OAuthNeeds, note: Note) -> Cookie:
    """Tells the browser to forget the cookie of *note*."""
    return _cookie(needs, note, "", 0)


def _not_ours() -> SignInRefused:
    return SignInRefused("state", "This sign-in was not started from this browser, or it is too old.")


def _name(note: Note) -> str:
    return f"sign-in-{note.nonce}"


def _cookie(needs: OAuthNeeds, note: Note, value: str, max_age_s: int) -> Cookie:
    return Cookie(
        key=_name(note),
        value=value,
        max_age=max_age_s,
        path=needs.cookie_path,
        secure=needs.secure,
        httponly=True,
        samesite="lax",
    )
