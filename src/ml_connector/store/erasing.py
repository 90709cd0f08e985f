"""Takes personal data out of what is kept, at a customer's wish or when a shop has left.

What the books need stays: operations, documents, outcomes, their ids and amounts. What goes: names and e-mail addresses
in lists and in search, raw deliveries, recorded requests and answers, and what a contact was made of.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import run, text

_ORDERS = """
    SELECT order_id FROM outcomes
    WHERE connection_id = :connection_id AND (CAST(:customer_id AS text) IS NULL OR customer_id = :customer_id)
    UNION SELECT unnest(CAST(:order_ids AS text[]))
"""
# What Zoho tells of a document tells its customer as well; a contact is told of by its own id.
_IN_ZOHO = f"""
    SELECT unnest(ARRAY[d.zoho_id, d.details ->> 'customer_id']) FROM documents d
    WHERE d.connection_id = :connection_id AND d.order_id IN ({_ORDERS})
    UNION SELECT contact_id FROM contact_links
    WHERE connection_id = :connection_id AND starts_with(key, 'contact:' || :customer_id || ':')
"""
_SUBJECTS = f"""
    connection_id = :connection_id
    AND (CAST(:customer_id AS text) IS NULL
         OR subject_kind = 'order' AND subject_id IN ({_ORDERS})
         OR subject_kind LIKE 'zoho_%' AND subject_id IN ({_IN_ZOHO})
         OR subject_kind <> 'order' AND subject_id = :customer_id)
"""
_KEYS = """
    connection_id = :connection_id AND key ~ '^(address:|contact-update:)?contact'
    AND (CAST(:subjects AS text[]) IS NULL
         OR EXISTS (SELECT 1 FROM unnest(CAST(:subjects AS text[])) AS who
                    WHERE starts_with(regexp_replace(key, '^(address:|contact-update:)?contact:', ''), who || ':')))
"""
_BATCHES = {
    "deliveries": text(f"""
        UPDATE deliveries SET body = '' WHERE id = ANY(ARRAY(
            SELECT id FROM deliveries WHERE body <> '' AND {_SUBJECTS} LIMIT :batch))
    """),
    "exchanges": text(f"""
        UPDATE exchanges SET request = NULL, answer = NULL WHERE id = ANY(ARRAY(
            SELECT id FROM exchanges WHERE (request IS NOT NULL OR answer IS NOT NULL) AND {_SUBJECTS} LIMIT :batch))
    """),
}
_OUTCOMES = text(f"""
    UPDATE outcomes SET customer = NULL, email = NULL,
        search = array_to_tsvector(array_remove(array_remove(
            ARRAY[lower(name), ltrim(lower(name), '#'), lower(invoice_number), total::text, lower(currency)],
            NULL), ''))
    WHERE connection_id = :connection_id AND (customer IS NOT NULL OR email IS NOT NULL) AND order_id IN ({_ORDERS})
""")
# An operation that is not settled still needs what it wants; it is erased with the next request, or stays refused.
_OPERATIONS = text(f"""
    UPDATE operations SET draft = '{{}}', request = NULL, answer = NULL, reasons = '[]'
    WHERE state IN ('done', 'dropped') AND {_KEYS}
""")
_DOCUMENTS = text(f"UPDATE documents SET fields = '[]', details = '{{}}', number = '' WHERE {_KEYS}")
# Digests of addresses stay: they tell nothing without the connection's secret, and spare a second copy in Zoho. The key
# still leads to the contact; as nobody's in particular it is compared with nobody, and so nothing comes back from Zoho.
_LINKS = text(f"""
    UPDATE contact_links SET name = '', customer_id = NULL, changed_at = clock_timestamp(),
        agreed = CASE WHEN agreed ? 'addresses' THEN jsonb_build_object('addresses', agreed -> 'addresses')
                      ELSE '{{}}' END
    WHERE {_KEYS}
""")
_BOTH_WAYS = [
    text(f"""
        DELETE FROM {table} WHERE connection_id = :connection_id
          AND (CAST(:customer_id AS text) IS NULL OR customer_id = :customer_id)
    """)
    for table in ("customer_conflicts", "customer_writes")
]


class Erasing:
    """Repeating any of it does no harm."""

    async def customer(
        self,
        tx: AsyncConnection,
        connection_id: int,
        customer_id: str,
        *,
        order_ids: Collection[str] = (),
        guest: str | None = None,
    ) -> int:
        """A customer's personal data, in one transaction: those in lists and contacts; how many rows.

        Args:
            order_ids: Orders that belong to the customer, whether we know that or not.
            guest: `guest:<digest>`, under which the same person may have bought without an account.
        """
        subjects = [customer_id, *([guest] if guest else [])]
        return await self._rows(tx, connection_id, customer_id, list(order_ids), subjects)

    async def shop(self, tx: AsyncConnection, connection_id: int) -> int:
        """The personal data of all customers; how many rows."""
        return await self._rows(tx, connection_id, None, [], None)

    async def evidence(
        self,
        tx: AsyncConnection,
        connection_id: int,
        customer_id: str | None = None,
        *,
        order_ids: Collection[str] = (),
        batch: int = 1000,
    ) -> int:
        """A batch of raw deliveries and of recorded exchanges of one customer, or of the whole shop; how many rows.

        Call it until it answers zero, each batch a commit of its own. Two round trips.
        """
        values: dict[str, Any] = {
            "connection_id": connection_id,
            "customer_id": customer_id,
            "order_ids": list(order_ids),
            "batch": batch,
        }
        return sum([await run(tx, statement, **values) for statement in _BATCHES.values()])

    async def _rows(
        self,
        tx: AsyncConnection,
        connection_id: int,
        customer_id: str | None,
        order_ids: list[str],
        subjects: list[str] | None,
    ) -> int:
        """Six round trips."""
        rows = await run(tx, _OUTCOMES, connection_id=connection_id, customer_id=customer_id, order_ids=order_ids)
        for statement in (_OPERATIONS, _DOCUMENTS, _LINKS):
            rows += await run(tx, statement, connection_id=connection_id, subjects=subjects)
        for statement in _BOTH_WAYS:
            rows += await run(tx, statement, connection_id=connection_id, customer_id=customer_id)
        return rows
