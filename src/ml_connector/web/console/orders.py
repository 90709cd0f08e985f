"""Orders: where is this order, and why so? The list, its search, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace

from litestar import Response, get
from litestar.response import Stream

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report import order_list
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.order_list import ALL, Days, OrderList, days_of, wanted_of
from ml_connector.jobs.report.references import meant
from ml_connector.jobs.report.shapes import number
from ml_connector.jobs.resting import NOT_BEGUN, PAUSED
from ml_connector.store.order_lists import MOST
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.web.console.formats import number_of
from ml_connector.web.console.live import pieces
from ml_connector.web.console.pages import HEADERS
from ml_connector.web.console.visit import Visit, Visiting

MOST_NEWS = 50
"""More newer orders than this are told as "more than"."""
AT_A_TIME = 500
"""Rows of a file that are fetched together."""

_DAYS = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
    (ALL, "Any day"),
)
_SPOKEN = {"today": "today", "yesterday": "yesterday", "7d": "in 7 days", "30d": "in 30 days", ALL: ""}
_WORDS = {
    Verdict.POSTED: "posted ",
    Verdict.WAITING: "waiting ",
    Verdict.IN_DOUBT: "doubtful ",
    Verdict.HELD: "held ",
    Verdict.FAILED: "failed ",
    Verdict.EXCLUDED: "excluded ",
}


@get("/orders", include_in_schema=False)
async def orders(visit: Visiting) -> Response[str]:
    """The list; one exact hit of a search opens at once."""
    text = searched(visit)
    if text and not any(visit.asked(name) for name in ("outcome", "cause", "older", "newer")):
        hit = await order_list.exact(visit.store, text, _chosen(visit))
        if hit is not None:
            return visit.go(path_of(hit), **_of_several(visit, hit))
    found = await _listed(visit)
    return visit.page(
        "orders.html",
        place="orders",
        list=found,
        heading=heading(visit, found),
        text=text,
        days=_DAYS,
        day_name=_day_name(visit, found),
        verdicts=tuple(Verdict),
        path_of=path_of,
        of_several=lambda row: _of_several(visit, row),
        why=lambda row: why_in_short(visit, row),
        names={each.id: each.name for each in visit.frame.connections},
        more=MOST,
        events=_events(visit, found),
    )


async def changing(visit: Visit) -> dict[str, str]:
    """How many orders have come since the page was made: a list never grows under its reader."""
    found = await _wanted(visit)
    top = visit.asked("top")
    if not top:
        return {"newer": ""}
    async with visit.store.at_once() as tx:
        page = await visit.store.order_lists.page(tx, found, newer=top, limit=MOST_NEWS)
    number = len(page.rows)
    return {"newer": visit.rendered("orders_newer.html", number=number, more=page.newer is not None)}


async def _wanted(visit: Visit) -> Wanted:
    """The orders of the view, as the store asks for them."""
    wanted, days = _asked(visit)
    first, beyond = days.range(visit.formats.zone)
    return replace(wanted, placed_from=first, placed_until=beyond)


@get("/orders/look-up", include_in_schema=False)
async def look_up(visit: Visiting) -> Response[str]:
    """Ask Shopify now for an order that we have not heard of, and open it."""
    text = searched(visit)
    if not text:
        return visit.go("/orders")
    found = await meant(text, visit.connections, visit.store, visit.needs.runtime_of)
    return visit.go(path_of(found.order), connection=found.connection.name)


@get("/orders.csv", include_in_schema=False)
async def orders_csv(visit: Visiting) -> Stream:
    """Exactly the orders of the view, all of its pages."""
    found = await _listed(visit)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="orders.csv"'}
    return Stream(_csv(visit, found), media_type="text/csv", headers=headers)


_HEAD = (
    "connection", "order", "id", "placed_at", "customer", "email", "total", "currency", "outcome", "reason",
    "what_to_do", "invoice_number", "invoice_id", "invoice_total", "invoice_currency",
)  # fmt: skip


async def _csv(visit: Visit, found: OrderList) -> AsyncIterator[bytes]:
    names = {each.id: each.name for each in visit.frame.connections}
    yield b"\xef\xbb\xbf" + _line(_HEAD)  # spreadsheets take it for Latin otherwise
    older: str | None = ""
    while older is not None:
        async with visit.store.at_once() as tx:
            page = await visit.store.order_lists.page(tx, found.wanted, older=older, limit=AT_A_TIME, few=found.few)
        yield b"".join(_line(_cells(row, names.get(row.connection_id, ""))) for row in page.rows)
        older = page.older


def _cells(row: OutcomeRow, connection: str) -> tuple[str, ...]:
    facts, invoice, reason = row.facts, row.invoice, row.reason
    return (
        connection,
        facts.name,
        row.order_id,
        facts.placed_at.isoformat() if facts.placed_at else "",
        facts.customer or "",
        facts.email or "",
        facts.total.text if facts.total else "",
        facts.total.currency if facts.total else "",
        row.verdict.value,
        reason.text if reason else "",
        reason.fix if reason else "",
        invoice.number if invoice else "",
        invoice.zoho_id if invoice else "",
        invoice.total.text if invoice and invoice.total else "",
        invoice.total.currency if invoice and invoice.total else "",
    )


def _line(cells: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return out.getvalue().encode()


def _harmless(cell: str) -> str:
    """Text that a spreadsheet does not take for a formula: a customer may be called `=HYPERLINK(…)`."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


def _asked(visit: Visit) -> tuple[Wanted, Days]:
    text = searched(visit)
    wanted = wanted_of(_chosen(visit), visit.asked("outcome"), visit.asked("cause"), text)
    everywhere = bool(text or wanted.cause)
    return wanted, days_of(visit.asked("day") or (ALL if everywhere else "today"), visit.formats.today)


async def _listed(visit: Visit) -> OrderList:
    wanted, days = _asked(visit)
    if visit.asked("older") and visit.asked("newer"):
        raise WrongUse("A list goes one way at a time.", fix="Begin with the newest orders.")
    return await order_list.order_list(
        visit.store, wanted, days, visit.formats.zone, older=visit.asked("older"), newer=visit.asked("newer")
    )


def _events(visit: Visit, found: OrderList) -> str:
    """Where the page listens for newer orders; only its first part does, for the others have some already."""
    if not found.page.top or visit.asked("older") or visit.asked("newer"):
        return ""
    view = {name: visit.asked(name) for name in ("q", "outcome", "cause", "day")}
    return visit.href("/events", page="orders", top=found.page.top, have=pieces({"newer": ""}), **view)


def searched(visit: Visit) -> str:
    """What was typed, as far as anybody reads it."""
    return " ".join(visit.asked("q").split())[:200]


def heading(visit: Visit, found: OrderList) -> str:
    """How many orders of what kind: `7 held orders today`."""
    word = "" if found.wanted.verdict is None else _WORDS[found.wanted.verdict]
    day = found.days.one
    when = _SPOKEN.get(found.days.word, f"on {visit.formats.day(day)}" if day else "")
    if found.total > MOST:
        said = f"More than {MOST:,} {word}orders"
    elif not found.total:
        said = f"No {word}orders"
    else:
        said = number_of(found.total, f"{word}order")
    return f"{said} {when}".strip()


def _day_name(visit: Visit, found: OrderList) -> str:
    return dict(_DAYS).get(found.days.word) or visit.formats.day(found.days.first or visit.formats.today)


def why_in_short(visit: Visit, row: OutcomeRow) -> str:
    """The remark beside an outcome; nothing where all is well."""
    if row.verdict is Verdict.WAITING:
        if row.reason is not None and row.reason.code in (NOT_BEGUN, PAUSED):
            return "Posting has not begun" if row.reason.code == NOT_BEGUN else "Posting is paused"
        if row.until is not None and row.until > visit.formats.now:
            said = f"Next try at {visit.formats.at(row.until)}"
            return f"{row.reason.text} {said}." if row.reason else said
        return "On its way"
    if row.verdict is Verdict.IN_DOUBT:
        return "No answer yet, looking it up"
    return row.reason.text if row.reason else ""


def path_of(row: OutcomeRow) -> str:
    """Where the page of an order is."""
    return f"/orders/{number(row.order_id)}"


def _of_several(visit: Visit, row: OutcomeRow) -> dict[str, str]:
    """The order's connection, where a number alone could mean another shop's."""
    if visit.chosen is not None or len(visit.frame.connections) < 2:
        return {}
    return {"connection": next((each.name for each in visit.frame.connections if each.id == row.connection_id), "")}


def _chosen(visit: Visit) -> int | None:
    return None if visit.chosen is None else visit.chosen.id
