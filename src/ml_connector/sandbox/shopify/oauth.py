"""How apps get tokens: the consent page, and the one address that hands tokens out.

Source: Shopify OAuth: authorization code grant, refresh, client credentials, token exchange.
"""

from __future__ import annotations

import hashlib
import hmac
import html
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ml_connector.sandbox.http import Request, Response, json_response, redirect, text_response
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.tokens import CODE_LIFE, LOST_ANSWER_WINDOW, App, RefreshToken, Token, TokenBook

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
SESSION = "urn:ietf:params:oauth:token-type:id_token"


def query_hmac(secret: str, pairs: Mapping[str, str]) -> str:
    """The hex signature over a redirect's parameters, `hmac` and `signature` left out."""
    kept = sorted((key, value) for key, value in pairs.items() if key not in ("hmac", "signature"))
    text = "&".join(f"{key}={value}" for key, value in kept)
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_query(secret: str, pairs: Mapping[str, str]) -> str:
    """*pairs* and their signature as a query string."""
    return urlencode({**pairs, "hmac": query_hmac(secret, pairs)})


class OAuth:
    """Answers `/admin/oauth/…` for every shop."""

    def __init__(self, apps: dict[str, App], tokens: TokenBook) -> None:
        self._apps = apps
        self._tokens = tokens

    def authorize(self, request: Request, shop: Shop, now: datetime) -> Response:
        """The consent page, with a merchant who presses "Install" at once, or "Cancel"."""
        app = self._apps.get(request.param("client_id") or "")
        if app is None:
            return _page(
                "Oauth error invalid_request: Could not find Shopify API application with "
                f"api_key {request.param('client_id')}",
                400,
            )
        target = request.param("redirect_uri") or ""
        if target not in app.redirect_uris:
            return _page("Oauth error invalid_request: The redirect_uri is not whitelisted", 400)
        if app.refuses:
            return _page("The merchant cancelled the installation.", 200)
        scopes = _asked(request.param("scope"), app)
        code = self._tokens.code(shop.domain, app.client_id, scopes, now)
        pairs = {
            "code": code.value,
            "host": _host(shop),
            "shop": shop.domain,
            "state": request.param("state") or "",
            "timestamp": str(int(now.timestamp())),
        }
        joint = "&" if "?" in target else "?"
        return redirect(f"{target}{joint}{signed_query(app.secrets[0], pairs)}")

    def access_token(self, request: Request, shop: Shop, now: datetime) -> Response:
        """Tokens, by whichever grant the body names."""
        try:
            body = self._body(request)
        except ValueError:
            return _refused("invalid_request", "The body could not be read", 400)
        app = self._apps.get(str(body.get("client_id")))
        if app is None or str(body.get("client_secret")) not in app.secrets:
            return _refused("invalid_client", "Client authentication failed", 401)
        grants = {
            "refresh_token": self._refresh,
            "client_credentials": self._client,
            EXCHANGE: self._exchange,
            "authorization_code": self._code,
        }
        grant = grants.get(str(body.get("grant_type") or "authorization_code"))
        if grant is None:
            return _refused("unsupported_grant_type", "The grant type is not supported", 400)
        return grant(app, body, shop, now)

    @staticmethod
    def _body(request: Request) -> Mapping[str, Any]:
        if request.media_type == "application/json":
            body = request.json()
            if not isinstance(body, dict):
                raise ValueError("the body is not an object")
            return body
        return request.form() | dict(request.query)

    def _code(self, app: App, body: Mapping[str, Any], shop: Shop, now: datetime) -> Response:
        code = self._tokens.codes.get(str(body.get("code")))
        good = (
            code is not None
            and not code.used
            and code.shop == shop.domain
            and code.client_id == app.client_id
            and now - code.made_at <= CODE_LIFE
        )
        if code is None or not good:
            return _refused("invalid_request", "The authorization code was not found or was already used", 400)
        code.used = True
        if str(body.get("expiring", "0")) in ("1", "true", "True"):
            return self._expiring(self._tokens.pair(shop.domain, app.client_id, code.scopes, now))
        token = self._tokens.static(shop.domain, app.client_id, code.scopes)
        return json_response({"access_token": token.value, "scope": ",".join(token.scopes)})

    def _refresh(self, app: App, body: Mapping[str, Any], shop: Shop, now: datetime) -> Response:
        used = self._tokens.refresh.get(str(body.get("refresh_token")))
        if used is None or (used.shop, used.client_id) != (shop.domain, app.client_id):
            return _refused("invalid_grant", "The refresh token is invalid", 400)
        if used.used_at is not None:
            return self._repeated(used, now)
        if used.revoked or now >= used.expires_at:
            return _refused("invalid_grant", "The refresh token is expired or revoked", 400)
        return self._expiring(self._tokens.rotate(used, now))

    def _repeated(self, used: RefreshToken, now: datetime) -> Response:
        """The same answer again for whoever lost the first one, for a short while."""
        assert used.used_at is not None
        successor = self._tokens.access.get(used.successor or "")
        if successor is None or successor.revoked or now - used.used_at > LOST_ANSWER_WINDOW:
            return _refused("invalid_grant", "The refresh token was already used", 400)
        return self._expiring(successor)

    def _client(self, app: App, body: Mapping[str, Any], shop: Shop, now: datetime) -> Response:
        if not app.client_credentials:
            return _refused("shop_not_permitted", "Client credentials cannot be performed on this shop.", 400)
        token = self._tokens.short(shop.domain, app.client_id, app.scopes, now)
        return json_response({"access_token": token.value, "scope": ",".join(token.scopes), "expires_in": 86_399})

    def _exchange(self, app: App, body: Mapping[str, Any], shop: Shop, now: datetime) -> Response:
        old = self._tokens.access.get(str(body.get("subject_token")))
        if body.get("subject_token_type") == SESSION:
            return _refused("invalid_subject_token", "Session tokens are not played here", 400)
        good = (
            old is not None
            and old.alive(now)
            and old.expires_at is None
            and (old.shop, old.client_id) == (shop.domain, app.client_id)
        )
        if old is None or not good or body.get("subject_token_type") != OFFLINE:
            return _refused("invalid_subject_token", "The subject token is invalid", 400)
        if str(body.get("expiring", "0")) not in ("1", "true", "True"):
            return _refused("invalid_request", "expiring must be 1", 400)
        old.revoked = True
        return self._expiring(self._tokens.pair(shop.domain, app.client_id, old.scopes, now))

    def _expiring(self, token: Token) -> Response:
        return json_response(
            {
                "access_token": token.value,
                "scope": ",".join(token.scopes),
                "expires_in": 3600,
                "refresh_token": token.refresh,
                "refresh_token_expires_in": 7_776_000,
            }
        )


def _asked(scope: str | None, app: App) -> tuple[str, ...]:
    """The scopes asked for, or those of the app's configuration; writing swallows reading."""
    wanted = tuple(part.strip() for part in scope.split(",") if part.strip()) if scope else app.scopes
    return tuple(one for one in wanted if not (one.startswith("read_") and f"write_{one[5:]}" in wanted))


def _host(shop: Shop) -> str:
    name = shop.domain.removesuffix(".myshopify.com")
    return b64encode(f"admin.shopify.com/store/{name}".encode()).decode().rstrip("=")


def _refused(error: str, description: str, status: int) -> Response:
    return json_response({"error": error, "error_description": description}, status)


def _page(text: str, status: int) -> Response:
    return text_response(f"<!doctype html><title>Shopify</title><p>{html.escape(text)}</p>", status, "text/html")
