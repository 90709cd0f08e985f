"""After Zoho's 1070 an organisation has fewer calls under way for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
COMPATIBLE_FROM = 1
"""Two columns with defaults, which an older release leaves alone."""


def upgrade() -> None:
    op.add_column("allowances", sa.Column("flight_cut", sa.Float, server_default=sa.text("0"), nullable=False))
    op.add_column("allowances", sa.Column("flight_cut_at", sa.DateTime(timezone=True), nullable=True))
