"""First run, login and logout: the only pages for whoever is not signed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from ml_connector.jobs import operators
from ml_connector.jobs.operators import PasswordUnfit
from ml_connector.jobs.report.dates import zone_of
from ml_connector.store.people import Operator
from ml_connector.web.console import pages
from ml_connector.web.console.cookies import (
    SESSION,
    SESSION_S,
    THEME,
    VISIT,
    VISIT_S,
    cookie,
    form_token,
    is_token_of,
    new_word,
    over,
)
from ml_connector.web.console.guards import Asked, FormRefused, form_of, given_token, signed_in
from ml_connector.web.console.needs import ConsoleNeeds, Needs
from ml_connector.web.console.static import address
from ml_connector.web.console.visit import THEMES

log = structlog.get_logger(__name__)

TOO_OLD = "This link was used before, or is too old."
HOW_TO_GET_ANOTHER = (
    "Print a new one with `ml-connector operators link NAME`; while nobody can log in, `ml-connector serve` prints one "
    "when it starts."
)
WRONG = "This name and password do not go together."


def plain(request: Asked, needs: ConsoleNeeds, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page for somebody we do not know, with a form that only this browser can send."""
    word = request.cookies.get(VISIT, "") or new_word()
    theme = request.cookies.get(THEME, "")
    given = {"sentences": (), "links": (), "refused": "", **values}
    text = pages.rendered(
        template,
        theme=theme if theme in THEMES else "",
        asset=lambda name: address(name, needs.base),
        form_token=form_token(word),
        **given,
    )
    kept = cookie(needs, VISIT, word, max_age_s=VISIT_S, samesite="strict")
    return pages.html(text, status=status, cookies=[kept])


@get("/login", include_in_schema=False)
async def login_page(request: Asked, needs: Needs) -> Response[str]:
    """Two fields and one button."""
    if await signed_in(needs, request) is not None:
        return pages.go(needs.base + own_path(request.query_params.get("next", "")))
    async with needs.store.at_once() as tx:
        anybody = await needs.store.operators.anybody(tx)
    return _login(request, needs, next_=request.query_params.get("next", ""), anybody=anybody)


@post("/login", include_in_schema=False)
async def login(request: Asked, needs: Needs) -> Response[str]:
    """Open a session, or say that the two do not go together and until when to wait."""
    form = await _form_of_visitor(request)
    name, wanted = form.get("name", "").strip(), form.get("next", "")
    tried = await operators.sign_in(needs.store, name, form.get("password", ""))
    if tried.operator is None:
        log.info("console.login_refused", until=tried.until.isoformat() if tried.until else None)
        said = WRONG if tried.until is None else await _wait(needs, tried.until)
        return _login(request, needs, next_=wanted, name=name, refused=said, status=401 if tried.until is None else 429)
    return await _come_in(needs, tried.operator, own_path(wanted), "operator.logged_in")


def _login(
    request: Asked,
    needs: ConsoleNeeds,
    *,
    next_: str,
    name: str = "",
    refused: str = "",
    status: int = 200,
    anybody: bool = True,
) -> Response[str]:
    sentences: Sequence[str] = ()
    if not anybody:
        sentences = ("Nobody can log in yet. Open the link that `ml-connector serve` printed when it started.",)
    elif own_path(next_) != "/" and not refused:
        sentences = ("Your session has ended. You come back to the page you were on; nothing was sent by itself.",)
    return plain(
        request,
        needs,
        "login.html",
        status=status,
        title="Log in.",
        next=next_,
        name=name,
        refused=refused,
        sentences=sentences,
    )


async def _wait(needs: ConsoleNeeds, until: datetime) -> str:
    async with needs.store.at_once() as tx:
        connections = await needs.store.connections.all(tx)
    local = until.astimezone(zone_of(connections[0]) if connections else None)
    return f"{WRONG} There were five tries, so the next one is looked at from {local:%H:%M:%S} on."


@get("/first-run/{word:str}", include_in_schema=False)
async def first_run_page(request: Asked, needs: Needs, word: FromPath[str]) -> Response[str]:
    """ "Choose your password", and nothing else."""
    async with needs.store.at_once() as tx:
        name = await needs.store.operators.linked(tx, word)
    return _used_up(request, needs) if name is None else _choose(request, needs, name)


@post("/first-run/{word:str}", include_in_schema=False)
async def first_run(request: Asked, needs: Needs, word: FromPath[str]) -> Response[str]:
    """Set the password; the link is used up by that, and by nothing else."""
    form = await _form_of_visitor(request)
    async with needs.store.at_once() as tx:
        name = await needs.store.operators.linked(tx, word)
    if name is None:
        return _used_up(request, needs)
    if form.get("password", "") != form.get("again", ""):
        return _choose(request, needs, name, "The two are not the same.")
    try:
        operator = await operators.choose_password(needs.store, word, form["password"])
    except PasswordUnfit as error:
        return _choose(request, needs, name, str(error))
    if operator is None:
        return _used_up(request, needs)
    return await _come_in(needs, operator, "/", "operator.logged_in")


def _choose(request: Asked, needs: ConsoleNeeds, name: str, refused: str = "") -> Response[str]:
    return plain(
        request,
        needs,
        "first_run.html",
        status=422 if refused else 200,
        name=name,
        refused=refused,
        shortest=operators.SHORTEST,
    )


def _used_up(request: Asked, needs: ConsoleNeeds) -> Response[str]:
    links = [("Log in", f"{needs.base}/login")]
    return plain(request, needs, "plain.html", status=410, title=TOO_OLD, sentences=(HOW_TO_GET_ANOTHER,), links=links)


async def _come_in(needs: ConsoleNeeds, operator: Operator, path: str, action: str) -> Response[str]:
    """A session under a word that was never seen before, so that nobody can have planted it."""
    word = new_word()
    async with needs.store.transaction() as tx:
        await needs.store.sessions.save(tx, word, operator_id=operator.id, data={}, for_s=SESSION_S)
        await needs.store.audit.note(tx, operator.name, action, on=operator.name)
    return pages.go(needs.base + path, _session(needs, word), over(needs, VISIT))


def _session(needs: ConsoleNeeds, word: FromPath[str]) -> Cookie:
    return cookie(needs, SESSION, word, max_age_s=SESSION_S)


async def _form_of_visitor(request: Asked) -> dict[str, str]:
    if not is_token_of(request.cookies.get(VISIT, ""), await given_token(request)):
        raise FormRefused
    return await form_of(request)


def own_path(wanted: str) -> str:
    """*wanted* if it is a path of ours, else the first page. Never another site, however it is written."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # `//[`
        return "/"
    if parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith(("//", "/\\", "/login")):
        return "/"
    return wanted if wanted.isprintable() and "\\" not in wanted else "/"
