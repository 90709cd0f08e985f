"""A connection may rest: orders are read and planned, and nothing is written to Zoho until a person says so."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
COMPATIBLE_FROM = 1
"""Columns with defaults. An older release does not know of resting, so it writes for a connection that rests: end its
workers before one is made in the console."""


def upgrade() -> None:
    op.add_column("connections", sa.Column("resting", sa.Text(), nullable=True))
    op.add_column("connections", sa.Column("resting_reason", sa.Text(), nullable=True))
    op.add_column(
        "connections",
        sa.Column("let_through", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_connections_resting"), "connections", "resting IN ('not_begun', 'posting_paused')"
    )
