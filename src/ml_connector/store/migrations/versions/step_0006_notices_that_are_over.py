"""Notices are told of when they are over too, and again later when a mail server refused them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
COMPATIBLE_FROM = 1
"""Columns that an older release leaves empty: what it ends is then told of by the newer one."""


def upgrade() -> None:
    op.add_column("notices", sa.Column("tell_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("over_sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
