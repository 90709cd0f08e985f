"""Subjects remember which version of an order a run answered, and that an operator asked for historical orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
COMPATIBLE_FROM = 1
"""Both columns may be left alone: a release that does not know them only looks more often."""


def upgrade() -> None:
    op.add_column("subjects", sa.Column("seen_updated_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("subjects", sa.Column("backfill", sa.Boolean(), server_default=sa.text("false"), nullable=False))
