"""The inbox as a person reads it: what arrived, what was a repeat, and what each was about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ml_connector.store import Store
from ml_connector.store.deliveries import DayOfDeliveries, KeptDelivery
from ml_connector.store.subjects import Subject

PAGE = 50
DAYS = 14


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of deliveries, newest first, and what each of the last days brought, oldest first."""

    deliveries: Sequence[KeptDelivery]
    older: int | None
    """What the next page begins before; None at the end."""
    days: Sequence[DayOfDeliveries]

    @property
    def today(self) -> DayOfDeliveries:
        return self.days[-1]


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery with its body, and the others about the same thing, oldest first."""

    delivery: KeptDelivery
    siblings: Sequence[KeptDelivery]


async def inbox(store: Store, connection_id: int | None, *, before: int | None, today: date) -> Inbox:
    """Two queries."""
    first = today - timedelta(days=DAYS - 1)
    async with store.at_once() as tx:
        rows = await store.deliveries.page(tx, connection_id=connection_id, before=before, limit=PAGE + 1)
        found = {each.day: each for each in await store.deliveries.days(tx, first, connection_id=connection_id)}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    shown = rows[:PAGE]
    return Inbox(
        shown,
        shown[-1].id if len(rows) > PAGE else None,
        [found.get(day) or DayOfDeliveries(day, 0, 0) for day in days],
    )


async def told(store: Store, number: int) -> Told | None:
    """Two queries. None: there is none, or it is older than what is kept."""
    async with store.at_once() as tx:
        found = await store.deliveries.get(tx, number)
        if found is None:
            return None
        siblings: Sequence[KeptDelivery] = ()
        if found.connection_id is not None and found.subject_kind and found.subject_id:
            subject = Subject(found.connection_id, found.subject_kind, found.subject_id)
            siblings = await store.deliveries.of_subject(tx, subject)
    return Told(found, [each for each in siblings if each.id != number])
