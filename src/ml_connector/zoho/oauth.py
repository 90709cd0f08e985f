"""OAuth with Zoho as values: addresses, requests, and what the answers mean.

An accounts server answers most refusals with HTTP 200, so the body decides. `Access Denied` passes by itself,
`invalid_code` on a refresh means that the connection is gone, `invalid_client…` means configuration: taking one for
another either loses a customer's connection or hammers a dead one.

Source: Zoho Accounts, OAuth 2.0 for web applications; Zoho Books API v3, OAuth.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.zoho import errors, oauth_errors, regions
from ml_connector.zoho.exact import Json, NotJson, decode_object, number, text
from ml_connector.zoho.tokens import WINDOW_S, ZohoToken

SCOPES = (
    "ZohoBooks.settings.READ",
    "ZohoBooks.settings.CREATE",  # items, taxes, currencies and webhooks that a policy may ask us to make
    "ZohoBooks.settings.DELETE",  # our own webhooks, when disconnecting
    "ZohoBooks.contacts.ALL",
    "ZohoBooks.invoices.ALL",
    "ZohoBooks.customerpayments.ALL",
    "ZohoBooks.creditnotes.ALL",
    "ZohoBooks.accountants.READ",  # chart of accounts, period locks
    "ZohoBooks.banking.READ",
)
"""The least that orders, money and their masters need."""

_LIFETIME_S = 3600
_MOST_SECONDS = 86400
"""Older answers gave `expires_in` in milliseconds; a token never lives longer than this in seconds."""


def missing_scopes(granted: Iterable[str], wanted: Iterable[str] = SCOPES) -> tuple[str, ...]:
    """Which of *wanted* a token does not have. `….ALL` holds every right to a module, `fullaccess.all` everything.

    Widening scopes needs a fresh consent: an old refresh token keeps its old scopes.
    """
    has = {scope.lower() for scope in granted}
    if "zohobooks.fullaccess.all" in has:
        return ()
    return tuple(each for each in wanted if not _held(each.lower(), has))


def _held(scope: str, has: set[str]) -> bool:
    module, _, right = scope.rpartition(".")
    every = all(f"{module}.{each}" in has for each in ("create", "read", "update", "delete"))
    return scope in has or f"{module}.all" in has or (right == "all" and every)


@dataclass(frozen=True, slots=True)
class App:
    """The client registered in Zoho's API console."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str = ""
    """Character for character as registered; only connecting needs it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that passed the checks: where the code is exchanged, and the code."""

    code: str = field(repr=False)
    accounts: str
    region: regions.Region | None
    """None where a configured accounts server stands in for all regions."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a grant code was exchanged for. Only this answer ever holds a refresh token."""

    token: ZohoToken
    refresh_token: str = field(repr=False)
    """Empty when Zoho gave none: an earlier one, if there is one, stays good."""


def authorize_url(app: App, accounts: str, *, state: str, scopes: tuple[str, ...] = SCOPES) -> str:
    """Where the person's browser is sent. `offline` and `consent` are what make Zoho give a refresh token."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "scope": ",".join(scopes),
        "redirect_uri": app.redirect_uri,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return f"{accounts}/oauth/v2/auth?{urlencode(query)}"


def read_callback(query: Mapping[str, str], *, expected_state: str, accounts: str = "") -> Callback:
    """Check what the browser brought back.

    Args:
        query: The callback's parameters, decoded, in any order.
        expected_state: What `authorize_url` was given for this browser.
        accounts: The configured accounts server, which then stands for all regions; empty: `accounts-server` of the
            callback, if it is one of Zoho's.

    Raises:
        CallbackRefused: wrong state, no code, or a server that is not Zoho's. Nobody was told a secret.
        ConsentRefused: the person said no.
    """
    given = query.get("state", "")
    if not expected_state or not hmac.compare_digest(given.encode(), expected_state.encode()):
        raise oauth_errors.CallbackRefused("This answer does not belong to a connection that was started here.")
    if "error" in query:
        raise oauth_errors.ConsentRefused("Zoho was told not to connect us.", vendor_error=query["error"])
    code = query.get("code", "")
    if not code:
        raise oauth_errors.CallbackRefused("Zoho's answer holds no code.")
    if accounts:
        return Callback(code, accounts, _located(query))
    region = _region_of(query)
    return Callback(code, region.accounts, region)


def exchange_request(app: App, callback: Callback) -> HttpRequest:
    """Exchange the grant code, at once: it lives a minute or two and works once."""
    return _token_request(
        callback.accounts,
        {
            "grant_type": "authorization_code",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": app.redirect_uri,
            "code": callback.code,
        },
    )


def refresh_request(app: App, accounts: str, refresh_token: str) -> HttpRequest:
    """Ask for a new access token. The refresh token stays the same."""
    return _token_request(
        accounts,
        {
            "grant_type": "refresh_token",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": refresh_token,
        },
    )


def revoke_request(accounts: str, refresh_token: str) -> HttpRequest:
    """End the connection at Zoho. The query is the only form that Zoho documents and that was seen to work."""
    query = urlencode({"token": refresh_token})
    return HttpRequest("POST", f"{accounts}/oauth/v2/token/revoke?{query}", {"Accept": "application/json"})


def revoked(response: HttpResponse) -> bool:
    """Whether Zoho says that the token is gone, now or before."""
    try:
        said = text(decode_object(response.body), "error")
    except NotJson:
        return response.status == 200
    return response.status == 200 and said in ("", "invalid_token", "invalid_code")


def read_exchange(response: HttpResponse, *, now: datetime, region: str = "", endpoint: str = "") -> Granted:
    """The tokens in the answer to `exchange_request`.

    Raises:
        CodeRefused, ClientRefused, TokenThrottled, RegionDiffers, TokenAnswerUnreadable
    """
    body = _granted_body(response, refused=oauth_errors.CodeRefused("Zoho no longer takes this code."))
    return Granted(_token(body, now=now, region=region, endpoint=endpoint), text(body, "refresh_token"))


def read_refresh(response: HttpResponse, *, now: datetime, region: str = "", endpoint: str = "") -> ZohoToken:
    """The access token in the answer to `refresh_request`.

    Args:
        now: When the answer arrived, timezone-aware.
        region: The connection's region, confirmed against `api_domain`; empty accepts any of Zoho's.
        endpoint: The configured API address, which then replaces `api_domain`; empty: Zoho's own word.

    Raises:
        ConnectionRevoked: the refresh token is dead: a person has to connect again.
        ClientRefused, TokenThrottled, RegionDiffers, TokenAnswerUnreadable
    """
    gone = errors.ConnectionRevoked("Zoho no longer accepts our connection, so posting has paused.")
    return _token(_granted_body(response, refused=gone), now=now, region=region, endpoint=endpoint)


def _granted_body(response: HttpResponse, *, refused: errors.ZohoTrouble) -> Json:
    """The body, if it holds an access token; otherwise the error that its `error` stands for."""
    try:
        body = decode_object(response.body)
    except NotJson:
        raise _unreadable(response) from None
    if text(body, "access_token"):
        return body
    word = text(body, "error")
    if word in ("invalid_code", "invalid_grant"):
        raise refused
    if word.lower().replace("_", " ") == "access denied":
        raise oauth_errors.TokenThrottled(
            "Zoho asks us to wait before it gives another token.", vendor_error=word, retry_after_s=WINDOW_S
        )
    if word.startswith("invalid_client") or word in ("invalid_redirect_uri", "unauthorized_client"):
        raise oauth_errors.ClientRefused("Zoho does not know our client like this.", vendor_error=word)
    raise _unreadable(response, word)


def _unreadable(response: HttpResponse, word: str = "") -> oauth_errors.TokenAnswerUnreadable:
    return oauth_errors.TokenAnswerUnreadable(
        f"Zoho's accounts server gave no token and no reason that we know; it answered {response.status}.",
        vendor_error=word,
        retry_after_s=60.0,
    )


def _token(body: Json, *, now: datetime, region: str, endpoint: str) -> ZohoToken:
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    return ZohoToken(
        access=text(body, "access_token"),
        expires_at=now + timedelta(seconds=_lifetime_s(body)),
        api_domain=endpoint.rstrip("/") or _api_domain(body, region),
        scope=text(body, "scope"),
        told_domain=text(body, "api_domain"),
    )


def _lifetime_s(body: Json) -> float:
    """Seconds that the token lives: `expires_in_sec` where there is one; a huge `expires_in` is milliseconds."""
    told = number(body, "expires_in_sec")
    if told is None:
        told = number(body, "expires_in")
        if told is not None and told > _MOST_SECONDS:
            told /= 1000
    return _LIFETIME_S if told is None or told <= 0 else min(float(told), float(_LIFETIME_S))


def _api_domain(body: Json, region: str) -> str:
    """The API host for this token: one of Zoho's, and the connection's own where a region is given."""
    told = text(body, "api_domain")
    if not told and region:
        return regions.by_code(region).api
    try:
        found = regions.by_api_domain(told)
    except regions.UnknownRegion:
        raise oauth_errors.RegionDiffers("Zoho's answer names an API host that is not one of Zoho's.") from None
    if region and found.code != region:
        raise oauth_errors.RegionDiffers(
            f"This connection is set to {regions.by_code(region).name}, and its token belongs to {found.name}."
        )
    return found.api


def _region_of(query: Mapping[str, str]) -> regions.Region:
    server, location = query.get("accounts-server", ""), query.get("location", "")
    try:
        return regions.by_accounts_server(server) if server else regions.by_code(location)
    except regions.UnknownRegion:
        raise oauth_errors.CallbackRefused("The answer names an accounts server that is not Zoho's.") from None


def _located(query: Mapping[str, str]) -> regions.Region | None:
    try:
        return regions.by_code(query.get("location", ""))
    except regions.UnknownRegion:
        return None


def _token_request(accounts: str, values: Mapping[str, str]) -> HttpRequest:
    return _form(f"{accounts}/oauth/v2/token", values)


def _form(url: str, values: Mapping[str, str]) -> HttpRequest:
    """In a body, never in the query: an address is logged along the way, a body is not."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return HttpRequest("POST", url, headers, urlencode(values).encode())
