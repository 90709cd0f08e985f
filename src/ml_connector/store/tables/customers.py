"""What two systems disagreed about a customer, and what Shopify was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text, UniqueConstraint, text

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_OBJECT,
    NOW,
    Json,
    Moment,
    connection_key,
    metadata,
    numbered,
    optional,
    required,
)

customer_conflicts = Table(
    "customer_conflicts",
    metadata,
    numbered(),
    required("connection_id", BigInteger),
    required("customer_id", Text),
    # The contact in which it was found.
    required("key", Text),
    required("field", Text),
    required("shopify", Text, EMPTY),
    required("zoho", Text, EMPTY),
    # The last agreed value; null when there was none.
    optional("agreed", Text),
    # The side whose value counts; empty while nobody has decided.
    required("winner", Text, EMPTY),
    # open: a person decides. chosen: a person has, and it is on its way. recorded: decided by time. settled: over.
    required("state", Text),
    required("code", Text),
    required("text", Text, EMPTY),
    required("fix", Text, EMPTY),
    optional("choice", Text),
    required("who", Text, EMPTY),
    required("found_at", Moment, NOW),
    optional("settled_at", Moment),
    UniqueConstraint("connection_id", "key", "field", "shopify", "zoho", "code", name="uq_customer_conflicts_case"),
    CheckConstraint("state IN ('open', 'chosen', 'recorded', 'settled')", name="state"),
    CheckConstraint("winner IN ('', 'shopify', 'zoho')", name="winner"),
    CheckConstraint("choice IN ('shopify', 'zoho', 'apart')", name="choice"),
)
Index("ix_customer_conflicts_customer", customer_conflicts.c.connection_id, customer_conflicts.c.customer_id)
Index(
    "ix_customer_conflicts_open",
    customer_conflicts.c.connection_id,
    customer_conflicts.c.found_at,
    postgresql_where=text("state IN ('open', 'chosen')"),
)

customer_writes = Table(
    "customer_writes",
    metadata,
    connection_key(),
    Column("key", Text, primary_key=True),
    required("customer_id", Text),
    required("state", Text),
    required("fence", BigInteger),
    # What Shopify is told, and what Zoho had when it was decided: what both agree on once it is done.
    required("wanted", Json, EMPTY_OBJECT),
    required("agreed", Json, EMPTY_OBJECT),
    required("answer", Text, EMPTY),
    required("sent_at", Moment, NOW),
    required("answer_before", Moment),
    optional("settled_at", Moment),
    CheckConstraint("state IN ('sent', 'done', 'refused', 'not_done')", name="state"),
)
Index(
    "ix_customer_writes_sent",
    customer_writes.c.connection_id,
    customer_writes.c.customer_id,
    postgresql_where=text("state = 'sent'"),
)
