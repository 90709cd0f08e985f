"""The console's cookies, and the words that forms carry.

Each form carries a word that is derived from the visitor's own cookie, so another site cannot make one, and nothing has
to be stored for it. Before anybody has signed in a cookie of its own, worth nothing else, serves the same purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Literal

from litestar.datastructures import Cookie

from ml_connector.web.console.needs import ConsoleNeeds

SESSION = "ml-connector-session"
VISIT = "ml-connector-visit"
THEME = "ml-connector-theme"
KEYS = "ml-connector-keys"

SESSION_S = 12 * 3_600
"""A working day: whoever comes back the next morning signs in again."""
VISIT_S = 24 * 3_600
CHOICE_S = 400 * 24 * 3_600
"""As long as browsers keep a cookie."""

FIELD = "form"
"""The field of every form."""


def new_word() -> str:
    """A word that nobody guesses."""
    return secrets.token_urlsafe(32)


def form_token(word: str) -> str:
    """What the forms of whoever has the cookie *word* carry."""
    return hmac.new(word.encode(), b"a form of the console", hashlib.sha256).hexdigest()


def is_token_of(word: str, given: str) -> bool:
    return bool(word) and hmac.compare_digest(form_token(word).encode(), given.encode())


def cookie(
    needs: ConsoleNeeds,
    name: str,
    value: str,
    *,
    max_age_s: int,
    samesite: Literal["lax", "strict"] = "lax",
) -> Cookie:
    """Never read by scripts, never sent over plain HTTP where we are reached by https."""
    return Cookie(
        key=name,
        value=value,
        max_age=max_age_s,
        path=f"{needs.base}/",
        secure=needs.secure,
        httponly=True,
        samesite=samesite,
    )


def over(needs: ConsoleNeeds, name: str) -> Cookie:
    """Tells the browser to forget it."""
    return cookie(needs, name, "", max_age_s=0)
