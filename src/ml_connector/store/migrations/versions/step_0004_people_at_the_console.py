"""What people do at the console: decide about an order, and mistype their passwords."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
COMPATIBLE_FROM = 1
"""New tables. An older release does not know that a person held an order; it goes on by its rules."""


def upgrade() -> None:
    op.create_table(
        "sign_in_tries",
        sa.Column("who_hash", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "last_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("locked_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("who_hash", name=op.f("pk_sign_in_tries")),
    )
    op.create_table(
        "decisions",
        sa.Column("connection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("kind IN ('hold', 'exclude')", name=op.f("ck_decisions_kind")),
        sa.PrimaryKeyConstraint("connection_id", "order_id", name=op.f("pk_decisions")),
    )
