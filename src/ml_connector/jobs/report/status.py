"""How each connection is, and how much is not at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml_connector import __version__
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report.shapes import Json, outcomes
from ml_connector.store import Store
from ml_connector.store.allowances import AllowanceState
from ml_connector.store.connections import Connection
from ml_connector.store.subjects import Work


@dataclass(frozen=True, slots=True)
class Standing:
    """What the tables say about some connections at one moment."""

    connections: Sequence[Connection]
    work: Mapping[int, Work] = field(default_factory=dict)
    counts: Mapping[int, Mapping[Verdict, int]] = field(default_factory=dict)
    allowances: Mapping[str, AllowanceState] = field(default_factory=dict)
    """By organisation."""


async def standing(store: Store, connection: Connection | None = None) -> Standing:
    """Four queries, however many connections there are; three when *connection* is given."""
    chosen = None if connection is None else connection.id
    async with store.at_once() as tx:
        found = (connection,) if connection is not None else await store.connections.all(tx)
        work = await store.subjects.work(tx, chosen)
        counts = await store.outcomes.counts(tx, chosen)
        allowances = await store.allowances.states(tx, {each.organization for each in found})
    return Standing(found, {each.connection_id: each for each in work}, counts, allowances)


def status(now: Standing) -> Json:
    """The whole installation, or the part of it that *now* is about."""
    total: Counter[Verdict] = Counter()
    for connection in now.connections:
        total.update(now.counts.get(connection.id, {}))
    shown = [now.work[each.id] for each in now.connections if each.id in now.work]
    return {
        "version": __version__,
        "outstanding": sum(work.outstanding for work in shown),
        "oldest_outstanding_s": max((_age(work) for work in shown), default=None),
        "outcomes": outcomes(total),
        "connections": connections(now)["connections"],
    }


def connections(now: Standing) -> Json:
    """What `connections` and `connect` answer."""
    return {"connections": [_row(connection, now) for connection in now.connections]}


def _row(connection: Connection, now: Standing) -> Json:
    work = now.work.get(connection.id)
    allowance = now.allowances.get(connection.organization)
    return {
        "name": connection.name,
        "health": connection.standing,
        "reason": connection.standing_reason,
        "shop": connection.shop,
        "organization_id": connection.organization_id or None,
        "region": connection.zoho_region or None,
        "webhooks": None if connection.health == "disconnected" else connection.shop_facts.get("webhooks"),
        "outstanding": work.outstanding if work else 0,
        "oldest_outstanding_s": _age(work) if work else None,
        "outcomes": outcomes(now.counts.get(connection.id, {})),
        "calls_today": allowance.calls_today if allowance else 0,
        "calls_left_today": allowance.day_remaining if allowance else None,
    }


def _age(work: Work) -> float:
    return round(max(work.oldest_outstanding_s, 0.0), 1)
