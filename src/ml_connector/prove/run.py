"""One seeded run: orders happen, processes work and die, until everything is at rest; then the books are checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

from ml_connector.prove import books
from ml_connector.prove.chaos import Chaos, draw
from ml_connector.prove.gate import Gate, Stop, VirtualTime
from ml_connector.prove.machine import DATABASE, Machine
from ml_connector.prove.tables import Tables
from ml_connector.prove.world import SHOP, RoughWire, World
from ml_connector.sandbox.shopify.kinds import Story
from ml_connector.store import Store
from ml_connector.store.deliveries import Delivery
from ml_connector.store.sql import text
from ml_connector.store.subjects import Knock, Subject

START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
LONGEST = timedelta(days=3)
MOST_STEPS = 30_000
LOST_AFTER_S = 60.0
FREEZE_S = 120.0
REAL_S = 300.0
RELAY_EVERY = timedelta(seconds=1)
TRACE = 3_000

Act = Callable[[], Awaitable[None]]

_NEXT = text("""
    SELECT min(greatest(s.due_at, coalesce(s.lease_until, s.due_at), coalesce(c.paused_until, s.due_at),
                        coalesce(s.queued_at + make_interval(secs => :lost_s), s.due_at))) AS at
    FROM subjects s JOIN connections c ON c.id = s.connection_id WHERE s.knocked > s.answered
""")
LEFT = text("""
    SELECT 'operation ' || key || ' is left ' || state AS said FROM operations
    WHERE state IN ('sent', 'in_doubt', 'intended')
    UNION ALL
    SELECT 'subject ' || id || ' is outstanding' FROM subjects WHERE knocked > answered
""")
_OWNERS = text("SELECT lease_owner FROM subjects WHERE id = ANY(CAST(:ids AS text[]))")
_WRITES = ("send POST /books/", "send PUT /books/")
VERDICTS = text("SELECT order_id, name, verdict, reason_code, reason_text FROM outcomes ORDER BY order_id")


@dataclass(slots=True)
class Ran:
    """What one run showed."""

    seed: int
    violations: list[str]
    trace: list[str]
    steps: int
    deaths: int
    orders: int
    virtual_s: float
    chaos: Chaos
    with_processes: bool = False


@dataclass(order=True, slots=True)
class _Event:
    at: datetime
    number: int
    act: Act = field(compare=False)


class Run:
    """One run. `drive` does it."""

    def __init__(self, seed: int, store: Store, tables: Tables, connection_id: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.chaos: Chaos = draw(self.random)
        self.time = VirtualTime(START)
        self.gate = Gate(self.time)
        self.world = World(lambda: self.time.now, seed, marked=self.chaos.marked)
        self.trace: list[str] = []
        self.deaths = 0
        self.freezes = 0
        self._wire = RoughWire(self.world, self.chaos, self.random, self.time)
        self._store = store
        self._tables = tables
        self._connection_id = connection_id
        self._agenda: list[_Event] = []
        self._numbers = 0
        self._machines: list[Machine] = []
        self._named = 0
        self._jobs: list[Subject] = []
        self._steps = 0
        self._stories = 0
        self._unforeseen: list[str] = []
        self._found: list[str] = []
        self._relayed_at = START - RELAY_EVERY
        self._due: datetime | None = None
        self._due_known = False

    async def drive(self) -> Ran:
        """Let everything happen, and check."""
        self.world.organization.switches.set(list_lag_s=self.chaos.lag_s)
        await self._tables.set_clock(self.time.now)
        for _ in range(self.chaos.machines):
            self._start_machine()
        for kind in self.chaos.kinds:
            self._stories += 1
            self._at(self.random.uniform(0, self.chaos.spread_s), self._begin(kind))
        try:
            found = await self._until_rest()
            found += await self._check()
        finally:
            for machine in self._machines:
                await machine.die()
        return Ran(
            self.seed,
            found,
            self.trace[-TRACE:],
            self._steps,
            self.deaths,
            len(self.world.orders),
            self.time.seconds,
            self.chaos,
        )

    # -- what happens in the shop ---------------------------------------------------------------------------------

    def _at(self, after_s: float, act: Act) -> None:
        self._numbers += 1
        heappush(self._agenda, _Event(self.time.now + timedelta(seconds=after_s), self._numbers, act))

    def _begin(self, kind: str) -> Act:
        async def act() -> None:
            known = set(self.world.shop.orders)
            story = self.world.begin(kind)
            self._happened(story, known)

        return act

    def _go_on(self, story: Story) -> Act:
        async def act() -> None:
            known = set(self.world.shop.orders) - {story.order.id}
            if story.next():
                self._happened(story, known)
            else:
                self._stories -= 1
                if not self._stories:
                    self._at(self.random.uniform(0, 600), self._sweep)

        return act

    def _happened(self, story: Story, known: set[int]) -> None:
        """Tell it zero to five times, late and in any order; then the story goes on."""
        for number in sorted(set(self.world.shop.orders) - known):
            self._say(f"{story.name}: order {number}")
            for again in range(self.random.randint(0, 5)):
                after = self.random.uniform(0, self.chaos.delay_s)
                webhook = f"{number}-{self._numbers}-{self.random.choice(('a', again))}"
                self._at(after, self._deliver(number, webhook))
        self._at(self.random.uniform(0, self.chaos.spread_s), self._go_on(story))

    def _subject(self, number: int) -> Subject:
        return Subject(self._connection_id, "order", f"gid://shopify/Order/{number}")

    def _deliver(self, number: int, webhook_id: str) -> Act:
        subject = self._subject(number)

        async def act() -> None:
            delivery = Delivery(
                source="shopify",
                shop=SHOP,
                webhook_id=webhook_id,
                topic="orders/updated",
                body=b"{}",
                received_at=self.time.now,
                connection_id=self._connection_id,
                subject=subject,
                knocks=(Knock(subject),),
            )
            async with self._store.at_once() as tx:
                await self._store.deliveries.accept_many(tx, [delivery])

        return act

    async def _sweep(self) -> None:
        """Orders that nobody announced are looked for in the end."""
        async with self._store.at_once() as tx:
            await self._store.subjects.knock(
                tx, [Knock(self._subject(each)) for each in sorted(self.world.shop.orders)]
            )

    # -- who goes on next -----------------------------------------------------------------------------------------

    def _say(self, what: str) -> None:
        self.trace.append(f"{self.time.seconds:9.2f} {what}")

    def _start_machine(self) -> None:
        self._named += 1
        skewed = self._named == 1 and self.chaos.skew_s
        skew = timedelta(seconds=self.chaos.skew_s if skewed else 0)
        self._machines.append(
            Machine(
                f"p{self._named}",
                self.gate,
                self._store,
                self._wire,
                skew=skew,
                slots=self.chaos.slots,
                random=Random(self.random.getrandbits(32)),
            )
        )

    async def _until_rest(self) -> list[str]:
        """Step by step; a sentence when it does not come to rest."""
        while self._steps < MOST_STEPS and self.time.now - START < LONGEST:
            self._steps += 1
            await self.gate.at_rest()
            ready = self._ready()
            events = self._agenda and self._agenda[0].at <= self.time.now
            if events and (not ready or self.random.random() < 0.3):
                await self._tables.set_clock(self.time.now)
                self._due_known = False
                await heappop(self._agenda).act()
            elif self._jobs and (idle := self._idle()) and (not ready or self.random.random() < 0.5):
                self._give(self.random.choice(idle))
            elif ready:
                await self._step(self.random.choice(ready))
            elif not await self._go_on_in_time():
                return []
        return [f"not at rest after {self._steps} steps and {self.time.now - START}"]

    def _ready(self) -> list[Stop]:
        now = self.time.now
        frozen = {each.name for each in self._machines if each.frozen_until and each.frozen_until > now}
        return [
            each
            for each in self.gate.stops
            if not each.parked and each.until <= now and (each.machine not in frozen or each.what.startswith("arrived"))
        ]

    def _idle(self) -> list[Stop]:
        now = self.time.now
        frozen = {each.name for each in self._machines if each.frozen_until and each.frozen_until > now}
        return [each for each in self.gate.stops if each.parked and each.machine not in frozen]

    def _give(self, stop: Stop) -> None:
        at = self.random.randrange(len(self._jobs))
        subject = self._jobs[at]
        if self.random.random() >= self.chaos.again or self.time.seconds > self.chaos.wire_until_s:
            self._jobs.pop(at)
        self._say(f"{stop.machine} takes {subject.id}")
        self.gate.let_through(stop, subject)

    async def _step(self, stop: Stop) -> None:
        """Let one go on; or it dies, or freezes, right here."""
        machine = next(each for each in self._machines if each.name == stop.machine)
        if self.time.seconds <= self.chaos.wire_until_s and stop.what != "sleep":
            if self.deaths < self.chaos.deaths and self.random.random() < self.chaos.death:
                await self._kill(machine, stop)
                return
            may_freeze = self.chaos.marked or not stop.what.startswith(_WRITES)
            if may_freeze and self.freezes < self.chaos.freezes and self.random.random() < self.chaos.freeze:
                self.freezes += 1
                self._say(f"{machine.name} freezes at {stop.what}")
                machine.freeze(for_s=FREEZE_S)
                return
        if not stop.what.startswith(("arrived", "sleep")):
            self._say(f"{machine.name} {stop.what}")
        if stop.what in DATABASE:
            await self._tables.set_clock(self.time.now)
            self._due_known = False
        await self._one_writer(machine, stop)
        self.gate.let_through(stop)

    async def _one_writer(self, machine: Machine, stop: Stop) -> None:
        """Who is about to write has the subject; but for one who froze after the last look at the clock, as we say."""
        if not stop.what.startswith(_WRITES) or machine.slept_since(stop.since):
            return
        ids = [each.id for each in machine.running.values()]
        owners = {row.lease_owner for row in await self._tables.rows(_OWNERS, ids=ids)}
        if machine.name not in owners:
            self._found.append(
                f"two writers: {machine.name} writes ({stop.what}) what {sorted(map(str, owners))} holds"
            )

    async def _kill(self, machine: Machine, stop: Stop) -> None:
        self.deaths += 1
        self._say(f"{machine.name} dies at {stop.what}")
        self._unforeseen += machine.unforeseen
        self._machines.remove(machine)
        await machine.die()
        self._start_machine()

    async def _go_on_in_time(self) -> bool:
        """Relay what is due, or go on to the next moment at which anything happens; false when nothing ever does."""
        moments = [each.until for each in self.gate.stops if not each.parked and each.what != "sleep"]
        moments += [each.frozen_until for each in self._machines if each.frozen_until]
        moments += [each.at for each in self._agenda[:1]]
        moments = [each for each in moments if each > self.time.now]
        soon = min(moments, default=None)
        if soon is not None and soon <= self._relayed_at + RELAY_EVERY:
            self.time.advance_to(soon)
            return True
        return await self._relay(moments)

    async def _relay(self, moments: list[datetime]) -> bool:
        self._relayed_at = self.time.now
        due = await self._next_due()
        if due is not None and due <= self.time.now and await self._take_due():
            return True
        if due is not None:
            moments.append(max(due, self.time.now + RELAY_EVERY))
        if due is not None or any(machine.running for machine in self._machines):
            moments += [each.until for each in self.gate.stops if each.what == "sleep" and each.until > self.time.now]
        if not moments:
            return False
        self.time.advance_to(min(moments))
        return True

    async def _next_due(self) -> datetime | None:
        """When the first subject is due; asked again only after somebody was at the tables."""
        if not self._due_known:
            self._due = (await self._tables.rows(_NEXT, lost_s=LOST_AFTER_S))[0].at
            self._due_known = True
        return self._due

    async def _take_due(self) -> bool:
        """What is due becomes jobs, some of which the queue forgets."""
        await self._tables.set_clock(self.time.now)
        self._due_known = False
        async with self._store.at_once() as tx:
            due = await self._store.subjects.take_due(tx, window=20, limit=20, lost_after_s=LOST_AFTER_S)
        due = tuple(sorted(due, key=lambda each: each.subject.id))  # which of equals is first is PostgreSQL's choice
        calm = self.time.seconds > self.chaos.wire_until_s
        self._jobs += [each.subject for each in due if calm or self.random.random() >= self.chaos.lost]
        if calm:
            self._jobs = list(dict.fromkeys(self._jobs))
        return bool(due)

    # -- the end --------------------------------------------------------------------------------------------------

    async def _check(self) -> list[str]:
        found = self._found + list(books.violations(self.world.orders, self.world.books, marked=self.chaos.marked))
        found += [row.said for row in await self._tables.rows(LEFT)]
        found += books.verdicts(self.world.orders, await self._tables.rows(VERDICTS))
        for machine in self._machines:
            self._unforeseen += machine.unforeseen
        found += [f"unforeseen: {each}" for each in self._unforeseen]
        return found


async def run_once(seed: int, store: Store, tables: Tables, connection_id: int) -> Ran:
    """One run on tables that are emptied before."""
    running = Run(seed, store, tables, connection_id)
    await tables.empty(masters=running.chaos.masters, marked=running.chaos.marked)
    return await asyncio.wait_for(running.drive(), REAL_S)
