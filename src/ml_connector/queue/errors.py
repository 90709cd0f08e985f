"""What can go wrong with the queue itself, and the translation of other libraries' words for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from redis.exceptions import RedisError

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


class QueueAway(Trouble):
    """The place where jobs are kept does not answer. Nothing is lost: what is outstanding stands in the tables."""

    code = "queue_away"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.OPERATOR

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The job queue on {where} does not answer; work waits in the database and goes on by itself.",
            fix=f"See that {where} runs and can be reached.",
        )
        self.where = where


@contextmanager
def away_on_failure(where: str) -> Iterator[None]:
    """Turn every way in which PostgreSQL or Redis can be missing into `QueueAway`, which keeps the cause."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, RedisError, OSError, TimeoutError) as error:
        raise QueueAway(where) from error
