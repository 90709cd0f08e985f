"""Zoho Accounts: one data centre's clients, grants and tokens.

Source: Zoho Accounts, OAuth 2.0 for web applications, multi-DC support and token limits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

GRANT_LIFETIME = timedelta(seconds=60)
ACCESS_LIFETIME = timedelta(seconds=3600)
WINDOW = timedelta(minutes=10)


class TokenRefused(Exception):
    """The token endpoint says no; usually with HTTP 200."""

    def __init__(self, error: str, status: int = 200) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass
class Client:
    """An application registered in the API console; it may have a secret for each data centre."""

    client_id: str
    home: str
    secrets: dict[str, str]
    redirect_uris: tuple[str, ...]

    @property
    def regions(self) -> frozenset[str]:
        """Where it may be used."""
        return frozenset(self.secrets)


@dataclass
class Grant:
    """A code between consent and exchange; works once."""

    code: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    offline: bool
    expires_at: datetime


@dataclass
class RefreshToken:
    """A connection: one consent of one user for one client."""

    token: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    minted: deque[datetime] = field(default_factory=deque)


@dataclass(frozen=True)
class AccessToken:
    """An hour of access."""

    token: str
    client_id: str
    user_id: str
    scopes: frozenset[str]
    expires_at: datetime
    refresh_token: str = ""


@dataclass
class TokenLimits:
    """Zoho's ceilings on tokens; the pages that name them disagree in places.

    Attributes:
        denied_status: The HTTP status of `Access Denied`: 400 in live answers, 200 on one page.
        old_format: Whether `expires_in` is in milliseconds, beside `expires_in_sec`.
    """

    access_per_window: int = 10
    codes_per_window: int = 10
    refresh_tokens: int = 20
    live_access_tokens: int = 15
    denied_status: int = 400
    old_format: bool = False


@dataclass
class DataCentre:
    """Grants and tokens of one region; nothing of it is valid in another."""

    region: str
    random: Random
    limits: TokenLimits = field(default_factory=TokenLimits)
    grants: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    consented: set[tuple[str, str]] = field(default_factory=set)
    _codes: dict[str, deque[datetime]] = field(default_factory=dict)

    def consent(
        self, client: Client, user_id: str, scopes: tuple[str, ...], redirect_uri: str, offline: bool, now: datetime
    ) -> Grant:
        """Give a code to a client whose user agreed.

        Raises:
            TokenRefused: More than ten codes in ten minutes for this client.
        """
        recent = self._codes.setdefault(client.client_id, deque())
        if not _room(recent, now, self.limits.codes_per_window):
            raise TokenRefused("Access Denied", self.limits.denied_status)
        grant = Grant(self._token(), client.client_id, user_id, scopes, redirect_uri, offline, now + GRANT_LIFETIME)
        self.grants[grant.code] = grant
        return grant

    def exchange(
        self, client: Client, code: str, redirect_uri: str, now: datetime
    ) -> tuple[AccessToken, RefreshToken | None]:
        """Turn a code into tokens; online consent brings no refresh token.

        Raises:
            TokenRefused: `invalid_code` or `invalid_redirect_uri`.
        """
        grant = self.grants.pop(code, None)
        if grant is None or grant.client_id != client.client_id or now > grant.expires_at:
            raise TokenRefused("invalid_code")
        if redirect_uri != grant.redirect_uri:
            raise TokenRefused("invalid_redirect_uri")
        refresh = self.connect(client.client_id, grant.user_id, grant.scopes) if grant.offline else None
        if refresh is not None:
            return self.mint(refresh, now), refresh
        return self._access(client.client_id, grant.user_id, grant.scopes, "", now), None

    def connect(self, client_id: str, user_id: str, scopes: tuple[str, ...]) -> RefreshToken:
        """A new refresh token; the 21st of a user and client deletes the oldest and its access."""
        held = [r for r in self.refresh_tokens.values() if (r.client_id, r.user_id) == (client_id, user_id)]
        if len(held) >= self.limits.refresh_tokens:
            self.revoke(held[0].token)
        refresh = RefreshToken(self._token(), client_id, user_id, scopes)
        self.refresh_tokens[refresh.token] = refresh
        return refresh

    def refresh(self, client: Client, token: str, now: datetime) -> AccessToken:
        """A new access token.

        Raises:
            TokenRefused: `invalid_code` for an unknown or revoked token, `Access Denied` for the
                eleventh in ten minutes.
        """
        refresh = self.refresh_tokens.get(token)
        if refresh is None or refresh.client_id != client.client_id:
            raise TokenRefused("invalid_code")
        return self.mint(refresh, now)

    def mint(self, refresh: RefreshToken, now: datetime) -> AccessToken:
        """An access token of a connection; the sixteenth living one deletes the oldest."""
        if not _room(refresh.minted, now, self.limits.access_per_window):
            raise TokenRefused("Access Denied", self.limits.denied_status)
        living = [a for a in self.access_tokens.values() if a.refresh_token == refresh.token]
        for stale in [a for a in living if a.expires_at <= now]:
            del self.access_tokens[stale.token]
            living.remove(stale)
        if len(living) >= self.limits.live_access_tokens:
            del self.access_tokens[living[0].token]
        return self._access(refresh.client_id, refresh.user_id, refresh.scopes, refresh.token, now)

    def revoke(self, token: str) -> bool:
        """Forget a refresh token with its access tokens, or a single access token."""
        if self.access_tokens.pop(token, None) is not None:
            return True
        if self.refresh_tokens.pop(token, None) is None:
            return False
        for access in [a for a in self.access_tokens.values() if a.refresh_token == token]:
            del self.access_tokens[access.token]
        return True

    def expire_access_tokens(self) -> None:
        """Make every access token stale at once."""
        self.access_tokens.clear()

    def holder(self, token: str, now: datetime) -> AccessToken | None:
        """The living access token of that text."""
        access = self.access_tokens.get(token)
        return access if access is not None and now < access.expires_at else None

    def _access(
        self, client_id: str, user_id: str, scopes: tuple[str, ...], refresh_token: str, now: datetime
    ) -> AccessToken:
        access = AccessToken(self._token(), client_id, user_id, frozenset(scopes), now + ACCESS_LIFETIME, refresh_token)
        self.access_tokens[access.token] = access
        return access

    def _token(self) -> str:
        return f"1000.{self.random.getrandbits(128):032x}.{self.random.getrandbits(128):032x}"


def _room(recent: deque[datetime], now: datetime, limit: int) -> bool:
    """Count one more in the last ten minutes, if there is room for it."""
    while recent and recent[0] <= now - WINDOW:
        recent.popleft()
    if len(recent) >= limit:
        return False
    recent.append(now)
    return True
