"""Everything about one order: what Shopify says, what Zoho holds, every attempt, and why each field is what it is."""

from __future__ import annotations

from typing import Any

from ml_connector.domain.documents import FieldReason
from ml_connector.jobs.report.orders import row
from ml_connector.jobs.report.shapes import Json, moment, money
from ml_connector.store import Store
from ml_connector.store.deliveries import KeptDelivery
from ml_connector.store.documents import Kept
from ml_connector.store.exchanges import KeptEvent, KeptExchange
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.store.subjects import Subject


async def show(store: Store, order: OutcomeRow, connection: str) -> Json:
    """The order's row with its documents, deliveries, attempts and timeline. Four queries."""
    subject = Subject(order.connection_id, "order", order.order_id)
    async with store.at_once() as tx:
        documents = await store.documents.shown(tx, order.connection_id, order.order_id)
        deliveries = await store.deliveries.of_subject(tx, subject)
        exchanges = await store.exchanges.of_subject(tx, subject)
        timeline = await store.timeline.of_subject(tx, subject)
    return {
        **row(order, connection),
        "shopify": _shopify(order),
        "documents": [document(each) for each in documents],
        "deliveries": [delivery(each) for each in deliveries],
        "attempts": [attempt(each) for each in exchanges],
        "timeline": [event(each) for each in timeline],
    }


def _shopify(order: OutcomeRow) -> Json:
    """What Shopify said when we last read the order."""
    facts = order.facts
    return {
        "customer_id": facts.customer_id,
        "customer": facts.customer,
        "email": facts.email,
        "total": money(facts.total),
    }


def document(kept: Kept) -> Json:
    """One document in Zoho, or one that is wanted there; `state` says which."""
    known = kept.document
    return {
        "key": known.key,
        "kind": known.kind.value,
        "state": known.state,
        "zoho_id": known.zoho_id or None,
        "number": known.number or None,
        "status": known.status or None,
        "dated": known.dated.isoformat() if known.dated else None,
        "total": money(known.total),
        "balance": money(known.balance),
        "policy_version": known.policy_version,
        "changed_by_person": known.changed_by_person,
        "confirmed_at": moment(kept.confirmed_by_zoho_at),
        "fields": [field(each) for each in kept.fields],
    }


def field(reason: FieldReason) -> Json:
    """Why one field is what it is."""
    return {
        "field": reason.field,
        "value": reason.value,
        "source": reason.source,
        "rule": reason.rule,
        "rejected": list(reason.rejected),
    }


def delivery(kept: KeptDelivery) -> Json:
    return {
        "id": kept.id,
        "source": kept.source,
        "webhook_id": kept.webhook_id,
        "topic": kept.topic,
        "triggered_at": moment(kept.triggered_at),
        "received_at": moment(kept.received_at),
        "verdict": kept.verdict,
        "repeats": kept.repeats,
    }


def attempt(kept: KeptExchange) -> Json:
    """One request and its answer, secrets removed when they were stored. `status` is null when no answer came."""
    return {
        "at": moment(kept.at),
        "key": kept.key or None,
        "attempt": kept.attempt,
        "party": kept.party,
        "method": kept.method,
        "path": kept.path,
        "status": kept.status,
        "request": _object(kept.request),
        "answer": _object(kept.answer),
        "verdict": kept.verdict,
        "took_s": kept.took_s,
    }


def event(kept: KeptEvent) -> Json:
    return {"at": moment(kept.at), "event": kept.event, "text": kept.text, "who": kept.who or None}


def _object(value: Any) -> Json:
    """Always an object, so that a program need not ask: what is not one stands under `text`."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"text": value}
