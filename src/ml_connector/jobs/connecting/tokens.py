"""Access tokens of one connection, shared by all processes through the store.

What a person or a sign-in gave is in the vault (`kinds`); what became of it since, each renewed token, is among the
store's tokens, and counts before what the vault holds. Whoever puts new credentials into the vault forgets the token.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeGuard

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting import kinds
from ml_connector.net import Send
from ml_connector.shopify.errors import NonExpiringToken, TokenRefused
from ml_connector.shopify.oauth import App
from ml_connector.shopify.token_wire import TokenWire
from ml_connector.shopify.tokens import ShopifyToken, needs_refresh
from ml_connector.shopify.wire import Time
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.tokens import HeldToken, StoredToken
from ml_connector.zoho.tokens import ZohoToken

ZOHO = "zoho"
SHOPIFY = "shopify"

SHOPIFY_LIFETIME = timedelta(hours=1)
"""Source: Shopify, "Offline access tokens"; used where an answer does not say how long its token lives."""


@dataclass(frozen=True, slots=True)
class ZohoTokenStore:
    """Where a connection's access token is shared; a `TokenStore`. The connection is fixed, its name only asked for."""

    store: Store
    connection_id: int

    async def current(self, connection: str) -> ZohoToken | None:
        async with self.store.at_once() as tx:
            return _token(await self.store.tokens.current(tx, self.connection_id, ZOHO))

    @asynccontextmanager
    async def exclusive(self, connection: str) -> AsyncIterator[Held]:
        async with self.store.tokens.exclusive(self.store.at_once, self.connection_id, ZOHO) as held:
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
        values = {
            "access_token": token.access,
            "api_domain": token.api_domain,
            "scope": token.scope,
            "told_domain": token.told_domain,
        }
        await self._held.keep(values, token.expires_at)


def _token(kept: StoredToken | None) -> ZohoToken | None:
    if kept is None:
        return None
    values = kept.values
    return ZohoToken(
        values["access_token"],
        kept.expires_at,
        values["api_domain"],
        values.get("scope", ""),
        values.get("told_domain", ""),
    )


class ShopifyTokens:
    """Access tokens of one shop, whatever kind of grant it gave; a `shopify.wire.TokenProvider`.

    Four kinds: static; expiring, with a refresh token that changes at each use; client credentials, asked for again;
    and static ones that Shopify takes no longer, which are exchanged for expiring ones. One process at a time asks, and
    what it got is kept before it is used: each refresh makes every earlier refresh token useless.
    """

    def __init__(self, store: Store, connection_id: int, shop: str, wire: TokenWire | None, clock: Clock) -> None:
        self._store = store
        self._connection_id = connection_id
        self._shop = shop
        self._wire = wire
        self._clock = clock
        self._known: ShopifyToken | None = None
        self._unkept: ShopifyToken | None = None

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
        """For *connection*, with the app that the vault names; without one a token can only be static."""
        client_id, secret = (
            secrets.get(kind, b"").decode() for kind in (kinds.SHOPIFY_CLIENT_ID, kinds.SHOPIFY_CLIENT_SECRET)
        )
        wire = None
        if client_id and secret:
            time = Time(clock.now, clock.monotonic, clock.sleep)
            wire = TokenWire(send, App(client_id, secret, endpoint), time=time)
        return cls(store, connection.id, connection.shop, wire, clock)

    async def token(self, *, refused: str | None = None) -> str:
        """See `TokenProvider.token`. No round trip while the known token is young, else one or two, else a renewal.

        Raises:
            ConnectionTrouble: there is no other; a person has to act.
            RefreshInDoubt, TooManyRefreshes, StoreUnavailable: later.
        """
        if not self._usable(self._known, refused):
            self._known = await self._kept()
        if not self._usable(self._known, refused):
            self._known = await self._renewed(refused)
        return self._known.access

    async def migrated(self, refused: str) -> str:
        """An expiring token in exchange for *refused*, which Shopify takes no longer because it does not expire.

        Irreversible: Shopify revokes the static one.

        Raises:
            NonExpiringToken: the app's client id and secret are not known here, so nothing can be exchanged.
            GrantRefused: Shopify does not exchange it.
        """
        async with self._exclusive() as held:
            kept = _stored(held.token) or await self._given()
            if kept is None or kept.expires_at is None:
                if self._wire is None:
                    raise NonExpiringToken
                await held.attempting()
                kept = await self._keep(held, await self._wire.migrate(self._shop, refused))
        self._known = kept
        return kept.access

    def _usable(self, token: ShopifyToken | None, refused: str | None) -> TypeGuard[ShopifyToken]:
        return token is not None and token.access != refused and not needs_refresh(token, self._clock.now())

    async def _kept(self) -> ShopifyToken | None:
        return await shopify_token(self._store, self._connection_id)

    async def _given(self) -> ShopifyToken | None:
        """What the vault holds now, which a sign-in may have replaced since this object was made."""
        return await _in_vault(self._store, self._connection_id)

    async def _renewed(self, refused: str | None) -> ShopifyToken:
        async with self._exclusive() as held:
            kept = _stored(held.token) or await self._given()
            if self._unkept is not None:
                kept = await self._keep(held, self._unkept)
            if self._usable(kept, refused):
                return kept
            if self._wire is None or (kept is not None and kept.expires_at is None):
                # a static token cannot be renewed: refused once is refused for good
                raise TokenRefused
            await held.attempting()
            return await self._keep(held, await self._asked(self._wire, kept))

    async def _asked(self, wire: TokenWire, before: ShopifyToken | None) -> ShopifyToken:
        if before is not None and before.refresh is not None:
            return await wire.refresh(self._shop, before)
        return await wire.client_credentials(self._shop)

    async def _keep(self, held: HeldToken, fresh: ShopifyToken) -> ShopifyToken:
        """Keep *fresh* for everybody, before it is used. What the store did not take is offered to it again first."""
        lasting = replace(fresh, expires_at=fresh.expires_at or self._clock.now() + SHOPIFY_LIFETIME)
        assert lasting.expires_at is not None
        self._unkept = lasting
        await held.keep(_values(lasting), lasting.expires_at)
        self._unkept = None
        return lasting

    def _exclusive(self) -> AbstractAsyncContextManager[HeldToken]:
        return self._store.tokens.exclusive(self._store.at_once, self._connection_id, SHOPIFY)


async def shopify_token(store: Store, connection_id: int) -> ShopifyToken | None:
    """The token in use: the one that was renewed last, else the one that was given. One or two round trips."""
    async with store.at_once() as tx:
        kept = _stored(await store.tokens.current(tx, connection_id, SHOPIFY))
    return kept or await _in_vault(store, connection_id)


async def _in_vault(store: Store, connection_id: int) -> ShopifyToken | None:
    async with store.at_once() as tx:
        secrets = await store.credentials.of(tx, connection_id, _GIVEN)
    return _given({kind: value.decode() for kind, value in secrets.items()})


_GIVEN = (kinds.SHOPIFY_ACCESS_TOKEN, kinds.SHOPIFY_REFRESH_TOKEN, kinds.SHOPIFY_EXPIRES_AT)


def _given(text: Mapping[str, str]) -> ShopifyToken | None:
    access = text.get(kinds.SHOPIFY_ACCESS_TOKEN)
    if not access:
        return None
    expires = text.get(kinds.SHOPIFY_EXPIRES_AT)
    return ShopifyToken(
        access,
        expires_at=datetime.fromisoformat(expires) if expires else None,
        refresh=text.get(kinds.SHOPIFY_REFRESH_TOKEN) or None,
    )


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
