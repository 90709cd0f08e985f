"""Every exchange with the other companies, cleaned of secrets, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.redaction import clean_text, without_secrets
from ml_connector.store.sql import all_rows, made, run, text
from ml_connector.store.subjects import Subject
from ml_connector.store.values import dumps, plain


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as evidence.

    Attributes:
        subject: What it was about; None for a connection's own business (a token, a `ping`).
        key: The operation's key; empty for a reading.
        party: `shopify` or `zoho`.
        status: HTTP status; None when no answer came.
        verdict: What we made of it, in one word.
        took_s: From sending to the last byte, in seconds.
    """

    connection_id: int
    party: str
    method: str
    path: str
    subject: Subject | None = None
    key: str = ""
    attempt: int = 0
    status: int | None = None
    request: Any = None
    answer: Any = None
    verdict: str = ""
    took_s: float | None = None
    at: datetime | None = None
    """None: now, by PostgreSQL's clock."""


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """An exchange as it is kept."""

    id: int
    connection_id: int
    at: datetime
    subject_kind: str | None
    subject_id: str | None
    key: str
    attempt: int
    party: str
    method: str
    path: str
    status: int | None
    request: Any
    answer: Any
    verdict: str
    took_s: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a subject: a constant name, and a sentence."""

    subject: Subject
    event: str
    text: str
    who: str = ""
    details: Mapping[str, Any] | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptEvent:
    id: int
    connection_id: int
    subject_kind: str
    subject_id: str
    at: datetime
    event: str
    text: str
    who: str
    details: Mapping[str, Any]


_RECORD = text("""
    INSERT INTO exchanges (connection_id, at, subject_kind, subject_id, key, attempt, party, method, path, status,
                           request, answer, verdict, took_s)
    SELECT connection_id, coalesce(at, clock_timestamp()), subject_kind, subject_id, key, attempt, party, method, path,
           status, request, answer, verdict, took_s
    FROM ROWS FROM (jsonb_to_recordset(CAST(:exchanges AS jsonb)) AS (
             connection_id bigint, at timestamptz, subject_kind text, subject_id text, key text, attempt int,
             party text, method text, path text, status int, request jsonb, answer jsonb, verdict text, took_s float8))
         WITH ORDINALITY AS t(connection_id, at, subject_kind, subject_id, key, attempt, party, method, path, status,
                              request, answer, verdict, took_s, place)
    ORDER BY place
""")
_EXCHANGE = """id, connection_id, at, subject_kind, subject_id, key, attempt, party, method, path, status, request,
               answer, verdict, took_s"""
_OF_SUBJECT = text(f"""
    SELECT {_EXCHANGE} FROM exchanges
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject_id = :id ORDER BY id DESC LIMIT :limit
""")
_NOTE = text("""
    INSERT INTO timeline (connection_id, subject_kind, subject_id, at, event, text, who, details)
    SELECT connection_id, kind, id, coalesce(at, clock_timestamp()), event, sentence, who, details
    FROM ROWS FROM (jsonb_to_recordset(CAST(:events AS jsonb)) AS (
             connection_id bigint, kind text, id text, at timestamptz, event text, sentence text, who text,
             details jsonb))
         WITH ORDINALITY AS t(connection_id, kind, id, at, event, sentence, who, details, place)
    ORDER BY place
""")
_TIMELINE = text("""
    SELECT id, connection_id, subject_kind, subject_id, at, event, text, who, details FROM timeline
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject_id = :id ORDER BY id DESC LIMIT :limit
""")


class Exchanges:
    """Each method is one round trip."""

    async def record(self, tx: AsyncConnection, exchanges: Sequence[Exchange]) -> None:
        """Keep *exchanges*, cleaned: no token or secret reaches the table."""
        await run(tx, _RECORD, exchanges=dumps([_exchange_row(each) for each in exchanges]))

    async def of_subject(self, tx: AsyncConnection, subject: Subject, *, limit: int = 500) -> tuple[KeptExchange, ...]:
        """The last *limit* exchanges about *subject*, oldest first."""
        rows = await all_rows(
            tx, _OF_SUBJECT, connection_id=subject.connection_id, kind=subject.kind, id=subject.id, limit=limit
        )
        return tuple(made(KeptExchange, row) for row in reversed(rows))


class Timeline:
    """Each method is one round trip."""

    async def note(self, tx: AsyncConnection, events: Sequence[Event]) -> None:
        """Remember that these happened."""
        await run(tx, _NOTE, events=dumps([_event_row(each) for each in events]))

    async def of_subject(self, tx: AsyncConnection, subject: Subject, *, limit: int = 500) -> tuple[KeptEvent, ...]:
        """The last *limit* events of *subject*, oldest first."""
        rows = await all_rows(
            tx, _TIMELINE, connection_id=subject.connection_id, kind=subject.kind, id=subject.id, limit=limit
        )
        return tuple(made(KeptEvent, row) for row in reversed(rows))


def _exchange_row(exchange: Exchange) -> dict[str, Any]:
    subject = exchange.subject
    return {
        "connection_id": exchange.connection_id,
        "at": exchange.at,
        "subject_kind": subject.kind if subject else None,
        "subject_id": subject.id if subject else None,
        "key": exchange.key,
        "attempt": exchange.attempt,
        "party": exchange.party,
        "method": exchange.method,
        "path": clean_text(exchange.path),
        "status": exchange.status,
        "request": without_secrets(plain(exchange.request)),
        "answer": without_secrets(plain(exchange.answer)),
        "verdict": exchange.verdict,
        "took_s": exchange.took_s,
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "connection_id": event.subject.connection_id,
        "kind": event.subject.kind,
        "id": event.subject.id,
        "at": event.at,
        "event": event.event,
        "sentence": event.text,
        "who": event.who,
        "details": without_secrets(plain(event.details or {})),
    }
