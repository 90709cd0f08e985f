"""Who may do what, who did what, and what they were told."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_OBJECT,
    NOW,
    ZERO,
    Json,
    Moment,
    connection_ref,
    metadata,
    numbered,
    optional,
    required,
)

ROLES = "role IN ('viewer', 'operator', 'admin')"

operators = Table(
    "operators",
    metadata,
    numbered(),
    required("name", Text, unique=True),
    required("role", Text),
    # argon2id; null until the first password was chosen.
    optional("password_hash", Text),
    # SHA-256 of the one-time address for the first password.
    optional("link_hash", Text, unique=True),
    optional("link_until", Moment),
    required("created_at", Moment, NOW),
    optional("last_seen_at", Moment),
    optional("disabled_at", Moment),
    CheckConstraint(ROLES, name="role"),
)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie, so that a copy of the database opens no session.
    Column("id_hash", Text, primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operators.id"), nullable=True, index=True),
    required("data", Json, EMPTY_OBJECT),
    required("created_at", Moment, NOW),
    required("seen_at", Moment, NOW),
    required("until", Moment, index=True),
)

# Wrong passwords, so that guessing becomes slow. By digest: people type passwords into the field for names.
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("who_hash", Text, primary_key=True),
    required("tries", Integer, ZERO),
    required("last_at", Moment, NOW),
    optional("locked_until", Moment),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    numbered(),
    required("name", Text, unique=True),
    required("role", Text),
    required("token_hash", Text, unique=True),
    required("created_at", Moment, NOW),
    optional("used_at", Moment),
    optional("revoked_at", Moment),
    CheckConstraint(ROLES, name="role"),
)

audit = Table(
    "audit",
    metadata,
    numbered(),
    required("at", Moment, NOW),
    required("who", Text),
    required("action", Text),
    connection_ref(nullable=True),
    required("object", Text, EMPTY),
    required("details", Json, EMPTY_OBJECT),
)
Index("ix_audit_at", audit.c.at.desc(), audit.c.id.desc())

notices = Table(
    "notices",
    metadata,
    numbered(),
    connection_ref(nullable=True),
    required("code", Text),
    required("severity", Text, "warning"),
    required("text", Text),
    required("fix", Text, EMPTY),
    required("raised_at", Moment, NOW),
    optional("sent_at", Moment),
    optional("cleared_at", Moment),
    # Not to be told of before this moment, after a refusal.
    optional("tell_at", Moment),
    # When people were told that it is over.
    optional("over_sent_at", Moment),
    CheckConstraint("severity IN ('info', 'warning', 'error')", name="severity"),
)
Index(
    "uq_notices_open",
    text("coalesce(connection_id, 0)"),
    notices.c.code,
    unique=True,
    postgresql_where=text("cleared_at IS NULL"),
)
