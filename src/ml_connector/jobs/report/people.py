"""Operators and programs' tokens, without anything that opens a door."""

from __future__ import annotations

from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.store import Store


async def tokens(store: Store) -> Json:
    """Every token by name, revoked ones too. One query."""
    async with store.at_once() as tx:
        found = await store.api_tokens.all(tx)
    return {
        "tokens": [
            {
                "name": each.name,
                "role": each.role,
                "created_at": moment(each.created_at),
                "used_at": moment(each.used_at),
                "revoked_at": moment(each.revoked_at),
            }
            for each in found
        ]
    }


async def operators(store: Store) -> Json:
    """Every operator by name, disabled ones too. One query."""
    async with store.at_once() as tx:
        found = await store.operators.all(tx)
    return {
        "operators": [
            {
                "name": each.name,
                "role": each.role,
                "created_at": moment(each.created_at),
                "last_seen_at": moment(each.last_seen_at),
                "disabled_at": moment(each.disabled_at),
                "has_password": each.password_hash is not None,
            }
            for each in found
        ]
    }
