"""`ping` for one connection, whatever state it is in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting.check import Checked, Listening, Side, check
from ml_connector.jobs.connecting.findings import of_trouble
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.connections import Connection


async def ping_one(
    connection: Connection, runtime_of: Callable[[int], Awaitable[Runtime]], listening: Listening
) -> Checked:
    """The connection as it is found; one that cannot even be put together is found wrong on both sides."""
    try:
        return await check(await runtime_of(connection.id), listening)
    except Trouble as trouble:
        left: dict[str, Any] = {"shop": connection.shop, "name": None, "plan": None, "currency": None, "scopes": []}
        right: dict[str, Any] = {
            "organization_id": connection.organization_id or None,
            "name": None,
            "region": connection.zoho_region,
            "api_domain": None,
            "currency": None,
            "calls_left_today": None,
        }
        found = [of_trouble(trouble)]
        return Checked(connection.name, Side(left, found), Side(right, found))
