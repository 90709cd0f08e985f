"""What people were told, who did what, and which proposals and mappings exist beside the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.redaction import without_secrets
from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.values import dumps, plain


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an operator should know, once, until it is over."""

    id: int
    connection_id: int | None
    code: str
    severity: str
    text: str
    fix: str
    raised_at: datetime
    sent_at: datetime | None
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    who: str
    action: str
    connection_id: int | None
    object: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptMapping:
    """What something of Shopify's is in Zoho: proposed, active, or revoked; made by a rule or by a person."""

    kind: str
    key: str
    state: str
    body: Any
    made_by: str
    at: datetime
    by_rule: bool


_RAISE = text("""
    INSERT INTO notices AS n (connection_id, code, severity, text, fix)
    VALUES (:connection_id, :code, :severity, :text, :fix)
    ON CONFLICT (coalesce(connection_id, 0), code) WHERE cleared_at IS NULL
        DO UPDATE SET text = excluded.text, fix = excluded.fix, severity = excluded.severity
    RETURNING id, sent_at IS NULL AS unsent
""")
_CLEAR = text("""
    UPDATE notices SET cleared_at = clock_timestamp()
    WHERE connection_id IS NOT DISTINCT FROM CAST(:connection_id AS bigint) AND code = :code AND cleared_at IS NULL
""")
_SENT = text("UPDATE notices SET sent_at = clock_timestamp() WHERE id = :id")
_COLUMNS = "id, connection_id, code, severity, text, fix, raised_at, sent_at, cleared_at"
_OPEN = text(f"""
    SELECT {_COLUMNS} FROM notices
    WHERE cleared_at IS NULL AND (CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id)
      AND (NOT :unsent OR sent_at IS NULL)
    ORDER BY raised_at, id
""")
_AUDIT = text("""
    INSERT INTO audit (who, action, connection_id, object, details)
    VALUES (:who, :action, :connection_id, :object, CAST(:details AS jsonb))
""")
_AUDIT_PAGE = text("""
    SELECT id, at, who, action, connection_id, object, details FROM audit
    WHERE (CAST(:who AS text) IS NULL OR who = :who) AND (CAST(:before AS bigint) IS NULL OR id < :before)
      AND (CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id)
    ORDER BY id DESC LIMIT :limit
""")
_MAP = text("""
    INSERT INTO mappings AS m (connection_id, kind, key, state, body, made_by, by_rule)
    VALUES (:connection_id, :kind, :key, :state, CAST(:body AS jsonb), :made_by, :by_rule)
    ON CONFLICT (connection_id, kind, key) DO UPDATE
        SET state = excluded.state, body = excluded.body, made_by = excluded.made_by, by_rule = excluded.by_rule,
            at = clock_timestamp()
        -- a rule never overrules a person, nor what is in force
        WHERE NOT excluded.by_rule OR m.by_rule AND m.state = 'proposed'
    RETURNING key
""")
_MAPPINGS = text("""
    SELECT kind, key, state, body, made_by, at, by_rule FROM mappings
    WHERE connection_id = :connection_id AND (CAST(:kind AS text) IS NULL OR kind = :kind)
      AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY kind, key
""")


class Notices:
    """Each method is one round trip."""

    async def open_(
        self,
        tx: AsyncConnection,
        code: str,
        sentence: str,
        *,
        connection_id: int | None = None,
        fix: str = "",
        severity: str = "warning",
    ) -> int | None:
        """Raise a notice, or refresh the one that is open. Its id while it still has to be sent, else None."""
        row = await one_row(
            tx, _RAISE, connection_id=connection_id, code=code, severity=severity, text=sentence, fix=fix
        )
        return int(row.id) if row and row.unsent else None

    async def clear(self, tx: AsyncConnection, code: str, *, connection_id: int | None = None) -> bool:
        """It is over. True if it was open."""
        return await run(tx, _CLEAR, connection_id=connection_id, code=code) > 0

    async def sent(self, tx: AsyncConnection, notice_id: int) -> None:
        await run(tx, _SENT, id=notice_id)

    async def are_open(
        self, tx: AsyncConnection, connection_id: int | None = None, *, unsent: bool = False
    ) -> tuple[Notice, ...]:
        """What is open, oldest first; with *unsent* only what nobody was told yet."""
        rows = await all_rows(tx, _OPEN, connection_id=connection_id, unsent=unsent)
        return tuple(made(Notice, row) for row in rows)


class Audit:
    """Who did what; written, never changed. Each method is one round trip."""

    async def note(
        self,
        tx: AsyncConnection,
        who: str,
        action: str,
        *,
        connection_id: int | None = None,
        on: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        await run(
            tx,
            _AUDIT,
            who=who,
            action=action,
            connection_id=connection_id,
            object=on,
            details=dumps(without_secrets(plain(details or {}))),
        )

    async def page(
        self,
        tx: AsyncConnection,
        *,
        who: str | None = None,
        connection_id: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[AuditEntry, ...]:
        """Entries, newest first; *before* is the id of the last one seen."""
        rows = await all_rows(tx, _AUDIT_PAGE, who=who, connection_id=connection_id, before=before, limit=limit)
        return tuple(made(AuditEntry, row) for row in rows)


class Mappings:
    """Each method is one round trip."""

    async def put(  # noqa: PLR0913 - a row has as many columns
        self,
        tx: AsyncConnection,
        connection_id: int,
        kind: str,
        key: str,
        body: Any,
        *,
        state: str,
        made_by: str,
        by_rule: bool = False,
    ) -> bool:
        """Propose, put into force or revoke. A rule's word is only taken while there is nothing but a proposal."""
        row = await one_row(
            tx,
            _MAP,
            connection_id=connection_id,
            kind=kind,
            key=key,
            body=dumps(body),
            state=state,
            made_by=made_by,
            by_rule=by_rule,
        )
        return row is not None

    async def all(
        self, tx: AsyncConnection, connection_id: int, *, kind: str | None = None, state: str | None = None
    ) -> tuple[KeptMapping, ...]:
        rows = await all_rows(tx, _MAPPINGS, connection_id=connection_id, kind=kind, state=state)
        return tuple(made(KeptMapping, row) for row in rows)
