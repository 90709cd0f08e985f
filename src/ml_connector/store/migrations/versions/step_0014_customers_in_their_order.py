"""Customers are listed by their last change without looking at all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
COMPATIBLE_FROM = 1
"""Indexes, which an older release leaves alone."""

_BY_CHANGE = (sa.text("changed_at DESC"), sa.text("customer_id DESC"))
_OURS = sa.text("alias_of IS NULL")


def upgrade() -> None:
    op.create_index("ix_contact_links_changed", "contact_links", [*_BY_CHANGE], postgresql_where=_OURS)
    op.create_index(
        "ix_contact_links_connection_changed",
        "contact_links",
        ["connection_id", *_BY_CHANGE],
        postgresql_where=_OURS,
    )
