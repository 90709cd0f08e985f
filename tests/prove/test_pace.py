"""A backlog of 130 orders against a Zoho that counts its hundred calls a minute: all are used, none is refused."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from tests.tables import NewDatabase

from ml_connector.prove.bench import Bench, bench
from ml_connector.prove.chaos import Chaos
from ml_connector.prove.gate import Stop
from ml_connector.prove.machine import Machine
from ml_connector.prove.run import START, Run
from ml_connector.prove.world import RoughWire
from ml_connector.sandbox.shopify.kinds import Story

ORDERS = 130
MINUTE = timedelta(minutes=1)


def calm(**changed: Any) -> Chaos:
    """Nothing goes wrong, and everything happens at once."""
    nothing = {one.name: 0 for one in fields(Chaos)}
    return Chaos(**{**nothing, "kinds": ("single line",) * ORDERS, "marked": True, "masters": True, **changed})


class Rush(Run):
    """All orders are announced once, in the first moment."""

    def __init__(self, on: Bench, chaos: Chaos) -> None:
        super().__init__(1, on.store, on.tables, on.connection_id)
        self.chaos = chaos
        self._wire = RoughWire(self.world, chaos, self.random, self.time)

    def _happened(self, story: Story, known: set[int]) -> None:
        for number in sorted(set(self.world.shop.orders) - known):
            self._at(0, self._deliver(number, f"w-{number}"))
        self._at(0, self._go_on(story))

    async def _one_writer(self, machine: Machine, stop: Stop) -> None:
        """Who writes is the other tests' matter."""


def calls(of: Rush) -> list[tuple[datetime, int | None]]:
    """When each call that counts came to Zoho, and the status of its answer."""
    return [(one.at, one.status) for one in of.world.zoho.log if "/oauth/" not in one.path]


async def test_a_backlog_uses_the_minute_and_is_never_refused(new_database: NewDatabase) -> None:
    async with bench(new_database()) as on:
        await on.tables.empty(masters=True, marked=True)
        running = Rush(on, calm(machines=2, slots=8))
        ran = await running.drive()

    told = calls(running)
    arrivals = [at for at, _ in told]
    minutes = range((arrivals[-1] - START) // MINUTE)
    used = [sum(START + n * MINUTE <= at < START + (n + 1) * MINUTE for at in arrivals) for n in minutes]
    assert ran.violations == []
    assert 429 not in {status for _, status in told}
    # however Zoho cuts its minutes, no 60 seconds hold more than a hundred; and whole minutes hold nearly all
    assert all(later - earlier > MINUTE for earlier, later in zip(arrivals, arrivals[100:], strict=False))
    assert len(used) >= 3
    assert min(used) >= 95
