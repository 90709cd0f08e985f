"""The two places where BullMQ can keep its jobs, as BullMQ's own options.

Source: BullMQ for Python 3.4, `Queue`, `Worker`, `backends/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, RedisError, TimeoutError  # noqa: A004

from ml_connector.queue.errors import QueueAway

SCHEMA = "bullmq"
"""BullMQ's own schema in our database; other BullMQ tools look for it under this name."""

_BLOCKS_AT_MOST_S = 10
"""BullMQ's longest blocking read on Redis, in seconds."""


class BackEnd(Protocol):
    """Where BullMQ keeps its jobs."""

    @property
    def where(self) -> str:
        """The word a person would use: `PostgreSQL` or `Redis`."""
        ...

    def options(self) -> dict[str, Any]:
        """What a BullMQ `Queue` or `Worker` is opened with. Every call gives connections of their own."""
        ...


@dataclass(frozen=True, slots=True)
class PostgresBackEnd:
    """BullMQ on PostgreSQL: a queue holds one connection, a worker two.

    Attributes:
        url: A libpq address (`postgresql://…`), direct or session-pooled; may hold a password, so it is never shown.
    """

    url: str = field(repr=False)
    schema: str = SCHEMA
    where: str = "PostgreSQL"

    def options(self) -> dict[str, Any]:
        # SQLAlchemy's spelling names the driver; libpq does not know that part
        url = self.url.replace("postgresql+psycopg://", "postgresql://", 1)
        return {"backend": "postgres", "connection": url, "schema": self.schema}


@dataclass(frozen=True, slots=True)
class RedisBackEnd:
    """BullMQ on Redis or Valkey."""

    url: str = field(repr=False)
    where: str = "Redis"

    def options(self) -> dict[str, Any]:
        return {"connection": _redis(self.url)}

    async def examined(self) -> tuple[str, bool]:
        """What it does when its memory is full (empty where it does not say), and whether it keeps anything on disk.

        Raises:
            QueueAway: no answer.
        """
        client = _redis(self.url)
        try:
            memory, disk = await client.info("memory"), await client.info("persistence")
        except RedisError as error:
            raise QueueAway(self.where) from error
        finally:
            await client.aclose()
        saved = bool(disk.get("aof_enabled")) or int(disk.get("rdb_saves", 1) or 0) > 0
        return str(memory.get("maxmemory_policy", "")), saved


def _redis(url: str) -> Redis:
    """A client of our own making; BullMQ's would not do, see docs/decisions/0020.

    Its retries go on for more than five minutes before an error is seen, and redis-py 8 reads with a limit of 5 s,
    which is exactly how long an idle worker blocks.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), 3),
        retry_on_error=[BusyLoadingError, ConnectionError, TimeoutError],
        socket_connect_timeout=2,
        socket_timeout=2 * _BLOCKS_AT_MOST_S,
        health_check_interval=15,
    )
