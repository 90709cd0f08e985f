"""Personal data goes, the books stay: a customer who asks to be forgotten, a shop that leaves for good.

Invoices and their figures are the merchant's duty to keep. What we keep beside them as evidence (bodies of deliveries,
requests and answers, drafts of contacts, names in lists) is not.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import one_row, text

_STATEMENT = """
    WITH about AS MATERIALIZED ({subjects}),
    d AS (
        UPDATE deliveries x SET body = '', headers = '{{}}'
        WHERE x.connection_id = :connection_id AND {evidence} AND x.body <> '' RETURNING 1
    ),
    e AS (
        UPDATE exchanges x SET request = NULL, answer = NULL
        WHERE x.connection_id = :connection_id AND {evidence}
          AND (x.request IS NOT NULL OR x.answer IS NOT NULL) RETURNING 1
    ),
    l AS (
        UPDATE contact_links x SET name = '', agreed = '{{}}', changed_at = clock_timestamp()
        WHERE x.connection_id = :connection_id AND {link} RETURNING 1
    ),
    p AS (
        UPDATE operations x SET draft = '{{}}', request = NULL, answer = NULL, reasons = '[]'
        WHERE x.connection_id = :connection_id AND x.kind LIKE 'contact%' AND x.state IN ('done', 'refused', 'dropped')
          AND {operation} RETURNING 1
    ),
    o AS (
        UPDATE outcomes x SET customer = NULL, email = NULL,
            search = array_to_tsvector(array_remove(array_remove(
                ARRAY[lower(name), ltrim(lower(name), '#'), lower(invoice_number), total::text, lower(currency)],
                NULL), ''))
        WHERE x.connection_id = :connection_id AND {outcome} RETURNING 1
    )
    SELECT (SELECT count(*) FROM d) + (SELECT count(*) FROM e) + (SELECT count(*) FROM l) + (SELECT count(*) FROM p)
         + (SELECT count(*) FROM o) AS rows
"""
_HERS = "c.connection_id = :connection_id AND c.customer_id = :customer_id"
_ORDERS_AND_CONTACTS = f"""
    SELECT 'order' AS kind, c.order_id AS id FROM outcomes c WHERE {_HERS}
    UNION SELECT 'order', unnest(CAST(:order_ids AS text[]))
    UNION SELECT 'customer', CAST(:customer_id AS text)
    UNION SELECT 'contact', c.key FROM contact_links c WHERE {_HERS}
"""
_CUSTOMER = text(
    _STATEMENT.format(
        subjects=_ORDERS_AND_CONTACTS,
        evidence="(x.subject_kind, x.subject_id) IN (SELECT kind, id FROM about)",
        link="x.customer_id = :customer_id",
        operation="(x.key LIKE 'contact:' || :customer_id || ':%' OR x.key LIKE 'contact-%:' || :customer_id || ':%')",
        outcome="x.order_id IN (SELECT id FROM about WHERE kind = 'order')",
    )
)
_SHOP = text(_STATEMENT.format(subjects="SELECT", evidence="true", link="true", operation="true", outcome="true"))


class Erasure:
    """Each method is one round trip and may be repeated."""

    async def customer(
        self, tx: AsyncConnection, connection_id: int, customer_id: str, *, order_ids: Collection[str] = ()
    ) -> int:
        """Remove what we keep of a customer's person; how many rows were touched.

        Args:
            customer_id: `gid://shopify/Customer/…`.
            order_ids: Orders that Shopify names with the request, as gids; those we know as theirs are taken too.
        """
        row = await one_row(
            tx, _CUSTOMER, connection_id=connection_id, customer_id=customer_id, order_ids=list(order_ids)
        )
        return int(row.rows) if row else 0

    async def shop(self, tx: AsyncConnection, connection_id: int) -> int:
        """Remove what we keep of all persons of a shop; how many rows were touched."""
        row = await one_row(tx, _SHOP, connection_id=connection_id)
        return int(row.rows) if row else 0
