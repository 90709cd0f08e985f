"""Access tokens of one shop. Opaque: their prefixes mean nothing to us.

Source: Shopify, "Offline access tokens" (expiring tokens).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ShopifyToken:
    """What a shop gave us. The moments were computed from `expires_in` (seconds) when the answer arrived."""

    access: str = field(repr=False)
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    """None: it does not expire (admin-created custom apps)."""
    refresh: str | None = field(default=None, repr=False)
    """None: it cannot be refreshed; client credentials simply ask for another."""
    refresh_expires_at: datetime | None = None


def needs_refresh(token: ShopifyToken, now: datetime, *, margin_s: float = 300.0) -> bool:
    """Whether *token* should be renewed before it is used again.

    Args:
        now: Timezone-aware.
        margin_s: Renew this many seconds early, so that a token cannot expire while a request is on its way.

    Raises:
        ValueError: *now* has no timezone, which is a bug in the caller.

    Says nothing about revocation: a young token can still be refused, and then the client raises `TokenRefused`.
    """
    _require_zone(now)
    return token.expires_at is not None and now >= token.expires_at - timedelta(seconds=margin_s)


def refresh_is_dead(token: ShopifyToken, now: datetime) -> bool:
    """Whether *token* cannot be refreshed any more: its refresh token is too old (90 days), or there is none.

    Raises:
        ValueError: *now* has no timezone, which is a bug in the caller.
    """
    _require_zone(now)
    if token.refresh is None:
        return True
    return token.refresh_expires_at is not None and now >= token.refresh_expires_at


def idle_too_long(token: ShopifyToken, now: datetime, *, rest_days: float = 60.0) -> bool:
    """Whether a shop that nobody asks should be refreshed anyway, so that its refresh token does not die of age.

    Args:
        rest_days: Refresh when less than this many of the 90 days are left.

    Raises:
        ValueError: *now* has no timezone, which is a bug in the caller.
    """
    _require_zone(now)
    if token.refresh is None or token.refresh_expires_at is None:
        return False
    return now >= token.refresh_expires_at - timedelta(days=rest_days)


def _require_zone(now: datetime) -> None:
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
