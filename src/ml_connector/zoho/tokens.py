"""One access token for each connection, shared by every job of every process, renewed once.

Zoho gives ten access tokens in ten minutes for one refresh token and then refuses for the rest of the window. So the
token lives in a store; it is renewed under that store's lock, and who waited for the lock reads it again before asking.

Source: Zoho Accounts, OAuth token limits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

WINDOW_S = 600.0
"""Zoho counts tokens in windows of ten minutes."""
RENEWALS = 8
"""Of the ten that Zoho allows in a window; the rest is left for a `ping` from elsewhere."""


@dataclass(frozen=True, slots=True)
class ZohoToken:
    """An access token and where it is good."""

    access: str = field(repr=False)
    expires_at: datetime
    """Computed from Zoho's `expires_in` when the answer arrived."""
    api_domain: str
    """Where calls go: what the answer said, or the configured address in its place."""
    scope: str = ""
    told_domain: str = ""
    """`api_domain` as the answer said it, by which the region is confirmed."""

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.replace(",", " ").split())


def needs_refresh(token: ZohoToken, now: datetime, *, margin_s: float = 300.0) -> bool:
    """Whether *token* should be renewed before it is used again: 55 minutes after it was given.

    Args:
        token: Its `expires_at` was computed when the answer arrived.
        now: Timezone-aware. Passed in, so a test can be any time it likes.
        margin_s: Renew this many seconds early, so that a token cannot expire while a request is on its way.

    Raises:
        ValueError: *now* has no timezone, which is a bug in the caller.

    Says nothing about revocation: a young token can still be refused, and then the client renews it once.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    return now >= token.expires_at - timedelta(seconds=margin_s)


def renewal_wait_s(attempts: Sequence[datetime], now: datetime) -> float:
    """Seconds until a token may be asked for again, given the *attempts* so far; 0 when it may be now."""
    recent = sorted(moment for moment in attempts if moment > now - timedelta(seconds=WINDOW_S))
    if len(recent) < RENEWALS:
        return 0.0
    return (recent[-RENEWALS] + timedelta(seconds=WINDOW_S) - now).total_seconds()


class HeldToken(Protocol):
    """A connection's token while its lock is held."""

    @property
    def token(self) -> ZohoToken | None:
        """As stored at the moment the lock was got."""

    @property
    def attempts(self) -> Sequence[datetime]:
        """When any process asked for a token of this connection in the last ten minutes or more."""

    async def attempting(self, at: datetime) -> None:
        """Remember an attempt, durably before it is made: a crash must not make it uncounted."""

    async def keep(self, token: ZohoToken) -> None:
        """Store the new token for everybody."""


class TokenStore(Protocol):
    """Where a connection's token is shared."""

    async def current(self, connection: str) -> ZohoToken | None:
        """The stored token, without a lock."""

    def exclusive(self, connection: str) -> AbstractAsyncContextManager[HeldToken]:
        """Hold the connection's token: one holder at a time, over all processes."""


Clock = Callable[[], datetime]
"""The present moment, timezone-aware."""
