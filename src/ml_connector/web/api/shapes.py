"""The shapes of answers, as OpenAPI describes them: those of the command line's `--json`, key by key.

An answer is made by a read model and converted into its shape, so a key that is missing or of another type is noticed
here and not by an operator's program.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
Json = dict[str, Any]


def shaped(kind: type[T], document: Any) -> T:
    """*document*, which a read model made, as a *kind*."""
    return msgspec.convert(document, kind)


class Problem(msgspec.Struct):
    """Why something was not done: for a program, for a person, and what to do about it."""

    code: str
    text: str
    fix: str | None


class Money(msgspec.Struct):
    """An exact amount, as text with the currency's places."""

    amount: str
    currency: str


class Detail(msgspec.Struct):
    label: str
    value: str


class Reason(msgspec.Struct):
    """Why an order stands as it does. `fix` is null when nothing is to be done."""

    code: str
    text: str
    fix: str | None
    details: list[Detail]


class Outcomes(msgspec.Struct):
    """How many orders have which verdict."""

    posted: int
    waiting: int
    in_doubt: int
    held: int
    failed: int
    excluded: int


class Finding(msgspec.Struct):
    """Something that was looked at and is not as it should be, or is worth knowing (`info`)."""

    code: str
    text: str
    fix: str
    severity: str


# Connections


class Webhooks(msgspec.Struct):
    """Shopify's subscriptions when they were last looked at."""

    expected: int
    found: int


class ConnectionRow(msgspec.Struct):
    """One shop with one organisation. `health`: ok, paused, broken or disconnected.

    `webhooks` is null where Shopify cannot reach us, or nobody has looked yet.
    """

    name: str
    health: str
    reason: str | None
    shop: str
    organization_id: str | None
    region: str | None
    webhooks: Webhooks | None
    outstanding: int
    oldest_outstanding_s: float | None
    outcomes: Outcomes
    calls_today: int
    calls_left_today: int | None


class Connections(msgspec.Struct):
    connections: list[ConnectionRow]


class Connected(msgspec.Struct):
    """A connection that was saved, and what was found. `zoho_webhook_secret` is shown the once it is made."""

    connections: list[ConnectionRow]
    findings: list[Finding]
    zoho_webhook_secret: str | None = None


class Status(msgspec.Struct):
    """Everything at a glance."""

    version: str
    outstanding: int
    oldest_outstanding_s: float | None
    outcomes: Outcomes
    connections: list[ConnectionRow]


class ShopifySide(msgspec.Struct):
    ok: bool
    shop: str
    name: str | None
    plan: str | None
    currency: str | None
    scopes: list[str]
    webhooks: Webhooks | None
    findings: list[Finding]


class ZohoSide(msgspec.Struct):
    ok: bool
    organization_id: str | None
    name: str | None
    region: str | None
    api_domain: str | None
    currency: str | None
    calls_left_today: int | None
    findings: list[Finding]


class Pinged(msgspec.Struct):
    name: str
    ok: bool
    shopify: ShopifySide
    zoho: ZohoSide


class Pings(msgspec.Struct):
    connections: list[Pinged]


class Policy(msgspec.Struct):
    """The policy in force: names and values as `GET /api/v1/policy-schema` describes them."""

    connection: str
    version: int
    at: str | None
    who: str | None
    note: str
    policy: Json


class Doctor(msgspec.Struct):
    ok: bool
    findings: list[Finding]


# Orders


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


# Replays, backfill, reconcile


class Plan(msgspec.Struct):
    """What it would take: orders looked at again, and about how many calls to Zoho."""

    orders: int
    calls: int


class Replay(msgspec.Struct):
    """A replay that was started, and how far it is."""

    id: int
    connection: str | None
    kind: str
    title: str
    who: str
    plan: Json
    started_at: str | None
    stopped_at: str | None
    results: Outcomes
    to_go: int
    stopped: int
    finished: bool


class Replays(msgspec.Struct):
    replays: list[Replay]


class ReplayPlanned(msgspec.Struct):
    """The plan; with `start` how many were queued, and the replay to ask after."""

    plan: Plan
    queued: int
    replay: Replay | None
    ask: str | None


class BackfillPlan(msgspec.Struct):
    """`exact` is false where the rest was reckoned from the first. `before_start`: only a backfill posts these."""

    orders: int
    calls: int
    before_start: int
    exact: bool
    forecast_s: float | None


class Backfill(msgspec.Struct):
    plan: BackfillPlan
    queued: int
    ask: str | None


class BackfillGoing(msgspec.Struct):
    """How the last backfill stands. `listing`: its list has not been read to the end; start it again to go on."""

    since: str | None
    until: str | None
    listing: bool
    queued: int
    waiting: int
    forecast_s: float | None


class Counts(msgspec.Struct):
    equal: int
    different: int
    missing: int
    extra: int
    excluded: int
    open: int


class Entry(msgspec.Struct, rename={"class_": "class"}):
    """One order of the period in its class, or one document in Zoho without an order."""

    class_: str
    kind: str
    id: str
    name: str
    shopify: Money | None
    zoho: Money | None
    text: str
    rule: str | None


class Reconciled(msgspec.Struct, rename={"from_": "from"}):
    """Both systems as they are now, every order in exactly one class."""

    connection: str
    from_: str
    to: str
    counts: Counts
    entries: list[Entry]


# The summary of a day


class SummaryRow(msgspec.Struct):
    """One currency: `shopify` less `excluded` and `open` is `expected`; `zoho` less that is the `difference`."""

    currency: str
    number: int
    shopify: Money | None
    excluded: Money
    open: Money
    expected: Money | None
    zoho: Money
    difference: Money | None


class TaxRow(msgspec.Struct):
    name: str
    percentage: str | None
    net: Money | None
    tax: Money
    gross: Money | None


class Group(msgspec.Struct):
    """Orders with one reason."""

    outcome: str
    code: str
    text: str
    fix: str | None
    orders: int
    money: list[Money]
    names: list[str]


class Tally(msgspec.Struct):
    number: int
    money: Money


class Calls(msgspec.Struct):
    used: int | None
    limit: int | None


class Told(msgspec.Struct):
    """One recipient or chat. `result`: sent, refused, or unknown where nothing was confirmed."""

    to: str
    by: str
    result: str
    text: str | None


class Rounded(msgspec.Struct):
    """What rounding put into the books in one month and currency; above zero: the shop's gain.

    `residue` is what Shopify's and Zoho's arithmetic leave between them, `cash_rounding` what cash was rounded by.
    """

    month: str
    currency: str
    residues: int
    residue: Money
    largest_residue: Money
    cash_roundings: int
    cash_rounding: Money
    total: Money


class RoundingLedger(msgspec.Struct):
    """The ledger of rounding of one connection, oldest month first."""

    connection: str
    months: list[Rounded]


class SummaryDelivery(msgspec.Struct):
    """`state`: open, sending, sent, failed, in_doubt (perhaps sent; not again by itself), kept, skipped."""

    state: str
    told: list[Told]
    trouble: str | None
    claimed_at: str | None


class Summary(msgspec.Struct):
    """The statement of a day. `money`: invoices less credit notes of the day's orders, by currency."""

    connection: str
    date: str
    zone: str
    shop: str
    organisation: str | None
    region: str | None
    read_at: str | None
    shopify_read_at: str | None
    shopify_trouble: str | None
    complete: bool
    seal: str
    sentence: str
    outcomes: Outcomes
    money: list[SummaryRow]
    payments: list[SummaryRow] | None
    refunds: list[SummaryRow] | None
    taxes: list[TaxRow]
    open: list[Group]
    excluded: list[Group]
    unpaid: list[Tally]
    rounding: list[Tally]
    cash_rounding: list[Tally]
    rounding_of_month: list[Rounded]
    calls: Calls
    sent: str | None
    delivery: SummaryDelivery


# Customers, deliveries, people


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
