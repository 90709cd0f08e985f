"""What all tables share: one metadata, names for constraints, and short words for columns.

Times are `timestamptz` everywhere. Money is `numeric` beside a currency, never a float. Tables live in a PostgreSQL
schema of our own (`ml_connector` by default), which the connection's `search_path` names, so none is written here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Moment = TIMESTAMP(timezone=True)
Words = ARRAY(Text)
Moments = ARRAY(TIMESTAMP(timezone=True))
Bytes = BYTEA
Json = JSONB

NOW = text("clock_timestamp()")
EMPTY = text("''")
EMPTY_OBJECT = text("'{}'::jsonb")
EMPTY_LIST = text("'[]'::jsonb")
EMPTY_WORDS = text("'{}'::text[]")
EMPTY_MOMENTS = text("'{}'::timestamptz[]")
ZERO = text("0")
FALSE = text("false")


def required(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], default: Any = None, **more: Any) -> Column[Any]:
    """A column that always has a value, with *default* made by the server."""
    return Column(name, kind, nullable=False, server_default=default, **more)


def optional(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], **more: Any) -> Column[Any]:
    """A column that may be null: not known, or not yet."""
    return Column(name, kind, nullable=True, **more)


def numbered() -> Column[Any]:
    """An `id` that the server counts."""
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def connection_key() -> Column[Any]:
    """`connection_id` as part of a primary key.

    Connections are never deleted (disconnecting keeps the history), so hot tables carry no foreign key to them: it
    would cost a look-up and a shared lock for each row.
    """
    return Column("connection_id", BigInteger, primary_key=True, autoincrement=False)


def connection_ref(*, nullable: bool = False) -> Column[Any]:
    return Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=nullable)
