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
           status, CAST(request AS jsonb), CAST(answer AS jsonb), verdict, took_s
    FROM unnest(CAST(:connection_ids AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:subject_kinds AS text[]),
                CAST(:subject_ids AS text[]), CAST(:keys AS text[]), CAST(:attempts AS int[]), CAST(:parties AS text[]),
                CAST(:methods AS text[]), CAST(:paths AS text[]), CAST(:statuses AS int[]), CAST(:requests AS text[]),
                CAST(:answers AS text[]), CAST(:verdicts AS text[]), CAST(:tooks AS float8[]))
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
    SELECT connection_id, kind, id, coalesce(at, clock_timestamp()), event, sentence, who, CAST(details AS jsonb)
    FROM unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[]),
                CAST(:ats AS timestamptz[]), CAST(:events AS text[]), CAST(:texts AS text[]), CAST(:whos AS text[]),
                CAST(:details AS text[]))
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
        await run(
            tx,
            _RECORD,
            connection_ids=[e.connection_id for e in exchanges],
            ats=[e.at for e in exchanges],
            subject_kinds=[e.subject.kind if e.subject else None for e in exchanges],
            subject_ids=[e.subject.id if e.subject else None for e in exchanges],
            keys=[e.key for e in exchanges],
            attempts=[e.attempt for e in exchanges],
            parties=[e.party for e in exchanges],
            methods=[e.method for e in exchanges],
            paths=[clean_text(e.path) for e in exchanges],
            statuses=[e.status for e in exchanges],
            requests=[_cleaned(e.request) for e in exchanges],
            answers=[_cleaned(e.answer) for e in exchanges],
            verdicts=[e.verdict for e in exchanges],
            tooks=[e.took_s for e in exchanges],
        )

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
        await run(
            tx,
            _NOTE,
            connection_ids=[e.subject.connection_id for e in events],
            kinds=[e.subject.kind for e in events],
            ids=[e.subject.id for e in events],
            ats=[e.at for e in events],
            events=[e.event for e in events],
            texts=[e.text for e in events],
            whos=[e.who for e in events],
            details=[dumps(without_secrets(plain(e.details or {}))) for e in events],
        )

    async def of_subject(self, tx: AsyncConnection, subject: Subject, *, limit: int = 500) -> tuple[KeptEvent, ...]:
        """The last *limit* events of *subject*, oldest first."""
        rows = await all_rows(
            tx, _TIMELINE, connection_id=subject.connection_id, kind=subject.kind, id=subject.id, limit=limit
        )
        return tuple(made(KeptEvent, row) for row in reversed(rows))


def _cleaned(value: Any) -> str | None:
    return None if value is None else dumps(without_secrets(plain(value)))
