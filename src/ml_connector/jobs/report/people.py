"""Operators and programs' tokens, without anything that opens a door."""

from __future__ import annotations

from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.store import Store
from ml_connector.store.people import ApiToken, Operator


async def tokens(store: Store) -> Json:
    """Every token by name, revoked ones too. One query."""
    async with store.at_once() as tx:
        return {"tokens": [program(each) for each in await store.api_tokens.all(tx)]}


async def operators(store: Store) -> Json:
    """Every operator by name, disabled ones too. One query."""
    async with store.at_once() as tx:
        return {"operators": [operator(each) for each in await store.operators.all(tx)]}


def operator(found: Operator) -> Json:
    """`state`: ok, invited (no password yet) or disabled."""
    state = "disabled" if found.disabled_at else "ok" if found.password_hash else "invited"
    return {
        "name": found.name,
        "role": found.role,
        "state": state,
        "created_at": moment(found.created_at),
        "last_seen_at": moment(found.last_seen_at),
    }


def program(found: ApiToken) -> Json:
    """`used_at` is exact to a day."""
    return {
        "name": found.name,
        "role": found.role,
        "created_at": moment(found.created_at),
        "used_at": moment(found.used_at),
        "revoked_at": moment(found.revoked_at),
    }
