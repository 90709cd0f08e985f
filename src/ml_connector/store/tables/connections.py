"""One shop with one organisation: who it is, its secrets, its policy, its tokens."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_LIST,
    EMPTY_MOMENTS,
    EMPTY_OBJECT,
    FALSE,
    NOW,
    ZERO,
    Bytes,
    Json,
    Moment,
    Moments,
    connection_key,
    metadata,
    numbered,
    optional,
    required,
)

keys = Table(
    "keys",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    # Encrypted under that key; opening it proves that a key is the right one before anything else is read.
    required("sentinel", Bytes),
    required("created_at", Moment, NOW),
    optional("retired_at", Moment),
)

connections = Table(
    "connections",
    metadata,
    numbered(),
    required("name", Text, unique=True),
    required("shop", Text),
    required("zoho_region", Text, EMPTY),
    required("organization_id", Text, EMPTY),
    required("api_domain", Text, EMPTY),
    required("accounts_server", Text, EMPTY),
    # What the shop and the organisation said of themselves: name, plan, currency, zone, scopes.
    required("shop_facts", Json, EMPTY_OBJECT),
    required("zoho_facts", Json, EMPTY_OBJECT),
    required("health", Text, "ok"),
    optional("health_reason", Text),
    optional("paused_until", Moment),
    required("policy_version", Integer, ZERO),
    required("created_at", Moment, NOW),
    required("changed_at", Moment, NOW),
    optional("disconnected_at", Moment),
    # When a restore of the database was noticed last: the keys of older orders count as in doubt.
    optional("restored_at", Moment),
    # Why nothing is written to Zoho until a person says so, and the orders that are let through meanwhile.
    optional("resting", Text),
    optional("resting_reason", Text),
    required("let_through", Json, EMPTY_LIST),
    CheckConstraint("health IN ('ok', 'paused', 'broken', 'disconnected')", name="health"),
    CheckConstraint("resting IN ('not_begun', 'posting_paused')", name="resting"),
)
Index("ix_connections_shop", connections.c.shop)

secrets = Table(
    "secrets",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    required("ciphertext", Bytes),
    Column("fingerprint", Text, ForeignKey("keys.fingerprint"), nullable=False, index=True),
    required("changed_at", Moment, NOW),
)

policies = Table(
    "policies",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    required("body", Json),
    required("who", Text),
    required("at", Moment, NOW),
    required("note", Text, EMPTY),
)

tokens = Table(
    "tokens",
    metadata,
    connection_key(),
    Column("vendor", Text, primary_key=True),
    required("version", BigInteger, ZERO),
    optional("ciphertext", Bytes),
    Column("fingerprint", Text, ForeignKey("keys.fingerprint"), nullable=True, index=True),
    optional("expires_at", Moment),
    optional("refreshed_at", Moment),
    # When refreshes were begun: Zoho gives ten access tokens in ten minutes.
    required("begun", Moments, EMPTY_MOMENTS),
    optional("refreshing_by", Text),
    optional("refreshing_until", Moment),
)

mappings = Table(
    "mappings",
    metadata,
    connection_key(),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    required("state", Text, "proposed"),
    required("body", Json),
    required("made_by", Text),
    required("at", Moment, NOW),
    required("by_rule", Boolean, FALSE),
    CheckConstraint("state IN ('proposed', 'active', 'revoked')", name="state"),
)

# Which steps the database has been through, and the oldest release that can work with each.
schema_steps = Table(
    "schema_steps",
    metadata,
    Column("step", Integer, primary_key=True, autoincrement=False),
    required("compatible_from", Integer),
    required("at", Moment, NOW),
)
