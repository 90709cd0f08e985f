"""Summary: does the day agree? The statement of a day, printed on one sheet, and sent again when somebody says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ml_connector.domain.money import Money
from ml_connector.jobs.report.dates import day_of
from ml_connector.jobs.summary.letter import tax_name, used
from ml_connector.jobs.summary.sending import send_day
from ml_connector.jobs.summary.shown import Shown, as_csv, shown
from ml_connector.store.connections import Connection
from ml_connector.web.console import pages
from ml_connector.web.console.confirm import Question
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting

ONE_DAY = timedelta(days=1)


@get("/summary", include_in_schema=False)
async def latest(visit: Visiting) -> Response[str]:
    """The last day that is over; with several connections and none chosen, a choice of them."""
    if visit.chosen is not None:
        return visit.go(f"/summary/{visit.formats.today - ONE_DAY}")
    last = {}
    for each in visit.connections:
        async with visit.store.at_once() as tx:
            last[each.name] = await visit.store.summaries.last(tx, each.id)
    return visit.page("summaries.html", place="summary", last=last)


@get("/summary/{day:str}", include_in_schema=False)
async def summary(visit: Visiting, day: FromPath[str]) -> Response[str]:
    """The statement as it was sent, else as things stand."""
    connection, found = await _found(visit, day)
    return visit.page(
        "summary.html",
        place="summary",
        found=found,
        s=found.document,
        connection=connection,
        today=visit.formats.today,
        one_day=ONE_DAY,
        money=_money,
        moment=datetime.fromisoformat,
        tax_name=tax_name,
        used=used,
        ask=_question(visit, found) if visit.may("operator") and found.document else None,
    )


@get("/summary/{day:str}/csv", include_in_schema=False)
async def table(visit: Visiting, day: FromPath[str]) -> Response[bytes]:
    """Every figure of the statement as a table."""
    _, found = await _found(visit, day)
    if found.document is None:
        raise NotFoundException("There is no statement of that day.")
    name = f'attachment; filename="summary-{found.date}.csv"'
    return Response(
        as_csv(found.document).encode(), media_type="text/csv", headers={**pages.HEADERS, "Content-Disposition": name}
    )


@get("/summary/{day:str}/send", guards=[may("operator")], include_in_schema=False)
async def ask_send(visit: Visiting, day: FromPath[str]) -> Response[str]:
    _, found = await _found(visit, day)
    return visit.page("confirm.html", place="summary", question=_question(visit, found))


@post("/summary/{day:str}/send", guards=[may("operator")], include_in_schema=False)
async def send(visit: Visiting, day: FromPath[str]) -> Response[str]:
    """Send it, or send it again as it was seen: a second click finds something else."""
    connection, found = await _found(visit, day)
    seen = visit.moment("seen") if visit.form.get("seen") else None
    state = await send_day(
        await visit.needs.runtime_of(connection.id),
        visit.needs.post,
        found.date,
        without_shopify=True,
        again=True,
        seen=seen,
    )
    async with visit.store.at_once() as tx:
        await visit.store.audit.note(
            tx, visit.name, "summary.sent", connection_id=connection.id, on=str(found.date), details={"state": state}
        )
    return visit.go(f"/summary/{found.date}", did=state)


async def _found(visit: Visit, day: str) -> tuple[Connection, Shown]:
    """
    Raises:
        NotFoundException: no connection is chosen.
        WrongUse: *day* is no date.
    """
    if visit.chosen is None:
        raise NotFoundException("There is more than one connection. Choose whose day you mean.")
    return visit.chosen, await shown(visit.store, visit.needs.runtime_of, visit.chosen, day_of(day))


def _money(value: dict[str, Any] | None) -> Money | None:
    return None if value is None else Money.of(value["amount"], value["currency"])


def _question(visit: Visit, found: Shown) -> Question:
    """Before anything leaves: to whom, and whether they have it already."""
    address = visit.href(f"/summary/{found.date}/send")
    state = found.noted.state if found.noted else "open"
    again = state in ("sent", "in_doubt", "sending")
    said = {
        "sent": "It was sent already; recipients get it a second time.",
        "in_doubt": "Whether it arrived is not known; recipients may get it a second time.",
        "sending": "It is being sent right now; then nothing more is sent.",
    }.get(state, "It has not been sent.")
    day = visit.formats.day(found.date)
    return Question(
        id="send",
        label="Send again…" if again else "Send now…",
        title=f"Send the summary of {day}{' again' if again else ''}?",
        consequences=(
            said,
            "Both sides are read anew, so figures may have changed since.",
            "It goes to the recipients in the policy and in SMTP_URL, and to the chats of NOTIFY_URLS.",
        ),
        yes="Send again" if again else "Send now",
        action=address,
        address=address,
        back=visit.href(f"/summary/{found.date}"),
        no="Do not send",
        fields={"seen": found.noted.claimed_at.isoformat() if found.noted and found.noted.claimed_at else ""},
    )
