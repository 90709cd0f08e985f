"""How it runs: BullMQ behind a small interface, the relay that feeds it, the worker, and what happens periodically.

Nothing here is remembered only here. The tables say what is outstanding; the queue says what may start now, and can be
emptied at any moment without losing anything (Promise 1).
"""

from ml_connector.queue.back_end import BackEnd, PostgresBackEnd, RedisBackEnd
from ml_connector.queue.engine import Counts, Engine, FailedJob, Wanted
from ml_connector.queue.errors import QueueAway
from ml_connector.queue.running import GivenUp, JobSeen, Running

__all__ = [
    "BackEnd",
    "Counts",
    "Engine",
    "FailedJob",
    "GivenUp",
    "JobSeen",
    "PostgresBackEnd",
    "QueueAway",
    "RedisBackEnd",
    "Running",
    "Wanted",
]
