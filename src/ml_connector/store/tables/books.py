"""What we want in Zoho, and what Zoho is known to hold."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    func,
    text,
)

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_LIST,
    EMPTY_OBJECT,
    EMPTY_WORDS,
    FALSE,
    NOW,
    ZERO,
    Json,
    Moment,
    Words,
    connection_key,
    metadata,
    optional,
    required,
)

operations = Table(
    "operations",
    metadata,
    connection_key(),
    Column("key", Text, primary_key=True),
    # The order in which a plan wants them.
    Column("number", BigInteger, Identity(always=True), nullable=False),
    required("kind", Text),
    required("subject_kind", Text),
    required("subject_id", Text),
    optional("order_id", Text),
    required("state", Text),
    required("draft", Json),
    optional("request", Json),
    required("request_sha", Text, EMPTY),
    required("reasons", Json, EMPTY_LIST),
    required("claims", Words, EMPTY_WORDS),
    required("policy_version", Integer, ZERO),
    required("fence", BigInteger),
    required("attempt", Integer, ZERO),
    optional("send_before", Moment),
    optional("answer_before", Moment),
    required("lookups", Integer, ZERO),
    optional("first_in_doubt_at", Moment),
    optional("last_lookup_at", Moment),
    required("zoho_id", Text, EMPTY),
    optional("answer", Json),
    required("intended_at", Moment, NOW),
    optional("sent_at", Moment),
    optional("settled_at", Moment),
    CheckConstraint("state IN ('intended', 'sent', 'done', 'refused', 'in_doubt', 'dropped')", name="state"),
    CheckConstraint("state <> 'sent' OR answer_before IS NOT NULL", name="sent_has_a_deadline"),
)
Index("ix_operations_subject", operations.c.connection_id, operations.c.subject_kind, operations.c.subject_id)
Index(
    "ix_operations_order",
    operations.c.connection_id,
    operations.c.order_id,
    postgresql_where=text("order_id IS NOT NULL"),
)
Index(
    "ix_operations_open",
    operations.c.connection_id,
    operations.c.state,
    postgresql_where=text("state IN ('intended', 'sent', 'in_doubt')"),
)

claims = Table(
    "claims",
    metadata,
    connection_key(),
    Column("source_id", Text, primary_key=True),
    required("operation_key", Text),
    required("at", Moment, NOW),
)
Index("ix_claims_operation", claims.c.connection_id, claims.c.operation_key)

documents = Table(
    "documents",
    metadata,
    connection_key(),
    Column("key", Text, primary_key=True),
    required("kind", Text),
    optional("order_id", Text),
    required("state", Text, "done"),
    required("zoho_id", Text, EMPTY),
    required("number", Text, EMPTY),
    required("status", Text, EMPTY),
    optional("dated", Date),
    optional("currency", Text),
    optional("total", Numeric),
    optional("balance", Numeric),
    optional("unused", Numeric),
    optional("residue", Numeric),
    optional("exchange_rate", Numeric),
    required("policy_version", Integer, ZERO),
    required("last_modified", Text, EMPTY),
    required("fingerprint", Text, EMPTY),
    required("changed_by_person", Boolean, FALSE),
    required("lines", Json, EMPTY_LIST),
    required("claims", Words, EMPTY_WORDS),
    required("details", Json, EMPTY_OBJECT),
    required("fields", Json, EMPTY_LIST),
    optional("confirmed_by_zoho_at", Moment),
    required("created_at", Moment, NOW),
    required("changed_at", Moment, NOW),
    optional("cash_rounding", Numeric),
    optional("adjustment", Numeric),
)
Index(
    "ix_documents_order", documents.c.connection_id, documents.c.order_id, postgresql_where=text("order_id IS NOT NULL")
)
Index("ix_documents_zoho", documents.c.connection_id, documents.c.zoho_id, postgresql_where=text("zoho_id <> ''"))
Index("ix_documents_dated", documents.c.connection_id, documents.c.dated)

contact_links = Table(
    "contact_links",
    metadata,
    connection_key(),
    Column("key", Text, primary_key=True),
    required("contact_id", Text),
    required("currency", Text, EMPTY),
    required("name", Text, EMPTY),
    optional("customer_id", Text),
    optional("checked_at", Moment),
    required("matched_by", Text, EMPTY),
    required("fingerprint", Text, EMPTY),
    # Each field as both sides last agreed on it: only one that differs from this has changed.
    required("agreed", Json, EMPTY_OBJECT),
    required("last_modified", Text, EMPTY),
    # A merged customer's key points at the one that remains.
    optional("alias_of", Text),
    required("changed_at", Moment, NOW),
    # How often Zoho told of a change, and how many of these a run has looked at.
    required("told", BigInteger, ZERO),
    required("seen", BigInteger, ZERO),
)
Index("ix_contact_links_customer", contact_links.c.connection_id, contact_links.c.customer_id)
Index("ix_contact_links_contact", contact_links.c.connection_id, contact_links.c.contact_id)
_BY_CHANGE = (contact_links.c.changed_at.desc(), contact_links.c.customer_id.desc())
Index("ix_contact_links_changed", *_BY_CHANGE, postgresql_where=text("alias_of IS NULL"))
Index(
    "ix_contact_links_connection_changed",
    contact_links.c.connection_id,
    *_BY_CHANGE,
    postgresql_where=text("alias_of IS NULL"),
)
Index(
    "ix_contact_links_name",
    func.to_tsvector(text("'simple'::regconfig"), contact_links.c.name),
    postgresql_using="gin",
)

item_links = Table(
    "item_links",
    metadata,
    connection_key(),
    Column("sku", Text, primary_key=True),
    required("body", Json),
    required("checked_at", Moment, NOW),
)

masters = Table(
    "masters",
    metadata,
    connection_key(),
    Column("kind", Text, primary_key=True),
    required("body", Json),
    required("fetched_at", Moment, NOW),
)
