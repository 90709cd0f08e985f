"""Small helpers for statements written as text, and for rows that become values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


async def all_rows(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> list[Row[Any]]:
    return list((await tx.execute(statement, values)).all())


async def one_row(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> Row[Any] | None:
    return (await tx.execute(statement, values)).one_or_none()


async def run(tx: AsyncConnection, statement: TextClause, /, **values: Any) -> int:
    """Carry out *statement* and say how many rows it touched."""
    return (await tx.execute(statement, values)).rowcount


def made(kind: type[T], row: Row[Any] | Mapping[str, Any]) -> T:
    """A *kind* whose fields are the columns of *row*, name by name."""
    return kind(**(row._mapping if isinstance(row, Row) else row))


__all__ = ["all_rows", "made", "one_row", "run", "text"]
