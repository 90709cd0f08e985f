"""A person may keep Zoho's version of an order; the word remembers which figures of Shopify's it was given about."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
COMPATIBLE_FROM = 1
"""A column with a default, and a kind of word that an older release never gives."""


def upgrade() -> None:
    name = op.f("ck_decisions_kind")
    op.add_column("decisions", sa.Column("about", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.drop_constraint(name, "decisions")
    op.create_check_constraint(name, "decisions", "kind IN ('hold', 'exclude', 'keep')")
