"""What an answer of Zoho's means: the one place that says so.

`understand` gives an `Answer`, or raises the error that says whether anything was written, whether it may be tried
again and who has to act. A `code` other than 0 is a failure whatever the HTTP status says.

Source: Zoho Books API v3, Errors; answers recorded by others.
"""

from __future__ import annotations

from decimal import Decimal

from ml_connector.net import HttpResponse
from ml_connector.zoho import errors, limits
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.exact import Json, NotJson, decode_object, text
from ml_connector.zoho.meanings import UNAUTHORISED, meaning, unexpected
from ml_connector.zoho.values import Answer, ZohoRequest

_INTERNAL = frozenset({9, 1000})

_LIMITS: dict[int | None, tuple[type[errors.RateLimited], str]] = {
    limits.MINUTE: (errors.MinuteLimit, "Zoho asks us to slow down."),
    limits.DAY: (errors.DayLimit, "Today's Zoho calls are used up."),
    limits.IN_FLIGHT: (errors.InFlightLimit, "Zoho asks us to send fewer calls at the same time."),
    limits.BLOCK: (errors.Blocked, "Zoho takes no calls from us for a while after a burst of them."),
}


def understand(request: ZohoRequest, response: HttpResponse) -> Answer:
    """What Zoho's answer to *request* means.

    Raises:
        ZohoTrouble: of the class that fits; see `errors`.
    """
    body = _body(request, response)
    code = _code(body)
    if response.status == 429 or code in limits.RATE_CODES:
        raise _limited(request, code, body, response)
    if response.status >= 500 or code in _INTERNAL:
        raise _internal(request, body, response)
    if body is None or code is None:
        raise _without_code(request, body, response)
    if code == 0:
        return _success(request, body, response)
    raise refusal(request, code, text(body, "message"), response.status)


def refusal(request: ZohoRequest, code: int, message: str, status: int) -> ZohoTrouble:
    """The error for a non-zero *code* that is neither a limit nor Zoho's own fault."""
    kind, sentence = meaning(request, code, message, status)
    said = sentence.format(it=request.subject, words=f"“{message}”" if message else "it does not say why.")
    return kind(said, vendor_code=code, vendor_message=message, status=status, key=request.key)


def _body(request: ZohoRequest, response: HttpResponse) -> Json | None:
    try:
        return decode_object(response.body)
    except NotJson:
        return None


def _code(body: Json | None) -> int | None:
    """Zoho's `code`, also as a string; None when it says none."""
    code = None if body is None else body.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str | Decimal):
        return None
    written = str(code).strip()
    return int(written) if written.lstrip("-").isdecimal() else None


def _limited(request: ZohoRequest, code: int | None, body: Json | None, response: HttpResponse) -> ZohoTrouble:
    kind, sentence = _LIMITS.get(code, (errors.RateLimited, "Zoho asks us to slow down."))
    return kind(
        sentence,
        retry_after_s=limits.wait_s(code, response.headers),
        vendor_code=code,
        vendor_message=text(body or {}, "message"),
        status=response.status,
        key=request.key,
    )


def _internal(request: ZohoRequest, body: Json | None, response: HttpResponse) -> ZohoTrouble:
    kind = errors.InternalError if request.writes else errors.ReadFailed
    then = "We ask Zoho whether it was written before anything is sent again." if request.writes else "We ask again."
    return kind(
        f"Zoho had a fault of its own with {request.subject}. {then}",
        retry_after_s=_asked(response),
        vendor_code=_code(body),
        vendor_message=text(body or {}, "message"),
        status=response.status,
        key=request.key,
    )


def _without_code(request: ZohoRequest, body: Json | None, response: HttpResponse) -> ZohoTrouble:
    """An answer that is not Zoho's envelope, told apart by its status alone."""
    if response.status == 401:
        kind, sentence = UNAUTHORISED
    else:
        kind, sentence = unexpected(request), "What came back for {it} is not an answer of Zoho's API."
    return kind(
        sentence.format(it=request.subject),
        retry_after_s=_asked(response),
        vendor_message=text(body or {}, "message"),
        status=response.status,
        key=request.key,
    )


def _success(request: ZohoRequest, body: Json, response: HttpResponse) -> Answer:
    if response.status not in (200, 201, 202):
        raise unexpected(request)(
            f"Zoho answered {request.subject} with success and a refusal at once.",
            vendor_message=text(body, "message"),
            status=response.status,
            key=request.key,
        )
    return Answer(body, created=response.status == 201, allowance=limits.allowance(response.headers))


def _asked(response: HttpResponse) -> float | None:
    return limits.wait_s(None, response.headers) if "retry-after" in response.headers else None
