"""Apps, what merchants granted them, and the tokens that stand for it.

Source: Shopify OAuth, expiring offline access tokens.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(seconds=7_776_000)
CLIENT_LIFE_S = 86_399
LOST_ANSWER_WINDOW = timedelta(seconds=60)
CODE_LIFE = timedelta(seconds=60)


@dataclass
class App:
    """An app as its developer registered it.

    Attributes:
        secrets: Client secrets, newest first; the first signs what Shopify sends.
        client_credentials: It belongs to the same organisation as the shop.
        refuses: The merchant presses "Cancel" on the consent page.
        webhooks: Topics of its configuration file, and where they go.
        hidden: Types and fields that it is not approved to see (`Customer.email`).
    """

    client_id: str
    secrets: list[str]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    client_credentials: bool = False
    refuses: bool = False
    webhooks: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    needs_expiring: bool = False


@dataclass
class Token:
    """An access token; a refresh token beside it when it expires."""

    value: str
    shop: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None
    refresh: str | None = None
    revoked: bool = False

    def alive(self, now: datetime) -> bool:
        """Whether it still opens the door."""
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


@dataclass
class RefreshToken:
    """Good for one new pair of tokens.

    Attributes:
        used_at: When it was used; the same answer is repeated for a short while after that.
        successor: The access token that it was exchanged for.
    """

    value: str
    shop: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    used_at: datetime | None = None
    successor: str | None = None
    revoked: bool = False


@dataclass
class Code:
    """An authorization code: once, soon, for one redirect."""

    value: str
    shop: str
    client_id: str
    scopes: tuple[str, ...]
    made_at: datetime
    used: bool = False


class TokenBook:
    """Every token of every app in every shop."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self.codes: dict[str, Code] = {}

    def secret(self, prefix: str) -> str:
        """A new random value, the same for the same seed."""
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def static(self, shop: str, client_id: str, scopes: Sequence[str], value: str = "") -> Token:
        """A token that does not expire."""
        token = Token(value or self.secret("shpat_"), shop, client_id, tuple(scopes))
        self.access[token.value] = token
        return token

    def short(self, shop: str, client_id: str, scopes: Sequence[str], now: datetime) -> Token:
        """A client credentials token: a day, without a refresh token."""
        token = Token(self.secret("shpat_"), shop, client_id, tuple(scopes), now + timedelta(seconds=CLIENT_LIFE_S))
        self.access[token.value] = token
        return token

    def pair(self, shop: str, client_id: str, scopes: Sequence[str], now: datetime) -> Token:
        """An expiring token with its refresh token. Earlier refresh tokens die at once."""
        for known in self.refresh.values():
            if (known.shop, known.client_id) == (shop, client_id) and known.used_at is None:
                known.revoked = True
        refresh = RefreshToken(self.secret("shprt_"), shop, client_id, tuple(scopes), now + REFRESH_LIFE)
        token = Token(self.secret("shpat_"), shop, client_id, tuple(scopes), now + ACCESS_LIFE, refresh.value)
        self.refresh[refresh.value] = refresh
        self.access[token.value] = token
        return token

    def rotate(self, used: RefreshToken, now: datetime) -> Token:
        """A new pair for a refresh token."""
        used.used_at = now
        token = self.pair(used.shop, used.client_id, used.scopes, now)
        used.successor = token.value
        return token

    def code(self, shop: str, client_id: str, scopes: Sequence[str], now: datetime) -> Code:
        """A new authorization code."""
        code = Code(self.secret(""), shop, client_id, tuple(scopes), now)
        self.codes[code.value] = code
        return code

    def of(self, shop: str, client_id: str) -> list[Token]:
        """The access tokens of an app in a shop that were not revoked."""
        known = self.access.values()
        return [one for one in known if (one.shop, one.client_id) == (shop, client_id) and not one.revoked]

    def end(self, shop: str, client_id: str | None = None) -> None:
        """Every token of an app in a shop (of every app for none) stops working."""
        for token in self.access.values():
            token.revoked |= token.shop == shop and client_id in {None, token.client_id}
        for refresh in self.refresh.values():
            refresh.revoked |= refresh.shop == shop and client_id in {None, refresh.client_id}
