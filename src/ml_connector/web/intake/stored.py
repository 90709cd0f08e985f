"""The intake's ports on the store: where deliveries go, and who may sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ml_connector.jobs.connecting.kinds import ZOHO_WEBHOOK_SECRET
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.deliveries import Accepted, Delivery
from ml_connector.store.pruning import SIGNING_SECRETS_DAYS
from ml_connector.web.intake.ports import Signer

KEPT_AFTER_END = timedelta(days=SIGNING_SECRETS_DAYS)
"""How long a disconnected shop's secret still signs: `shop/redact` comes late."""


def nobody_listens() -> None:
    """Told of a new knock in a process that has no relay."""


@dataclass(frozen=True, slots=True)
class StoredInbox:
    """Deliveries in the tables. *woken* is called after each commit, e.g. this process's relay's `wake`."""

    store: Store
    woken: Callable[[], None] = nobody_listens

    async def accept_many(self, deliveries: Sequence[Delivery]) -> Sequence[Accepted]:
        async with self.store.at_once() as tx:
            accepted = await self.store.deliveries.accept_many(tx, deliveries)
        self.woken()
        return accepted


@dataclass(frozen=True, slots=True)
class StoredShopifySigners:
    """A shop's own secrets, and the app's for every shop."""

    store: Store
    now: Callable[[], datetime]
    app_secret: str | None = field(default=None, repr=False)

    async def __call__(self, shop: str) -> Sequence[Signer]:
        async with self.store.at_once() as tx:
            found = await self.store.connections.of_shop(tx, shop)
            kept = {connection.id: connection for connection in found if self._counts(connection)}
            secrets = await self.store.credentials.signing(tx, shop) if kept else ()
        own = [_signer(kept[number], secret.decode()) for number, secret in secrets if number in kept]
        return (*own, *self._app(tuple(kept.values())))

    def _counts(self, connection: Connection) -> bool:
        ended = connection.disconnected_at
        return ended is None or self.now() - ended <= KEPT_AFTER_END

    def _app(self, connections: Sequence[Connection]) -> list[Signer]:
        if not self.app_secret:
            return []
        return [_signer(connection, self.app_secret) for connection in connections] or [Signer(None, self.app_secret)]


@dataclass(frozen=True, slots=True)
class StoredZohoSigners:
    """The secret that a connection's webhooks are signed with; nobody's for a name that does not exist."""

    store: Store

    async def __call__(self, connection: str) -> Sequence[Signer]:
        if "\0" in connection:  # no table keeps such a name
            return ()
        async with self.store.at_once() as tx:
            found = await self.store.connections.named(tx, connection)
            if found is None or found.disconnected_at is not None:
                return ()
            secrets = await self.store.credentials.of(tx, found.id, (ZOHO_WEBHOOK_SECRET,))
        return tuple(_signer(found, secret.decode()) for secret in secrets.values())


def _signer(connection: Connection, secret: str) -> Signer:
    return Signer(connection.id, secret, ended=connection.disconnected_at is not None)
