"""How BullMQ is set, each value with the accident it prevents. See docs/decisions/0020."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Timings:
    """How soon a worker notices things, in seconds.

    Attributes:
        lock: A worker renews its hold on a job within this time, or has lost it.
        stalled_every: How often jobs without a hold are looked for. A killed worker's job is taken over after
            `lock + stalled_every`.
        again_after: How long a worker waits before it tries an absent back end again; 15 unless set.
        idle_wait: How long an idle worker blocks, which bounds what a lost wake-up costs.
    """

    lock: float = 15.0
    stalled_every: float = 5.0
    again_after: float = 1.0
    idle_wait: float = 2.0

    def options(self) -> dict[str, Any]:
        return {
            "autorun": False,
            "lockDuration": int(self.lock * 1000),
            "stalledInterval": int(self.stalled_every * 1000),
            # beyond reach: the second stall otherwise fails the job without calling us
            "maxStalledCount": 1_000_000_000,
            "runRetryDelay": int(self.again_after * 1000),
            "drainDelay": self.idle_wait,
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
    return Random().randint(250, bound)
