"""Secrets out of anything that is written down: log lines, recorded exchanges, pages.

By name, where a value has one, and by look, where it stands in the middle of a text. Both, because neither is enough:
a token may arrive in a message of somebody else's library, and a password looks like nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

REMOVED = "[removed]"

_NAMES = frozenset(
    "authorization auth_token bearer client_secret cookie credentials dsn hmac password passwd passphrase private_key "
    "proxy_authorization secret secret_key set_cookie signature token x_api_key api_key".split()
)
_ENDINGS = ("_token", "_secret", "_password", "_signature", "_hmac_sha256", "_secret_key", "_private_key", "_api_key")

_LOOKS = (
    # Source: Shopify API, authentication: shpat_ access, shpca_ custom app, shppa_ private app, shpss_ shared secret,
    # shprt_ refresh token, shpua_ user token
    re.compile(r"\bsh(?:pat|pca|ppa|pss|prt|pua|ptka)_[A-Za-z0-9_-]+"),
    # Source: Zoho OAuth: grants, access and refresh tokens all begin so, and client ids too
    re.compile(r"\b1000\.[0-9A-Za-z]{16,}(?:\.[0-9A-Za-z]+)*"),
    re.compile(r"(?i)(?<=bearer )[^\s,;\"']+"),
    re.compile(r"(?i)(?<=zoho-oauthtoken )[^\s,;\"']+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/]{8,}={0,2}"),
    # the password of an address
    re.compile(r"(?<=://)[^\s/@\"']*:[^\s/@\"']+(?=@)"),
    # in a query, a form, or written out as JSON
    re.compile(
        r"(?i)(?<![a-z0-9_])(?:access_token|refresh_token|id_token|client_secret|password|hmac|code)=(?!=)[^&\s\"',;]+"
    ),
    re.compile(r"(?i)\"(?:access_token|refresh_token|id_token|client_secret|password)\"\s*:\s*\"[^\"]*\""),
)
_MAY_LOOK = re.compile(r"(?i)shp|1000\.|bearer |oauthtoken |basic |://|token|secret|password|hmac=|code=")
"""What every look has in it; most texts have none of it, and need not be looked at eight times."""
_KEEPS_ITS_NAME = re.compile(r"^(?:\"([A-Za-z_]+)\"\s*:|([A-Za-z_]+)=)")


def without_secrets(value: Any) -> Any:
    """A copy of *value* whose secrets read `[removed]`. Mappings and sequences are followed, other objects left.

    Does not promise to find a secret without a telling name or look; keep those out of reach.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bytes):
        return clean_text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {name: _named(name, item) for name, item in value.items()}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):  # a header, as libraries list them
        return [value[0], _named(value[0], value[1])]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [without_secrets(item) for item in value]
    return value


def clean_text(text: str) -> str:
    """The same text without what looks like a secret."""
    if _MAY_LOOK.search(text) is None:
        return text
    for look in _LOOKS:
        text = look.sub(_replacement, text)
    return text


def is_secret_name(name: object) -> bool:
    """Whether a value of this name is never written down, whatever it looks like."""
    return _is_secret(str(name))


@lru_cache(maxsize=4_096)  # the names of two companies' fields are few, and each document has all of them
def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    return plain in _NAMES or plain.endswith(_ENDINGS)


def _named(name: object, value: Any) -> Any:
    if is_secret_name(name) and value is not None and not isinstance(value, bool):
        return REMOVED
    return without_secrets(value)


def _replacement(found: re.Match[str]) -> str:
    """Keeps the name in `access_token=…`, so that a reader sees what was there."""
    named = _KEEPS_ITS_NAME.match(found[0])
    if named is None:
        return REMOVED
    return f'"{named[1]}": "{REMOVED}"' if named[1] else f"{named[2]}={REMOVED}"
