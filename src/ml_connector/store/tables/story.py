"""What an operator reads: the verdict on each order, every exchange with the other companies, what happened when."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Float, Index, Integer, Numeric, Table, Text, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_LIST,
    EMPTY_OBJECT,
    NOW,
    ZERO,
    Bytes,
    Json,
    Moment,
    connection_key,
    metadata,
    numbered,
    optional,
    required,
)

outcomes = Table(
    "outcomes",
    metadata,
    connection_key(),
    Column("order_id", Text, primary_key=True),
    required("name", Text),
    required("verdict", Text),
    optional("reason_code", Text),
    optional("reason_text", Text),
    optional("reason_fix", Text),
    optional("cause", Text),
    required("details", Json, EMPTY_LIST),
    optional("currency", Text),
    optional("total", Numeric),
    optional("placed_at", Moment),
    required("changed_at", Moment, NOW),
    optional("until", Moment),
    optional("customer_id", Text),
    optional("customer", Text),
    optional("email", Text),
    required("invoice_id", Text, EMPTY),
    required("invoice_number", Text, EMPTY),
    optional("invoice_currency", Text),
    optional("invoice_total", Numeric),
    required("policy_version", Integer, ZERO),
    # What a person may type to find it, as lexemes: name, customer, e-mail, number, amount.
    required("search", TSVECTOR, text("''::tsvector")),
    CheckConstraint("verdict IN ('posted', 'waiting', 'in_doubt', 'held', 'failed', 'excluded')", name="verdict"),
)
_NEWEST = (outcomes.c.changed_at.desc(), outcomes.c.connection_id.desc(), outcomes.c.order_id.desc())
Index("ix_outcomes_newest", *_NEWEST)
Index("ix_outcomes_connection", outcomes.c.connection_id, outcomes.c.changed_at.desc(), outcomes.c.order_id.desc())
Index(
    "ix_outcomes_verdict",
    outcomes.c.connection_id,
    outcomes.c.verdict,
    outcomes.c.changed_at.desc(),
    outcomes.c.order_id.desc(),
)
Index(
    "ix_outcomes_cause",
    outcomes.c.connection_id,
    outcomes.c.cause,
    postgresql_where=text("verdict IN ('held', 'failed')"),
)
Index("ix_outcomes_placed", outcomes.c.connection_id, outcomes.c.placed_at)
# The console's lists: newest order first, one that was never read as of when we heard of it.
_AT = text("coalesce(placed_at, changed_at) DESC")
Index("ix_outcomes_at", _AT, outcomes.c.connection_id.desc(), outcomes.c.order_id.desc())
Index("ix_outcomes_connection_at", outcomes.c.connection_id, _AT, outcomes.c.order_id.desc())
Index("ix_outcomes_verdict_at", outcomes.c.connection_id, outcomes.c.verdict, _AT, outcomes.c.order_id.desc())
Index(
    "ix_outcomes_invoice_number", func.lower(outcomes.c.invoice_number), postgresql_where=text("invoice_number <> ''")
)
Index("ix_outcomes_name", outcomes.c.name, outcomes.c.connection_id)
Index("ix_outcomes_customer", outcomes.c.connection_id, outcomes.c.customer_id)
Index("ix_outcomes_search", outcomes.c.search, postgresql_using="gin")

# What Shopify said of an order when it was last read, as one side of a ledger. No names, no addresses.
readings = Table(
    "readings",
    metadata,
    connection_key(),
    Column("order_id", Text, primary_key=True),
    required("read_at", Moment, NOW),
    required("body", Json),
    # The order itself, compressed and without anybody's name, so that another policy can plan it.
    optional("snapshot", Bytes),
)
Index(
    "ix_readings_snapshot",
    readings.c.connection_id,
    readings.c.read_at,
    postgresql_where=text("snapshot IS NOT NULL"),
)

# A person's word on one order, above every rule, until it is taken back.
decisions = Table(
    "decisions",
    metadata,
    connection_key(),
    Column("order_id", Text, primary_key=True),
    required("kind", Text),
    required("who", Text),
    required("at", Moment, NOW),
    required("note", Text, EMPTY),
    # Of which figures of Shopify's a version of Zoho's was kept: a digest.
    required("about", Text, EMPTY),
    CheckConstraint("kind IN ('hold', 'exclude', 'keep')", name="kind"),
)

exchanges = Table(
    "exchanges",
    metadata,
    numbered(),
    required("connection_id", BigInteger),
    required("at", Moment, NOW),
    optional("subject_kind", Text),
    optional("subject_id", Text),
    required("key", Text, EMPTY),
    required("attempt", Integer, ZERO),
    # The company that was asked: shopify or zoho.
    required("party", Text),
    required("method", Text),
    required("path", Text),
    optional("status", Integer),
    optional("request", Json),
    optional("answer", Json),
    required("verdict", Text, EMPTY),
    optional("took_s", Float),
)
Index(
    "ix_exchanges_subject", exchanges.c.connection_id, exchanges.c.subject_kind, exchanges.c.subject_id, exchanges.c.id
)
Index("ix_exchanges_at", exchanges.c.connection_id, exchanges.c.at)

timeline = Table(
    "timeline",
    metadata,
    numbered(),
    required("connection_id", BigInteger),
    required("subject_kind", Text),
    required("subject_id", Text),
    required("at", Moment, NOW),
    required("event", Text),
    required("text", Text),
    required("who", Text, EMPTY),
    required("details", Json, EMPTY_OBJECT),
)
Index("ix_timeline_at", timeline.c.connection_id, timeline.c.at)
Index("ix_timeline_subject", timeline.c.connection_id, timeline.c.subject_kind, timeline.c.subject_id, timeline.c.id)
