"""Operators: who may do what, and who did what."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException

from ml_connector.jobs import operators
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting

LOG_PAGE = 50
LONGEST_NAME = 80


@get("/operators", include_in_schema=False)
async def people(visit: Visiting) -> Response[str]:
    """Everybody, and the log of who did what."""
    return await _shown(visit)


@post("/operators", guards=[may("admin")], include_in_schema=False)
async def add(visit: Visiting) -> Response[str]:
    """Add somebody, or change their role, and show the address at which they choose a password, this once."""
    name, role = visit.form.get("name", "").strip(), visit.form.get("role", "")
    if not name or len(name) > LONGEST_NAME:
        raise WrongUse("A name is needed, of at most 80 characters.")
    if role not in operators.ROLES:
        raise WrongUse(f"There is no role “{role}”.", fix=f"Choose one of {', '.join(operators.ROLES)}.")
    if name == visit.name and role != "admin":
        raise WrongUse("You cannot take your own role away.", fix="Ask another admin to do it.")
    async with visit.store.transaction() as tx:
        known = await visit.store.operators.named(tx, name)
        await visit.store.operators.save(tx, name, role)
        await visit.store.audit.note(tx, visit.name, "operator.saved", on=name, details={"role": role})
    if known is not None and known.password_hash and known.disabled_at is None:
        return visit.go("/operators", did="changed")
    return await _with_link(visit, name)


@post("/operators/link", guards=[may("admin")], include_in_schema=False)
async def link(visit: Visiting) -> Response[str]:
    """A new one-time address; an earlier one stops working."""
    return await _with_link(visit, visit.form.get("name", ""))


@post("/operators/disable", guards=[may("admin")], include_in_schema=False)
async def disable(visit: Visiting) -> Response[str]:
    """Let somebody in no longer, and end their sessions at once."""
    name = visit.form.get("name", "")
    if name == visit.name:
        raise WrongUse("You cannot lock yourself out.", fix="Ask another admin to do it.")
    async with visit.store.transaction() as tx:
        known = await visit.store.operators.named(tx, name)
        if known is None:
            raise NotFoundException(f"There is no operator called “{name}”.")
        await visit.store.operators.disable(tx, name)
        await visit.store.sessions.end_all(tx, known.id)
        await visit.store.audit.note(tx, visit.name, "operator.disabled", on=name)
    return visit.go("/operators", did="disabled")


@post("/operators/sessions", guards=[may("admin")], include_in_schema=False)
async def end_sessions(visit: Visiting) -> Response[str]:
    """Sign somebody out everywhere."""
    name = visit.form.get("name", "")
    async with visit.store.transaction() as tx:
        known = await visit.store.operators.named(tx, name)
        if known is None:
            raise NotFoundException(f"There is no operator called “{name}”.")
        await visit.store.sessions.end_all(tx, known.id)
        await visit.store.audit.note(tx, visit.name, "operator.signed_out", on=name)
    return visit.go("/operators", did="signed-out")


async def _with_link(visit: Visit, name: str) -> Response[str]:
    address = await operators.link_for(visit.store, name, visit.needs.public_url)
    if address is None:
        raise NotFoundException(f"There is no operator called “{name}”.")
    async with visit.store.at_once() as tx:
        await visit.store.audit.note(tx, visit.name, "operator.link_made", on=name)
    return await _shown(visit, link=(name, address))


async def _shown(visit: Visit, link: tuple[str, str] | None = None) -> Response[str]:
    before = visit.asked("before")
    async with visit.store.at_once() as tx:
        everybody = await visit.store.operators.all(tx)
        log = await visit.store.audit.page(
            tx,
            who=visit.asked("who") or None,
            before=int(before) if before.isdecimal() and len(before) < 19 else None,
            limit=LOG_PAGE + 1,
        )
    older = log[LOG_PAGE - 1].id if len(log) > LOG_PAGE else None
    return visit.page(
        "operators.html",
        place="operators",
        everybody=everybody,
        log=log[:LOG_PAGE],
        older=older,
        link=link,
        roles=operators.ROLES,
        names={each.id: each.name for each in visit.frame.connections},
    )
