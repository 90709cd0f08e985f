"""Customers are found by the beginnings of their names."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
COMPATIBLE_FROM = 1
"""An index, which an older release leaves alone."""


def upgrade() -> None:
    op.create_index(
        "ix_contact_links_name",
        "contact_links",
        [sa.text("to_tsvector('simple'::regconfig, name)")],
        postgresql_using="gin",
    )
