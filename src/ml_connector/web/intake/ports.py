"""What the intake needs from the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ml_connector.store.deliveries import Accepted, Delivery


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret that may sign, and the connection that it is for.

    Attributes:
        connection_id: None for the app's own secret and a shop that nobody connected.
        ended: The connection was disconnected; only what the law asks for is still done.
    """

    connection_id: int | None
    secret: str = field(repr=False)
    ended: bool = False


class ShopifySigners(Protocol):
    """Who may sign for a shop."""

    async def __call__(self, shop: str) -> Sequence[Signer]:
        """The shop's secrets, old and new, those of a connection that ended less than 60 days ago, and the app's.

        Raises:
            StoreTrouble: nobody can say at the moment.
        """
        ...


class ZohoSigners(Protocol):
    """Who may sign for a connection, by its name; nobody when there is no such connection."""

    async def __call__(self, connection: str) -> Sequence[Signer]: ...


class Inbox(Protocol):
    """Where deliveries are kept."""

    async def accept_many(self, deliveries: Sequence[Delivery]) -> Sequence[Accepted]:
        """Keep all of them and knock for their subjects in one commit; one result for each, in order.

        The same delivery may be among them more than once: that is a repeat too.
        """
        ...
