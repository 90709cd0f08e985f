"""Operators, their sessions, and programs' tokens. Only digests are kept of what opens a door.

Passwords are hashed (argon2id) by who asks for them; what arrives here is the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Operator:
    id: int
    name: str
    role: str
    """viewer | operator | admin"""
    password_hash: str | None
    created_at: datetime
    last_seen_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    operator: Operator | None
    data: Mapping[str, Any]
    created_at: datetime
    seen_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    id: int
    name: str
    role: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def digest(word: str) -> str:
    """By what a random word (a session's id, a token, a one-time link) is found again. Not for passwords."""
    return hashlib.sha256(word.encode()).hexdigest()


_OPERATOR = "id, name, role, password_hash, created_at, last_seen_at, disabled_at"
_ADD = text(f"""
    INSERT INTO operators AS o (name, role, password_hash) VALUES (:name, :role, :password_hash)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, disabled_at = NULL,
        password_hash = coalesce(excluded.password_hash, o.password_hash)
    RETURNING {_OPERATOR}
""")
_NAMED = text(f"SELECT {_OPERATOR} FROM operators WHERE name = :name")
_ALL = text(f"SELECT {_OPERATOR} FROM operators ORDER BY name")
_LINK = text("""
    UPDATE operators SET link_hash = :link_hash, link_until = clock_timestamp() + make_interval(secs => :for_s)
    WHERE name = :name AND disabled_at IS NULL
""")
_USE_LINK = text(f"""
    UPDATE operators SET password_hash = :password_hash, link_hash = NULL, link_until = NULL
    WHERE link_hash = :link_hash AND link_until > clock_timestamp() AND disabled_at IS NULL RETURNING {_OPERATOR}
""")
_DISABLE = text("UPDATE operators SET disabled_at = clock_timestamp(), link_hash = NULL WHERE name = :name")
_SAVE = text("""
    INSERT INTO sessions (id_hash, operator_id, data, until)
    VALUES (:id_hash, :operator_id, CAST(:data AS jsonb), clock_timestamp() + make_interval(secs => :for_s))
    ON CONFLICT (id_hash) DO UPDATE
        SET operator_id = excluded.operator_id, data = excluded.data, until = excluded.until,
            seen_at = clock_timestamp()
""")
# A minute is exact enough for "last seen", and spares two writes for each page.
_SEEN = text("""
    WITH s AS (
        SELECT operator_id, data, created_at, seen_at, until FROM sessions
        WHERE id_hash = :id_hash AND until > clock_timestamp()
    ),
    stale AS (SELECT operator_id FROM s WHERE seen_at < clock_timestamp() - interval '1 minute'),
    seen AS (
        UPDATE sessions SET seen_at = clock_timestamp() WHERE id_hash = :id_hash AND EXISTS (SELECT 1 FROM stale)
    ),
    operator_seen AS (
        UPDATE operators SET last_seen_at = clock_timestamp() WHERE id = (SELECT operator_id FROM stale)
    )
    SELECT s.*, o.id, o.name, o.role, o.password_hash, o.created_at AS operator_created_at, o.last_seen_at,
           o.disabled_at
    FROM s LEFT JOIN operators o ON o.id = s.operator_id
    WHERE s.operator_id IS NULL OR o.disabled_at IS NULL
""")
_END = text("DELETE FROM sessions WHERE id_hash = :id_hash")
_END_ALL = text("DELETE FROM sessions WHERE operator_id = :operator_id")
_ANYBODY = text("""
    SELECT EXISTS (SELECT 1 FROM operators WHERE password_hash IS NOT NULL AND disabled_at IS NULL) AS yes
""")
_LINKED = text("""
    SELECT name FROM operators
    WHERE link_hash = :link_hash AND link_until > clock_timestamp() AND disabled_at IS NULL
""")
_SET_PASSWORD = text("UPDATE operators SET password_hash = :password_hash WHERE id = :id")
_SIGNED_IN = text("UPDATE operators SET last_seen_at = clock_timestamp() WHERE id = :id")
_FORGET_TRIES = text("DELETE FROM sign_in_tries WHERE who_hash = :who_hash")
# Counted before the password is looked at, so that many guesses at once are counted too.
_TRY = text("""
    WITH old AS (
        DELETE FROM sign_in_tries WHERE last_at < clock_timestamp() - interval '1 day' AND who_hash <> :who_hash
    ),
    counted AS (
        INSERT INTO sign_in_tries AS t (who_hash, tries) VALUES (:who_hash, 1)
        ON CONFLICT (who_hash) DO UPDATE SET
            last_at = clock_timestamp(),
            tries = CASE WHEN t.last_at < clock_timestamp() - interval '1 day' THEN 1 ELSE t.tries + 1 END,
            locked_until = CASE WHEN t.tries + 1 >= :free AND t.last_at >= clock_timestamp() - interval '1 day'
                THEN clock_timestamp()
                     + make_interval(secs => least(:first_s * power(2, least(t.tries + 1 - :free, 20)), :longest_s))
                END
            WHERE t.locked_until IS NULL OR t.locked_until <= clock_timestamp()
        RETURNING locked_until
    )
    SELECT true AS allowed, locked_until AS until FROM counted
    UNION ALL
    SELECT false, locked_until FROM sign_in_tries WHERE who_hash = :who_hash AND NOT EXISTS (SELECT 1 FROM counted)
""")
_PROGRAM = "id, name, role, created_at, used_at, revoked_at"
_ADD_TOKEN = text(f"""
    INSERT INTO api_tokens (name, role, token_hash) VALUES (:name, :role, :token_hash)
    ON CONFLICT (name) DO UPDATE SET role = excluded.role, token_hash = excluded.token_hash, revoked_at = NULL,
        created_at = clock_timestamp(), used_at = NULL
        WHERE api_tokens.revoked_at IS NOT NULL
    RETURNING {_PROGRAM}
""")
_TOKENS = text(f"SELECT {_PROGRAM} FROM api_tokens ORDER BY name")
_REVOKE = text("UPDATE api_tokens SET revoked_at = clock_timestamp() WHERE name = :name AND revoked_at IS NULL")
# A day is exact enough for "last used", and spares a write for each request.
_USE_TOKEN = text(f"""
    WITH used AS (
        UPDATE api_tokens SET used_at = clock_timestamp()
        WHERE token_hash = :token_hash AND revoked_at IS NULL
          AND (used_at IS NULL OR used_at < clock_timestamp() - interval '1 day')
    )
    SELECT {_PROGRAM} FROM api_tokens WHERE token_hash = :token_hash AND revoked_at IS NULL
""")


class Operators:
    """Each method is one round trip."""

    async def save(self, tx: AsyncConnection, name: str, role: str, *, password_hash: str | None = None) -> Operator:
        """Create or change an operator; one that was disabled may come in again."""
        row = await one_row(tx, _ADD, name=name, role=role, password_hash=password_hash)
        assert row is not None
        return made(Operator, row)

    async def named(self, tx: AsyncConnection, name: str) -> Operator | None:
        row = await one_row(tx, _NAMED, name=name)
        return made(Operator, row) if row else None

    async def all(self, tx: AsyncConnection) -> tuple[Operator, ...]:
        return tuple(made(Operator, row) for row in await all_rows(tx, _ALL))

    async def make_link(self, tx: AsyncConnection, name: str, word: str, *, for_s: float) -> bool:
        """Let whoever knows *word* choose the operator's password once, within *for_s* seconds. False: no such one."""
        return await run(tx, _LINK, name=name, link_hash=digest(word), for_s=for_s) > 0

    async def use_link(self, tx: AsyncConnection, word: str, password_hash: str) -> Operator | None:
        """Set the password through a one-time link; None when the link is used, old or unknown."""
        row = await one_row(tx, _USE_LINK, link_hash=digest(word), password_hash=password_hash)
        return made(Operator, row) if row else None

    async def disable(self, tx: AsyncConnection, name: str) -> bool:
        return await run(tx, _DISABLE, name=name) > 0

    async def anybody(self, tx: AsyncConnection) -> bool:
        """Whether anybody can sign in at all."""
        row = await one_row(tx, _ANYBODY)
        return row is not None and bool(row.yes)

    async def linked(self, tx: AsyncConnection, word: str) -> str | None:
        """Whose one-time link *word* is, without using it; None when it is used, old or unknown."""
        row = await one_row(tx, _LINKED, link_hash=digest(word))
        return str(row.name) if row else None

    async def set_password(self, tx: AsyncConnection, operator_id: int, password_hash: str) -> None:
        await run(tx, _SET_PASSWORD, id=operator_id, password_hash=password_hash)

    async def signed_in(self, tx: AsyncConnection, operator_id: int) -> None:
        await run(tx, _SIGNED_IN, id=operator_id)


class SignInTries:
    """Counts wrong passwords by name. Each method is one round trip."""

    async def begin(
        self, tx: AsyncConnection, name: str, *, free: int, first_s: float, longest_s: float
    ) -> tuple[bool, datetime | None]:
        """Count a try for *name*: whether it may be made, and until when no further one may be if it fails.

        Args:
            free: So many tries are free; from then on each failure locks, first for *first_s*, then twice as long,
                never longer than *longest_s*. A day without tries forgets them.
        """
        row = await one_row(
            tx, _TRY, who_hash=digest(name.strip().lower()), free=free, first_s=first_s, longest_s=longest_s
        )
        return (True, None) if row is None else (bool(row.allowed), row.until)

    async def forget(self, tx: AsyncConnection, name: str) -> None:
        """The right password was given."""
        await run(tx, _FORGET_TRIES, who_hash=digest(name.strip().lower()))


class Sessions:
    """Each method is one round trip."""

    async def save(
        self, tx: AsyncConnection, session_id: str, *, operator_id: int | None, data: Mapping[str, Any], for_s: float
    ) -> None:
        await run(tx, _SAVE, id_hash=digest(session_id), operator_id=operator_id, data=dumps(data), for_s=for_s)

    async def seen(self, tx: AsyncConnection, session_id: str) -> Session | None:
        """The session, noted as seen; None when it is over or its operator was disabled."""
        row = await one_row(tx, _SEEN, id_hash=digest(session_id))
        if row is None:
            return None
        operator = None
        if row.id is not None:
            operator = Operator(
                row.id,
                row.name,
                row.role,
                row.password_hash,
                row.operator_created_at,
                row.last_seen_at,
                row.disabled_at,
            )
        return Session(operator, row.data, row.created_at, row.seen_at, row.until)

    async def end(self, tx: AsyncConnection, session_id: str) -> None:
        await run(tx, _END, id_hash=digest(session_id))

    async def end_all(self, tx: AsyncConnection, operator_id: int) -> int:
        return await run(tx, _END_ALL, operator_id=operator_id)


class ApiTokens:
    """Each method is one round trip."""

    async def add(self, tx: AsyncConnection, name: str, role: str, token: str) -> ApiToken | None:
        """Keep the digest of *token*; None when a token of that name is in force."""
        row = await one_row(tx, _ADD_TOKEN, name=name, role=role, token_hash=digest(token))
        return made(ApiToken, row) if row else None

    async def all(self, tx: AsyncConnection) -> tuple[ApiToken, ...]:
        return tuple(made(ApiToken, row) for row in await all_rows(tx, _TOKENS))

    async def revoke(self, tx: AsyncConnection, name: str) -> bool:
        return await run(tx, _REVOKE, name=name) > 0

    async def use(self, tx: AsyncConnection, token: str) -> ApiToken | None:
        """The token in force that is *token*; `used_at` is exact to a day."""
        row = await one_row(tx, _USE_TOKEN, token_hash=digest(token))
        return made(ApiToken, row) if row else None
