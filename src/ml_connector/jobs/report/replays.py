"""Replays that were started, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.jobs.report.shapes import Json, moment, outcomes
from ml_connector.store.replays import Replay


def replay(one: Replay, names: Mapping[int, str]) -> Json:
    """*names*: the connections' names by id."""
    return {
        "id": one.id,
        "connection": names.get(one.connection_id) if one.connection_id is not None else None,
        "kind": one.kind,
        "title": one.title,
        "who": one.who,
        "plan": dict(one.plan),
        "started_at": moment(one.started_at),
        "stopped_at": moment(one.stopped_at),
        "results": outcomes(one.results),
        "to_go": one.to_go,
        "stopped": one.stopped,
        "finished": one.finished,
    }
