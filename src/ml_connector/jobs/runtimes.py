"""Runtimes of connections, made when they are first needed and made anew when a connection changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from ml_connector.domain.policy import Policy, read_policy
from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.connecting.tokens import ShopifyTokens, ZohoTokenStore
from ml_connector.jobs.journal import Journal
from ml_connector.jobs.permits import Permits
from ml_connector.jobs.resting import resting_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.together import Together
from ml_connector.net import Send
from ml_connector.shopify.client import ShopifyClient
from ml_connector.shopify.wire import Time
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.zoho.caller import Caller
from ml_connector.zoho.client import ZohoClient
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.exchange import Exchange
from ml_connector.zoho.oauth import App
from ml_connector.zoho.token_source import TokenSource


class ConnectionGone(Trouble):
    """There is no such connection, or it was disconnected: its work waits for ever, and says so."""

    code = "disconnected"
    wrote = Wrote.NO
    remedy = Remedy.CONNECTION
    acts = Acts.OPERATOR


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the companies are: the real ones unless told otherwise; and which app of ours Shopify knows."""

    shopify: str = "https://{shop}"
    shopify_api_version: str = "2026-04"
    zoho_accounts: str = ""
    zoho_api: str = ""
    shopify_client_id: str = ""
    """The installation's own app, for a connection whose document names none."""
    shopify_client_secret: str = field(default="", repr=False)


class ConnectionRuntimes:
    """The `Runtimes` of one process.

    One query for each `of`; a changed connection, policy or secret (all of which move `changed_at`) gives a new
    runtime, and runs under way keep theirs.
    """

    def __init__(self, store: Store, send: Send, endpoints: Endpoints, clock: Clock, random: Random) -> None:
        self._store = store
        self._send = send
        self._endpoints = endpoints
        self._clock = clock
        self._random = random
        self._made: dict[int, tuple[datetime, Runtime]] = {}
        self._permits: dict[str, Permits] = {}
        self._together: dict[int, Together] = {}
        self._making = asyncio.Lock()

    async def of(self, connection_id: int) -> Runtime:
        """The runtime of this connection.

        Raises:
            ConnectionGone.
        """
        async with self._store.at_once() as tx:
            connection = await self._store.connections.get(tx, connection_id)
        if connection is None or connection.disconnected_at is not None:
            raise ConnectionGone("This connection was ended.", fix="Connect again; no order is lost.")
        return self._known(connection) or await self._made_once(connection)

    def _known(self, connection: Connection) -> Runtime | None:
        """The one that was made of *connection* as it is now."""
        made = self._made.get(connection.id)
        return made[1] if made is not None and made[0] == connection.changed_at else None

    async def _made_once(self, connection: Connection) -> Runtime:
        """Runs that start side by side share one: its orders are read in one request, its invoices marked in one."""
        async with self._making:
            runtime = self._known(connection)
            if runtime is None:
                runtime = await self._make(connection)
                self._made[connection.id] = (connection.changed_at, runtime)
        return runtime

    async def close(self) -> None:
        """Hand back permits, and let pending questions end."""
        for permits in self._permits.values():
            await permits.close()
        for _, runtime in self._made.values():
            await runtime.shopify.close()

    def permits_of(self, organization: str) -> Permits:
        """One for each organisation, because two connections may share its allowance."""
        if organization not in self._permits:
            self._permits[organization] = Permits(self._store, organization, self._clock)
        return self._permits[organization]

    async def _make(self, connection: Connection) -> Runtime:
        async with self._store.at_once() as tx:
            given = await self._store.credentials.of(tx, connection.id)
            secrets = self._with_app(given)
            version = await self._store.connections.policy(tx, connection.id)
        journal: Journal[Exchange] = Journal(lambda exchange: exchange.request.key)
        permits = self.permits_of(connection.organization)
        return Runtime(
            connection_id=connection.id,
            name=connection.name,
            shop=connection.shop,
            policy=read_policy(version.body) if version else Policy(),
            policy_version=connection.policy_version,
            guest_salt=secrets[kinds.GUEST_SALT],
            store=self._store,
            shopify=self._shopify(connection, secrets),
            zoho=self._zoho(connection, secrets, permits, journal),
            permits=permits,
            journal=journal,
            together=self._together.setdefault(connection.id, Together()),
            clock=self._clock,
            random=self._random,
            access=kinds.digest_of_access(given),
            resting=resting_of(connection),
            restored_at=connection.restored_at,
            renews=bool(secrets.get(kinds.SHOPIFY_CLIENT_ID) and secrets.get(kinds.SHOPIFY_CLIENT_SECRET)),
        )

    def _shopify(self, connection: Connection, secrets: Mapping[str, bytes]) -> ShopifyClient:
        scopes = connection.shop_facts.get("scopes")
        return ShopifyClient(
            self._send,
            connection.shop,
            ShopifyTokens.of(self._store, connection, secrets, self._send, self._endpoints.shopify, self._clock),
            endpoint=self._endpoints.shopify,
            api_version=self._endpoints.shopify_api_version,
            granted=frozenset(scopes) if scopes else None,
            time=Time(self._clock.now, self._clock.monotonic, self._clock.sleep),
        )

    def _with_app(self, secrets: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """*secrets*, with the installation's app where they name none: an expiring token is renewed by its app only."""
        if secrets.get(kinds.SHOPIFY_CLIENT_ID) or not self._endpoints.shopify_client_id:
            return secrets
        own = secrets.get(kinds.SHOPIFY_CLIENT_SECRET) or self._endpoints.shopify_client_secret.encode()
        client_id = self._endpoints.shopify_client_id.encode()
        return {**secrets, kinds.SHOPIFY_CLIENT_ID: client_id, kinds.SHOPIFY_CLIENT_SECRET: own}

    def _zoho(
        self, connection: Connection, secrets: Mapping[str, bytes], permits: Permits, journal: Journal[Exchange]
    ) -> ZohoClient:
        told = ZohoConnection(
            name=connection.name,
            region=connection.zoho_region,
            organization_id=connection.organization_id,
            app=App(_text(secrets, kinds.ZOHO_CLIENT_ID), _text(secrets, kinds.ZOHO_CLIENT_SECRET)),
            refresh_token=_text(secrets, kinds.ZOHO_REFRESH_TOKEN),
            accounts_endpoint=self._endpoints.zoho_accounts,
            api_endpoint=self._endpoints.zoho_api,
        )
        tokens = TokenSource(
            told, send=self._send, store=ZohoTokenStore(self._store, connection.id), clock=self._clock.now
        )
        return ZohoClient(
            Caller(
                told,
                send=self._send,
                tokens=tokens,
                permits=permits,
                clock=self._clock.now,
                monotonic=self._clock.monotonic,
                record=journal.tell,
            )
        )


def _text(secrets: Mapping[str, bytes], kind: str) -> str:
    return secrets.get(kind, b"").decode()
