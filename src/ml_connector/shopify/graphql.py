"""A GraphQL request, and what its answer means. Pure.

`understand` either gives an `Answer` whose data may be used, or raises what `errors.py` names. Data that Shopify held
back (a scope, protected customer data) is no error while the rest is there: its paths are in `Answer.unread`.

Source: Shopify Admin GraphQL API; status and error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.shopify import errors
from ml_connector.shopify.documents import Document
from ml_connector.shopify.pacing import ThrottleStatus, throttled_wait_s

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder()

_REFUSED_STATUS = frozenset({400, 406, 409, 414, 415, 422})
_DENIED_WORDS = ("not approved to access", "not approved to use")


@dataclass(frozen=True, slots=True)
class Cost:
    """`extensions.cost`: points reserved, points used (None when nothing ran), and the bucket afterwards."""

    requested: float
    actual: float | None
    throttle: ThrottleStatus | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A place in the answer that Shopify did not fill for us, and its words."""

    path: tuple[str | int, ...]
    message: str

    @property
    def text(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked for. `warnings` are sentences for `doctor` and the log."""

    data: Mapping[str, Any]
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    served_version: str = ""

    def unread_below(self, *path: str | int) -> tuple[Unread, ...]:
        """What is missing at or inside *path*, with paths relative to it."""
        depth = len(path)
        return tuple(Unread(u.path[depth:], u.message) for u in self.unread if u.path[:depth] == path)


def dotted(path: tuple[str | int, ...]) -> str:
    """`nodes.0.customer`"""
    return ".".join(str(part) for part in path)


def build(url: str, document: Document, variables: Mapping[str, object], token: str) -> HttpRequest:
    """The request for *document* at *url* (`…/admin/api/2026-04/graphql.json`)."""
    body = {"query": document.text, "variables": variables, "operationName": document.name}
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Shopify-Access-Token": token,
    }
    return HttpRequest("POST", url, headers, _encoder.encode(body))


def understand(response: HttpResponse, *, mutates: bool = False, version: str = "") -> Answer:
    """What *response* says.

    Args:
        mutates: The request was a mutation, so a fault leaves open whether it happened.
        version: The API version that was asked for; a different one in the answer becomes a warning.

    Raises:
        ShopifyError: one of those in `errors.py`.
    """
    request_id = response.headers.get("x-request-id", "")
    body = _decoded(response)
    _judge_status(response, body, mutates, request_id)
    if not isinstance(body, dict):
        raise _fault("Shopify's answer is not JSON.", 200, mutates, request_id)
    cost = _cost(body)
    unread = _judge_errors(body, cost, mutates, request_id)
    _judge_search(body, request_id)
    data = body.get("data")
    if not isinstance(data, dict):
        raise errors.NotUnderstood("data", "there is none")
    served = response.headers.get("x-shopify-api-version", "")
    return Answer(data, cost, _version_warnings(version, served), unread, served)


def _decoded(response: HttpResponse) -> Any:
    try:
        return _decoder.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _judge_status(response: HttpResponse, body: Any, mutates: bool, request_id: str) -> None:
    """Raise what an HTTP status other than 200 means."""
    status = response.status
    if 200 <= status < 300:
        return
    said = said_by(body)
    if status == 429:
        raise errors.Throttled(retry_after_s=_retry_after(response) or 2.0, request_id=request_id)
    if status in _REFUSED_STATUS:
        raise errors.QueryRefused(said or f"HTTP {status}", status=status, request_id=request_id)
    _judge_connection(status, said, request_id)
    raise _fault(f"Shopify answered with status {status}.", status, mutates, request_id, _retry_after(response))


def _judge_connection(status: int, said: str, request_id: str) -> None:
    """Raise what stops the whole connection."""
    if status == 401:
        raise errors.TokenRefused(request_id=request_id)
    if status == 402:
        raise errors.ShopFrozen(request_id=request_id)
    if status == 403 and "non-expiring" in said.lower():
        raise errors.NonExpiringToken(request_id=request_id)
    if status == 403:
        raise errors.Forbidden(said, request_id=request_id)
    if status in (404, 301, 302, 307, 308):
        raise errors.ShopUnknown(request_id=request_id)
    if status == 423:
        raise errors.ShopLocked(request_id=request_id)
    if status == 430:
        raise errors.SecurityRejected(request_id=request_id)


def _fault(
    text: str, status: int, mutates: bool, request_id: str, retry_after_s: float | None = None
) -> errors.ShopifyError:
    """Shopify's own trouble: harmless for a question, open for a change."""
    if mutates:
        return errors.WriteInDoubt(
            f"{text} The change may have been made.", retry_after_s=retry_after_s, request_id=request_id
        )
    return errors.ServerFault(text, status=status, retry_after_s=retry_after_s, request_id=request_id)


def _retry_after(response: HttpResponse) -> float | None:
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def said_by(body: Any) -> str:
    """The words of an error body, whatever its shape: a string, a list, an object, or nothing."""
    if not isinstance(body, dict):
        return ""
    said = body.get("errors") or body.get("error_description") or body.get("error") or ""
    return _words(said)


def _words(said: Any) -> str:
    if isinstance(said, str):
        return said
    if isinstance(said, list):
        return "; ".join(filter(None, (_words(part) for part in said)))
    if isinstance(said, dict):
        if isinstance(said.get("message"), str):
            return str(said["message"])
        return "; ".join(f"{name}: {_words(value)}" for name, value in said.items())
    return "" if said is None else str(said)


def _cost(body: Mapping[str, Any]) -> Cost | None:
    found = _inside(body, "extensions", "cost")
    if not found:
        return None
    status = _inside(found, "throttleStatus")
    throttle = ThrottleStatus(
        _number(status.get("maximumAvailable")),
        _number(status.get("currentlyAvailable")),
        _number(status.get("restoreRate")),
    )
    actual = found.get("actualQueryCost")
    return Cost(
        _number(found.get("requestedQueryCost")),
        None if actual is None else _number(actual),
        throttle if throttle.maximum > 0 else None,
    )


def _inside(value: Any, *names: str) -> Mapping[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float, Decimal)) else 0.0


def _judge_errors(body: Mapping[str, Any], cost: Cost | None, mutates: bool, request_id: str) -> tuple[Unread, ...]:
    """The places that are merely not shown to us; anything else that `errors` says is raised."""
    found = body.get("errors")
    if not found:
        return ()
    entries = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) for entry in entries):
        raise errors.QueryRefused(_words(found), request_id=request_id)
    for entry in entries:
        _judge_entry(entry, cost, mutates, request_id)
    return _unread(body, entries, request_id)


def _code(entry: Mapping[str, Any]) -> str:
    code = _inside(entry, "extensions").get("code")
    return code if isinstance(code, str) else ""


def _judge_entry(entry: Mapping[str, Any], cost: Cost | None, mutates: bool, request_id: str) -> None:
    """Raise what one entry of `errors` means, unless it says that something is not shown to us."""
    code, said = _code(entry), _words(entry)
    if code == "THROTTLED" or (not code and said == "Throttled"):
        wait = throttled_wait_s(cost.requested if cost else 0.0, cost.throttle if cost else None)
        raise errors.Throttled(retry_after_s=wait, request_id=request_id)
    if code == "MAX_COST_EXCEEDED":
        raise errors.TooExpensive(said, request_id=request_id)
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
        raise _fault("Something went wrong at Shopify.", 200, mutates, request_id)
    if not _denied(code, said):
        raise errors.QueryRefused(said, codes=(code,) if code else (), request_id=request_id)


def _denied(code: str, said: str) -> bool:
    return code == "ACCESS_DENIED" or any(words in said for words in _DENIED_WORDS)


def _unread(body: Mapping[str, Any], entries: list[Mapping[str, Any]], request_id: str) -> tuple[Unread, ...]:
    """Denied places. A whole top-level field that is denied is what we came for, so that is raised."""
    unread = tuple(Unread(_path(entry), _words(entry)) for entry in entries)
    data = body.get("data")
    for place, entry in zip(unread, entries, strict=True):
        if not isinstance(data, dict) or (len(place.path) == 1 and data.get(str(place.path[0])) is None):
            required = _inside(entry, "extensions").get("requiredAccess")
            raise errors.ScopeMissing(
                place.message, required=_words(required), path=dotted(place.path), request_id=request_id
            )
    return unread


def _path(entry: Mapping[str, Any]) -> tuple[str | int, ...]:
    path = entry.get("path")
    if not isinstance(path, list):
        return ()
    return tuple(part for part in path if isinstance(part, (str, int)))


def _judge_search(body: Mapping[str, Any], request_id: str) -> None:
    """A filter with an unknown field is ignored and *all* rows return: that must never be taken for an answer."""
    searches = _inside(body, "extensions").get("search")
    if not isinstance(searches, list):
        return
    said = tuple(
        _words(warning) for search in searches if isinstance(search, dict) for warning in search.get("warnings") or ()
    )
    if said:
        raise errors.FilterIgnored(said, request_id=request_id)


def _version_warnings(asked: str, served: str) -> tuple[str, ...]:
    if not asked or not served or asked == served:
        return ()
    return (f"Shopify no longer serves API version {asked} and answered with {served}.",)


def refuse(payload: Mapping[str, Any], *, request_id: str = "") -> None:
    """Raise `Refused` when a mutation's payload holds `userErrors`."""
    found = payload.get("userErrors")
    if not isinstance(found, list) or not found:
        return
    raise errors.Refused(tuple(_refusal(entry) for entry in found if isinstance(entry, dict)), request_id=request_id)


def _refusal(entry: Mapping[str, Any]) -> errors.FieldRefusal:
    field = entry.get("field")
    path = dotted(tuple(field)) if isinstance(field, list) else str(field or "")
    return errors.FieldRefusal(path, str(entry.get("message") or ""), str(entry.get("code") or ""))


def throttle_status(response: HttpResponse) -> ThrottleStatus | None:
    """The bucket as *response* tells it, also when it tells of an error; None when it does not tell."""
    body = _decoded(response)
    cost = _cost(body) if isinstance(body, dict) else None
    return cost.throttle if cost else None
