"""The inbox: every webhook request we accepted, once, with its body as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.deliveries_sql import ACCEPT, GET, OF_SUBJECT, RELAY, days, page
from ml_connector.store.sql import all_rows, all_rows_binary, made, one_row
from ml_connector.store.subjects import Knock, Subject
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook request whose signature was good.

    Attributes:
        source: `shopify` or `zoho`.
        webhook_id: What makes a repeat recognisable, within source and shop.
        headers: Those worth keeping; never a signature's secret or a token.
        verdict: `accepted`, or why nothing follows from it.
        subject: What it is about, also when nothing is knocked for.
        knocks: What has to be looked at; made in the delivery's own commit. A delivery with a subject and no knocks is
            left to the relay when *relay* is set.
    """

    source: str
    shop: str
    webhook_id: str
    topic: str
    body: bytes = field(repr=False)
    received_at: datetime
    verdict: str = "accepted"
    connection_id: int | None = None
    subject: Subject | None = None
    knocks: tuple[Knock, ...] = ()
    relay: bool = False
    event_id: str = ""
    triggered_at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery: its number, and whether we had it before."""

    id: int
    repeat: bool


@dataclass(frozen=True, slots=True)
class KeptDelivery:
    """A delivery as it is kept. `body` only where one delivery was asked for."""

    id: int
    connection_id: int | None
    source: str
    shop: str
    webhook_id: str
    topic: str
    event_id: str
    triggered_at: datetime | None
    received_at: datetime
    headers: Mapping[str, str]
    verdict: str
    subject_kind: str | None
    subject_id: str | None
    repeats: int
    relayed_at: datetime | None
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class DayOfDeliveries:
    """What one day brought: requests that were new, and repeats of those."""

    day: date
    received: int
    repeats: int


class Deliveries:
    """Each method is one round trip."""

    async def accept_many(self, tx: AsyncConnection, deliveries: Sequence[Delivery]) -> tuple[Accepted, ...]:
        """Keep *deliveries* and knock for their subjects, all in one statement and so in one commit.

        A delivery that we had before, or twice in this batch, is counted as a repeat and knocks no second time.
        """
        if not deliveries:
            return ()
        rows = await all_rows_binary(tx, ACCEPT, **_columns(deliveries), **_knocks(deliveries))
        return tuple(Accepted(row.id, row.repeat) for row in rows)

    async def relay(self, tx: AsyncConnection, *, limit: int = 500) -> int:
        """Knock for the subjects of deliveries that wait for the relay, live, in one commit; how many there were."""
        row = await one_row(tx, RELAY, limit=limit)
        return int(row.number) if row else 0

    async def get(self, tx: AsyncConnection, delivery_id: int) -> KeptDelivery | None:
        row = await one_row(tx, GET, id=delivery_id)
        return made(KeptDelivery, row) if row else None

    async def of_subject(self, tx: AsyncConnection, subject: Subject, *, limit: int = 200) -> tuple[KeptDelivery, ...]:
        """What was delivered about *subject*, oldest first, without bodies."""
        rows = await all_rows(
            tx, OF_SUBJECT, connection_id=subject.connection_id, kind=subject.kind, id=subject.id, limit=limit
        )
        return tuple(made(KeptDelivery, row) for row in rows)

    async def page(
        self, tx: AsyncConnection, *, connection_id: int | None = None, before: int | None = None, limit: int = 50
    ) -> tuple[KeptDelivery, ...]:
        """Deliveries, newest first, without bodies; *before* is the id of the last one seen."""
        given = _given(connection_id=connection_id, before=before)
        rows = await all_rows(tx, page(frozenset(given)), **given, limit=limit)
        return tuple(made(KeptDelivery, row) for row in rows)

    async def days(
        self, tx: AsyncConnection, since: date, *, connection_id: int | None = None
    ) -> tuple[DayOfDeliveries, ...]:
        """Each day in UTC from *since* on that brought something."""
        given = _given(connection_id=connection_id)
        rows = await all_rows(tx, days(frozenset(given)), **given, since=since)
        return tuple(made(DayOfDeliveries, row) for row in rows)


def _given(**filters: int | None) -> dict[str, int]:
    return {name: value for name, value in filters.items() if value is not None}


def _columns(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return {
        "sources": [d.source for d in deliveries],
        "shops": [d.shop for d in deliveries],
        "webhook_ids": [d.webhook_id for d in deliveries],
        "topics": [d.topic for d in deliveries],
        "event_ids": [d.event_id for d in deliveries],
        "triggered_ats": [d.triggered_at for d in deliveries],
        "received_ats": [d.received_at for d in deliveries],
        "headers": [dumps(d.headers) for d in deliveries],
        "bodies": [d.body for d in deliveries],
        "verdicts": [d.verdict for d in deliveries],
        "connection_ids": [d.connection_id for d in deliveries],
        "subject_kinds": [d.subject.kind if d.subject else None for d in deliveries],
        "subject_ids": [d.subject.id if d.subject else None for d in deliveries],
        "relays": [d.relay for d in deliveries],
    }


def _knocks(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    knocks = [(place, knock) for place, delivery in enumerate(deliveries, 1) for knock in delivery.knocks]
    return {
        "knock_places": [place for place, _ in knocks],
        "knock_connections": [knock.subject.connection_id for _, knock in knocks],
        "knock_kinds": [knock.subject.kind for _, knock in knocks],
        "knock_ids": [knock.subject.id for _, knock in knocks],
        "knock_lanes": [int(knock.lane) for _, knock in knocks],
        "knock_due_ats": [knock.due_at for _, knock in knocks],
    }
