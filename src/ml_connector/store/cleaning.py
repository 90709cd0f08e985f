"""Takes secrets out of what is about to be stored or logged.

Two nets, because either alone has holes: names that are known to carry secrets, and texts that look like one of
Shopify's or Zoho's tokens wherever they stand.

Source: Shopify, access token prefixes (`shpat_`, `shpss_`, …); Zoho OAuth, tokens `1000.<32 hex>.<32 hex>`.
"""

from __future__ import annotations

import re
from typing import Any

REMOVED = "removed"

_NAMES = frozenset(
    {
        "accesstoken",
        "apikey",
        "authorization",
        "authtoken",
        "clientsecret",
        "code",
        "cookie",
        "idtoken",
        "password",
        "proxyauthorization",
        "refreshtoken",
        "secret",
        "setcookie",
        "sharedsecret",
        "token",
        "webhooksecret",
        "xshopifyaccesstoken",
        "xshopifyhmacsha256",
        "xzohowebhooksignature",
    }
)
_LOOKS = re.compile(
    r"\bshp[a-z]{2,3}_[A-Za-z0-9]{6,}"
    r"|\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}\b"
    r"|(?<=Zoho-oauthtoken )[^\s\"']+"
    r"|(?<=Bearer )[^\s\"']+"
    r"|(?<=Basic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?<=access_token=)[^&\s\"']+"
    r"|(?<=refresh_token=)[^&\s\"']+"
    r"|(?<=client_secret=)[^&\s\"']+",
    re.IGNORECASE,
)


def clean(value: Any) -> Any:
    """*value* (plain JSON values) without secrets; each is replaced by "removed".

    A numeric `code` is Zoho's answer code and stays; a textual one may be a grant code and goes.
    """
    if isinstance(value, str):
        return _LOOKS.sub(REMOVED, value)
    if isinstance(value, dict):
        return {key: _entry(str(key), entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean(entry) for entry in value]
    return value


def _entry(name: str, value: Any) -> Any:
    if re.sub(r"[^a-z0-9]", "", name.lower()) in _NAMES and isinstance(value, str | bytes) and value:
        return REMOVED
    return clean(value)
