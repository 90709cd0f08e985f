"""Orders in a list, one with everything about it, and what would be sent for one."""

from __future__ import annotations

import msgspec

from ml_connector.web.api.shapes.common import Json, Money, Reason


class Invoice(msgspec.Struct):
    invoice_id: str
    invoice_number: str | None
    total: Money | None


class OrderRow(msgspec.Struct):
    """One order. `name`, `total` and `placed_at` are null until it was read for the first time."""

    connection: str
    id: str
    name: str | None
    outcome: str
    reason: Reason | None
    until: str | None
    total: Money | None
    placed_at: str | None
    changed_at: str | None
    outstanding: bool
    zoho: Invoice | None


class Orders(msgspec.Struct):
    """One page, newest change first; `next` asks for the one behind it, as `after`."""

    orders: list[OrderRow]
    next: str | None


class Asked(msgspec.Struct):
    """Orders that were knocked for. Each is looked at by a worker; ask at `ask` until `outcome` is at rest."""

    orders: list[OrderRow]
    ask: str


class FieldReason(msgspec.Struct):
    """Why one field of a document is what it is."""

    field: str
    value: str
    source: str
    rule: str
    rejected: list[str]


class Document(msgspec.Struct):
    """One document in Zoho, or one that is wanted there; `state` says which."""

    key: str
    kind: str
    state: str
    zoho_id: str | None
    number: str | None
    status: str | None
    dated: str | None
    total: Money | None
    balance: Money | None
    policy_version: int
    changed_by_person: bool
    confirmed_at: str | None
    fields: list[FieldReason]


class DeliveryOf(msgspec.Struct):
    """A webhook about an order."""

    id: int
    source: str
    webhook_id: str
    topic: str
    triggered_at: str | None
    received_at: str | None
    verdict: str
    repeats: int


class Attempt(msgspec.Struct):
    """One request and its answer, secrets removed when they were stored. `status` is null when no answer came."""

    at: str | None
    key: str | None
    attempt: int
    party: str
    method: str
    path: str
    status: int | None
    request: Json
    answer: Json
    verdict: str
    took_s: float | None


class Event(msgspec.Struct):
    at: str | None
    event: str
    text: str
    who: str | None


class ShopifyFacts(msgspec.Struct):
    """What Shopify said when the order was last read."""

    customer_id: str | None
    customer: str | None
    email: str | None
    total: Money | None


class Shown(OrderRow):
    """Everything about one order."""

    shopify: ShopifyFacts
    documents: list[Document]
    deliveries: list[DeliveryOf]
    attempts: list[Attempt]
    timeline: list[Event]


class Operation(msgspec.Struct):
    """One request as it would leave, without token. An id that Zoho has yet to give is `{"$ref": key}`."""

    key: str
    kind: str
    method: str
    path: str
    query: Json
    headers: Json
    body: Json | None
    total: Money | None
    needs: list[str]


class Preview(msgspec.Struct):
    """What would be sent to Zoho now. `hold`: a person must decide first; `more`: these only prepare."""

    order: str
    operations: list[Operation]
    hold: Reason | None
    excluded: Reason | None
    total: Money | None
    waits: list[Reason | None]
    more: bool
