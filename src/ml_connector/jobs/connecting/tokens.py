"""Access tokens of one connection, shared by all processes through the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting import kinds
from ml_connector.net import Send
from ml_connector.shopify.errors import TokenRefused
from ml_connector.shopify.oauth import App
from ml_connector.shopify.token_wire import TokenWire
from ml_connector.shopify.tokens import ShopifyToken, needs_refresh
from ml_connector.shopify.wire import Time
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.tokens import HeldToken, StoredToken
from ml_connector.zoho.tokens import ZohoToken

VENDOR = "zoho"


@dataclass(frozen=True, slots=True)
class ZohoTokenStore:
    """Where a connection's access token is shared; a `TokenStore`. The connection is fixed, its name only asked for."""

    store: Store
    connection_id: int

    async def current(self, connection: str) -> ZohoToken | None:
        async with self.store.at_once() as tx:
            return _token(await self.store.tokens.current(tx, self.connection_id, VENDOR))

    @asynccontextmanager
    async def exclusive(self, connection: str) -> AsyncIterator[Held]:
        async with self.store.tokens.exclusive(self.store.at_once, self.connection_id, VENDOR) as held:
            yield Held(held)


class Held:
    """A `zoho.tokens.HeldToken`."""

    def __init__(self, held: HeldToken) -> None:
        self._held = held

    @property
    def token(self) -> ZohoToken | None:
        return _token(self._held.token)

    @property
    def attempts(self) -> Sequence[datetime]:
        return self._held.attempts

    async def attempting(self, at: datetime) -> None:
        """The moment is PostgreSQL's, whatever this process's clock says."""
        await self._held.attempting()

    async def keep(self, token: ZohoToken) -> None:
        values = {"access_token": token.access, "api_domain": token.api_domain, "scope": token.scope}
        await self._held.keep(values, token.expires_at)


def _token(kept: StoredToken | None) -> ZohoToken | None:
    if kept is None:
        return None
    values = kept.values
    return ZohoToken(values["access_token"], kept.expires_at, values["api_domain"], values.get("scope", ""))


SHOPIFY = "shopify"


class ShopifyTokens:
    """Access tokens of one shop, whatever kind of grant it gave; a `shopify.wire.TokenProvider`.

    A token that expires is renewed by one process at a time, and kept before it is used: a refresh makes every earlier
    refresh token useless.
    """

    def __init__(self, store: Store, connection_id: int, shop: str, first: ShopifyToken | None, wire: TokenWire | None,
                 clock: Clock) -> None:  # fmt: skip
        self._store = store
        self._connection_id = connection_id
        self._shop = shop
        self._first = first
        self._wire = wire
        self._clock = clock
        self._known = first

    @classmethod
    def of(
        cls,
        store: Store,
        connection: Connection,
        secrets: Mapping[str, bytes],
        send: Send,
        endpoint: str,
        clock: Clock,
    ) -> ShopifyTokens:
        """From what the vault holds for *connection*."""
        text = {kind: value.decode() for kind, value in secrets.items() if kind != kinds.GUEST_SALT}
        first = _given(text)
        wire = None
        if text.get(kinds.SHOPIFY_CLIENT_ID) and text.get(kinds.SHOPIFY_CLIENT_SECRET):
            app = App(text[kinds.SHOPIFY_CLIENT_ID], text[kinds.SHOPIFY_CLIENT_SECRET], endpoint)
            wire = TokenWire(send, app, time=Time(clock.now, clock.monotonic, clock.sleep))
        return cls(store, connection.id, connection.shop, first, wire, clock)

    async def token(self, *, refused: str | None = None) -> str:
        """See `TokenProvider.token`."""
        known = self._known
        if self._usable(known, refused):
            return _access(known)
        if known is not None and known.expires_at is None:
            # a static token cannot be renewed: refused once is refused for good
            raise TokenRefused
        async with self._store.at_once() as tx:
            known = _stored(await self._store.tokens.current(tx, self._connection_id, SHOPIFY))
        if not self._usable(known, refused):
            known = await self._renewed(refused)
        self._known = known
        return _access(known)

    def _usable(self, token: ShopifyToken | None, refused: str | None) -> bool:
        return token is not None and token.access != refused and not needs_refresh(token, self._clock.now())

    async def _renewed(self, refused: str | None) -> ShopifyToken:
        async with self._store.tokens.exclusive(self._store.at_once, self._connection_id, SHOPIFY) as held:
            kept = _stored(held.token)
            if kept is not None and self._usable(kept, refused):
                return kept
            await held.attempting()
            fresh = await self._asked(kept or self._first)
            await held.keep(_values(fresh), fresh.expires_at or self._clock.now())
        return fresh

    async def _asked(self, before: ShopifyToken | None) -> ShopifyToken:
        if self._wire is None:
            raise TokenRefused
        if before is not None and before.refresh is not None:
            return await self._wire.refresh(self._shop, before)
        return await self._wire.client_credentials(self._shop)


def _given(text: Mapping[str, str]) -> ShopifyToken | None:
    access = text.get(kinds.SHOPIFY_ACCESS_TOKEN)
    if not access:
        return None
    expires = text.get(kinds.SHOPIFY_EXPIRES_AT)
    return ShopifyToken(
        access,
        expires_at=datetime.fromisoformat(expires) if expires else None,
        refresh=text.get(kinds.SHOPIFY_REFRESH_TOKEN),
    )


def _access(token: ShopifyToken | None) -> str:
    assert token is not None
    return token.access


def _values(token: ShopifyToken) -> dict[str, str]:
    ends = token.refresh_expires_at
    return {
        "access_token": token.access,
        "refresh_token": token.refresh or "",
        "scopes": " ".join(sorted(token.scopes)),
        "refresh_expires_at": ends.isoformat() if ends else "",
    }


def _stored(kept: StoredToken | None) -> ShopifyToken | None:
    if kept is None:
        return None
    values = kept.values
    ends = values.get("refresh_expires_at")
    return ShopifyToken(
        values["access_token"],
        frozenset(values.get("scopes", "").split()),
        kept.expires_at,
        values.get("refresh_token") or None,
        datetime.fromisoformat(ends) if ends else None,
    )
