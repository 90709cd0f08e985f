"""Connections at hand, lent without a detour through SQLAlchemy's pool: it costs more than a short statement."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ml_connector.store.sql import driver


class Pool(AsyncEngine):
    """SQLAlchemy's engine, whose connections stay at hand between two users of this process.

    SQLAlchemy's own pool makes them, counts them, and lets one wait when all are in use.
    """

    __slots__ = ("_at_hand", "_waiting")

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._at_hand: list[AsyncConnection] = []
        self._waiting = 0

    async def lend(self) -> AsyncConnection:
        """A connection that is nobody else's, until `take_back`.

        Raises:
            sqlalchemy.exc.TimeoutError: all are in use, for longer than one waits.
        """
        if self._at_hand:
            return self._at_hand.pop()
        self._waiting += 1
        try:
            return await self.connect()
        finally:
            self._waiting -= 1

    async def take_back(self, connection: AsyncConnection) -> None:
        """Keep it at hand, unless it is broken, SQLAlchemy holds a transaction on it, or somebody waits for one."""
        if connection.invalidated:
            await connection.close()
        elif driver(connection).closed:
            await connection.invalidate()
            await connection.close()
        elif self._waiting or connection.in_transaction():
            await connection.close()
        else:
            self._at_hand.append(connection)

    async def dispose(self, close: bool = True) -> None:
        """Let go of all connections that nobody uses; those in use are let go when they come back."""
        at_hand, self._at_hand[:] = list(self._at_hand), []
        for connection in at_hand:
            await connection.close()
        await super().dispose(close)
