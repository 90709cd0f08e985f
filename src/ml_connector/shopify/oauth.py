"""How a shop gives us access: the addresses, the checks, the requests and what their answers mean. Pure.

Source: Shopify, "Authorization code grant", "Offline access tokens", "Client credentials grant", "Token exchange".
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import msgspec

from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.shopify import errors, judging, oauth_errors, scopes, signature
from ml_connector.shopify.answer import said_by
from ml_connector.shopify.tokens import ShopifyToken

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


@dataclass(frozen=True, slots=True)
class App:
    """Our app, as Shopify knows it. `endpoint` is where a shop's OAuth is; `{shop}` is filled in where present."""

    client_id: str
    client_secret: str = field(repr=False)
    endpoint: str = "https://{shop}"

    def url(self, shop: str, path: str) -> str:
        """The address of *path* at *shop*.

        Raises:
            CallbackRefused: *shop* is no shop's address; our secret must not go anywhere else.
        """
        if not signature.is_shop_domain(shop):
            raise oauth_errors.CallbackRefused("shop", f"{shop!r} is not the address of a Shopify shop.")
        return self.endpoint.replace("{shop}", shop).rstrip("/") + path


class Grant(StrEnum):
    """What a token is asked with; decides what a refusal means."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"
    MIGRATION = "migration"


def authorize_url(app: App, shop: str, *, redirect_uri: str, state: str, wanted: Iterable[str] = ()) -> str:
    """Where the merchant's browser is sent.

    Args:
        redirect_uri: Registered with the app, to the letter.
        state: A fresh random text; also kept in a signed cookie of the browser.
        wanted: Scopes; none for apps whose installation Shopify manages itself.
    """
    query = {"client_id": app.client_id, "redirect_uri": redirect_uri, "state": state}
    asked = ",".join(sorted(wanted))
    if asked:
        query["scope"] = asked
    return f"{app.url(shop, '/admin/oauth/authorize')}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that passed every check."""

    shop: str
    code: str = field(repr=False)


def check_start(query: signature.Query, secrets: Iterable[str], now: datetime) -> str:
    """The shop that wants to be connected.

    A request from Shopify is signed, and then the signature must hold; one that an operator starts from our own
    console names only the shop.

    Raises:
        CallbackRefused: no shop, or a signature that does not hold.
    """
    shop = _shop(query)
    if "hmac" in query:
        _check_signature(query, secrets, now)
    return shop


def check_callback(query: signature.Query, secrets: Iterable[str], *, state: str | None, now: datetime) -> Callback:
    """The callback, when all three checks hold: state, signature, shop.

    Args:
        query: Decoded parameters.
        state: What the signed cookie of this browser holds; None without one.

    Raises:
        CallbackRefused: one of the checks failed; `reason` says which.
    """
    if "error" in query:
        raise oauth_errors.CallbackRefused("declined", "The access was not granted in Shopify.")
    given = query.get("state")
    if not state or not isinstance(given, str) or not hmac.compare_digest(given.encode(), state.encode()):
        raise oauth_errors.CallbackRefused("state", "This sign-in was not started from this browser, or is too old.")
    _check_signature(query, secrets, now)
    code = query.get("code")
    if not isinstance(code, str) or not code:
        raise oauth_errors.CallbackRefused("parameters", "Shopify's answer holds no code.")
    return Callback(_shop(query), code)


def _shop(query: signature.Query) -> str:
    shop = query.get("shop")
    if not isinstance(shop, str) or not signature.is_shop_domain(shop):
        raise oauth_errors.CallbackRefused("shop", "This is not the address of a Shopify shop (name.myshopify.com).")
    return shop.lower()


def _check_signature(query: signature.Query, secrets: Iterable[str], now: datetime) -> None:
    if not signature.query_signed(query, secrets):
        raise oauth_errors.CallbackRefused("hmac", "The request is not signed by Shopify for this app.")
    if not signature.timely(query, now):
        raise oauth_errors.CallbackRefused("timestamp", "The request is too old.")


def token_request(app: App, shop: str, grant: Grant, credential: str = "") -> HttpRequest:
    """The request for a token.

    Args:
        credential: The code, the refresh token, or for a migration the old access token; none for client credentials.
    """
    fields = {"client_id": app.client_id, "client_secret": app.client_secret, **_FIELDS[grant]}
    name = _CREDENTIAL.get(grant)
    if name:
        fields[name] = credential
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return HttpRequest("POST", app.url(shop, "/admin/oauth/access_token"), headers, urlencode(fields).encode())


_FIELDS: dict[Grant, Mapping[str, str]] = {
    Grant.CODE: {"expiring": "1"},
    Grant.REFRESH: {"grant_type": "refresh_token"},
    Grant.CLIENT_CREDENTIALS: {"grant_type": "client_credentials"},
    Grant.MIGRATION: {
        "grant_type": _EXCHANGE,
        "subject_token_type": _OFFLINE,
        "requested_token_type": _OFFLINE,
        "expiring": "1",
    },
}
_CREDENTIAL = {Grant.CODE: "code", Grant.REFRESH: "refresh_token", Grant.MIGRATION: "subject_token"}


def token_answer(response: HttpResponse, grant: Grant, *, received_at: datetime, refresh: str = "") -> ShopifyToken:
    """The token in *response*.

    Args:
        received_at: Timezone-aware; lifetimes count from here.
        refresh: The refresh token that was used, kept should the answer not bring a new one.

    Raises:
        ShopifyError: a refusal, as `oauth_errors` and `errors` name it.
    """
    body = _decoded(response)
    if not 200 <= response.status < 300:
        _refuse(response, grant, said_by(body), _word(body))
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise errors.NotUnderstood("access_token", "there is none")
    renewed = body.get("refresh_token") or refresh
    return ShopifyToken(
        access=access,
        scopes=scopes.parse(str(body.get("scope") or "")),
        expires_at=_after(received_at, body.get("expires_in")),
        refresh=renewed if isinstance(renewed, str) and renewed else None,
        refresh_expires_at=_after(received_at, body.get("refresh_token_expires_in")),
    )


def _decoded(response: HttpResponse) -> Mapping[str, Any]:
    try:
        body = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _word(body: Mapping[str, Any]) -> str:
    """OAuth's own word for the error, `invalid_grant`."""
    word = body.get("error")
    return word if isinstance(word, str) else ""


def _after(at: datetime, seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    return at + timedelta(seconds=float(seconds))


def _refuse(response: HttpResponse, grant: Grant, said: str, word: str) -> None:
    """Raise what a refused token request means."""
    request_id = response.headers.get("x-request-id", "")
    if word in ("invalid_client", "unauthorized_client", "application_cannot_be_found"):
        raise oauth_errors.AppRefused(request_id=request_id)
    if response.status in (400, 401, 403, 422):
        raise _refusal(grant, said, request_id)
    if response.status >= 500 and grant is Grant.REFRESH:
        raise oauth_errors.RefreshInDoubt
    judging.refused_status(response)


def _refusal(grant: Grant, said: str, request_id: str) -> errors.ShopifyError:
    if grant is Grant.CODE:
        return oauth_errors.CodeRefused(said, request_id=request_id)
    if grant is Grant.REFRESH:
        return oauth_errors.RefreshDead(said, request_id=request_id)
    return oauth_errors.GrantRefused(said, request_id=request_id)
