"""Is it really from Shopify? Webhook signatures, OAuth query signatures, shop addresses. Pure.

Source: Shopify, "Deliver webhooks through HTTPS" (HMAC) and "Authorization code grant" (query HMAC).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

# The documented pattern lacks the final anchor, which would let `acme.myshopify.com.evil.example` through.
_SHOP = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com", re.ASCII)

Query = Mapping[str, str | Sequence[str]]


def is_shop_domain(text: str) -> bool:
    """Whether *text* is the address of a shop, `acme.myshopify.com`, and nothing more."""
    return len(text) <= 255 and _SHOP.fullmatch(text) is not None


def sign_body(body: bytes, secret: str) -> str:
    """The `X-Shopify-Hmac-Sha256` of *body*: base64 of HMAC-SHA256 under the app's client secret."""
    return base64.b64encode(_digest(secret, body)).decode("ascii")


def signed(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Whether one of *secrets* signed *body*.

    Args:
        body: The raw request body, before any parsing or re-encoding.
        header: `X-Shopify-Hmac-Sha256` as received.
        secrets: Every client secret that may sign, new and old: after a rotation Shopify goes on signing with the old
            one for up to an hour. All are tried, so that the time taken tells nothing about which.
    """
    try:
        claimed = base64.b64decode(header.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return _any_equal(claimed, (_digest(secret, body) for secret in secrets if secret))


def sign_query(query: Query, secret: str) -> str:
    """The `hmac` of an OAuth query: hex, over the other parameters sorted by name, decoded, joined with `&`."""
    return _digest(secret, _message(query)).hex()


def query_signed(query: Query, secrets: Iterable[str]) -> bool:
    """Whether one of *secrets* made the `hmac` of *query* (decoded parameters, `hmac` included).

    Shopify's page joins the decoded values; its libraries escape some of them again, each its own way. All three are
    accepted: they differ only in characters that Shopify's own parameters hardly ever have.

    Source: Shopify, "Authorization code grant"; its libraries for Node (`URLSearchParams`) and Python (`%`, `&`, `=`).
    """
    given = query.get("hmac")
    if not isinstance(given, str):
        return False
    claimed = given.strip().lower().encode("ascii", "replace")
    messages = {_message(query), _as_node_writes(query), _as_python_writes(query)}
    digests = (_digest(secret, message) for secret in secrets if secret for message in messages)
    return _any_equal(claimed, (digest.hex().encode() for digest in digests))


def timely(query: Query, now: datetime, *, within: timedelta = timedelta(minutes=10)) -> bool:
    """Whether the query's `timestamp` (seconds since 1970) is at most *within* from *now*, either way.

    Raises:
        ValueError: *now* has no timezone, which is a bug in the caller.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    given = query.get("timestamp")
    if not isinstance(given, str) or not given.isascii() or not given.isdigit() or len(given) > 12:
        return False
    return abs(now.timestamp() - int(given)) <= within.total_seconds()


def _digest(secret: str, message: bytes) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def _any_equal(claimed: bytes, expected: Iterable[bytes]) -> bool:
    """Whether *claimed* is among *expected*; looks at all of them."""
    found = False
    for digest in expected:
        found |= hmac.compare_digest(claimed, digest)
    return found


def _message(query: Query) -> bytes:
    """Sorted `name=value` pairs without the signature itself; a repeated `ids[]` becomes `ids=["1", "2"]`."""
    pairs = [_pair(name, value) for name, value in query.items() if name not in ("hmac", "signature")]
    return "&".join(sorted(pairs)).encode()


def _as_node_writes(query: Query) -> bytes:
    """Names and values percent-encoded, a list as `ids[]` once for each of its values."""
    pairs: list[tuple[str, str]] = []
    for name, value in sorted(query.items(), key=lambda pair: pair[0]):
        if name in ("hmac", "signature"):
            continue
        listed = f"{name.removesuffix('[]')}[]"
        pairs += [(name, value)] if isinstance(value, str) else [(listed, each) for each in value]
    return urlencode(pairs, safe="*").replace("+", "%20").replace("~", "%7E").encode()


def _as_python_writes(query: Query) -> bytes:
    """As decoded, but for the characters that a query is made of."""
    return _message({_escaped(name).replace("=", "%3D"): _each_escaped(value) for name, value in query.items()})


def _each_escaped(value: str | Sequence[str]) -> str | Sequence[str]:
    return _escaped(value) if isinstance(value, str) else [_escaped(each) for each in value]


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _pair(name: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f"{name}={value}"
    listed = ", ".join(f'"{item}"' for item in value)
    return f"{name.removesuffix('[]')}=[{listed}]"
