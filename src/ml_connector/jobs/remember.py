"""Writing a verdict down: the row that lists show, and what happened when."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Side
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Outcome
from ml_connector.domain.reading import read_order
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.store.exchanges import Event
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts
from ml_connector.store.subjects import Lease

_SAID = {
    "posted": "The order is in Zoho, equal to the cent.",
    "waiting": "The order waits.",
    "in_doubt": "An answer is missing; Zoho is asked before anything is sent again.",
    "held": "A person must decide first.",
    "failed": "This did not work.",
    "excluded": "The order is not posted.",
}


async def remember(tx: AsyncConnection, lease: Lease, run: Runtime, synced: Synced) -> None:
    """Keep the verdict in the transaction that answers the knock. Four queries, one more when it is news.

    What is not about an order has no outcome, only a line of what happened, when something did.
    """
    if lease.subject.kind != "order":
        if synced.outcome.reason is not None:
            await run.store.timeline.note(tx, [_event(lease, synced.outcome)])
        return
    if synced.order is not None:
        side = Side.SHOP if run.policy.currency == "shop" else Side.PRESENTMENT
        await run.store.readings.put(
            tx, run.connection_id, lease.subject.id, read_order(synced.order, side), synced.order
        )
    documents = await run.store.documents.of_order(tx, run.connection_id, lease.subject.id)
    invoice = next((each for each in documents.values() if each.kind is Kind.INVOICE and each.zoho_id), None)
    news = await run.store.outcomes.record(
        tx,
        run.connection_id,
        lease.subject.id,
        synced.outcome,
        facts=None if synced.order is None else _facts(synced.order, run),
        invoice=None if invoice is None else InvoiceFacts(invoice.zoho_id, invoice.number, invoice.total),
        policy_version=run.policy_version,
    )
    if news:
        await run.store.timeline.note(tx, [_event(lease, synced.outcome)])


def _facts(order: Order, run: Runtime) -> OrderFacts:
    customer = order.customer
    address = order.billing_address or order.shipping_address
    name = (customer.display_name if customer else None) or (address.name if address else None)
    total = order.totals.current_total_price
    return OrderFacts(
        name=order.name,
        placed_at=order.processed_at,
        total=total.shop if run.policy.currency == "shop" else total.presentment,
        customer_id=customer.id if customer else None,
        customer=name,
        email=(customer.email if customer else None) or order.email,
    )


def _event(lease: Lease, outcome: Outcome) -> Event:
    said = outcome.reason.text if outcome.reason else _SAID[outcome.verdict.value]
    return Event(lease.subject, f"{lease.subject.kind}.{outcome.verdict.value}", said)
