"""The web side of Zoho Accounts: authorise, token, revoke, server info.

Source: Zoho Accounts, OAuth 2.0; Zoho Books API v3, OAuth.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from ml_connector.sandbox.http import Request, Response, redirect, text_response
from ml_connector.sandbox.zoho.encoding import answer
from ml_connector.sandbox.zoho.oauth import AccessToken, Client, DataCentre, TokenRefused
from ml_connector.sandbox.zoho.regions import REGIONS, server_info

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.company import ZohoCompany

_SCOPE = re.compile(r"Zoho[A-Za-z]+\.[A-Za-z]+\.[A-Za-z]+")


def handle(company: ZohoCompany, request: Request, region: str | None, path: str) -> Response:
    """Answer a request to an accounts server; without a region the credentials tell which."""
    if path == "/oauth/serverinfo" and request.method == "GET":
        return answer(server_info())
    if path == "/oauth/v2/auth" and request.method in ("GET", "POST"):
        return _authorise(company, request, region)
    if request.method == "POST" and path in _POSTS:
        return _POSTS[path](company, request, region)
    return text_response("<html>The page you requested does not exist.</html>", 404, "text/html")


def _authorise(company: ZohoCompany, request: Request, region: str | None) -> Response:
    """The consent page, which agrees at once unless it was told to refuse."""
    asked = dict(request.query)
    client = company.clients.get(asked.get("client_id", ""))
    if client is None or (region or client.home) not in client.regions:
        return _page("invalid_client", "The client is not registered in this data centre.")
    uri = asked.get("redirect_uri", "")
    if uri not in client.redirect_uris:
        return _page("invalid_redirect_uri", "The redirect URI is not the registered one.")
    if asked.get("response_type") != "code":
        return _page("invalid_response_type", "response_type=code is needed.")
    if not all(_SCOPE.fullmatch(scope) for scope in asked.get("scope", "").split(",")):
        return _page("invalid_scope", "Scopes are separated by commas.")
    return redirect(f"{uri}{'&' if urlsplit(uri).query else '?'}{_callback(company, client, asked)}")


def _callback(company: ZohoCompany, client: Client, asked: Mapping[str, str]) -> str:
    """The query string that goes back, in an order that is not fixed."""
    user = company.signed_in
    state = {"state": asked["state"]} if "state" in asked else {}
    if company.refuse_consent or user is None or user.region not in client.regions:
        return urlencode({"error": "access_denied", **state})
    centre = company.centres[user.region]
    scopes = tuple(asked["scope"].split(","))
    again = (client.client_id, user.user_id) in centre.consented
    offline = asked.get("access_type") == "offline" and (not again or asked.get("prompt") == "consent")
    try:
        grant = centre.consent(client, user.user_id, scopes, asked["redirect_uri"], offline, company.now())
    except TokenRefused:
        return urlencode({"error": "access_denied", **state})
    centre.consented.add((client.client_id, user.user_id))
    pairs = [
        ("code", grant.code),
        ("location", user.region),
        ("accounts-server", company.accounts_server(user.region)),
        *state.items(),
    ]
    company.random.shuffle(pairs)
    return urlencode(pairs)


def _token(company: ZohoCompany, request: Request, region: str | None) -> Response:
    """`/oauth/v2/token`: errors are HTTP 200 with an `error` key, throttling is a 400."""
    sent = _parameters(request)
    try:
        return _granted(company, sent, region)
    except TokenRefused as refusal:
        return _refused(refusal)


def _granted(company: ZohoCompany, sent: Mapping[str, str], region: str | None) -> Response:
    grant_type = sent.get("grant_type", "")
    if grant_type not in ("authorization_code", "refresh_token"):
        raise TokenRefused("general_error")
    key = sent.get("code", "") if grant_type == "authorization_code" else sent.get("refresh_token", "")
    centre = company.centre_of(region, key, sent.get("client_id", ""))
    client = _client(company, sent, centre)
    now = company.now()
    if grant_type == "refresh_token":
        return _tokens(company, centre, centre.refresh(client, key, now), None)
    access, refresh = centre.exchange(client, key, sent.get("redirect_uri", ""), now)
    return _tokens(company, centre, access, refresh.token if refresh else None)


def _client(company: ZohoCompany, sent: Mapping[str, str], centre: DataCentre) -> Client:
    client = company.clients.get(sent.get("client_id", ""))
    if client is None or centre.region not in client.regions:
        raise TokenRefused("invalid_client")
    if sent.get("client_secret", "") != client.secrets[centre.region]:
        raise TokenRefused("invalid_client_secret")
    return client


def _tokens(company: ZohoCompany, centre: DataCentre, access: AccessToken, refresh: str | None) -> Response:
    body: dict[str, object] = {"access_token": access.token}
    if refresh is not None:
        body["refresh_token"] = refresh
    body["scope"] = " ".join(sorted(access.scopes))
    body["api_domain"] = company.api_domain or REGIONS[centre.region].api
    lifetime = {"expires_in": 3_600_000, "expires_in_sec": 3600} if company.limits.old_format else {"expires_in": 3600}
    return answer({**body, "token_type": "Bearer", **lifetime})


def _refused(refusal: TokenRefused) -> Response:
    if refusal.error != "Access Denied":
        return answer({"error": refusal.error}, refusal.status)
    return answer(
        {
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "error": refusal.error,
            "status": "failure",
        },
        refusal.status,
    )


def _revoke(company: ZohoCompany, request: Request, region: str | None) -> Response:
    """The older form: the token alone is proof enough."""
    token = _parameters(request).get("token", "")
    if company.centre_of(region, token, "").revoke(token):
        return answer({"status": "success"})
    return answer({"error": "invalid_code"})


def _revoke_as_client(company: ZohoCompany, request: Request, region: str | None) -> Response:
    """The newer form: the client shows its credentials too."""
    sent = _parameters(request)
    token = sent.get("token", "")
    centre = company.centre_of(region, token, sent.get("client_id", ""))
    try:
        _client(company, sent, centre)
    except TokenRefused as refusal:
        return _refused(refusal)
    if centre.revoke(token):
        return answer({"status": "success"})
    return answer({"error": "invalid_code"})


_POSTS = {
    "/oauth/v2/token": _token,
    "/oauth/v2/token/revoke": _revoke,
    "/oauth/v2/revoke/token": _revoke_as_client,
}


def _parameters(request: Request) -> dict[str, str]:
    """Query string and form together, with the client from HTTP Basic where it is used."""
    sent = dict(request.query)
    if request.media_type in ("application/x-www-form-urlencoded", ""):
        try:
            sent |= request.form()
        except ValueError:
            return {}
    return {**_basic(request.header("authorization") or ""), **sent}


def _basic(header: str) -> dict[str, str]:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _page(error: str, sentence: str) -> Response:
    return text_response(f"<html><h1>{error}</h1><p>{sentence}</p></html>", 400, "text/html")
