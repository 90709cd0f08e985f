"""Daily summaries are remembered, so that each day's is sent once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
COMPATIBLE_FROM = 1
"""A new table, which an older release leaves alone."""


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "summaries",
        sa.Column("connection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", moment, nullable=True),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("told", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("trouble", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("retry_at", moment, nullable=True),
        sa.Column("calls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("calls_seen", sa.Integer(), nullable=True),
        sa.Column("calls_since", moment, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'sending', 'sent', 'in_doubt', 'failed', 'kept', 'skipped')",
            name=op.f("ck_summaries_state"),
        ),
        sa.PrimaryKeyConstraint("connection_id", "date", name=op.f("pk_summaries")),
    )
