"""What an answer of Zoho's means: the one place that says so.

`understand` gives an `Answer`, or raises the error that says whether anything was written, whether it may be tried
again and who has to act. A `code` other than 0 is a failure whatever the HTTP status says. Codes that nobody has
documented are told apart by status and, last, by words of the message.

Source: Zoho Books API v3, Errors; answers recorded by others. The texts of a locked period, of an inactive record,
of a duplicate number and of a currency that does not fit were never seen, hence the words.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ml_connector.net import HttpResponse
from ml_connector.zoho import errors, limits
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.exact import Json, NotJson, decode_object, text
from ml_connector.zoho.values import Answer, ZohoRequest

# What each code means, and the sentence for the person; {it} is what the request was about.
_CODES: dict[int, tuple[type[ZohoTrouble], str]] = {
    2: (errors.FieldRefused, "Zoho does not take a value of {it}: {words}"),
    4: (errors.FieldRefused, "Zoho does not take a value of {it}: {words}"),
    5: (errors.NotFound, "Zoho does not find what {it} refers to."),
    8: (errors.FieldNotAllowed, "This organisation does not know a field of {it}: {words}"),
    13011: (errors.DuplicateValue, "Zoho has this number already: {words}"),
    14: (errors.Unauthorised, "Zoho did not accept our sign-in for {it}."),
    15: (errors.TooLong, "A text of {it} is too long for Zoho: {words}"),
    37: (errors.OurRequestWrong, "We asked Zoho for {it} in a way that it does not know."),
    57: (errors.Unauthorised, "Zoho did not accept our sign-in for {it}."),
    1001: (errors.ItemExists, "Zoho has an item of this name already: {words}"),
    1002: (errors.NotFound, "Zoho does not have what {it} refers to: {words}"),
    3000: (errors.RecordInUse, "Zoho keeps it, because documents use it: {words}"),
    3032: (errors.WrongTaxKind, "Zoho says that the tax does not fit the place of supply: {words}"),
    3062: (errors.NameTaken, "Zoho has a contact of this name already: {words}"),
    4097: (errors.NumberMismatch, "Zoho numbers by itself and did not take our number for {it}."),
    6041: (errors.WrongOrganisation, "The connected user does not belong to this organisation in Zoho."),
    9017: (errors.NoOrganisation, "The connected user belongs to no organisation in Zoho."),
    24016: (errors.OverApplied, "More was to be applied than Zoho says is still owed."),
    36023: (errors.LinesLocked, "Zoho has locked the lines, because they were invoiced."),
    71510: (errors.WrongTaxKind, "Zoho says that reverse charge does not fit here: {words}"),
    71512: (errors.WrongTaxKind, "Zoho says that reverse charge does not fit here: {words}"),
    103001: (errors.TrialOver, "The trial of Zoho Books is over, so Zoho refuses every call."),
    110817: (errors.TaxesOff, "Taxes are switched off in this organisation in Zoho."),
    110942: (errors.TaxesOff, "Taxes are switched off in this organisation in Zoho."),
}

_INTERNAL = frozenset({9, 1000})

_LIMITS: dict[int | None, tuple[type[errors.RateLimited], str]] = {
    limits.MINUTE: (errors.MinuteLimit, "Zoho asks us to slow down."),
    limits.DAY: (errors.DayLimit, "Today's Zoho calls are used up."),
    limits.IN_FLIGHT: (errors.InFlightLimit, "Zoho asks us to send fewer calls at the same time."),
    limits.BLOCK: (errors.Blocked, "Zoho takes no calls from us for a while after a burst of them."),
}

# For codes that nobody documented, first match wins. `\block` keeps "blocked" out.
_WORDS: tuple[tuple[re.Pattern[str], type[ZohoTrouble], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, sentence)
    for pattern, kind, sentence in (
        (r"more than the balance", errors.OverApplied, "More was to be applied than Zoho says is still owed."),
        (
            r"\btrial\b.*\bover\b|upgrade to a paid|subscription.*\b(expired|ended|over)\b|plan.*\bexpired\b",
            errors.TrialOver,
            "Zoho refuses every call until the organisation has a paid plan: {words}",
        ),
        (
            r"already (exists|exist|in use|used|taken|been (used|taken|assigned))|\bduplicate",
            errors.DuplicateValue,
            "Zoho has a record with this value already: {words}",
        ),
        (
            r"\block(ed|ing|s)?\b|closed period|period is closed",
            errors.PeriodLocked,
            "This period is locked in Zoho: {words}",
        ),
        (r"\binactive\b|not active", errors.RecordInactive, "Something that {it} uses is inactive in Zoho: {words}"),
        (r"\bcurrenc(y|ies)\b", errors.CurrencyRefused, "Zoho does not take this currency for {it}: {words}"),
        (r"\b(draft|void(ed)?)\b", errors.StateForbids, "The document's state in Zoho does not allow {it}: {words}"),
        (
            r"does not exist|has been deleted|not accessible",
            errors.NotFound,
            "Zoho does not have what {it} refers to: {words}",
        ),
    )
)


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
    kind, sentence = _kind(request, code, message, status)
    said = sentence.format(it=request.subject, words=f"“{message}”" if message else "it does not say why.")
    return kind(said, vendor_code=code, vendor_message=message, status=status, key=request.key)


def _kind(request: ZohoRequest, code: int, message: str, status: int) -> tuple[type[ZohoTrouble], str]:
    if code == 5 and "url" in message.lower():
        return _CODES[37]
    if code in _CODES:
        return _CODES[code]
    if status == 401:
        return _CODES[57]
    for pattern, kind, sentence in _WORDS:
        if pattern.search(message):
            return kind, sentence
    if status in (404, 405):
        return _CODES[5 if status == 404 else 37]
    if status < 300:
        # Nobody knows this code, and the status says success: for a write only a look can tell.
        return _unexpected(request), "Zoho answered {it} with success and a refusal at once: {words}"
    return errors.Refused, "Zoho refused {it}: {words}"


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
        kind, sentence = _CODES[57]
    else:
        kind, sentence = _unexpected(request), "What came back for {it} is not an answer of Zoho's API."
    return kind(
        sentence.format(it=request.subject),
        retry_after_s=_asked(response),
        vendor_message=text(body or {}, "message"),
        status=response.status,
        key=request.key,
    )


def _success(request: ZohoRequest, body: Json, response: HttpResponse) -> Answer:
    if response.status not in (200, 201, 202):
        raise _unexpected(request)(
            f"Zoho answered {request.subject} with success and a refusal at once.",
            vendor_message=text(body, "message"),
            status=response.status,
            key=request.key,
        )
    return Answer(body, created=response.status == 201, allowance=limits.allowance(response.headers))


def _unexpected(request: ZohoRequest) -> type[ZohoTrouble]:
    return errors.UnexpectedAnswer if request.writes else errors.UnexpectedReadAnswer


def _asked(response: HttpResponse) -> float | None:
    return limits.wait_s(None, response.headers) if "retry-after" in response.headers else None
