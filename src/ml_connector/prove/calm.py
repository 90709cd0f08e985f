"""A process on which nothing goes wrong: for what is made ready before runs begin."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse
from ml_connector.prove.gate import VirtualTime
from ml_connector.prove.world import World
from ml_connector.sandbox.http import Response


@dataclass(frozen=True, slots=True)
class CalmClock:
    """Virtual time; who sleeps waits for ever, because nobody lets it pass."""

    time: VirtualTime

    def now(self) -> datetime:
        return self.time.now

    def monotonic(self) -> float:
        return self.time.seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class CalmSend:
    """Carries every request; a `Send`."""

    world: World

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        answer = self.world.handle(request)
        if not isinstance(answer, Response):
            raise AnswerLost("no answer on a calm wire")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, headers, answer.body)
