"""Which error an answer is, if it is one. Pure.

Source: Shopify Admin GraphQL API, status and error codes; recorded answers of API 2026-04.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ml_connector.net import HttpResponse
from ml_connector.shopify import errors
from ml_connector.shopify.answer import Cost, Unread, decoded, dotted, inside, said_by, words
from ml_connector.shopify.pacing import throttled_wait_s

_REFUSED_STATUS = frozenset({400, 406, 409, 414, 415, 422})
_DENIED_WORDS = ("not approved to access", "not approved to use")


def refused_status(response: HttpResponse) -> None:
    """Raise what the HTTP status of a refused question means."""
    judge_status(response, decoded(response), mutates=False, request_id=response.headers.get("x-request-id", ""))


def judge_status(response: HttpResponse, body: Any, mutates: bool, request_id: str) -> None:
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
    raise fault(f"Shopify answered with status {status}.", status, mutates, request_id, _retry_after(response))


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


def fault(
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
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def judge_errors(body: Mapping[str, Any], cost: Cost | None, mutates: bool, request_id: str) -> tuple[Unread, ...]:
    """The places that are merely not shown to us; anything else that `errors` says is raised."""
    found = body.get("errors")
    if not found:
        return ()
    entries = found if isinstance(found, list) else [found]
    if not all(isinstance(entry, dict) for entry in entries):
        raise errors.QueryRefused(words(found), request_id=request_id)
    for entry in entries:
        _judge_entry(entry, cost, mutates, request_id)
    return _unread(body, entries, request_id)


def _code(entry: Mapping[str, Any]) -> str:
    code = inside(entry, "extensions").get("code")
    return code if isinstance(code, str) else ""


def _judge_entry(entry: Mapping[str, Any], cost: Cost | None, mutates: bool, request_id: str) -> None:
    """Raise what one entry of `errors` means, unless it says that something is not shown to us."""
    code, said = _code(entry), words(entry)
    if code == "THROTTLED" or (not code and said == "Throttled"):
        wait = throttled_wait_s(cost.requested if cost else 0.0, cost.throttle if cost else None)
        raise errors.Throttled(retry_after_s=wait, request_id=request_id)
    if code == "MAX_COST_EXCEEDED":
        raise errors.TooExpensive(said, request_id=request_id)
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
        raise fault("Something went wrong at Shopify.", 200, mutates, request_id)
    if not _denied(code, said):
        raise errors.QueryRefused(said, codes=(code,) if code else (), request_id=request_id)


def _denied(code: str, said: str) -> bool:
    return code == "ACCESS_DENIED" or any(words in said for words in _DENIED_WORDS)


def _unread(body: Mapping[str, Any], entries: list[Mapping[str, Any]], request_id: str) -> tuple[Unread, ...]:
    """Denied places. A whole top-level field that is denied is what we came for, so that is raised."""
    unread = tuple(Unread(_path(entry), words(entry)) for entry in entries)
    data = body.get("data")
    for place, entry in zip(unread, entries, strict=True):
        if not isinstance(data, dict) or (len(place.path) == 1 and data.get(str(place.path[0])) is None):
            required = inside(entry, "extensions").get("requiredAccess")
            raise errors.ScopeMissing(
                place.message, required=words(required), path=dotted(place.path), request_id=request_id
            )
    return unread


def _path(entry: Mapping[str, Any]) -> tuple[str | int, ...]:
    path = entry.get("path")
    if not isinstance(path, list):
        return ()
    return tuple(part for part in path if isinstance(part, (str, int)))


def judge_search(body: Mapping[str, Any], request_id: str) -> None:
    """A filter with an unknown field is ignored and *all* rows return: that must never be taken for an answer."""
    searches = inside(body, "extensions").get("search")
    if not isinstance(searches, list):
        return
    said = tuple(
        _warning(entry) for search in searches if isinstance(search, dict) for entry in search.get("warnings") or ()
    )
    if said:
        raise errors.FilterIgnored(said, request_id=request_id)


def _warning(entry: Any) -> str:
    """`tag: Invalid search field for this query`"""
    field = entry.get("field") if isinstance(entry, dict) else None
    said = words(entry).rstrip(".")
    return f"{field}: {said}" if field else said


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
