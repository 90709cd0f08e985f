"""A process of the connector whose jobs all need a token at the same moment.

Reads what it needs as JSON from standard input, says `ready`, waits for one more line, lets its jobs ask both
companies, and prints what became of each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random
from typing import Any

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.clock import SystemClock
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys


class Then(SystemClock):
    """A clock at the moment that the test has chosen."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


async def main(told: dict[str, Any]) -> None:
    keys, endpoints = GivenKeys.parse(told["key"]), Endpoints(**told["endpoints"])
    async with await Store.open(told["database"], keys) as store, AiohttpSender() as send:
        runtimes = ConnectionRuntimes(store, send, endpoints, Then(datetime.fromisoformat(told["now"])), Random(1))
        run = await runtimes.of(told["connection_id"])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)

        async def job(ask: Callable[[], Awaitable[object]]) -> str:
            became = "nothing"
            for _ in range(told["times"]):
                try:
                    await ask()
                    became = "answered"
                except Trouble as trouble:
                    became = trouble.code
            return became

        asked: list[Callable[[], Awaitable[object]]] = [run.shopify.scopes, run.zoho.token]
        if told["times"] > 1:
            asked = [run.zoho.organisations]
        found = await asyncio.gather(*(job(ask) for ask in asked for _ in range(told["jobs"])))
        sys.stdout.write(json.dumps(found) + "\n")
        await runtimes.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
