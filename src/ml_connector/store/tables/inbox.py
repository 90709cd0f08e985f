"""What was knocked for: deliveries as evidence, subjects as work."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_OBJECT,
    FALSE,
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

deliveries = Table(
    "deliveries",
    metadata,
    numbered(),
    optional("connection_id", BigInteger),
    required("source", Text),
    required("shop", Text),
    required("webhook_id", Text),
    required("topic", Text),
    required("event_id", Text, EMPTY),
    optional("triggered_at", Moment),
    required("received_at", Moment, NOW),
    required("headers", Json, EMPTY_OBJECT),
    required("body", Bytes),
    required("verdict", Text),
    optional("subject_kind", Text),
    optional("subject_id", Text),
    required("repeats", Integer, ZERO),
    # When the knock was made; null while a delivery still waits for the relay.
    optional("relayed_at", Moment),
    UniqueConstraint("source", "shop", "webhook_id"),
    CheckConstraint("source IN ('shopify', 'zoho')", name="source"),
)
Index(
    "ix_deliveries_subject",
    deliveries.c.connection_id,
    deliveries.c.subject_kind,
    deliveries.c.subject_id,
    postgresql_where=text("subject_id IS NOT NULL"),
)
Index("ix_deliveries_newest", deliveries.c.connection_id, deliveries.c.id)
Index("ix_deliveries_received", deliveries.c.connection_id, deliveries.c.received_at)
Index("ix_deliveries_unrelayed", deliveries.c.id, postgresql_where=text("relayed_at IS NULL"))

subjects = Table(
    "subjects",
    metadata,
    connection_key(),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    required("lane", SmallInteger),
    required("knocked", BigInteger, ZERO),
    required("answered", BigInteger, ZERO),
    required("due_at", Moment, NOW),
    # Since when it is outstanding: the age that `status` shows.
    required("waiting_since", Moment, NOW),
    required("attempts", Integer, ZERO),
    optional("first_failed_at", Moment),
    # While a job of it is believed to be in BullMQ; the lane is the priority that the job has there.
    optional("queued_at", Moment),
    optional("queued_lane", SmallInteger),
    optional("lease_owner", Text),
    optional("lease_until", Moment),
    required("fence", BigInteger, ZERO),
    required("created_at", Moment, NOW),
    optional("answered_at", Moment),
    # The `updatedAt` of what the last run with an answer had read: a sweep's row that is not newer is no knock.
    optional("seen_updated_at", Moment),
    # Whether an operator asked for this order from before the start date. Stays when something stronger knocks.
    required("backfill", Boolean, FALSE),
    CheckConstraint("lane BETWEEN 0 AND 3", name="lane"),
    CheckConstraint("answered <= knocked", name="answered"),
)
OUTSTANDING = text("knocked > answered")
Index("ix_subjects_due", subjects.c.connection_id, subjects.c.lane, subjects.c.due_at, postgresql_where=OUTSTANDING)
Index("ix_subjects_waiting", subjects.c.connection_id, subjects.c.waiting_since, postgresql_where=OUTSTANDING)
Index(
    "ix_subjects_queued",
    subjects.c.connection_id,
    subjects.c.queued_at,
    postgresql_where=text("knocked > answered AND queued_at IS NOT NULL"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    optional("owner", Text),
    optional("until", Moment),
    required("fence", BigInteger, ZERO),
)

watermarks = Table(
    "watermarks",
    metadata,
    connection_key(),
    Column("name", Text, primary_key=True),
    optional("at", Moment),
    required("cursor", Text, EMPTY),
    required("body", Json, EMPTY_OBJECT),
    required("changed_at", Moment, NOW),
)
