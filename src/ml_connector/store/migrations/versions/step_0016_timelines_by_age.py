"""What happened long ago is let go of without looking at everything that happened since."""

from alembic import op

revision = "0016"
down_revision = "0015"
COMPATIBLE_FROM = 1
"""An index, which an older release leaves alone."""


def upgrade() -> None:
    op.create_index("ix_timeline_at", "timeline", ["connection_id", "at"])
