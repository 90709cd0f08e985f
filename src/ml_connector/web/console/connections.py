"""Connections: are both sides well, and what ends one."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath

from ml_connector.jobs.connecting.check import Checked, check
from ml_connector.jobs.connecting.connect import disconnect
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.resting import NOT_BEGUN
from ml_connector.store.connections import Connection
from ml_connector.web.console.beginning import first_of, question, question_of_pause
from ml_connector.web.console.confirm import Question
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at both sides found, worst first."""

    checked: Checked
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, checked: Checked) -> Looked:
        order = ("blocker", "warning", "info")
        found = [*checked.shopify.findings, *checked.zoho.findings]
        return cls(checked, tuple(sorted(found, key=lambda each: order.index(each.severity))))

    @property
    def blocked(self) -> bool:
        return any(each.severity == "blocker" for each in self.findings)


@get("/connections", include_in_schema=False)
async def connections(visit: Visiting) -> Response[str]:
    """Every connection, with its health."""
    return visit.page("connections.html", place="connections")


@get("/connections/{number:int}", include_in_schema=False)
async def connection(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """One connection as it was when it was last looked at."""
    return await _shown(visit, visit.numbered(number))


@post("/connections/{number:int}/look", guards=[may("operator")], include_in_schema=False)
async def look(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """Ask both sides now. About fifteen calls; nothing is written to either."""
    found = visit.numbered(number)
    looked = Looked.of(await check(await visit.needs.runtime_of(found.id), visit.needs.listening))
    again = await Visit.of(visit.needs, visit.request)
    return await _shown(again, again.numbered(number), looked)


@get("/connections/{number:int}/disconnect", guards=[may("admin")], include_in_schema=False)
async def ask_disconnect(visit: Visiting, number: FromPath[int]) -> Response[str]:
    return visit.page("confirm.html", place="connections", question=_question(visit, visit.numbered(number)))


@post("/connections/{number:int}/disconnect", guards=[may("admin")], include_in_schema=False)
async def end(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """Remove webhooks and secrets; the history stays."""
    found = visit.numbered(number)
    if visit.form.get("typed", "").strip() != found.name:
        return visit.page("confirm.html", place="connections", status=422, question=_question(visit, found))
    await disconnect(await visit.needs.runtime_of(found.id), visit.needs.listening)
    async with visit.store.at_once() as tx:
        await visit.store.audit.note(tx, visit.name, "connection.ended", connection_id=found.id, on=found.name)
    return visit.go("/connections", did="disconnected")


async def _shown(visit: Visit, found: Connection, looked: Looked | None = None) -> Response[str]:
    return visit.page(
        "connection.html", place="connections", connection=found, looked=looked, asks=await _questions(visit, found)
    )


async def _questions(visit: Visit, found: Connection) -> list[Question]:
    """What an admin may do with it; to end it comes last."""
    if found.resting == NOT_BEGUN or found.disconnected_at is not None:
        return [_question(visit, found)]  # the set-up begins it
    if found.resting:
        waiting = (await first_of(visit, found)).waiting
        return [question(visit, found, waiting, back="connection"), _question(visit, found)]
    return [question_of_pause(visit, found), _question(visit, found)]


def _question(visit: Visit, found: Connection) -> Question:
    here = visit.href(f"/connections/{found.id}")
    address = visit.href(f"/connections/{found.id}/disconnect")
    return Question(
        id="disconnect",
        label="Disconnect…",
        title=f"Disconnect {found.name}?",
        consequences=(
            "Webhooks and secrets are removed.",
            "Orders that wait are not posted.",
            "The history stays, and what is in Zoho stays.",
        ),
        yes="Disconnect",
        action=address,
        address=address,
        back=here,
        no="Stay connected",
        type_name=found.name,
    )
