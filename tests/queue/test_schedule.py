"""Periodic things happen in one process at a time, and again when their time comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from tests.queue.rows import Rows, expire, held
from tests.queue.waiting import eventually

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.turns import Elsewhere
from ml_connector.queue.schedule import Periodic, Schedule, StoredLeases
from ml_connector.store.errors import StoreUnavailable


class HandClock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self._monotonic = 1000.0
        self._news = asyncio.Condition()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._monotonic, UTC)

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        until = self._monotonic + seconds
        async with self._news:
            await self._news.wait_for(lambda: self._monotonic >= until)

    async def pass_(self, seconds: float) -> None:
        self._monotonic += seconds
        async with self._news:
            self._news.notify_all()


class Process:
    """One process with a schedule of its own."""

    def __init__(self, rows: Rows, name: str, activities: list[Periodic], clock: HandClock) -> None:
        self.leases = StoredLeases(rows, name)
        self.unexpected: list[tuple[str, Exception]] = []

        async def given() -> list[Periodic]:
            return activities

        async def write_down(name: str, error: Exception) -> None:
            self.unexpected.append((name, error))

        self.schedule = Schedule(given, self.leases, clock, write_down)


class Counter:
    """An activity that counts how often it was done, and can be made to fail or to last."""

    def __init__(self) -> None:
        self.done = 0
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self) -> None:
        self.done += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error


async def test_of_many_processes_one_does_it(rows: Rows) -> None:
    sweep, clock = Counter(), HandClock()
    fleet = [Process(rows, f"p{number}", [Periodic("sweep:acme", 300, sweep)], clock) for number in range(5)]

    started = await asyncio.gather(*(process.schedule.look() for process in fleet))
    await asyncio.gather(*(process.schedule.settled() for process in fleet))

    assert sorted(started) == [[], [], [], [], ["sweep:acme"]]
    assert sweep.done == 1


async def test_it_is_done_again_when_its_time_has_come_and_not_before(rows: Rows) -> None:
    sweep, clock = Counter(), HandClock()
    process = Process(rows, "p", [Periodic("sweep:acme", 300, sweep)], clock)

    await process.schedule.look()
    await process.schedule.settled()
    await clock.pass_(299)
    early = await process.schedule.look()
    await expire(rows, "sweep:acme")
    await clock.pass_(1)
    due = await process.schedule.look()
    await process.schedule.settled()

    assert (early, due, sweep.done) == ([], ["sweep:acme"], 2)


async def test_a_dead_process_s_turn_goes_to_another(rows: Rows) -> None:
    sweep, clock = Counter(), HandClock()
    await StoredLeases(rows, "dead").take("sweep:acme", for_s=300)
    process = Process(rows, "alive", [Periodic("sweep:acme", 300, sweep)], clock)

    before = await process.schedule.look()
    await expire(rows, "sweep:acme")
    await clock.pass_(301)
    free = await process.schedule.look()
    await process.schedule.settled()

    assert (before, free) == ([], ["sweep:acme"])
    assert (await held(rows, "sweep:acme"))[0] == "alive"


async def test_one_that_lasts_longer_than_its_period_is_not_begun_by_another(rows: Rows) -> None:
    slow, clock = Counter(), HandClock()
    slow.gate = asyncio.Event()
    first = Process(rows, "first", [Periodic("prune", 100, slow)], clock)
    second = Process(rows, "second", [Periodic("prune", 100, slow)], clock)
    await first.schedule.look()
    await asyncio.sleep(0)
    await expire(rows, "prune", in_s=20)

    async def held_on() -> bool:
        return (await held(rows, "prune"))[1] > 50

    await clock.pass_(81)  # it holds on when four fifths have passed
    await eventually(held_on)
    meanwhile = await second.schedule.look(), await first.schedule.look()
    slow.gate.set()
    await first.schedule.settled()

    assert meanwhile == ([], [])
    assert slow.done == 1


async def test_a_failure_is_written_down_and_its_next_time_comes(rows: Rows) -> None:
    summary, clock = Counter(), HandClock()
    summary.error = ZeroDivisionError("a bug of ours")
    process = Process(rows, "p", [Periodic("summary", 60, summary)], clock)

    await process.schedule.look()
    await process.schedule.settled()
    await expire(rows, "summary")
    await clock.pass_(61)
    again = await process.schedule.look()
    await process.schedule.settled()

    assert [name for name, _ in process.unexpected] == ["summary", "summary"]
    assert again == ["summary"]


async def test_an_expected_trouble_is_not_our_bug(rows: Rows) -> None:
    sweep, clock = Counter(), HandClock()
    sweep.error = StoreUnavailable("connection refused")
    process = Process(rows, "p", [Periodic("sweep:acme", 300, sweep)], clock)

    await process.schedule.look()
    await process.schedule.settled()

    assert process.unexpected == []


@pytest.mark.parametrize(
    ("trouble", "level"), [(Elsewhere("resweep:1", 5.0), "debug"), (StoreUnavailable("away"), "warning")]
)
async def test_only_what_a_person_may_have_to_look_at_is_a_warning(rows: Rows, trouble: Trouble, level: str) -> None:
    counter = Counter()
    counter.error = trouble
    process = Process(rows, "a", [Periodic("resweep:1", 300.0, counter)], HandClock())

    with capture_logs() as logs:
        await process.schedule.look()
        await process.schedule.settled()

    assert [each["log_level"] for each in logs if each["event"] == "schedule.troubled"] == [level]


async def test_a_day_s_round_that_met_trouble_does_not_wait_for_the_next_day(rows: Rows) -> None:
    prune, clock = Counter(), HandClock()
    prune.error = StoreUnavailable("gone for a moment")
    process = Process(rows, "p", [Periodic("prune", 86_400, prune)], clock)

    await process.schedule.look()
    await process.schedule.settled()
    free_in = await StoredLeases(rows, "another").take("prune", for_s=60)
    await expire(rows, "prune")
    await clock.pass_(900)
    again = await process.schedule.look()
    await process.schedule.settled()

    assert 0 < free_in <= 900
    assert (again, prune.done) == (["prune"], 2)


async def test_activities_come_and_go_while_it_runs(rows: Rows) -> None:
    one, two, clock = Counter(), Counter(), HandClock()
    activities = [Periodic("sweep:one", 300, one)]
    process = Process(rows, "p", activities, clock)
    await process.schedule.look()

    activities[:] = [Periodic("sweep:two", 300, two)]
    started = await process.schedule.look()
    await process.schedule.settled()

    assert (started, one.done, two.done) == (["sweep:two"], 1, 1)


async def test_a_slow_one_does_not_hold_up_the_others(rows: Rows) -> None:
    slow, quick, clock = Counter(), Counter(), HandClock()
    slow.gate = asyncio.Event()
    process = Process(rows, "p", [Periodic("slow", 300, slow), Periodic("quick", 300, quick)], clock)

    await process.schedule.look()
    await asyncio.sleep(0)
    done = quick.done
    slow.gate.set()
    await process.schedule.settled()

    assert done == 1


async def test_a_stop_waits_for_what_is_under_way(rows: Rows) -> None:
    sweep, clock = Counter(), HandClock()
    sweep.gate = asyncio.Event()
    process = Process(rows, "p", [Periodic("sweep", 300, sweep)], clock)
    running = asyncio.create_task(process.schedule.run())

    async def begun() -> bool:
        return sweep.done > 0

    await eventually(begun)

    process.schedule.stop()
    done, _ = await asyncio.wait({running}, timeout=0.05)
    sweep.gate.set()
    await running

    assert not done
