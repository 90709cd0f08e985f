"""Small helpers for statements written as text, and for rows that become values.

A statement goes straight to the driver, on the connection that SQLAlchemy's pool lent: compiling, executing and
wrapping rows there cost three times what the statement itself does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg.raw_cursor import AsyncRawCursor
from psycopg.rows import namedtuple_row
from sqlalchemy import TextClause, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

_DIALECT = make_url("postgresql+psycopg://").get_dialect()(paramstyle="numeric_dollar")  # type: ignore[call-arg]


class Row(Protocol):
    """A row, each column by its name."""

    def __getattr__(self, name: str) -> Any: ...

    def _asdict(self) -> dict[str, Any]: ...


async def all_rows(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> list[Row]:
    return await (await _executed(tx, statement, values)).fetchall()


async def one_row(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> Row | None:
    """The only row; None when there is none."""
    rows = await all_rows(tx, statement, **values)
    if len(rows) > 1:
        raise ValueError(f"{len(rows)} rows where one was expected")
    return rows[0] if rows else None


async def run(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> int:
    """Carry out *statement* and say how many rows it touched."""
    return (await _executed(tx, statement, values)).rowcount


def binary(statement: str) -> bytes:
    """*statement* (`:name` parameters) for `all_rows_binary`."""
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)b", statement.replace("%", "%%")).encode()


async def all_rows_binary(tx: AsyncConnection, statement: bytes, /, **values: Any) -> list[Row]:
    """As `all_rows`, with values sent in binary form: large lists of bytes cost several times less on our side."""
    cursor: psycopg.AsyncCursor[Any] = driver(tx).cursor(row_factory=namedtuple_row)
    await cursor.execute(statement, values)
    return list(await cursor.fetchall())


def driver(tx: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The connection of the driver, underneath."""
    assert tx.sync_connection is not None
    found = tx.sync_connection.connection.driver_connection
    assert isinstance(found, psycopg.AsyncConnection)
    return found


async def _executed(tx: AsyncConnection, statement: TextClause, values: Mapping[str, Any]) -> AsyncRawCursor[Any]:
    query, names = _written(statement)
    cursor: AsyncRawCursor[Any] = AsyncRawCursor(driver(tx), row_factory=namedtuple_row)
    return await cursor.execute(query, [values[name] for name in names])


@lru_cache(maxsize=1_000)
def _written(statement: TextClause) -> tuple[bytes, Sequence[str]]:
    """*statement* in PostgreSQL's own notation (`$1`), and the names of its values in their order."""
    compiled = statement.compile(dialect=_DIALECT)
    return str(compiled).encode(), tuple(compiled.positiontup or ())


def made(kind: type[T], row: Row | Mapping[str, Any]) -> T:
    """A *kind* whose fields are the columns of *row*, name by name."""
    return kind(**(row if isinstance(row, Mapping) else row._asdict()))


__all__ = ["Row", "all_rows", "all_rows_binary", "binary", "driver", "made", "one_row", "run", "text"]
