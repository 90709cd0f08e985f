"""The tables' figures for Prometheus, at the moment of asking."""

from __future__ import annotations

from ml_connector.jobs.report.status import standing
from ml_connector.store import Store
from ml_connector.web.metrics import Figures


async def figures(store: Store) -> Figures:
    """Every connection's orders by outcome, its work, and its calls. Four queries."""
    now = await standing(store)
    names = {connection.id: connection.name for connection in now.connections}
    work = {names[number]: each for number, each in now.work.items() if number in names}
    left = {
        connection.name: state.day_remaining
        for connection in now.connections
        if (state := now.allowances.get(connection.organization)) is not None and state.day_remaining is not None
    }
    return Figures(
        outcomes={
            (names[number], verdict.value): count
            for number, counts in now.counts.items()
            if number in names
            for verdict, count in counts.items()
        },
        outstanding={name: each.outstanding for name, each in work.items()},
        oldest_s={name: each.oldest_outstanding_s for name, each in work.items()},
        calls_left=left,
    )
