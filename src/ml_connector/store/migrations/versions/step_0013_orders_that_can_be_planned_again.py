"""Orders are kept as they were read, without anybody's name, so that another policy can plan them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
COMPATIBLE_FROM = 1
"""A column that may stay empty: an older release keeps no orders."""


def upgrade() -> None:
    op.add_column("readings", sa.Column("snapshot", postgresql.BYTEA(), nullable=True))
    op.create_index(
        "ix_readings_snapshot",
        "readings",
        ["connection_id", "read_at"],
        postgresql_where=sa.text("snapshot IS NOT NULL"),
    )
