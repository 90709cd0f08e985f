"""The newest deliveries of one connection are found without looking at those of all others."""

from alembic import op

revision = "0017"
down_revision = "0016"
COMPATIBLE_FROM = 1
"""An index, which an older release leaves alone."""


def upgrade() -> None:
    op.create_index("ix_deliveries_newest", "deliveries", ["connection_id", "id"])
