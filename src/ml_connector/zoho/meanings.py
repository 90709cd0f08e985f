"""Which error each of Zoho's codes is, and the sentence for the person.

Codes that nobody has documented, and codes that Zoho uses for many things, are told apart by words of the message; the
texts of a locked period, an inactive record, a duplicate number and a currency that does not fit were never seen.

Source: Zoho Books API v3, Errors; answers recorded by others.
"""

from __future__ import annotations

import re

from ml_connector.zoho import errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.values import ZohoRequest

Meaning = tuple[type[ZohoTrouble], str]
"""The class, and a sentence in which {it} is what the request was about and {words} are Zoho's."""

# What each code means, and the sentence for the person; {it} is what the request was about.
_CODES: dict[int, Meaning] = {
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

UNAUTHORISED: Meaning = _CODES[57]

# What a code says when it is one of these depends on the words beside it.
_VAGUE = frozenset({2, 4, 14, 1001, 1002, 4001, 24016, 120303})


def _compiled(*rules: tuple[str, type[ZohoTrouble], str]) -> tuple[tuple[re.Pattern[str], type[ZohoTrouble], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), kind, sentence) for pattern, kind, sentence in rules)


# For codes that nobody documented and for vague ones; first match wins. `\block` keeps "blocked" out.
_WORDS = _compiled(
    (r"organization_id", errors.WrongOrganisation, "Zoho does not know the organisation that we named."),
    (
        r"X-Unique-Identifier-Key|does not prevent duplicate",
        errors.UniqueFieldMissing,
        "Zoho cannot use our unique field for {it}: {words}",
    ),
    (r"authtoken", errors.Unauthorised, "Zoho did not accept our sign-in for {it}."),
    (
        r"\btrial\b.*\bover\b|upgrade to a paid|subscription.*\b(expired|ended|over)\b|plan.*\bexpired\b",
        errors.TrialOver,
        "Zoho refuses every call until the organisation has a paid plan: {words}",
    ),
    (
        r"more than the (balance|credits|unused)|greater than the (balance|unused)",
        errors.OverApplied,
        "More was to be applied or paid out than Zoho says is left: {words}",
    ),
    (
        r"already (exists?|in use|used|taken|been (used|taken|assigned))|\bduplicate",
        errors.DuplicateValue,
        "Zoho has a record with this value already: {words}",
    ),
    (
        r"\block(ed|ing|s)?\b|closed period|period is closed",
        errors.PeriodLocked,
        "This period is locked in Zoho: {words}",
    ),
    (r"\binactive\b|not active", errors.RecordInactive, "Something that {it} uses is inactive in Zoho: {words}"),
    (
        r"\baccount\b.*(not supported|does not exist|deleted)",
        errors.AccountRefused,
        "Zoho does not take the account of {it}: {words}",
    ),
    (
        r"associated with.*transactions|used in transactions",
        errors.RecordInUse,
        "Zoho keeps it, because documents use it: {words}",
    ),
    (r"\bcurrenc(y|ies)\b", errors.CurrencyRefused, "Zoho does not take this currency for {it}: {words}"),
    (
        r"\b(draft|void(ed)?)\b|only to open|cannot (be (edited|modified|changed)|modify)|invalid status|s .*applied",
        errors.StateForbids,
        "The document's state in Zoho does not allow {it}: {words}",
    ),
    (
        r"does not exist|has been deleted|not accessible",
        errors.NotFound,
        "Zoho does not have what {it} refers to: {words}",
    ),
)


def meaning(request: ZohoRequest, code: int, message: str, status: int) -> Meaning:
    """What a non-zero *code* is that is neither a limit nor Zoho's own fault."""
    if code == 5 and "url" in message.lower():
        return _CODES[37]
    if code == 1001 and request.path.startswith("/items"):
        return _CODES[1001]
    if code in _CODES and code not in _VAGUE:
        return _CODES[code]
    return _by_words(message) or _by_status(request, code, status)


def _by_words(message: str) -> Meaning | None:
    found = ((kind, sentence) for pattern, kind, sentence in _WORDS if pattern.search(message))
    return next(found, None)


def _by_status(request: ZohoRequest, code: int, status: int) -> Meaning:
    """The last resort, for a code and words that tell nothing."""
    if code in _CODES:
        return _CODES[code]
    if status in _STATUSES:
        return _CODES[_STATUSES[status]]
    if status < 300:
        # Nobody knows this code, and the status says success: for a write only a look can tell.
        return unexpected(request), "Zoho answered {it} with success and a refusal at once: {words}"
    return errors.Refused, "Zoho refused {it}: {words}"


# HTTP status -> the code that means the same.
_STATUSES = {401: 57, 404: 5, 405: 37}


def unexpected(request: ZohoRequest) -> type[ZohoTrouble]:
    """The error for an answer to *request* that does not say what happened."""
    return errors.UnexpectedAnswer if request.writes else errors.UnexpectedReadAnswer
