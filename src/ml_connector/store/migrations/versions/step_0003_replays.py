"""Bulk replays are remembered, so that they start once, tell their progress and can be stopped."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
COMPATIBLE_FROM = 1
"""New tables, which an older release leaves alone."""


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="replay", nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column(
            "started_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("stopped_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('replay', 'backfill')", name=op.f("ck_replays_kind")),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_replays_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
        sa.UniqueConstraint("word", name=op.f("uq_replays_word")),
    )
    op.create_index("ix_replays_started", "replays", ["started_at"], unique=False)
    op.create_table(
        "replay_orders",
        sa.Column("replay_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("connection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("knocked", sa.BigInteger(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["replay_id"], ["replays.id"], name=op.f("fk_replay_orders_replay_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "replay_id", "connection_id", "subject_kind", "subject_id", name=op.f("pk_replay_orders")
        ),
    )
