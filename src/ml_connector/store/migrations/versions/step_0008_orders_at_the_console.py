"""What the console shows of orders: Shopify's side of the ledger, and lists by when an order was placed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
COMPATIBLE_FROM = 1
"""A new table and new indexes, which an older release leaves alone."""

_AT = sa.text("coalesce(placed_at, changed_at) DESC")


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("connection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column(
            "read_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "order_id", name=op.f("pk_readings")),
    )
    op.create_index("ix_outcomes_at", "outcomes", [_AT, sa.text("connection_id DESC"), sa.text("order_id DESC")])
    op.create_index("ix_outcomes_connection_at", "outcomes", ["connection_id", _AT, sa.text("order_id DESC")])
    op.create_index("ix_outcomes_verdict_at", "outcomes", ["connection_id", "verdict", _AT, sa.text("order_id DESC")])
    op.create_index(
        "ix_outcomes_invoice_number",
        "outcomes",
        [sa.text("lower(invoice_number)")],
        postgresql_where=sa.text("invoice_number <> ''"),
    )
