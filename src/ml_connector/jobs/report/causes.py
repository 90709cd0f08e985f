"""What a person must decide: the causes, each with the one step that settles it, and the replays that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.outcome import Verdict
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.outcomes import Cause, OutcomeRow, Wanted
from ml_connector.store.replays import Replay

LAST_RESULTS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """What settles a cause: the word on its button, and the page that it opens."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One cause of one connection. `step` None: looking again is what settles it."""

    connection: Connection
    cause: Cause
    step: Step | None

    @property
    def key(self) -> str:
        """What names it in an address, together with its connection."""
        return f"{self.cause.verdict}:{self.cause.cause}"

    @property
    def currency(self) -> str:
        """The currency that Zoho lacks; empty where something else is the matter."""
        first, _, code = self.cause.cause.partition(":")
        return code if first == "currency_missing" else ""


@dataclass(frozen=True, slots=True)
class Running:
    """A replay that has not come to its end, with its last results."""

    replay: Replay
    last: Sequence[OutcomeRow]

    @property
    def all(self) -> int:
        return self.done + self.replay.to_go + self.replay.stopped

    @property
    def done(self) -> int:
        return sum(self.replay.results.values())


@dataclass(frozen=True, slots=True)
class NeedsYou:
    """Everything that waits for a person, what is being replayed, and what was."""

    decisions: Sequence[Decision]
    running: Sequence[Running]
    finished: Sequence[Replay]
    settled_at: datetime | None
    """When the last thing was settled; None: nothing ever was."""

    @property
    def orders(self) -> int:
        return sum(each.cause.orders for each in self.decisions)


_STEPS = {
    "tax_unmapped": Step("Map the tax", "/policy/taxes"),
    "tax_missing": Step("Choose another tax", "/policy/taxes"),
    "account_unmapped": Step("Choose the account", "/policy/accounts"),
    "account_unusable": Step("Choose another account", "/policy/accounts"),
    "gateway_unmapped": Step("Choose where its money goes", "/policy/gateways"),
    "period_locked": Step("Look at the rule for closed periods", "/policy/rules"),
    "adjustment_while_registered": Step("Look at the rule for taxes", "/policy/rules"),
    "orphan_refund": Step("Look at the rule for such refunds", "/policy/rules"),
}
"""By the first part of a cause. What stands here is settled by a choice that holds for all of its orders."""


def step_for(cause: str) -> Step | None:
    """The choice that settles *cause*; None where there is none and the orders are looked at one by one."""
    return _STEPS.get(cause.partition(":")[0])


async def needs_you(store: Store, connections: Sequence[Connection]) -> NeedsYou:
    """One query for each connection, one for the replays, two for each that runs."""
    async with store.at_once() as tx:
        decisions = [
            Decision(connection, cause, step_for(cause.cause))
            for connection in connections
            for cause in await store.outcomes.causes(tx, connection.id)
        ]
        replays = await store.replays.recent(tx, connections[0].id if len(connections) == 1 else None)
        ours = [each for each in replays if each.kind == "replay"]
        running = []
        for each in ours:
            if not each.finished:
                ids = await store.replays.order_ids(tx, each.id)
                wanted = Wanted(order_ids=ids, changed_from=each.started_at)
                page = await store.outcomes.page(tx, wanted, limit=LAST_RESULTS)
                running.append(Running(each, [row for row in page.rows if row.verdict is not Verdict.WAITING]))
    decisions.sort(key=lambda each: (-each.cause.orders, each.cause.oldest_at))
    finished = [each for each in ours if each.finished]
    return NeedsYou(decisions, running, finished, finished[0].started_at if finished else None)


async def decision(store: Store, connection: Connection, key: str) -> Decision | None:
    """The cause that *key* names; None when nothing waits for it any more. One query."""
    async with store.at_once() as tx:
        causes = await store.outcomes.causes(tx, connection.id)
    for cause in causes:
        found = Decision(connection, cause, step_for(cause.cause))
        if found.key == key:
            return found
    return None


def orders_of(found: Decision, as_of: datetime) -> Wanted:
    """The orders of a cause as they were at *as_of*: later ones do not join."""
    return Wanted(
        connection_id=found.connection.id,
        verdict=found.cause.verdict,
        cause=found.cause.cause,
        changed_until=as_of,
    )
