"""What the intake needs from the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret that may sign, and the connection that it belongs to (None: the app's own, for any shop)."""

    connection_id: int | None
    secret: str = field(repr=False)


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


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook request whose signature was found good: evidence, and perhaps a knock.

    Attributes:
        source: `shopify` or `zoho`.
        connection_id: Whose secret signed it; None when only the app's did.
        webhook_id: With `source` and `shop`, what finds repeats.
        headers: All that are not secret, lower case.
        verdict: A word or a sentence for the person who looks at the delivery.
        subject_kind, subject_id: Whom it knocks for; both None when it knocks for nobody.
    """

    source: str
    connection_id: int | None
    shop: str
    webhook_id: str
    topic: str
    event_id: str
    triggered_at: datetime | None
    headers: dict[str, str]
    body: bytes
    verdict: str
    subject_kind: str | None
    subject_id: str | None


class Inbox(Protocol):
    """Where deliveries are kept."""

    async def accept_many(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        """Keep all of them in one commit; for each whether it is new (a repeat is counted, not kept again).

        The same delivery may be among them more than once.
        """
        ...
