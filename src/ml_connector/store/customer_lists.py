"""Customers as lists show them: one row each, those that wait for a person first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import TextClause
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
# The newest link of each customer says when anything last changed; a walk by date ends with the page.
_NEWEST = """
    FROM contact_links l
    WHERE l.alias_of IS NULL AND l.customer_id LIKE 'gid://shopify/Customer/%'
      AND NOT EXISTS (SELECT 1 FROM contact_links m WHERE m.connection_id = l.connection_id AND m.alias_of IS NULL
                        AND m.customer_id = l.customer_id AND (m.changed_at, m.key) > (l.changed_at, l.key))
"""
_CONFLICTS = """SELECT 1 FROM customer_conflicts c
    WHERE c.connection_id = l.connection_id AND c.customer_id = l.customer_id AND c.state"""
_GIVEN = {
    "connection_id": "l.connection_id = :connection_id",
    "customer_id": "l.customer_id = :customer_id",
}


@cache
def _page(given: frozenset[str], *, conflicts: bool) -> TextClause:
    """Who waits for a person first, then the others: each branch stops at the limit."""
    filters = "".join(f" AND {condition}" for name, condition in _GIVEN.items() if name in given)
    if conflicts:
        filters += f" AND EXISTS ({_CONFLICTS} IN ('open', 'recorded'))"
    order = "ORDER BY l.changed_at DESC, l.customer_id DESC LIMIT :limit"
    place = "(l.changed_at, l.customer_id) < (:after_at, :after_id)"
    behind = {True: f" AND CAST(:after_open AS boolean) AND {place}", False: f" AND (:after_open OR {place})"}
    columns = "SELECT l.connection_id, l.customer_id, l.changed_at"
    from_there = behind if "after_at" in given else {True: "", False: ""}
    branches = " UNION ALL ".join(
        f"({columns}, {str(waits).lower()} AS waits {_NEWEST}{filters}{from_there[waits]}"
        f" AND {'' if waits else 'NOT '}EXISTS ({_CONFLICTS} = 'open') {order})"
        for waits in (True, False)
    )
    return text(f"""
        SELECT l.connection_id, l.customer_id, l.changed_at, s.name, s.contacts,
               (SELECT count(*)::int FROM ({_CONFLICTS} = 'open') AS x) AS open,
               (SELECT count(*)::int FROM ({_CONFLICTS} = 'recorded') AS x) AS recorded
        FROM ({branches}) AS l CROSS JOIN LATERAL (
            SELECT coalesce(min(nullif(m.name, '')), '') AS name, count(*)::int AS contacts FROM contact_links m
            WHERE m.connection_id = l.connection_id AND m.customer_id = l.customer_id AND m.alias_of IS NULL
        ) AS s
        ORDER BY l.waits DESC, l.changed_at DESC, l.customer_id DESC LIMIT :limit
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
        values = {
            "connection_id": connection_id,
            "customer_id": customer_id,
            "after_open": after.open if after else None,
            "after_at": after.changed_at if after else None,
            "after_id": after.customer_id if after else None,
            "limit": limit,
        }
        given = {name: value for name, value in values.items() if value is not None}
        rows = await all_rows(tx, _page(frozenset(given), conflicts=conflicts), **given)
        return tuple(made(CustomerRow, row) for row in rows)
