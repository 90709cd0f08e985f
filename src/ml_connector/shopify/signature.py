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
    """Whether one of *secrets* made the `hmac` of *query* (decoded parameters, `hmac` included)."""
    given = query.get("hmac")
    if not isinstance(given, str):
        return False
    claimed = given.strip().lower().encode("ascii", "replace")
    message = _message(query)
    return _any_equal(claimed, (_digest(secret, message).hex().encode() for secret in secrets if secret))


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


def _pair(name: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return f"{name}={value}"
    listed = ", ".join(f'"{item}"' for item in value)
    return f"{name.removesuffix('[]')}=[{listed}]"
