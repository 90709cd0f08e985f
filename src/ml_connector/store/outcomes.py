"""The verdict on every order, as lists, counts and pages read it.

An order that was knocked again shows `waiting` until it has been read, and one that was never read shows `waiting` too,
so a verdict is always read together with the order's subject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.store.cursors import cursor_of, place_of
from ml_connector.store.outcomes_sql import (
    CAUSE_COUNTS,
    CAUSES,
    COUNTS,
    ERASE,
    FIND,
    GET,
    MONEY,
    RECORD,
    page_statement,
)
from ml_connector.store.searching import query_of, words_of
from ml_connector.store.sql import Row, all_rows, one_row, run
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a list shows of an order besides its verdict."""

    name: str
    placed_at: datetime | None = None
    total: Money | None = None
    customer_id: str | None = None
    customer: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What a list shows of the order's invoice in Zoho."""

    zoho_id: str
    number: str = ""
    total: Money | None = None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One order in a list."""

    connection_id: int
    order_id: str
    facts: OrderFacts
    verdict: Verdict
    reason: Reason | None
    until: datetime | None
    invoice: InvoiceFacts | None
    changed_at: datetime
    policy_version: int
    outstanding: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Orders, newest change first, and the cursor of what follows; None at the end."""

    rows: tuple[OutcomeRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders; None means all. `text` is what a person typed, `error` a part of a reason's code or text."""

    connection_id: int | None = None
    verdict: Verdict | None = None
    cause: str | None = None
    error: str | None = None
    text: str | None = None
    customer_id: str | None = None
    order_ids: tuple[str, ...] | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None
    changed_from: datetime | None = None
    changed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Orders that one decision would release."""

    connection_id: int
    verdict: Verdict
    cause: str
    text: str
    fix: str
    orders: int
    oldest_at: datetime
    money: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Money of one verdict in one currency: Shopify's side, and what Zoho's invoices come to."""

    verdict: Verdict
    orders: int
    shopify: Money
    zoho: Money


class Outcomes:
    """Each method is one round trip."""

    async def record(
        self,
        tx: AsyncConnection,
        connection_id: int,
        order_id: str,
        outcome: Outcome,
        *,
        facts: OrderFacts | None = None,
        invoice: InvoiceFacts | None = None,
        policy_version: int = 0,
    ) -> bool:
        """Keep the verdict; True when it is news. What is left out keeps its value.

        An unchanged verdict (a re-reading that found nothing) keeps its place in the lists.
        """
        row = await one_row(
            tx,
            RECORD,
            connection_id=connection_id,
            order_id=order_id,
            policy_version=policy_version,
            **_verdict_columns(outcome),
            **_facts_columns(facts, outcome),
            **_invoice_columns(invoice),
        )
        return row is not None and bool(row.news)

    async def get(self, tx: AsyncConnection, connection_id: int, order_id: str) -> OutcomeRow | None:
        """The order's verdict; None when it was never knocked for."""
        rows = await all_rows(tx, GET, connection_id=connection_id, order_id=order_id)
        return outcome_row(rows[0]) if rows else None

    async def find(
        self, tx: AsyncConnection, order: str, *, connection_id: int | None = None
    ) -> tuple[OutcomeRow, ...]:
        """Orders known by *order*: a name (`#1001`, `1001`), a numeric id or a gid; several where shops share one."""
        names = [order, f"#{order}"]
        ids = [order, f"gid://shopify/Order/{order}"]
        rows = await all_rows(tx, FIND, names=names, ids=ids, connection_id=connection_id)
        return tuple(outcome_row(row) for row in rows)

    async def page(self, tx: AsyncConnection, wanted: Wanted, *, after: str | None = None, limit: int = 50) -> Page:
        """The orders in *wanted*, newest change first, behind the cursor *after*.

        Raises:
            BadCursor: *after* is none of ours.
        """
        values = {**_filters(wanted), **_position(after), "limit": limit + 1}
        given = {name for name, value in values.items() if value is not None}
        rows = await all_rows(tx, page_statement(given, wanted.verdict), **{name: values[name] for name in given})
        shown = tuple(outcome_row(row) for row in rows[:limit])
        return Page(shown, _cursor(shown[-1]) if len(rows) > limit else None)

    async def counts(self, tx: AsyncConnection, connection_id: int | None = None) -> dict[int, dict[Verdict, int]]:
        """How many orders of each connection have which verdict; verdicts without orders are left out."""
        answer: dict[int, dict[Verdict, int]] = {}
        for row in await all_rows(tx, COUNTS, connection_id=connection_id):
            answer.setdefault(row.connection_id, {})[Verdict(row.verdict)] = int(row.number)
        return answer

    async def causes(self, tx: AsyncConnection, connection_id: int | None = None) -> tuple[Cause, ...]:
        """What a person must decide: held and failed orders by cause, most orders first, then the oldest."""
        rows = await all_rows(tx, CAUSES, connection_id=connection_id)
        return tuple(_cause(row) for row in rows)

    async def cause_counts(self, tx: AsyncConnection) -> dict[int, int]:
        """How many causes wait for a person, by connection; connections without are left out."""
        return {row.connection_id: row.causes for row in await all_rows(tx, CAUSE_COUNTS)}

    async def money(
        self, tx: AsyncConnection, connection_id: int, placed_from: datetime, placed_until: datetime
    ) -> tuple[Sum, ...]:
        """Money of the orders placed from *placed_from* on, before *placed_until*, by currency and verdict."""
        rows = await all_rows(
            tx, MONEY, connection_id=connection_id, placed_from=placed_from, placed_until=placed_until
        )
        return tuple(
            Sum(Verdict(row.verdict), row.orders, Money(row.shopify, row.currency), Money(row.zoho, row.currency))
            for row in rows
        )

    async def erase(self, tx: AsyncConnection, connection_id: int, customer_id: str) -> int:
        """Remove a customer's name and e-mail from their orders' rows and from search; how many there were."""
        return await run(tx, ERASE, connection_id=connection_id, customer_id=customer_id)


def _verdict_columns(outcome: Outcome) -> dict[str, Any]:
    reason = outcome.reason
    return {
        "verdict": str(outcome.verdict),
        "reason_code": reason.code if reason else None,
        "reason_text": reason.text if reason else None,
        "reason_fix": reason.fix if reason else None,
        "cause": (reason.cause or reason.code) if reason else None,
        "details": dumps(reason.details if reason else ()),
        "until": outcome.until,
    }


def _facts_columns(facts: OrderFacts | None, outcome: Outcome) -> dict[str, Any]:
    total = outcome.total if outcome.total is not None else (facts.total if facts else None)
    return {
        "facts_given": facts is not None,
        "name": facts.name if facts else None,
        "placed_at": facts.placed_at if facts else None,
        "customer_id": facts.customer_id if facts else None,
        "customer": facts.customer if facts else None,
        "email": facts.email if facts else None,
        "total": None if total is None else total.rounded().amount,
        "currency": None if total is None else total.currency,
        "words": words_of(facts.name, facts.customer, facts.email, total) if facts else [],
    }


def _invoice_columns(invoice: InvoiceFacts | None) -> dict[str, Any]:
    total = invoice.total if invoice else None
    return {
        "invoice_id": invoice.zoho_id if invoice else None,
        "invoice_number": (invoice.number or None) if invoice else None,  # an empty one is no word to search by
        "invoice_total": None if total is None else total.amount,
        "invoice_currency": None if total is None else total.currency,
    }


def _filters(wanted: Wanted) -> dict[str, Any]:
    return {
        "connection_id": wanted.connection_id,
        "cause": wanted.cause,
        "error": wanted.error or None,
        "query": query_of(wanted.text) if wanted.text else None,
        "customer_id": wanted.customer_id,
        "order_ids": None if wanted.order_ids is None else list(wanted.order_ids),
        "placed_from": wanted.placed_from,
        "placed_until": wanted.placed_until,
        "changed_from": wanted.changed_from,
        "changed_until": wanted.changed_until,
    }


def _cursor(row: OutcomeRow) -> str:
    return cursor_of(row.changed_at, row.connection_id, row.order_id)


def _position(after: str | None) -> dict[str, Any]:
    if after is None:
        return {}
    return dict(zip(("after_at", "after_connection", "after_order"), place_of(after), strict=True))


def outcome_row(row: Row) -> OutcomeRow:
    """An order from the columns of `COLUMNS`; one that was knocked again waits."""
    overruled = row.outstanding and (row.kept_verdict is None or Verdict(row.kept_verdict).at_rest)
    return OutcomeRow(
        connection_id=row.connection_id,
        order_id=row.order_id,
        facts=OrderFacts(
            name=row.name,
            placed_at=row.placed_at,
            total=_money(row.total, row.currency),
            customer_id=row.customer_id,
            customer=row.customer,
            email=row.email,
        ),
        verdict=Verdict.WAITING if overruled else Verdict(row.kept_verdict),
        reason=None if overruled else _reason(row),
        until=row.due_at if overruled else row.until,
        invoice=_invoice(row),
        changed_at=row.changed_at,
        policy_version=row.policy_version,
        outstanding=row.outstanding,
    )


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def _reason(row: Row) -> Reason | None:
    if row.reason_code is None:
        return None
    details: Sequence[Sequence[str]] = row.details
    return Reason(
        code=row.reason_code,
        text=row.reason_text,
        fix=row.reason_fix or "",
        cause=row.cause or "",
        details=tuple((label, value) for label, value in details),
    )


def _invoice(row: Row) -> InvoiceFacts | None:
    if not row.invoice_id:
        return None
    return InvoiceFacts(row.invoice_id, row.invoice_number, _money(row.invoice_total, row.invoice_currency))


def _cause(row: Row) -> Cause:
    money: Mapping[str, Decimal | int] = row.money or {}
    return Cause(
        connection_id=row.connection_id,
        verdict=Verdict(row.verdict),
        cause=row.cause,
        text=row.text,
        fix=row.fix,
        orders=row.orders,
        oldest_at=row.oldest_at,
        money=tuple(Money(Decimal(amount), currency) for currency, amount in sorted(money.items())),
    )
