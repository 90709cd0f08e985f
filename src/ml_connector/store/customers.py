"""Customers in two systems: what they disagreed about, and what Shopify was told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.subjects import Lease
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field on which the two sides disagreed, as it was found.

    Attributes:
        key: The contact in which it was found.
        agreed: What both had before; None when nothing was agreed yet.
        winner: `shopify` or `zoho`, the side whose value counts; empty while a person has to decide.
        state: open | recorded.
        code: both_changed, refused, tax_exemption, …
    """

    customer_id: str
    key: str
    field: str
    shopify: str
    zoho: str
    code: str
    text: str
    agreed: str | None = None
    winner: str = ""
    state: str = "open"
    fix: str = ""


@dataclass(frozen=True, slots=True)
class KeptConflict:
    """A conflict as it is kept. `choice`: what a person decided: shopify | zoho | apart."""

    id: int
    connection_id: int
    customer_id: str
    key: str
    field: str
    shopify: str
    zoho: str
    agreed: str | None
    winner: str
    state: str
    code: str
    text: str
    fix: str
    choice: str | None
    who: str
    found_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Write:
    """One change that Shopify was told, and whose answer is not known yet.

    Attributes:
        wanted: The values that were sent, by our names.
        agreed: What Zoho had when it was decided, by contact and field.
    """

    key: str
    customer_id: str
    wanted: Mapping[str, Any]
    agreed: Mapping[str, Any]
    sent_at: datetime
    answer_before: datetime


ANSWER_WITHIN_S = 45.0
"""A request to Shopify is given up after 30 s and its server after 10; later than this none can still take effect."""

_CONFLICT = ", ".join(field.name for field in fields(KeptConflict))
# The same case again is the same row: found once more, and open again if it is a person's to decide.
_NOTE = text("""
    INSERT INTO customer_conflicts AS c
        (connection_id, customer_id, key, field, shopify, zoho, agreed, winner, state, code, text, fix)
    VALUES (:connection_id, :customer_id, :key, :field, :shopify, :zoho, :agreed, :winner, :state, :code, :text, :fix)
    ON CONFLICT (connection_id, key, field, shopify, zoho, code) DO UPDATE SET
        agreed = excluded.agreed, winner = excluded.winner, state = excluded.state, text = excluded.text,
        fix = excluded.fix, choice = NULL, who = '', found_at = clock_timestamp(), settled_at = NULL
    WHERE c.state IN ('settled', 'recorded')
""")
_UNSETTLED = text(f"""
    SELECT {_CONFLICT} FROM customer_conflicts
    WHERE connection_id = :connection_id AND customer_id = :customer_id AND state IN ('open', 'chosen') ORDER BY id
""")
_OF_CUSTOMER = text(f"""
    SELECT {_CONFLICT} FROM customer_conflicts
    WHERE connection_id = :connection_id AND customer_id = :customer_id ORDER BY found_at DESC, id DESC LIMIT :limit
""")
_GET = text(f"SELECT {_CONFLICT} FROM customer_conflicts WHERE id = :id")
_SETTLE = text("""
    UPDATE customer_conflicts SET state = 'settled', settled_at = clock_timestamp()
    WHERE id = ANY(CAST(:ids AS bigint[]))
""")
_CHOOSE = text("""
    UPDATE customer_conflicts SET state = 'chosen', choice = :choice, who = :who
    WHERE id = :id AND connection_id = :connection_id RETURNING customer_id
""")
_COUNT = text("""
    SELECT count(*)::int AS number, count(DISTINCT customer_id)::int AS customers FROM customer_conflicts
    WHERE connection_id = :connection_id AND state = 'open'
""")

_SENDING = text(f"""
    INSERT INTO customer_writes AS w (connection_id, key, customer_id, state, fence, wanted, agreed, answer_before)
    SELECT :connection_id, :key, :customer_id, 'sent', :fence, CAST(:wanted AS jsonb), CAST(:agreed AS jsonb),
           clock_timestamp() + interval '{ANSWER_WITHIN_S:.0f} seconds'
    ON CONFLICT (connection_id, key) DO UPDATE SET
        state = 'sent', fence = excluded.fence, wanted = excluded.wanted, agreed = excluded.agreed, answer = '',
        sent_at = clock_timestamp(), answer_before = excluded.answer_before, settled_at = NULL
""")
_SENT = text("""
    SELECT key, customer_id, wanted, agreed, sent_at, answer_before FROM customer_writes
    WHERE connection_id = :connection_id AND customer_id = :customer_id AND state = 'sent' ORDER BY sent_at, key
""")
_SETTLED = text("""
    UPDATE customer_writes SET state = :state, answer = :answer, settled_at = clock_timestamp(), wanted = '{}',
                               agreed = '{}'
    WHERE connection_id = :connection_id AND key = :key AND state = 'sent'
""")


class CustomerConflicts:
    """Each method is one round trip, `note` one for each conflict."""

    async def note(self, tx: AsyncConnection, connection_id: int, conflicts: Sequence[Conflict]) -> None:
        """Keep what was found; the same case is kept once, and one that a person has to decide stays so."""
        for each in conflicts:
            values = {field.name: getattr(each, field.name) for field in fields(Conflict)}
            await run(tx, _NOTE, connection_id=connection_id, **values)

    async def unsettled(self, tx: AsyncConnection, connection_id: int, customer_id: str) -> tuple[KeptConflict, ...]:
        """What a person has to decide, or has decided and is not carried out."""
        rows = await all_rows(tx, _UNSETTLED, connection_id=connection_id, customer_id=customer_id)
        return tuple(made(KeptConflict, row) for row in rows)

    async def of_customer(
        self, tx: AsyncConnection, connection_id: int, customer_id: str, *, limit: int = 100
    ) -> tuple[KeptConflict, ...]:
        """The record of one customer, newest first."""
        rows = await all_rows(tx, _OF_CUSTOMER, connection_id=connection_id, customer_id=customer_id, limit=limit)
        return tuple(made(KeptConflict, row) for row in rows)

    async def get(self, tx: AsyncConnection, conflict_id: int) -> KeptConflict | None:
        row = await one_row(tx, _GET, id=conflict_id)
        return made(KeptConflict, row) if row else None

    async def settle(self, tx: AsyncConnection, ids: Collection[int]) -> int:
        """These are over; how many."""
        return await run(tx, _SETTLE, ids=list(ids))

    async def choose(self, tx: AsyncConnection, connection_id: int, conflict_id: int, choice: str, *, who: str) -> str:
        """A person decided; the customer that has to be looked at, empty when there is no such conflict."""
        row = await one_row(tx, _CHOOSE, id=conflict_id, connection_id=connection_id, choice=choice, who=who)
        return str(row.customer_id) if row else ""

    async def count(self, tx: AsyncConnection, connection_id: int) -> tuple[int, int]:
        """How many conflicts wait for a person, and of how many customers."""
        row = await one_row(tx, _COUNT, connection_id=connection_id)
        return (row.number, row.customers) if row else (0, 0)


class CustomerWrites:
    """What Shopify was told of customers: kept before it is sent. Each method is one round trip."""

    async def sending(
        self, tx: AsyncConnection, lease: Lease, key: str, *, wanted: Mapping[str, Any], agreed: Mapping[str, Any]
    ) -> None:
        """Keep what is about to be sent. Commit before sending, in a transaction that checks the lease."""
        await run(
            tx,
            _SENDING,
            connection_id=lease.subject.connection_id,
            key=key,
            customer_id=lease.subject.id,
            fence=lease.fence,
            wanted=dumps(wanted),
            agreed=dumps(agreed),
        )

    async def sent(self, tx: AsyncConnection, connection_id: int, customer_id: str) -> tuple[Write, ...]:
        """What was sent and not answered."""
        rows = await all_rows(tx, _SENT, connection_id=connection_id, customer_id=customer_id)
        return tuple(made(Write, row) for row in rows)

    async def settled(self, tx: AsyncConnection, connection_id: int, key: str, state: str, *, answer: str = "") -> None:
        """It was done, refused or not done; the values, which are personal data, go."""
        await run(tx, _SETTLED, connection_id=connection_id, key=key, state=state, answer=answer)
