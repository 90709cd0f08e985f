"""Versions: each is kept, and an old one can be taken again, which makes a new one."""

from __future__ import annotations

from litestar import Response, post
from litestar.exceptions import NotFoundException

from ml_connector.domain.policy import read_policy
from ml_connector.jobs.policies import change_policy
from ml_connector.web.console.guards import may
from ml_connector.web.console.policy.page import the_connection
from ml_connector.web.console.visit import Visiting


@post("/policy/versions/again", guards=[may("operator")], include_in_schema=False)
async def again(visit: Visiting) -> Response[str]:
    """Take an old version again. Posted documents keep the version they were made under."""
    connection, number = the_connection(visit), visit.form.get("version", "")
    known = number.isdecimal() and int(number) <= connection.policy_version
    async with visit.store.at_once() as tx:
        old = await visit.store.connections.policy(tx, connection.id, int(number)) if known else None
    if old is None:
        raise NotFoundException("There is no such version.")
    wanted = read_policy(old.body)
    note = visit.form.get("note", "") or f"Version {number} again."
    await change_policy(visit.store, connection.id, lambda _: wanted, who=visit.name, note=note)
    return visit.go("/policy/versions", did="saved")
