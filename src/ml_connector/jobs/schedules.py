"""What happens by itself, per connection: sweeps, daily rounds, pruning, proof of life.

| round | every | what |
| --- | --- | --- |
| `sweep:<id>` | `SWEEP_EVERY_S` | orders and customers that nobody announced |
| `resweep:<id>` | hour | the same over the last day, for what Shopify's index showed late |
| `again:<id>` | a minute | a paused connection is tried again when its pause is over |
| `alive:<id>` | day | both sides still take our word; tokens of idle shops are used |
| `webhooks:<id>` | day | the subscriptions exist and lead here |
| `hooks:<id>` | day | Zoho's webhooks exist, where its plan has them |
| `contacts:<id>` | quarter of an hour | contacts that were changed in Zoho, where changes go back |
| `deleted:<id>` | day | orders that were deleted in Shopify |
| `vanished:<id>` | day | documents that people deleted, voided or changed in Zoho |
| `summary:<id>` | a minute | the summaries that are due, each once |
| `prune:<id>` | day | raw deliveries and exchanges after their time |
| `law:<id>` | hour | what the law asks for of a shop that has left |
| `house`, `worker` | day, half a minute | what belongs to no connection; word that a worker is alive |
| `notices` | half a minute | what people are still to be told of, or that it is over |

A connection that an operator ended has only `law` and `prune`. The queue's schedule takes a lease for each round, so
however many processes there are, each round happens once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ml_connector.domain.policy import read_policy
from ml_connector.jobs.alive import beat, prove, prove_again
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.zoho_hooks import repair_hooks
from ml_connector.jobs.customers.poll import EVERY_S as POLL_S
from ml_connector.jobs.customers.poll import poll_contacts
from ml_connector.jobs.deleted import look_for_deleted
from ml_connector.jobs.instructions.law import settle_ended
from ml_connector.jobs.notices import tell
from ml_connector.jobs.pruning import keep_house, prune
from ml_connector.jobs.restored import notice_restore
from ml_connector.jobs.runtime import Runtime, Runtimes
from ml_connector.jobs.summary.sending import Post, send_due
from ml_connector.jobs.sweep import A_DAY, sweep
from ml_connector.jobs.vanished import look_for_vanished
from ml_connector.jobs.webhooks import verify_webhooks
from ml_connector.store import Store
from ml_connector.store.connections import Connection

MINUTE_S = 60.0
HOUR_S = 3_600.0
DAY_S = 86_400.0
BEAT_S = 30.0
AT_ONCE = 8
"""Rounds under way in one process: hundreds of connections must not take every database connection at once."""

Work = Callable[[Runtime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Round:
    """One activity: `every_s` seconds from one beginning to the next."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rounds:
    """What is to be done periodically, as the connections are now."""

    runtimes: Runtimes
    store: Store
    listening: Listening
    sweep_every_s: float = 300.0
    retention_days: int = 90
    post: Post = field(default_factory=Post)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def __call__(self) -> list[Round]:
        """Every round there is. One query."""
        async with self.store.at_once() as tx:
            connections = await self.store.connections.all(tx)
        rounds = [
            Round("worker", BEAT_S, partial(beat, self.store)),
            Round("notices", BEAT_S, partial(self._alone, tell, self.store, self.post)),
            Round("house", DAY_S, self._keep_house),
        ]
        for connection in connections:
            rounds += self._of(connection)
        return rounds

    def _of(self, connection: Connection) -> list[Round]:
        number = connection.id
        always = [Round(f"prune:{number}", DAY_S, partial(self._prune, connection))]
        if connection.disconnected_at is not None:
            return [*always, Round(f"law:{number}", HOUR_S, partial(self._alone, settle_ended, self.store, number))]
        again = self._round("again", MINUTE_S, connection, prove_again)
        always.append(self._round("summary", MINUTE_S, connection, partial(send_due, post=self.post)))
        if connection.health != "ok":
            # asked about books that nobody has chosen yet Zoho refuses, and that could overtake the choice
            return [*always, again] if connection.organization_id else always
        return [
            *always,
            again,
            self._round("sweep", self.sweep_every_s, connection, sweep),
            self._round("resweep", HOUR_S, connection, partial(sweep, overlap=A_DAY)),
            self._round("alive", DAY_S, connection, prove),
            self._round("webhooks", DAY_S, connection, partial(verify_webhooks, listening=self.listening)),
            # one more thing that is written to Zoho
            *([] if connection.resting else [self._round("hooks", DAY_S, connection, self._repair_hooks)]),
            self._round("contacts", POLL_S, connection, poll_contacts),
            self._round("deleted", DAY_S, connection, look_for_deleted),
            self._round("vanished", DAY_S, connection, look_for_vanished),
        ]

    def _round(self, name: str, every_s: float, connection: Connection, work: Work) -> Round:
        return Round(f"{name}:{connection.id}", every_s, partial(self._work, connection.id, work))

    async def _work(self, connection_id: int, work: Work) -> None:
        async with self._room:
            await work(await self.runtimes.of(connection_id))

    async def _repair_hooks(self, run: Runtime) -> None:
        behind = replace(run, zoho=run.zoho.in_lane("rereading"))
        await repair_hooks(behind, self.listening.zoho_address(run.name))

    async def _alone(self, work: Callable[..., Awaitable[object]], *given: Any) -> None:
        async with self._room:
            await work(*given)

    async def _prune(self, connection: Connection) -> None:
        """With the retention that the connection's policy sets, else the installation's."""
        async with self.store.at_once() as tx:
            version = await self.store.connections.policy(tx, connection.id)
        own = read_policy(version.body).retention_days if version is not None else None
        async with self._room:
            await prune(self.store, connection.id, days=own or self.retention_days)

    async def _keep_house(self) -> None:
        async with self._room:
            await keep_house(self.store, days=self.retention_days)
            await notice_restore(self.store)
