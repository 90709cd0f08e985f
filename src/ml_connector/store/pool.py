"""Connections at hand, lent without a detour through SQLAlchemy's pool: it costs more than a short statement."""

from __future__ import annotations

import asyncio

from psycopg.pq import TransactionStatus
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ml_connector.store.sql import driver

_AGE = "ml_connector.age"


class Pool(AsyncEngine):
    """SQLAlchemy's engine, whose connections stay at hand between two users of this process.

    SQLAlchemy's own pool makes them, counts them, and lets one wait when all are in use. Each belongs to an age, which
    ends when the server was away: whatever was opened before is closed, by whoever holds it, and never lent again.
    """

    __slots__ = ("_age", "_at_hand", "_waiting")

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._at_hand: list[AsyncConnection] = []
        self._waiting = 0
        self._age = 0

    async def lend(self) -> AsyncConnection:
        """A connection that is nobody else's, until `take_back`.

        Raises:
            sqlalchemy.exc.TimeoutError: all are in use, for longer than one waits.
        """
        if self._at_hand:
            return self._at_hand.pop()
        self._waiting += 1
        try:
            connection = await self.connect()
            while connection.info.setdefault(_AGE, self._age) != self._age:
                await _closed(connection)
                connection = await self.connect()
        finally:
            self._waiting -= 1
        return connection

    async def take_back(self, connection: AsyncConnection) -> None:
        """Keep it at hand, unless it is broken or old, SQLAlchemy holds a transaction on it, or somebody waits.

        Whoever was interrupted twice, as a browser that goes away does to the stream of its page, may leave a statement
        under way: nobody else could use the connection, so it ends here, whatever interrupts us.
        """
        if connection.invalidated:
            await connection.close()
        elif _is_busy(connection):
            await asyncio.shield(_closed(connection))
        elif driver(connection).closed or connection.info[_AGE] != self._age:
            await _closed(connection)
        elif self._waiting or connection.in_transaction():
            await connection.close()
        else:
            self._at_hand.append(connection)

    async def broke(self, connection: AsyncConnection) -> None:
        """The server was away from *connection*, and so from all that were open then; it is taken back as ever."""
        if connection.info[_AGE] == self._age:  # else somebody else has said so, and those of today are sound
            await self._begin_anew()

    async def dispose(self, close: bool = True) -> None:
        """Let go of all connections that nobody uses; those in use are let go when they come back."""
        await self._begin_anew()
        await super().dispose(close)

    async def _begin_anew(self) -> None:
        self._age += 1
        at_hand, self._at_hand[:] = list(self._at_hand), []
        for connection in at_hand:
            await _closed(connection)


def _is_busy(connection: AsyncConnection) -> bool:
    raw = driver(connection)
    return not raw.closed and raw.info.transaction_status is not TransactionStatus.IDLE


async def _closed(connection: AsyncConnection) -> None:
    """Close what it stands for, and give its place back."""
    await connection.invalidate()
    await connection.close()
