"""What rounding left of each document, and rounded cash, told apart from what a document states after its lines."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
COMPATIBLE_FROM = 1
"""New columns that may be empty, which an older release leaves alone."""


def upgrade() -> None:
    op.add_column("documents", sa.Column("cash_rounding", sa.Numeric(), nullable=True))
    op.add_column("documents", sa.Column("adjustment", sa.Numeric(), nullable=True))
    op.execute("UPDATE documents SET adjustment = residue WHERE residue IS NOT NULL")
