"""Customers, deliveries, and the people and programs that may ask."""

from __future__ import annotations

import msgspec


class Customer(msgspec.Struct):
    """A Zoho contact and whom it stands for. `matched_by`: link, unique_field, email or created."""

    key: str
    customer_id: str | None
    contact_id: str
    currency: str | None
    name: str | None
    matched_by: str | None
    checked_at: str | None
    alias_of: str | None


class Customers(msgspec.Struct):
    customers: list[Customer]
    next: str | None


class Delivery(msgspec.Struct):
    """A webhook as it was received."""

    id: int
    connection: str | None
    source: str
    shop: str
    webhook_id: str
    topic: str
    event_id: str | None
    triggered_at: str | None
    received_at: str | None
    verdict: str
    subject_kind: str | None
    subject_id: str | None
    repeats: int
    relayed_at: str | None


class Deliveries(msgspec.Struct):
    deliveries: list[Delivery]
    next: int | None


class Token(msgspec.Struct):
    """A program's token, without the token. `used_at` is exact to a day."""

    name: str
    role: str
    created_at: str | None
    used_at: str | None
    revoked_at: str | None


class Tokens(msgspec.Struct):
    tokens: list[Token]


class TokenWithSecret(Token):
    """`secret` is what opens the door."""

    secret: str


class NewToken(msgspec.Struct):
    """A token that was made; its secret is shown this once."""

    token: TokenWithSecret


class OperatorRow(msgspec.Struct):
    """`state`: ok, invited (no password yet) or disabled."""

    name: str
    role: str
    state: str
    created_at: str | None
    last_seen_at: str | None


class Operators(msgspec.Struct):
    operators: list[OperatorRow]


class Invited(msgspec.Struct):
    """An operator, and a one-time address at which they choose a password."""

    operator: OperatorRow
    link: str


class Link(msgspec.Struct):
    """A one-time address at which the operator of that name chooses a password."""

    operator: str
    link: str
