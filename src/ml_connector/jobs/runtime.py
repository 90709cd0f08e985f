"""What one run has in its hands: one connection's clients, its policy, the store, time and chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol

from ml_connector.domain.policy import Policy
from ml_connector.jobs.clock import Clock
from ml_connector.jobs.journal import Journal
from ml_connector.jobs.permits import Permits
from ml_connector.jobs.resting import Resting
from ml_connector.jobs.together import Together
from ml_connector.shopify.client import ShopifyClient
from ml_connector.store import Store
from ml_connector.zoho.client import ZohoClient
from ml_connector.zoho.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Runtime:
    """One connection, ready to work. Made by `wiring`, read by jobs, never changed."""

    connection_id: int
    name: str
    shop: str
    policy: Policy
    policy_version: int
    guest_salt: bytes
    store: Store
    shopify: ShopifyClient
    zoho: ZohoClient
    permits: Permits
    journal: Journal[Exchange]
    clock: Clock
    random: Random
    access: str = ""
    """Digest of the access that both companies gave; another one means that somebody has connected again since."""
    renews: bool = True
    """Whether the shop's app is known here, with which its access is renewed or exchanged."""
    resting: Resting | None = None
    """Set while nothing may be written to Zoho until a person says so. See `resting`."""
    restored_at: datetime | None = None
    """Set while what is carried out may have been carried out before a restore of the database: it is looked up first.
    See `restored`."""
    together: Together = field(default_factory=Together)
    """Invoices of this connection that this process marks as sent in one call."""


class Runtimes(Protocol):
    """Finds the runtime of a connection; a changed connection or policy gives a new one."""

    async def of(self, connection_id: int) -> Runtime:
        """The runtime of this connection.

        Raises:
            Trouble: there is no such connection, or it is disconnected.
        """
        ...
