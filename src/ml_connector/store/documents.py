"""What Zoho is known to hold, document by document."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.domain.documents import FieldReason, Kind, Rounding
from ml_connector.domain.money import Money
from ml_connector.store.sql import Row, all_rows, run, text
from ml_connector.store.values import dumps, restore


@dataclass(frozen=True, slots=True)
class Stated:
    """What stands in a document beside its lines.

    Attributes:
        adjustment: What an invoice states after its lines: rounding, rounded cash, tax that is no tax in Zoho.
    """

    adjustment: Decimal = Decimal(0)
    rounding: Rounding = field(default_factory=Rounding)


@dataclass(frozen=True, slots=True)
class Put:
    """A document to be kept as it is now.

    Attributes:
        fields: Why each field is what it is; None leaves what is kept.
        stated: What stands beside its lines, in its currency; None leaves what is kept.
        confirmed: The figures come from Zoho's own answer.
    """

    document: KnownDocument
    order_id: str | None = None
    fields: Sequence[FieldReason] | None = None
    stated: Stated | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as pages show it: what Zoho holds, and why each field is what it is."""

    document: KnownDocument
    order_id: str | None
    fields: tuple[FieldReason, ...]
    stated: Stated
    confirmed_by_zoho_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rounded:
    """What rounding put into the books in one month and currency; above zero: the shop's gain.

    Attributes:
        month: Its first day.
        residues, cash_roundings: So many documents have one.
        residue, cash: What they come to.
        largest: The largest residue of one document, without its sign.
    """

    month: date
    residues: int
    residue: Money
    cash_roundings: int
    cash: Money
    largest: Money


_PUT = text("""
    WITH told AS (
        SELECT * FROM jsonb_to_recordset(CAST(:documents AS jsonb)) AS t(
            key text, kind text, order_id text, state text, zoho_id text, number text, status text, dated date,
            currency text, total numeric, balance numeric, unused numeric, residue numeric, cash_rounding numeric,
            adjustment numeric, exchange_rate numeric, policy_version int, last_modified text, fingerprint text,
            changed_by_person boolean, lines jsonb, claims jsonb, details jsonb, fields jsonb, confirmed boolean)
    )
    INSERT INTO documents AS d (
        connection_id, key, kind, order_id, state, zoho_id, number, status, dated, currency, total, balance, unused,
        residue, cash_rounding, adjustment, exchange_rate, policy_version, last_modified, fingerprint,
        changed_by_person, lines, claims, details, fields, confirmed_by_zoho_at)
    SELECT
        :connection_id, key, kind, order_id, state, zoho_id, number, status, dated, currency, total, balance, unused,
        residue, cash_rounding, adjustment, exchange_rate, policy_version, last_modified, fingerprint,
        changed_by_person, lines, ARRAY(SELECT jsonb_array_elements_text(claims)), details, coalesce(fields, '[]'),
        CASE WHEN confirmed THEN clock_timestamp() END
    FROM told
    ON CONFLICT (connection_id, key) DO UPDATE SET
        kind = excluded.kind, order_id = coalesce(excluded.order_id, d.order_id), state = excluded.state,
        zoho_id = excluded.zoho_id, number = excluded.number, status = excluded.status, dated = excluded.dated,
        currency = excluded.currency, total = excluded.total, balance = excluded.balance, unused = excluded.unused,
        residue = coalesce(excluded.residue, d.residue),
        cash_rounding = coalesce(excluded.cash_rounding, d.cash_rounding),
        adjustment = coalesce(excluded.adjustment, d.adjustment), exchange_rate = excluded.exchange_rate,
        policy_version = excluded.policy_version, last_modified = excluded.last_modified,
        fingerprint = excluded.fingerprint, changed_by_person = excluded.changed_by_person, lines = excluded.lines,
        claims = excluded.claims, details = excluded.details,
        fields = coalesce((SELECT told.fields FROM told WHERE told.key = d.key), d.fields),
        confirmed_by_zoho_at = coalesce(excluded.confirmed_by_zoho_at, d.confirmed_by_zoho_at),
        changed_at = clock_timestamp()
""")
# An operation without a document is a document that is not there yet: its state says how far it is.
_COLUMNS = """d.key, d.kind, coalesce(o.state, d.state) AS state, d.zoho_id, d.number, d.status, d.dated, d.currency,
    d.total, d.balance, d.unused, d.exchange_rate, d.last_modified, d.fingerprint, d.lines, d.claims, d.policy_version,
    d.changed_by_person, d.details, d.order_id, d.fields, d.residue, d.cash_rounding, d.adjustment,
    d.confirmed_by_zoho_at, o.number AS place, coalesce(o.draft #>> '{contact,key}', '') AS contact"""
_OPERATION_ONLY = """o.key, o.kind, o.state, o.zoho_id, '' AS number, '' AS status, NULL::date, NULL::text,
    NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, '' AS last_modified, o.request_sha, '[]'::jsonb,
    o.claims, o.policy_version, false, '{}'::jsonb, o.order_id, o.reasons, NULL::numeric, NULL::numeric,
    NULL::numeric, NULL::timestamptz, o.number, coalesce(o.draft #>> '{contact,key}', '')"""
_JOIN = "documents d LEFT JOIN operations o ON o.connection_id = d.connection_id AND o.key = d.key"
_OF_ORDER = text(f"""
    SELECT {_COLUMNS} FROM {_JOIN} WHERE d.connection_id = :connection_id AND d.order_id = :order_id
    UNION ALL
    SELECT {_OPERATION_ONLY} FROM operations o
    WHERE o.connection_id = :connection_id AND o.order_id = :order_id
      AND NOT EXISTS (SELECT 1 FROM documents x WHERE x.connection_id = o.connection_id AND x.key = o.key)
    ORDER BY place NULLS FIRST, key
""")
_OF_KEYS = text(f"""
    SELECT {_COLUMNS} FROM {_JOIN} WHERE d.connection_id = :connection_id AND d.key = ANY(CAST(:keys AS text[]))
""")
_OF_ZOHO = text(f"""
    SELECT {_COLUMNS} FROM {_JOIN} WHERE d.connection_id = :connection_id AND d.zoho_id = ANY(CAST(:ids AS text[]))
      AND d.zoho_id <> ''
""")
_DATED = text(f"""
    SELECT {_COLUMNS} FROM {_JOIN}
    WHERE d.connection_id = :connection_id AND d.dated >= :first AND d.dated < :beyond ORDER BY d.dated, d.key
""")
_LOCATED = text(f"""
    SELECT {_COLUMNS} FROM {_JOIN}
    WHERE d.connection_id = :connection_id AND d.zoho_id <> ''
      AND (d.zoho_id = ANY(CAST(:zoho_ids AS text[])) OR d.order_id = ANY(CAST(:order_ids AS text[])))
    ORDER BY d.key
""")
_CHANGED = text("""
    UPDATE documents SET changed_by_person = true, last_modified = :last_modified, changed_at = clock_timestamp()
    WHERE connection_id = :connection_id AND key = :key
""")
_CASH = text("""
    SELECT key, draft #>> '{amount,amount}' AS amount, draft #>> '{amount,currency}' AS currency FROM operations
    WHERE connection_id = :connection_id AND order_id = ANY(CAST(:order_ids AS text[])) AND state = 'done'
      AND kind IN ('cash', 'payment_refund')
""")
_CONFIRM = text("""
    UPDATE documents SET confirmed_by_zoho_at = clock_timestamp() WHERE connection_id = :connection_id AND key = :key
""")
# Void documents are in the books with nothing, so their rounding is nothing too.
_ROUNDED = text("""
    SELECT date_trunc('month', dated)::date AS month, currency,
        count(*) FILTER (WHERE residue <> 0)::int AS residues, coalesce(sum(residue), 0) AS residue,
        count(*) FILTER (WHERE cash_rounding <> 0)::int AS cash_roundings, coalesce(sum(cash_rounding), 0) AS cash,
        coalesce(max(abs(residue)), 0) AS largest
    FROM documents
    WHERE connection_id = :connection_id AND (residue <> 0 OR cash_rounding <> 0)
      AND kind IN ('invoice', 'credit_note') AND state = 'done' AND status NOT IN ('void', 'deleted')
      AND dated >= coalesce(CAST(:first AS date), dated) AND dated <= coalesce(CAST(:last AS date), dated)
    GROUP BY 1, 2 ORDER BY 1, 2
""")


class Documents:
    """Each method is one round trip."""

    async def put(self, tx: AsyncConnection, connection_id: int, *documents: Put) -> None:
        """Keep *documents*, each of another key, as they are now."""
        await run(tx, _PUT, connection_id=connection_id, documents=dumps([_row(each) for each in documents]))

    async def of_order(self, tx: AsyncConnection, connection_id: int, order_id: str) -> dict[str, KnownDocument]:
        """The order's documents by key, with those whose operation is not settled; dropped ones too, by their state."""
        rows = await all_rows(tx, _OF_ORDER, connection_id=connection_id, order_id=order_id)
        return {row.key: _document(row) for row in rows}

    async def shown(self, tx: AsyncConnection, connection_id: int, order_id: str) -> tuple[Kept, ...]:
        """The order's documents with their reasons, in the order in which they were wanted."""
        rows = await all_rows(tx, _OF_ORDER, connection_id=connection_id, order_id=order_id)
        return tuple(_kept(row) for row in rows)

    async def of_keys(self, tx: AsyncConnection, connection_id: int, keys: Collection[str]) -> dict[str, KnownDocument]:
        rows = await all_rows(tx, _OF_KEYS, connection_id=connection_id, keys=list(keys))
        return {row.key: _document(row) for row in rows}

    async def of_zoho_ids(
        self, tx: AsyncConnection, connection_id: int, zoho_ids: Collection[str]
    ) -> dict[str, KnownDocument]:
        """Documents of ours by Zoho's id."""
        rows = await all_rows(tx, _OF_ZOHO, connection_id=connection_id, ids=list(zoho_ids))
        return {row.zoho_id: _document(row) for row in rows}

    async def located(
        self,
        tx: AsyncConnection,
        connection_id: int,
        *,
        zoho_ids: Collection[str] = (),
        order_ids: Collection[str] = (),
    ) -> tuple[Kept, ...]:
        """Documents of ours with these ids in Zoho, and those of these orders."""
        rows = await all_rows(
            tx, _LOCATED, connection_id=connection_id, zoho_ids=list(zoho_ids), order_ids=list(order_ids)
        )
        return tuple(_kept(row) for row in rows)

    async def dated(self, tx: AsyncConnection, connection_id: int, first: date, beyond: date) -> tuple[Kept, ...]:
        """Documents dated from *first* on, before *beyond*."""
        rows = await all_rows(tx, _DATED, connection_id=connection_id, first=first, beyond=beyond)
        return tuple(_kept(row) for row in rows)

    async def cash(self, tx: AsyncConnection, connection_id: int, order_ids: Collection[str]) -> dict[str, Money]:
        """Money that was paid out for these orders, by key."""
        rows = await all_rows(tx, _CASH, connection_id=connection_id, order_ids=list(order_ids))
        return {row.key: Money.of(row.amount, row.currency) for row in rows}

    async def changed_by_person(self, tx: AsyncConnection, connection_id: int, key: str, *, last_modified: str) -> None:
        """Remember that somebody else edited the document in Zoho: corrections become holds."""
        await run(tx, _CHANGED, connection_id=connection_id, key=key, last_modified=last_modified)

    async def confirm(self, tx: AsyncConnection, connection_id: int, key: str) -> None:
        """Zoho told the document by itself, as we know it."""
        await run(tx, _CONFIRM, connection_id=connection_id, key=key)

    async def rounded(
        self, tx: AsyncConnection, connection_id: int, *, first: date | None = None, last: date | None = None
    ) -> tuple[Rounded, ...]:
        """The ledger of rounding, by month and currency, of documents dated from *first* to *last*, both included."""
        rows = await all_rows(tx, _ROUNDED, connection_id=connection_id, first=first, last=last)
        return tuple(_rounded(row) for row in rows)


def _row(put: Put) -> dict[str, Any]:
    document, stated = put.document, put.stated
    return {
        "order_id": put.order_id,
        "fields": put.fields,
        "residue": None if stated is None else stated.rounding.residue,
        "cash_rounding": None if stated is None else stated.rounding.cash,
        "adjustment": None if stated is None else stated.adjustment,
        "confirmed": put.confirmed,
        "key": document.key,
        "kind": str(document.kind),
        "state": document.state,
        "zoho_id": document.zoho_id,
        "number": document.number,
        "status": document.status,
        "dated": document.dated,
        "currency": _currency(document),
        "total": _amount(document.total),
        "balance": _amount(document.balance),
        "unused": _amount(document.unused),
        "exchange_rate": document.exchange_rate,
        "policy_version": document.policy_version,
        "last_modified": document.last_modified,
        "fingerprint": document.fingerprint,
        "changed_by_person": document.changed_by_person,
        "lines": document.lines,
        "claims": document.claims,
        "details": document.details,
    }


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else money.amount


def _currency(document: KnownDocument) -> str | None:
    amounts = (document.total, document.balance, document.unused)
    return next((money.currency for money in amounts if money is not None), None)


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def _document(row: Row) -> KnownDocument:
    return KnownDocument(
        key=row.key,
        kind=Kind(row.kind),
        state=row.state,
        zoho_id=row.zoho_id,
        number=row.number,
        status=row.status,
        dated=row.dated,
        total=_money(row.total, row.currency),
        balance=_money(row.balance, row.currency),
        unused=_money(row.unused, row.currency),
        exchange_rate=row.exchange_rate,
        last_modified=row.last_modified,
        fingerprint=row.fingerprint,
        lines=restore(tuple[KnownLine, ...], row.lines),
        claims=tuple(row.claims),
        contact=row.contact,
        policy_version=row.policy_version,
        changed_by_person=row.changed_by_person,
        details=row.details,
    )


def _rounded(row: Row) -> Rounded:
    def money(amount: Decimal) -> Money:
        return Money(amount, row.currency)

    return Rounded(row.month, row.residues, money(row.residue), row.cash_roundings, money(row.cash), money(row.largest))


def _kept(row: Row) -> Kept:
    return Kept(
        document=_document(row),
        order_id=row.order_id,
        fields=restore(tuple[FieldReason, ...], row.fields),
        stated=Stated(
            row.adjustment or Decimal(0), Rounding(row.residue or Decimal(0), row.cash_rounding or Decimal(0))
        ),
        confirmed_by_zoho_at=row.confirmed_by_zoho_at,
    )
