"""`prove`: thousands of seeded runs, and every violation with the seed that shows it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ml_connector.prove.processes import Yard, yard
from ml_connector.prove.redis import redis_server
from ml_connector.prove.run import Ran
from ml_connector.prove.shard import Share, runs_of
from ml_connector.prove.tables import hurry
from ml_connector.store.embedded import EmbeddedPostgres

STORM_ORDERS = 150
STORM_LIVES = 25
"""Two workers, so they are killed twice as often."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be proved.

    Attributes:
        runs: Seeded runs inside one process, from *seed* on.
        processes: Runs with real processes, from *seed* on.
        storms: Runs with real processes of `STORM_ORDERS` orders, whose workers are killed `STORM_LIVES` times each.
        side_by_side: How many at the same time, each in a process and a database of its own.
        redis_url: Every second run with real processes has BullMQ there; empty: on a Redis started for it, if there is
            one on this machine.
    """

    runs: int
    processes: int
    storms: int
    seed: int
    side_by_side: int
    redis_url: str = ""


@dataclass(slots=True)
class Report:
    """What a proof showed. `took_s`: of the clock on the wall; `inside_s`: of it, for the runs inside one process."""

    runs: int = 0
    processes: int = 0
    on_redis: int = 0
    orders: int = 0
    deaths: int = 0
    took_s: float = 0.0
    inside_s: float = 0.0
    violated: list[Ran] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.violated

    @property
    def per_second(self) -> float:
        """Runs inside one process."""
        return self.runs / self.inside_s if self.inside_s else 0.0

    def add(self, ran: Ran) -> None:
        self.orders += ran.orders
        self.deaths += ran.deaths
        if ran.violations:
            self.violated.append(ran)


Progress = Callable[[Report, Ran], None]
"""Told after each run."""


async def prove(wanted: Wanted, progress: Progress) -> Report:
    """What *wanted* says, on a PostgreSQL of its own that is gone afterwards."""
    report = Report()
    with _a_folder() as place:
        async with EmbeddedPostgres(place / "data") as server:
            await asyncio.to_thread(hurry, server.url)
            began = time.monotonic()
            await _inside(wanted, server, report, progress, began)
            report.inside_s = time.monotonic() - began
            await _with_processes(wanted, server, place, report, progress, began)
            report.took_s = time.monotonic() - began
    return report


@contextmanager
def _a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mlc-prove-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # whoever runs PostgreSQL for root has to pass
        yield place


async def _inside(wanted: Wanted, server: EmbeddedPostgres, report: Report, progress: Progress, began: float) -> None:
    shares = [
        Share(server.fresh_database(f"prove_{number}"), wanted.seed + number, wanted.seed + wanted.runs, step)
        for step in [min(wanted.side_by_side, wanted.runs)]
        for number in range(step)
    ]

    async def follow(share: Share) -> None:
        async for ran in runs_of(share):
            report.runs += 1
            report.took_s = report.inside_s = time.monotonic() - began
            report.add(ran)
            progress(report, ran)

    async with asyncio.TaskGroup() as tasks:
        for share in shares:
            tasks.create_task(follow(share))


async def _with_processes(
    wanted: Wanted, server: EmbeddedPostgres, place: Path, report: Report, progress: Progress, began: float
) -> None:
    """Runs with real processes, the back ends in turn."""
    jobs: list[tuple[int, dict[str, int]]] = [(seed, {}) for seed in range(wanted.seed, wanted.seed + wanted.processes)]
    storm = {"orders": STORM_ORDERS, "lives": STORM_LIVES}
    jobs += [(seed, storm) for seed in range(wanted.seed, wanted.seed + wanted.storms)]
    if not jobs:
        return
    left = iter(jobs)

    async def follow(on: Yard) -> None:
        for seed, how in left:
            on_redis = bool(on.redis_url) and seed % 2 == 1
            ran = await on.run(seed, on_redis=on_redis, **how)
            report.processes += 1
            report.on_redis += on_redis
            report.took_s = time.monotonic() - began
            report.add(ran)
            progress(report, ran)

    async with AsyncExitStack() as stack:
        redis_url = wanted.redis_url or stack.enter_context(redis_server(place))
        yards = [
            await stack.enter_async_context(_yard(server, place, number, redis_url))
            for number in range(min(wanted.side_by_side, len(jobs)))
        ]
        async with asyncio.TaskGroup() as tasks:
            for on in yards:
                tasks.create_task(follow(on))


def _yard(server: EmbeddedPostgres, place: Path, number: int, redis_url: str) -> AbstractAsyncContextManager[Yard]:
    own = place / f"yard-{number}"
    own.mkdir()
    return yard(server.fresh_database(f"prove_processes_{number}"), own, redis_url)
