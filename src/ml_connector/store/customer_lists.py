"""Customers as lists show them: one row each, those that wait for a person first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.searching import query_of
from ml_connector.store.sql import all_rows, made, text


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer of a connection that has contacts in Zoho.

    Attributes:
        open: Conflicts that wait for a person.
        recorded: Conflicts that time has decided, in the record.
        name: What the first contact is called; empty for one who was forgotten.
    """

    connection_id: int
    customer_id: str
    name: str
    contacts: int
    open: int
    recorded: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class After:
    """The last row of a page."""

    open: bool
    changed_at: datetime
    customer_id: str


@dataclass(frozen=True, slots=True)
class CustomerHit:
    """One customer that a search has found."""

    connection_id: int
    customer_id: str
    name: str


# By the beginnings of names; by the beginning of an e-mail address among the orders that have it.
_NAMED = text("""
    WITH found AS (
        (SELECT l.connection_id, l.customer_id FROM contact_links l
         WHERE to_tsvector('simple'::regconfig, l.name) @@ CAST(:query AS tsquery) LIMIT 200)
        UNION
        (SELECT o.connection_id, o.customer_id FROM outcomes o
         WHERE CAST(:email AS boolean) AND o.search @@ CAST(:query AS tsquery) LIMIT 200)
    )
    SELECT l.connection_id, l.customer_id, max(l.name) AS name
    FROM found f JOIN contact_links l ON l.connection_id = f.connection_id AND l.customer_id = f.customer_id
    WHERE l.alias_of IS NULL AND l.customer_id LIKE 'gid://shopify/Customer/%'
      AND (CAST(:connection_id AS bigint) IS NULL OR l.connection_id = :connection_id)
    GROUP BY 1, 2 ORDER BY 3, 2 LIMIT :limit
""")
_PAGE = text("""
    WITH found AS (
        SELECT l.connection_id, l.customer_id, coalesce(min(nullif(l.name, '')), '') AS name, count(*)::int AS contacts,
               max(l.changed_at) AS changed_at,
               (SELECT count(*)::int FROM customer_conflicts c WHERE c.connection_id = l.connection_id
                  AND c.customer_id = l.customer_id AND c.state = 'open') AS open,
               (SELECT count(*)::int FROM customer_conflicts c WHERE c.connection_id = l.connection_id
                  AND c.customer_id = l.customer_id AND c.state = 'recorded') AS recorded
        FROM contact_links l
        WHERE l.alias_of IS NULL AND l.customer_id LIKE 'gid://shopify/Customer/%'
          AND (CAST(:connection_id AS bigint) IS NULL OR l.connection_id = :connection_id)
          AND (CAST(:customer_id AS text) IS NULL OR l.customer_id = :customer_id)
        GROUP BY l.connection_id, l.customer_id
    )
    SELECT connection_id, customer_id, name, contacts, open, recorded, changed_at FROM found
    WHERE (NOT CAST(:conflicts AS boolean) OR open > 0 OR recorded > 0)
      AND (CAST(:after_at AS timestamptz) IS NULL
           OR (open > 0, changed_at, customer_id) < (CAST(:after_open AS boolean), :after_at, CAST(:after_id AS text)))
    ORDER BY open > 0 DESC, changed_at DESC, customer_id DESC LIMIT :limit
""")


class CustomerLists:
    """Each method is one round trip."""

    async def named(
        self, tx: AsyncConnection, words: str, *, connection_id: int | None = None, limit: int = 6
    ) -> tuple[CustomerHit, ...]:
        """Customers with a contact, each of whose names or e-mail address begins with every word of *words*."""
        rows = await all_rows(
            tx, _NAMED, query=query_of(words), email="@" in words, connection_id=connection_id, limit=limit
        )
        return tuple(made(CustomerHit, row) for row in rows)

    async def page(
        self,
        tx: AsyncConnection,
        connection_id: int | None = None,
        *,
        customer_id: str | None = None,
        conflicts: bool = False,
        after: After | None = None,
        limit: int = 50,
    ) -> tuple[CustomerRow, ...]:
        """Customers with contacts: those that wait for a person first, then by their last change.

        Args:
            conflicts: Only those that have any conflict, decided or not.
        """
        rows = await all_rows(
            tx,
            _PAGE,
            connection_id=connection_id,
            customer_id=customer_id,
            conflicts=conflicts,
            after_open=after.open if after else None,
            after_at=after.changed_at if after else None,
            after_id=after.customer_id if after else None,
            limit=limit,
        )
        return tuple(made(CustomerRow, row) for row in rows)
