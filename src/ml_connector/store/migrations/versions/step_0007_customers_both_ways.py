"""Customers both ways: what the two systems disagreed about, and what Shopify was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
COMPATIBLE_FROM = 1
"""New tables and columns with defaults, which an older release leaves alone."""

_MOMENT = postgresql.TIMESTAMP(timezone=True)
_NOW = sa.text("clock_timestamp()")
_EMPTY = sa.text("''")
_OBJECT = sa.text("'{}'::jsonb")


def upgrade() -> None:
    op.create_table(
        "customer_conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("shopify", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("zoho", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("agreed", sa.Text(), nullable=True),
        sa.Column("winner", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("fix", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("found_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'chosen', 'recorded', 'settled')", name=op.f("ck_customer_conflicts_state")
        ),
        sa.CheckConstraint("winner IN ('', 'shopify', 'zoho')", name=op.f("ck_customer_conflicts_winner")),
        sa.CheckConstraint("choice IN ('shopify', 'zoho', 'apart')", name=op.f("ck_customer_conflicts_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_conflicts")),
        sa.UniqueConstraint(
            "connection_id", "key", "field", "shopify", "zoho", "code", name="uq_customer_conflicts_case"
        ),
    )
    op.create_index("ix_customer_conflicts_customer", "customer_conflicts", ["connection_id", "customer_id"])
    op.create_index(
        "ix_customer_conflicts_open",
        "customer_conflicts",
        ["connection_id", "found_at"],
        postgresql_where=sa.text("state IN ('open', 'chosen')"),
    )
    op.create_table(
        "customer_writes",
        sa.Column("connection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("wanted", postgresql.JSONB(), server_default=_OBJECT, nullable=False),
        sa.Column("agreed", postgresql.JSONB(), server_default=_OBJECT, nullable=False),
        sa.Column("answer", sa.Text(), server_default=_EMPTY, nullable=False),
        sa.Column("sent_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("answer_before", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('sent', 'done', 'refused', 'not_done')", name=op.f("ck_customer_writes_state")),
        sa.PrimaryKeyConstraint("connection_id", "key", name=op.f("pk_customer_writes")),
    )
    op.create_index(
        "ix_customer_writes_sent",
        "customer_writes",
        ["connection_id", "customer_id"],
        postgresql_where=sa.text("state = 'sent'"),
    )
    for name in ("told", "seen"):
        column = sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        op.add_column("contact_links", column)
