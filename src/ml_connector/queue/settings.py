"""How BullMQ is set, each value with the accident it prevents. See docs/decisions/0020."""

from __future__ import annotations

from random import Random
from typing import Any, Final

QUEUE_NAME: Final = "ml-connector"
"""One queue for all connections: a worker holds two PostgreSQL connections, so one queue each would not scale."""

BACK_OFF: Final = "ml-connector"
LONGEST_DELAY_MS: Final = 10_000
"""BullMQ's own delay is used up to here only: an idle worker on PostgreSQL may serve a short delay as late as the
longest one in the queue."""

DRAIN_S: Final = 25.0
"""Seconds a stopping worker waits for what it runs; orchestrators usually kill after 30."""

WORKER_OPTIONS: Final[dict[str, Any]] = {
    "autorun": False,
    # a killed worker's job is taken over after lockDuration + stalledInterval, so within 20 s
    "lockDuration": 15_000,
    "stalledInterval": 5_000,
    # beyond reach: the second stall otherwise fails the job without calling us
    "maxStalledCount": 1_000_000_000,
    # 15 s unless set: that long a worker would stay away after its database came back
    "runRetryDelay": 1_000,
    # seconds of blocking for an idle worker, which bounds what a lost wake-up costs
    "drainDelay": 2,
}

JOB_OPTIONS: Final[dict[str, Any]] = {
    # finished rows stay for ever otherwise
    "removeOnComplete": True,
    "removeOnFail": {"age": 7 * 24 * 3600, "count": 1_000},
    # BullMQ's own attempts are only for its own failures (the job ran, its end could not be stored); a run that has to
    # be repeated is a `due_at` in our tables
    "attempts": 1_000_000,
    "backoff": {"type": BACK_OFF},
    # the whole story stands in our tables; a traceback in the queue could hold a customer's data
    "stackTraceLimit": 0,
}


def back_off_ms(attempts_made: int, _type: object = None, _error: object = None, _job: object = None) -> int:
    """Milliseconds until BullMQ tries again after a failure of its own: jittered, never above `LONGEST_DELAY_MS`."""
    bound = min(500 * 2 ** min(attempts_made, 10), LONGEST_DELAY_MS)
    return Random().randint(250, bound)  # noqa: S311
