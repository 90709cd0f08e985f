"""One order: both systems side by side, why so, what happened, and what a person may do about it."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs import decided
from ml_connector.jobs.kept_versions import CODES, keep_zohos
from ml_connector.jobs.preview import preview
from ml_connector.jobs.report.order_page import OrderPage, order_page
from ml_connector.jobs.report.policy import Unmapped, rules
from ml_connector.jobs.report.references import Meant, meant
from ml_connector.jobs.report.shapes import number
from ml_connector.jobs.resting import NOT_BEGUN, PAUSED
from ml_connector.redaction import without_secrets
from ml_connector.shopify.ids import gid
from ml_connector.store.connections import Connection
from ml_connector.store.decisions import EXCLUDE, HOLD, KEEP
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.web.console import pages
from ml_connector.web.console.confirm import Question
from ml_connector.web.console.formats import number_of
from ml_connector.web.console.guards import may
from ml_connector.web.console.live import pieces
from ml_connector.web.console.visit import Visit, Visiting
from ml_connector.zoho import regions

_RESTS = {NOT_BEGUN: "Waiting: posting has not begun.", PAUSED: "Waiting: posting is paused."}
_DID = {
    "synced": ("waiting", "Asked for. The order is being read from Shopify now; what comes of it appears here."),
    "hold": ("held", "Held. Nothing more is written to Zoho for this order until somebody releases it."),
    "exclude": ("excluded", "Excluded. It is not posted; the day's summary names it."),
    "release": ("waiting", "Released. The rules decide again; what comes of it appears here."),
    "keep": ("waiting", "Zoho’s version is kept. What comes of it appears here in a moment."),
    "nothing": ("waiting", "There was nothing to release. Here is what it looks like now."),
}


@get("/orders/{order:str}", include_in_schema=False)
async def one_order(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """The page; `?why=field` fills its rail, `?ask=hold` asks a question without scripting."""
    found = await _meant(visit, order)
    page = await order_page(visit.store, found.order, found.connection)
    questions = _questions(visit, page, known=found.known)
    asked = next((each for each in questions if each.id == visit.asked("ask")), None)
    if asked is not None:
        return visit.page("confirm.html", place="orders", question=asked)
    shown = _shown(visit, page)
    rendered = {"order": visit.rendered("order_verdict.html", **shown)}
    about = {"page": "order", "order": order, **_of_several(visit, found.connection)}
    events = visit.href("/events", have=pieces(rendered), **about)
    return visit.page(
        "order.html",
        place="orders",
        known=found.known,
        questions=questions,
        pieces=rendered,
        events=events if found.known else "",
        decision=await _decision(visit, page),
        word=secrets.token_hex(8),
        **shown,
    )


async def _decision(visit: Visit, page: OrderPage) -> Unmapped | None:
    """The tax that this order and its like wait for, and what it may be mapped to; for whoever may map it."""
    cause = page.cause
    if cause is None or not cause.cause.startswith("tax_unmapped:") or not visit.may("operator"):
        return None
    found = await rules(visit.store, page.connection)
    return next((each for each in found.unmapped if each.cause.cause == cause.cause), None)


async def changing(visit: Visit) -> dict[str, str]:
    """The verdict as it is now, for whoever looks at the page."""
    found = await _meant(visit, visit.asked("order"))
    page = await order_page(visit.store, found.order, found.connection)
    return {"order": visit.rendered("order_verdict.html", **_shown(visit, page))}


@get("/orders/{order:str}/preview", include_in_schema=False)
async def order_preview(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """What would be sent to Zoho now. Asks both sides, writes to neither."""
    found = await _meant(visit, order)
    run = await visit.needs.runtime_of(found.connection.id)
    told = await preview(found.order.order_id, run)
    return visit.page(
        "preview.html",
        place="orders",
        row=found.order,
        back=_address(visit, found.order, found.connection),
        told=told,
        calls=len(told["operations"]),
        written=lambda value: json.dumps(without_secrets(value), indent=2, ensure_ascii=False, default=str),
    )


@get("/orders/{order:str}/attempts/{attempt:int}", include_in_schema=False)
async def attempt_of(visit: Visiting, order: FromPath[str], attempt: FromPath[int]) -> Response[str]:
    """Request and answer of one attempt, secrets removed; a piece for the page, or a page of its own."""
    found = await _meant(visit, order)
    async with visit.store.at_once() as tx:
        kept = await visit.store.exchanges.of_subject(tx, found.subject)
    exchange = next((each for each in kept if each.id == attempt), None)
    if exchange is None:
        raise NotFoundException("There is no such attempt on record: requests and answers are kept for a while only.")
    wire: dict[str, Any] = {
        "exchange": exchange,
        "request": _wire(_sent(exchange.request)),
        "answer": _wire(exchange.answer),
    }
    if visit.asked("piece"):
        return pages.html(visit.rendered("wire.html", **wire))
    back = _address(visit, found.order, found.connection)
    return visit.page("attempt.html", place="orders", row=found.order, back=back, **wire)


@post("/orders/{order:str}/sync", guards=[may("operator")], include_in_schema=False)
async def sync_now(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """Look at the order now."""
    found = await _meant(visit, order)
    await decided.sync_now(visit.store, found.subject, visit.name)
    return _done(visit, found, "synced")


@post("/orders/{order:str}/hold", guards=[may("operator")], include_in_schema=False)
async def hold(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """Let nothing more be written for it."""
    found = await _meant(visit, order)
    await decided.hold(visit.store, found.subject, visit.name, _note(visit))
    return _done(visit, found, "hold")


@post("/orders/{order:str}/exclude", guards=[may("operator")], include_in_schema=False)
async def exclude(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """Keep it out of the books."""
    found = await _meant(visit, order)
    await decided.exclude(visit.store, found.subject, visit.name, _note(visit))
    return _done(visit, found, "exclude")


@post("/orders/{order:str}/keep", guards=[may("operator")], include_in_schema=False)
async def keep(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """Take Zoho's version as right."""
    found = await _meant(visit, order)
    await keep_zohos(visit.store, found.subject, visit.name, _note(visit))
    return _done(visit, found, "keep")


@post("/orders/{order:str}/release", guards=[may("operator")], include_in_schema=False)
async def release(visit: Visiting, order: FromPath[str]) -> Response[str]:
    """Let the rules decide again."""
    found = await _meant(visit, order)
    was = await decided.release(visit.store, found.subject, visit.name)
    return _done(visit, found, "release" if was else "nothing")


async def _meant(visit: Visit, order: str) -> Meant:
    """The order that the address names: a number of Shopify's, among the connections that the page is about.

    Raises:
        NotFoundException: nobody knows it.
    """
    if order.isdecimal() and len(order) < 25:
        by_id = {each.id: each for each in visit.connections}
        async with visit.store.at_once() as tx:
            rows = await visit.store.outcomes.find(tx, gid("Order", order))
        rows = tuple(row for row in rows if row.connection_id in by_id)
        if rows:
            return Meant(by_id[rows[0].connection_id], rows[0])
        if visit.connections:
            return await meant(gid("Order", order), visit.connections, visit.store, visit.needs.runtime_of)
    raise NotFoundException("There is no such order.")


def _note(visit: Visit) -> str:
    return " ".join(visit.form.get("note", "").split())[:300]


def _done(visit: Visit, found: Meant, did: str) -> Response[str]:
    visit.needs.knocked()
    return pages.go(f"{_address(visit, found.order, found.connection, did=did)}#result")


def _address(visit: Visit, row: OutcomeRow, connection: Connection, **query: object) -> str:
    return visit.href(f"/orders/{number(row.order_id)}", **{**_of_several(visit, connection), **query})


def _of_several(visit: Visit, connection: Connection) -> dict[str, str]:
    """The order's connection, where a number alone could mean another shop's."""
    return {"connection": connection.name if len(visit.frame.connections) > 1 else ""}


def _shown(visit: Visit, page: OrderPage) -> dict[str, Any]:
    """What the template needs besides the questions."""
    row, connection = page.row, page.connection
    region = _region(connection.zoho_region)
    return {
        "order": page,
        "row": row,
        "verdict": _verdict(visit, page),
        "lede": _lede(visit, page),
        "why": page.why(visit.asked("why")),
        "why_asked": visit.asked("why"),
        "did": _DID.get(visit.asked("did")),
        "in_shopify": _in_shopify(connection, row),
        "zoho_link": lambda link: region.link(connection.organization_id, link.page, link.zoho_id) if region else "",
        "address": lambda **query: _address(visit, row, connection, **query),
        "attempt_address": lambda attempt, **query: visit.href(
            f"/orders/{number(row.order_id)}/attempts/{attempt}", **{**_of_several(visit, connection), **query}
        ),
        "preview_address": visit.href(f"/orders/{number(row.order_id)}/preview", **_of_several(visit, connection)),
        "field_label": _field_label,
        "named": lambda text: page.names.get(text, text),
    }


def _verdict(visit: Visit, page: OrderPage) -> str:
    """One true sentence."""
    row = page.row
    reason = row.reason.text if row.reason else ""
    match row.verdict:
        case Verdict.POSTED:
            differences = page.ledger.differences if page.ledger else ()
            if differences:
                return f"Posted, and {number_of(len(differences), 'figure')} differ now."
            return "Posted, equal to the cent."
        case Verdict.WAITING:
            return _waits(visit, row)
        case Verdict.IN_DOUBT:
            return "In doubt: sent, and no answer came. Zoho is asked before anything is sent again."
        case Verdict.HELD:
            return f"Held: {reason}"
        case Verdict.FAILED:
            return f"Failed: {reason}"
        case Verdict.EXCLUDED:
            return f"Excluded: {reason}"


def _waits(visit: Visit, row: OutcomeRow) -> str:
    """For what, until when."""
    if row.reason is not None and row.reason.code in _RESTS:
        return _RESTS[row.reason.code]
    if row.until is not None and row.until > visit.formats.now:
        return f"Waiting: the next try is at {visit.formats.at(row.until)}."
    return "On its way." if row.outstanding else "Waiting."


def _lede(visit: Visit, page: OrderPage) -> str:
    """What it means."""
    row, f = page.row, visit.formats
    said: list[str] = []
    if row.verdict is Verdict.POSTED:
        said.append(_books_said(visit, page))
        if row.reason:
            said.append(row.reason.text)
        if page.confirmed_at:
            said.append(f"Zoho’s own figures were read back at {f.at(page.confirmed_at)}.")
    else:
        if row.verdict is Verdict.WAITING and row.reason:
            said.append(row.reason.text.partition(". ")[2] if row.reason.code == NOT_BEGUN else row.reason.text)
        told = row.reason.text if row.reason else ""
        if not page.in_books and "Nothing was sent" not in told and "othing is written" not in told:
            said.append("Nothing was sent to Zoho for this order.")
        if row.reason and row.reason.fix:
            said.append(row.reason.fix)
        if page.cause and page.cause.orders > 1:
            others = number_of(page.cause.orders - 1, "more order")
            waits = "waits" if page.cause.orders == 2 else "wait"
            said.append(f"{others} {waits} for the same answer, {f.sums(page.cause.money)} in all.")
    return " ".join(each for each in said if each)


def _books_said(visit: Visit, page: OrderPage) -> str:
    invoice = page.row.invoice
    if invoice is None:
        return ""
    total = f" for {visit.formats.said(invoice.total)}" if invoice.total is not None else ""
    return f"Invoice {invoice.number or 'without a number yet'}{total}."


def _questions(visit: Visit, page: OrderPage, *, known: bool) -> list[Question]:
    """What may be done now; what cannot be done is left out."""
    if not visit.may("operator") or page.connection.disconnected_at is not None:
        return []
    name, subject = page.row.facts.name or "this order", f"/orders/{number(page.row.order_id)}"
    query = _of_several(visit, page.connection)

    def question(word: str, label: str, title: str, yes: str, *consequences: str, note: str = "") -> Question:
        return Question(
            id=word,
            label=label,
            title=title,
            consequences=consequences,
            yes=yes,
            action=visit.href(f"{subject}/{word}", **query),
            address=visit.href(subject, ask=word, **query),
            back=visit.href(subject, **query),
            note=note,
        )

    found = [
        question(
            "sync",
            "Sync now…",
            f"Sync {name} now?",
            "Sync now",
            "It is read from Shopify as it is now, and Zoho is brought into agreement with it.",
            "What Zoho holds already is not sent again.",
            "It goes before orders that wait in line.",
        )
    ]
    reason = page.row.reason
    if page.row.verdict is Verdict.HELD and reason is not None and reason.code in CODES:
        found.append(
            question(
                "keep",
                "Keep Zoho’s version…",
                f"Keep Zoho’s version of {name}?",
                "Keep Zoho’s version",
                "What was changed in Zoho is right and stays as it is. Nothing is written over it.",
                *(f"{label}: {said}." for label, said in reason.details),
                "If Shopify’s figures change later, you are asked again wherever the totals differ.",
                note="Why? Shown to your colleagues.",
            )
        )
    if page.decision is not None and not (page.decision.kind == KEEP and page.row.verdict is Verdict.HELD):
        was = {HOLD: "hold", EXCLUDE: "exclusion"}.get(page.decision.kind, "choice of Zoho's version")
        found.append(
            question(
                "release",
                "Release…",
                f"Release {name}?",
                "Release it",
                f"The {was} by {page.decision.who} of {visit.formats.at(page.decision.at)} ends.",
                "The rules decide again, and the order is looked at now. It may be posted at once.",
            )
        )
        return found if known else found[:1]
    if page.row.verdict is not Verdict.EXCLUDED:
        found.append(
            question(
                "hold",
                "Hold…",
                f"Hold {name}?",
                "Hold it",
                "Nothing more is written to Zoho for it, whatever happens in Shopify, until somebody releases it.",
                "What Zoho holds of it stays as it is." if page.in_books else "Zoho holds nothing of it so far.",
                "It is listed under Needs you.",
                note="Why? Shown to your colleagues.",
            )
        )
    if not page.in_books:
        found.append(
            question(
                "exclude",
                "Exclude…",
                f"Exclude {name}?",
                "Exclude it",
                "It is not posted, the day's summary names it, and you can release it again.",
                note="Why? Shown to your colleagues.",
            )
        )
    return found if known else found[:1]


def _in_shopify(connection: Connection, row: OutcomeRow) -> str:
    """Where a person sees the order in Shopify's own pages."""
    handle = connection.shop.removesuffix(".myshopify.com")
    return f"https://admin.shopify.com/store/{quote(handle, safe='')}/orders/{quote(number(row.order_id), safe='')}"


def _region(code: str) -> regions.Region | None:
    try:
        return regions.by_code(code)
    except regions.UnknownRegion:
        return None


_LABELS = {
    "rate": "Price",
    "expected": "Total",
    "dated": "Date",
    "contact": "Contact",
    "currency_id": "Currency",
    "is_inclusive_tax": "Tax included",
    "account_id": "Account",
    "from_account_id": "Paid from",
    "mode": "Payment mode",
    "number": "Number",
    "exchange_rate": "Exchange rate",
}


def _field_label(field: str) -> str:
    """`Price` for `line_items[0].rate`."""
    last = field.rsplit(".", 1)[-1]
    return _LABELS.get(last, last.replace("_", " ").capitalize())


def _sent(request: Any) -> Any:
    """The body, where a request is kept with its method and path, which stand above it anyway."""
    return request["body"] if isinstance(request, dict) and {"body", "method"} <= request.keys() else request


def _wire(body: Any) -> str:
    return "" if body is None else json.dumps(without_secrets(body), indent=2, ensure_ascii=False, default=str)
