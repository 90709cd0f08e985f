"""What becomes of everything that goes wrong on the way: each refusal is a page that says what is so and what to do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.web.console import pages
from ml_connector.web.console.cookies import SESSION, over
from ml_connector.web.console.guards import SAFE, Asked, FormRefused, MayNot, NotSignedIn
from ml_connector.web.console.login import plain
from ml_connector.web.console.needs import ConsoleNeeds

log = structlog.get_logger(__name__)

_TITLES = {404: "There is no such page.", 405: "This cannot be done that way.", 413: "This is too long."}


def refusals(needs: ConsoleNeeds) -> dict[Any, Any]:
    """Litestar's `exception_handlers` for the console."""
    # closures and not bound methods: Litestar copies handlers deeply, and with them whatever they hold
    return {kind: _bound(needs, answer) for kind, answer in _ANSWERS.items()}


def for_browsers(needs: ConsoleNeeds) -> Callable[[Asked, HTTPException], Response[str]]:
    """How a browser is told of an address that nobody knows, outside the console's own pages too."""
    return _bound(needs, _http)


def _bound(needs: ConsoleNeeds, answer: Callable[..., Response[str]]) -> Callable[[Asked, Any], Response[str]]:
    return lambda request, error: answer(needs, request, error)


def _not_signed_in(needs: ConsoleNeeds, request: Asked, _error: NotSignedIn) -> Response[str]:
    """To the login, and from there back to the page; a form is not sent again by itself."""
    page, query = (request.url.path, request.url.query) if request.method in SAFE else _came_from(request)
    wanted = page.removeprefix(needs.base) + (f"?{query}" if query else "")
    tail = "" if wanted in ("", "/") else f"?{urlencode({'next': wanted})}"
    cookies = [over(needs, SESSION)] if SESSION in request.cookies else []
    return pages.go(f"{needs.base}/login{tail}", *cookies)


def _form_refused(needs: ConsoleNeeds, request: Asked, _error: FormRefused) -> Response[str]:
    log.warning("console.form_refused", path=request.url.path)
    return _page(
        needs,
        request,
        403,
        "This form was not taken.",
        "It was not made by a page of ours for this browser, or it is from before you logged in. Nothing was done.",
        "Open the page again, and send it from there.",
    )


def _may_not(needs: ConsoleNeeds, request: Asked, error: MayNot) -> Response[str]:
    article = "An" if error.role in ("admin", "operator") else "A"
    return _page(needs, request, 403, f"{article} {error.role} can do this.", "Nothing was done.")


def _wrong_use(needs: ConsoleNeeds, request: Asked, error: WrongUse) -> Response[str]:
    return _page(needs, request, 400, error.text, error.fix)


def _trouble(needs: ConsoleNeeds, request: Asked, trouble: Trouble) -> Response[str]:
    log.warning("console.trouble", path=request.url.path, code=trouble.code, text=trouble.text)
    answer = _page(needs, request, 503, trouble.text, trouble.fix, "No order is lost.", f"({trouble.code})")
    answer.headers["Retry-After"] = str(max(1, round(trouble.retry_after_s or 5)))
    return answer


def _http(needs: ConsoleNeeds, request: Asked, error: HTTPException) -> Response[str]:
    said = error.detail if error.detail.startswith("There is") else ""
    title = _TITLES.get(error.status_code, "This was not understood.")
    return _page(needs, request, error.status_code, said or title, "Orders are still being posted.")


def _unexpected(needs: ConsoleNeeds, request: Asked, error: Exception) -> Response[str]:
    """Our bug: written down with its traceback, told without it."""
    reference = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}".upper()
    log.error("console.unexpected", path=request.url.path, reference=reference, exc_info=error)
    return _page(
        needs,
        request,
        500,
        "This page could not be built, and that is our fault.",
        f"Orders are still being posted. Reference {reference}.",
    )


_ANSWERS: Mapping[type[Exception], Callable[..., Response[str]]] = {
    NotSignedIn: _not_signed_in,
    FormRefused: _form_refused,
    MayNot: _may_not,
    WrongUse: _wrong_use,
    Trouble: _trouble,
    HTTPException: _http,
    Exception: _unexpected,
}


def _page(needs: ConsoleNeeds, request: Asked, status: int, title: str, *sentences: str) -> Response[str]:
    told = [sentence for sentence in sentences if sentence]
    links = [("Go to Today", f"{needs.base}/")]
    return plain(request, needs, "plain.html", status=status, title=title, sentences=told, links=links)


def _came_from(request: Asked) -> tuple[str, str]:
    """Path and query of the page whose form was sent, as far as the browser says so and it is ours."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return "/", ""
    return (parts.path, parts.query) if parts.netloc == request.headers.get("host", "") and parts.path else ("/", "")
