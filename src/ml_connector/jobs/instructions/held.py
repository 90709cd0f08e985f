"""What we keep about one customer: the answer to a data request, in one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_connector.jobs.customers.kept import pairs_of
from ml_connector.store import Store
from ml_connector.store.outcomes import OutcomeRow, Wanted

Json = dict[str, Any]
_MOST = 500


async def held_about(store: Store, connection_id: int, customer_id: str, order_ids: Sequence[str] = ()) -> Json:
    """Everything that names the customer: their orders, the contacts and documents in Zoho, conflicts, deliveries.

    Personal data: for the merchant who answers the customer, never for a log or a notice.

    Args:
        customer_id: `gid://shopify/Customer/…`; empty for one whom a request does not name.
        order_ids: Orders that the request names, whether we know them as the customer's or not.
    """
    orders = await _orders(store, connection_id, customer_id, order_ids)
    async with store.at_once() as tx:
        links = await store.contacts.of_customer(tx, connection_id, customer_id) if customer_id else ()
        conflicts = await store.customer_conflicts.of_customer(tx, connection_id, customer_id) if customer_id else ()
        documents = await store.documents.located(tx, connection_id, order_ids=[each.order_id for each in orders])
    return {
        "customer": customer_id or None,
        "contacts": [
            {
                "id": each.link.contact_id,
                "name": each.link.name,
                "currency": each.link.currency,
                "fields": {name: pair.shopify for name, pair in pairs_of(each).items() if pair.shopify},
            }
            for each in links
        ],
        "orders": [
            {
                "id": each.order_id,
                "name": each.facts.name,
                "customer": each.facts.customer,
                "email": each.facts.email,
                "outcome": each.verdict.value,
            }
            for each in orders
        ],
        "documents": [
            {
                "id": each.document.zoho_id,
                "kind": each.document.kind.value,
                "number": each.document.number,
                "total": None if each.document.total is None else str(each.document.total),
            }
            for each in documents
            if each.document.number
        ],
        "conflicts": [
            {"field": each.field, "shopify": each.shopify, "zoho": each.zoho, "state": each.state} for each in conflicts
        ],
    }


async def _orders(store: Store, connection_id: int, customer_id: str, order_ids: Sequence[str]) -> list[OutcomeRow]:
    found: dict[str, OutcomeRow] = {}
    async with store.at_once() as tx:
        for wanted in (
            Wanted(connection_id=connection_id, order_ids=tuple(order_ids)),
            Wanted(connection_id=connection_id, customer_id=customer_id),
        ):
            if wanted.order_ids or wanted.customer_id:
                page = await store.outcomes.page(tx, wanted, limit=_MOST)
                found |= {row.order_id: row for row in page.rows}
    return list(found.values())
