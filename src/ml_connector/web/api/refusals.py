"""What becomes of everything that goes wrong: a status, and `{"code", "text", "fix"}`."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from ml_connector.domain.policy import PolicyError
from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.jobs.connecting.document import DocumentRefused
from ml_connector.jobs.report.asked import NotThere, WrongUse
from ml_connector.web.api.access import Asked, MayNot, NoToken
from ml_connector.web.api.shapes import Problem

log = structlog.get_logger(__name__)

API = "/api/v1"
CODES = {404: "not_there", 405: "not_that_way", 413: "too_long", 415: "not_that_type", 429: "too_many"}
_SAID = {
    401: "No token of ours that is in force.",
    403: "The token's role is not enough.",
    404: "There is no such thing.",
    409: "It cannot be done as things stand.",
    422: "The question is wrong; `text` says how.",
    429: "Too many questions in a minute.",
    503: "Shopify, Zoho or the database cannot answer now.",
}


def refused(*statuses: int) -> dict[int, ResponseSpec]:
    """For a handler's `responses`: how it may refuse, besides what any of them may answer."""
    wanted = sorted({401, 403, 422, 429, 503, *statuses})
    return {status: ResponseSpec(Problem, description=_SAID[status], generate_examples=False) for status in wanted}


def _answer(status: int, code: str, text: str, fix: str = "", **headers: str) -> Response[Problem]:
    problem = Problem(code, text, fix or None)
    return Response(problem, status_code=status, media_type=MediaType.JSON, headers=headers)


def _no_token(_request: Asked, _error: NoToken) -> Response[Problem]:
    fix = "Send `Authorization: Bearer …` with a token that `ml-connector tokens add` made."
    return _answer(401, "no_token", "There is no token, or it is not in force.", fix, **{"WWW-Authenticate": "Bearer"})


def _may_not(_request: Asked, error: MayNot) -> Response[Problem]:
    text = f"This takes a token with the role {error.role}."
    return _answer(403, "role", text, "Nothing was done. Ask an admin for another token.")


def _not_there(_request: Asked, error: NotThere) -> Response[Problem]:
    return _answer(404, "not_there", error.text, error.fix)


def _wrong_use(_request: Asked, error: WrongUse) -> Response[Problem]:
    return _answer(422, "wrong_use", error.text, error.fix)


def _document(_request: Asked, error: DocumentRefused | PolicyError) -> Response[Problem]:
    return _answer(422, "refused", " ".join(error.problems), "Nothing was saved.")


def _trouble(request: Asked, trouble: Trouble) -> Response[Problem]:
    """409: it has to be settled by somebody first; 503: the same question may be asked again."""
    log.info("api.trouble", path=request.url.path, code=trouble.code)
    settled_first = trouble.remedy in (Remedy.PERSON, Remedy.CONNECTION) or trouble.code == "under_way_elsewhere"
    if settled_first:
        return _answer(409, trouble.code, trouble.text, trouble.fix)
    after = str(max(1, round(trouble.retry_after_s or 5)))
    return _answer(503, trouble.code, trouble.text, trouble.fix, **{"Retry-After": after})


def http_refusal(_request: Asked, error: HTTPException) -> Response[Problem]:
    """The framework's own: 400 is a value that does not fit, which is 422 here."""
    status = 422 if error.status_code == 400 else error.status_code
    details = getattr(error, "extra", None)
    said = "; ".join(f"{each.get('key', 'body')}: {each.get('message', '')}" for each in details or () if each)
    answer = _answer(status, CODES.get(status, "wrong_use"), said or error.detail, f"See {API}/openapi.json.")
    answer.headers.update(error.headers or {})
    return answer


def _unexpected(request: Asked, error: Exception) -> Response[Problem]:
    """Our bug: written down with its traceback, told without it."""
    reference = secrets.token_hex(4).upper()
    log.error("api.unexpected", path=request.url.path, reference=reference, exc_info=error)
    text = f"This could not be done, and that is our fault. Reference {reference}."
    return _answer(500, "unexpected", text, "Keep the reference and tell whoever runs the connector.")


REFUSALS: dict[Any, Any] = {
    NoToken: _no_token,
    MayNot: _may_not,
    NotThere: _not_there,
    WrongUse: _wrong_use,
    DocumentRefused: _document,
    PolicyError: _document,
    Trouble: _trouble,
    HTTPException: http_refusal,
    Exception: _unexpected,
}
"""Litestar's `exception_handlers` for the API."""
