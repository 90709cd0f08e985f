"""One simulated process: the real jobs on the real store, with every input and output behind the gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.prove.gate import Died, Gate
from ml_connector.sandbox.http import Answer, NoAnswer, Request, Slow
from ml_connector.store import Store
from ml_connector.store.subjects import Subject
from ml_connector.store.tokens import Tokens

log = structlog.get_logger(__name__)

SHOPIFY = "http://shopify.invalid"
ZOHO = "http://zoho.invalid"
STATEMENT, TRANSACTION = "statement", "transaction"
DATABASE = frozenset({STATEMENT, TRANSACTION})
"""Stops before something that reaches PostgreSQL."""
ENDPOINTS = Endpoints(shopify=SHOPIFY, zoho_accounts=ZOHO, zoho_api=ZOHO)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request on the wire. Times in virtual seconds."""

    there_s: float = 0.05
    back_s: float = 0.05
    not_sent: bool = False
    lost: bool = False
    """No answer, although it may have been carried out."""


class Wire(Protocol):
    """The world as a process sees it: both companies, and what happens on the way to them."""

    def fate(self, machine: Machine, request: HttpRequest) -> Fate: ...

    def handle(self, request: HttpRequest) -> Answer: ...


class Machine:
    """A process with its memory: runtimes, tokens, permits. `slots` jobs run in it at the same time."""

    def __init__(
        self, name: str, gate: Gate, store: Store, wire: Wire, *, skew: timedelta, slots: int, random: Random
    ) -> None:
        self.name = name
        self.alive = True
        self.frozen_until: datetime | None = None
        self._froze_at: datetime | None = None
        self.gate = gate
        self.store = _MachineStore(store, self)
        clock = _MachineClock(self, skew)
        self.store.tokens = Tokens(store.vault, sleep=clock.sleep)
        self._runtimes = ConnectionRuntimes(self.store, _MachineSend(self, wire), ENDPOINTS, clock, random)
        self._runner = SubjectRunner(self._runtimes, name)
        self._tasks = [asyncio.create_task(self._work(number)) for number in range(slots)]
        self.running: dict[int, Subject] = {}
        self.unforeseen: list[str] = []

    async def stop(self, what: str, *, for_s: float = 0.0, parked: bool = False) -> object:
        """Stop at the gate.

        Raises:
            Died.
        """
        if not self.alive:
            raise Died(self.name)
        return await self.gate.stop(self.name, what, for_s=for_s, parked=parked)

    def freeze(self, *, for_s: float) -> None:
        """Nothing of it goes on for so long; what it has sent arrives."""
        self._froze_at = self.gate.time.now
        self.frozen_until = self._froze_at + timedelta(seconds=for_s)

    def slept_since(self, moment: datetime) -> bool:
        """Whether it was frozen at *moment* or later."""
        return self._froze_at is not None and self._froze_at >= moment

    async def die(self) -> None:
        """Everything in memory is thrown away, at once."""
        self.alive = False
        self.gate.end(self.name)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, number: int) -> None:
        while True:
            subject = await self.stop("idle", parked=True)
            assert isinstance(subject, Subject)
            self.running[number] = subject
            await self._run(subject)
            self.running.pop(number, None)

    async def _run(self, subject: Subject) -> None:
        """As at the worker's edge: nothing unforeseen stops the next."""
        try:
            await self._runner(subject)
        except Exception as error:  # noqa: BLE001 - a stand-in for the worker's edge
            self.unforeseen.append(f"{type(error).__name__}: {error}")
            try:
                await self._runner.unforeseen(subject, error)
            except Exception as second:
                log.exception("machine.could_not_write_down", exc_info=second)


class _MachineClock:
    """What time a process believes it is; its monotonic clock is right."""

    def __init__(self, machine: Machine, skew: timedelta) -> None:
        self._machine = machine
        self._skew = skew

    def now(self) -> datetime:
        return self._machine.gate.time.now + self._skew

    def monotonic(self) -> float:
        return self._machine.gate.time.seconds

    async def sleep(self, seconds: float) -> None:
        await self._machine.stop("sleep", for_s=seconds)


class _MachineStore(Store):
    """The store, with a stop before everything that reaches PostgreSQL."""

    def __init__(self, store: Store, machine: Machine) -> None:
        super().__init__(store.engine, store.vault)
        self._machine = machine

    @asynccontextmanager
    async def transaction(self, *, durable: bool = True) -> AsyncIterator[AsyncConnection]:
        await self._machine.stop(TRANSACTION)
        with self._machine.gate.under_way():
            async with super().transaction(durable=durable) as tx:
                yield tx

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[AsyncConnection]:
        await self._machine.stop(STATEMENT)
        with self._machine.gate.under_way():
            async with super().at_once() as tx:
                yield tx


class _MachineSend:
    """Carries requests to the companies in this process; a `Send`."""

    def __init__(self, machine: Machine, wire: Wire) -> None:
        self._machine = machine
        self._wire = wire

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        machine = self._machine
        label = f"{request.method} {urlsplit(request.url).path}"
        await machine.stop(f"send {label}")
        fate = self._wire.fate(machine, request)
        if fate.not_sent:
            raise NotSent("the connection was refused")
        if fate.there_s >= timeout_s:
            await machine.stop(f"gave up {label}", for_s=timeout_s)
            raise AnswerLost("no answer in time")
        await machine.stop(f"arrived {label}", for_s=fate.there_s)
        answer = self._wire.handle(request)
        took = fate.there_s + fate.back_s
        if isinstance(answer, Slow):
            took, answer = took + answer.seconds, answer.answer
        cut = fate.lost or isinstance(answer, NoAnswer)
        late = took > timeout_s
        await machine.stop(f"answered {label}", for_s=(timeout_s if late else took) - fate.there_s)
        if cut or late or isinstance(answer, NoAnswer):
            raise AnswerLost("no answer in time" if late else "the connection broke")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, headers, answer.body, took)


def as_received(request: HttpRequest) -> Request:
    """The request as a company reads it."""
    parts = urlsplit(request.url)
    return Request(
        method=request.method,
        path=parts.path,
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )
