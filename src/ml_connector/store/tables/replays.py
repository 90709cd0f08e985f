"""Bulk replays: which orders were fixed at the start, so that progress can be told and the rest stopped."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text

from ml_connector.store.tables.base import (
    EMPTY,
    EMPTY_OBJECT,
    FALSE,
    NOW,
    Json,
    Moment,
    connection_ref,
    metadata,
    numbered,
    optional,
    required,
)

replays = Table(
    "replays",
    metadata,
    numbered(),
    connection_ref(nullable=True),
    # One-time word of the form: a double click or a back button starts one replay.
    required("word", Text, unique=True),
    required("kind", Text, "replay"),
    required("title", Text, EMPTY),
    required("who", Text),
    required("plan", Json, EMPTY_OBJECT),
    required("started_at", Moment, NOW),
    optional("stopped_at", Moment),
    CheckConstraint("kind IN ('replay', 'backfill')", name="kind"),
)
Index("ix_replays_started", replays.c.started_at)

replay_orders = Table(
    "replay_orders",
    metadata,
    Column(
        "replay_id", BigInteger, ForeignKey("replays.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("connection_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_kind", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    # The subject's count after our knock; it is done when that much is answered.
    required("knocked", BigInteger),
    # Nobody else had knocked: only then may the knock be taken back.
    required("alone", Boolean),
    required("stopped", Boolean, FALSE),
)
