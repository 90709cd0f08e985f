"""Everything that the page of one order shows, from what is stored: nobody is asked while somebody waits for a page.

Shopify's side is what the last reading said, which is also what was decided from; "Sync now" reads it anew. So the page
is there when the shop is away, and for an order that Shopify no longer shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import FieldReason, Kind
from ml_connector.domain.explain import Gate, gates
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Excluded, Hold, Verdict
from ml_connector.jobs.report.ledger import Ledger, ledger
from ml_connector.jobs.report.story import Entry, story
from ml_connector.store import Store
from ml_connector.store.connections import Connection, PolicyVersion
from ml_connector.store.decisions import Decision
from ml_connector.store.documents import Kept
from ml_connector.store.exchanges import KeptExchange
from ml_connector.store.outcomes import Cause, OutcomeRow
from ml_connector.store.readings import KeptReading
from ml_connector.store.subjects import Subject


@dataclass(frozen=True, slots=True)
class Link:
    """A document in Zoho that a person may open."""

    what: str
    name: str
    page: str
    """Zoho's own name of the place: `invoices`."""
    zoho_id: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a field, or each field of a line or document, is what it is."""

    title: str
    fields: tuple[FieldReason, ...]
    version: int


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order.

    Attributes:
        cause: The held and failed orders that wait for the same answer, this one included; None when it waits for none.
        policies: Of the versions that its documents were made under.
        names: Accounts and taxes by Zoho's id, so that reasons can be read.
    """

    row: OutcomeRow
    connection: Connection
    reading: KeptReading | None
    documents: tuple[Kept, ...]
    attempts: tuple[KeptExchange, ...]
    entries: tuple[Entry, ...]
    decision: Decision | None
    cause: Cause | None
    policies: Mapping[int, PolicyVersion]
    names: Mapping[str, str]
    ledger: Ledger | None

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What the order passed and what stopped it; empty when nothing did."""
        reason = self.row.reason
        if reason is None or self.row.verdict not in (Verdict.HELD, Verdict.FAILED, Verdict.EXCLUDED):
            return ()
        excluded = self.row.verdict is Verdict.EXCLUDED
        return gates(Excluded(reason) if excluded else Hold(reason))

    @property
    def in_books(self) -> bool:
        """Whether Zoho holds a document of this order, or may."""
        kinds = (Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE)
        return any(
            each.document.kind in kinds
            and (
                each.document.state in ("sent", "in_doubt") or (each.document.state == "done" and each.document.zoho_id)
            )
            for each in self.documents
        )

    @property
    def confirmed_at(self) -> datetime | None:
        """When Zoho last told us the figures on the right."""
        told = [each.confirmed_by_zoho_at for each in self.documents if each.confirmed_by_zoho_at is not None]
        return max(told, default=None)

    @property
    def calls(self) -> int:
        """Calls to Zoho that are on record for this order."""
        return sum(each.party == "zoho" for each in self.attempts)

    @property
    def took_s(self) -> float | None:
        """Seconds from the order's first knock to its first document's confirmation."""
        invoices = [each.confirmed_by_zoho_at for each in self.documents if each.document.kind is Kind.INVOICE]
        ends = [each for each in invoices if each is not None]
        placed = self.row.facts.placed_at
        return (min(ends) - placed).total_seconds() if ends and placed and min(ends) > placed else None

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(_links(self.documents))

    def why(self, wanted: str) -> Why | None:
        """The reasons behind *wanted*: a field or line of the invoice, or the key of another document."""
        for kept in self.documents:
            if kept.document.key == wanted:
                return Why(_title(kept), kept.fields, kept.document.policy_version)
        invoice = _invoice(self.documents)
        if invoice is None or not wanted:
            return None
        found = tuple(
            each
            for each in invoice.fields
            if each.field == wanted or each.field.startswith((f"{wanted}.", f"{wanted}["))
        )
        if not found:
            return None
        title = f"Why {found[0].value}?" if len(found) == 1 else f"Why “{found[0].value}”?"
        return Why(title, found, invoice.document.policy_version)


async def order_page(store: Store, row: OutcomeRow, connection: Connection) -> OrderPage:
    """Ten small queries on one connection to the database."""
    subject = Subject(connection.id, "order", row.order_id)
    async with store.at_once() as tx:
        reading = await store.readings.of(tx, connection.id, row.order_id)
        documents = await store.documents.shown(tx, connection.id, row.order_id)
        deliveries = await store.deliveries.of_subject(tx, subject)
        attempts = await store.exchanges.of_subject(tx, subject)
        events = await store.timeline.of_subject(tx, subject)
        decision = await store.decisions.of(tx, connection.id, row.order_id)
        masters = await store.masters.many(tx, connection.id)
        versions = await store.connections.policies(tx, connection.id)
        cause = await _cause(store, tx, row)
    read = reading.order if reading else None
    base = str(connection.zoho_facts.get("currency") or "")
    return OrderPage(
        row=row,
        connection=connection,
        reading=reading,
        documents=documents,
        attempts=attempts,
        entries=story(read, deliveries, attempts, events, documents),
        decision=decision,
        cause=cause,
        policies={each.version: each for each in versions},
        names=_names(masters.values()),
        ledger=None if read is None else ledger(read, documents, base=base, zoho_taxes=_taxes(documents, attempts)),
    )


async def _cause(store: Store, tx: Any, row: OutcomeRow) -> Cause | None:
    if row.reason is None or row.verdict not in (Verdict.HELD, Verdict.FAILED):
        return None
    found = await store.outcomes.causes(tx, row.connection_id)
    wanted = row.reason.cause or row.reason.code
    return next((each for each in found if each.cause == wanted and each.verdict is row.verdict), None)


def _invoice(documents: Sequence[Kept]) -> Kept | None:
    """The order's own invoice before those of its edits."""
    invoices = [each for each in documents if each.document.kind is Kind.INVOICE]
    own = [each for each in invoices if each.document.key.startswith("invoice:gid://shopify/Order/")]
    return next(iter(own or invoices), None)


def _taxes(documents: Sequence[Kept], attempts: Sequence[KeptExchange]) -> Mapping[str, Money] | None:
    """What Zoho's answer to the invoice said of its taxes; None once that answer is no longer kept."""
    invoice = _invoice(documents)
    if invoice is None or invoice.document.total is None:
        return None
    currency = invoice.document.total.currency
    for exchange in reversed(attempts):
        answered = exchange.answer if isinstance(exchange.answer, dict) else {}
        body = answered.get("invoice")
        if exchange.key == invoice.document.key and isinstance(body, dict) and isinstance(body.get("taxes"), list):
            return {
                str(tax.get("tax_name", "")): Money(Decimal(str(tax.get("tax_amount", 0))), currency)
                for tax in body["taxes"]
            }
    return None


def _links(documents: Sequence[Kept]) -> Iterator[Link]:
    pages = {
        Kind.INVOICE: ("Invoice", "invoices"),
        Kind.PAYMENT: ("Payment", "paymentsreceived"),
        Kind.CREDIT_NOTE: ("Credit note", "creditnotes"),
        Kind.CONTACT: ("Contact", "contacts"),
    }
    order = (Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE, Kind.CONTACT)
    for kind in order:
        for each in documents:
            known = each.document
            if known.kind is kind and known.zoho_id and known.state == "done":
                what, page = pages[kind]
                yield Link(what, known.number or "Open", page, known.zoho_id)


def _title(kept: Kept) -> str:
    known = kept.document
    words = {Kind.PAYMENT: "payment", Kind.CREDIT_NOTE: "credit note", Kind.CASH: "refund", Kind.INVOICE: "invoice"}
    number = f" {known.number}" if known.number else ""
    return f"Why this {words.get(known.kind, 'document')}{number}?"


def _names(masters: Any) -> dict[str, str]:
    """Whatever has an id and a name in the copies of Zoho's master data."""
    found: dict[str, str] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            known, name = value.get("id"), value.get("name")
            if isinstance(known, str) and isinstance(name, str) and name:
                found[known] = name
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    for master in masters:
        walk(master.body)
    return found
