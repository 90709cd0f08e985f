"""The policy in force, with its version and who made it."""

from __future__ import annotations

from ml_connector.domain.policy import policy_document, read_policy
from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.store import Store
from ml_connector.store.connections import Connection


async def policy(store: Store, connection: Connection) -> Json:
    """What `policy NAME` answers: every name with its value, defaults too. One query."""
    async with store.at_once() as tx:
        kept = await store.connections.policy(tx, connection.id)
    return {
        "connection": connection.name,
        "version": kept.version if kept else connection.policy_version,
        "at": moment(kept.at) if kept else None,
        "who": kept.who if kept else None,
        "note": kept.note if kept else "",
        "policy": policy_document(read_policy(kept.body if kept else {})),
    }
