"""`bench`: what one process of ours can do on this machine."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ml_connector.bench import intake, one_order, pipeline
from ml_connector.bench.intake import Intake
from ml_connector.bench.one_order import Cost
from ml_connector.bench.pipeline import Pipeline
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.migrate import migrate

SLOW_S = 20.0
"""How long the sick neighbour's Zoho takes for each answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is measured.

    Attributes:
        seconds, senders, size: Of `intake`: how long, how many at the same time, bytes of each body.
        connections, orders: Of `pipeline`: how many, and orders of each; at most 28, which are three calls each after
            some ten for the first, or Zoho's minute is measured.
    """

    seconds: float = 10.0
    senders: int = 64
    size: int = 10_000
    connections: int = 18
    orders: int = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; `with_a_sick_neighbour` is `pipeline` while one connection's Zoho hangs."""

    one_order: list[Cost]
    intake: Intake
    pipeline: Pipeline
    with_a_sick_neighbour: Pipeline


async def benchmarks(wanted: Wanted, said: Callable[[str], None]) -> Figures:
    """Measure everything, one after the other, on a PostgreSQL of its own that waits for the disk."""
    async with _databases() as database:
        said("What one order costs …")
        costs = await one_order.measure(await database("one_order"))
        said(f"Deliveries, for {wanted.seconds:.0f} s …")
        taken = await intake.measure(await database("intake"), wanted.seconds, wanted.senders, wanted.size)
        said("Orders through one worker …")
        posted = await pipeline.measure(await database("pipeline"), wanted.connections, wanted.orders)
        said("The same beside a connection whose Zoho hangs …")
        beside = await pipeline.measure(await database("neighbours"), wanted.connections, wanted.orders, slow_s=SLOW_S)
    return Figures(costs, taken, posted, beside)


@asynccontextmanager
async def _databases() -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Makes an empty, migrated database of a name, and answers its address."""
    with _a_folder() as folder:
        async with EmbeddedPostgres(folder / "data") as server:

            async def made(name: str) -> str:
                url = server.fresh_database(name)
                await asyncio.to_thread(migrate, url)
                return url

            yield made


@contextmanager
def _a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mlc-bench-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # whoever runs PostgreSQL for root has to pass
        yield place
