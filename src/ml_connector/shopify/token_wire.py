"""The thin edge to Shopify's token endpoint. All meaning is in `oauth`; keeping tokens, and one refresh at a time per
shop, is the caller's business: a refresh makes every earlier refresh token useless."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent, Send
from ml_connector.shopify import errors, oauth, oauth_errors
from ml_connector.shopify.exchange import Exchange, Record, ignore
from ml_connector.shopify.oauth import App, Grant
from ml_connector.shopify.tokens import ShopifyToken
from ml_connector.shopify.wire import REAL_TIME, TIMEOUT_S, Time

_REPEATS = 3
"""A refresh whose answer was lost is repeated at once, this many times in all."""

_SECRET_FIELDS = frozenset(
    {"client_secret", "code", "refresh_token", "subject_token", "access_token", "id_token", "session"}
)
_HIDDEN = "[secret]"


class TokenWire:
    """Gets tokens for one app. Every method raises `ShopifyError`s, those of `oauth_errors` among them."""

    def __init__(self, send: Send, app: App, *, record: Record = ignore, time: Time = REAL_TIME) -> None:
        self._send = send
        self._app = app
        self._record = record
        self._time = time

    async def exchange_code(self, shop: str, code: str) -> ShopifyToken:
        """The expiring offline token for the *code* of a callback; a code works once.

        Raises:
            CodeRefused: it did not.
        """
        return await self._once(shop, Grant.CODE, code)

    async def client_credentials(self, shop: str) -> ShopifyToken:
        """A token of 24 hours for a shop of the app's own organisation; asked for again instead of refreshed.

        Raises:
            GrantRefused: the app is not installed there, or does not belong to it.
        """
        return await self._once(shop, Grant.CLIENT_CREDENTIALS, "")

    async def migrate(self, shop: str, old: str) -> ShopifyToken:
        """An expiring token in exchange for *old*, which does not expire. Irreversible: *old* is revoked."""
        return await self._once(shop, Grant.MIGRATION, old)

    async def refresh(self, shop: str, token: ShopifyToken) -> ShopifyToken:
        """A new token for *token*, with a new refresh token. Store it before it is used.

        A lost answer is asked for again at once: for a short while Shopify gives the same one.

        Raises:
            RefreshDead: the merchant has to open the app again.
            RefreshInDoubt: no answer came; call again soon, with the same token.
        """
        if token.refresh is None:
            raise oauth_errors.RefreshDead
        for repeat in range(1, _REPEATS + 1):
            try:
                return await self._once(shop, Grant.REFRESH, token.refresh)
            except oauth_errors.RefreshInDoubt:
                if repeat == _REPEATS:
                    raise
        raise AssertionError("the last repeat returns or raises")

    async def _once(self, shop: str, grant: Grant, credential: str) -> ShopifyToken:
        request = oauth.token_request(self._app, shop, grant, credential)
        response = await self._carried(request, grant)
        refresh = credential if grant is Grant.REFRESH else ""
        return oauth.token_answer(response, grant, received_at=self._time.now(), refresh=refresh)

    async def _carried(self, request: HttpRequest, grant: Grant) -> HttpResponse:
        try:
            response = await self._send(request, timeout_s=TIMEOUT_S)
        except NotSent as error:
            self._tell(request, failure=str(error))
            raise errors.Unreachable(f"Shopify could not be reached: {error}.") from error
        except AnswerLost as error:
            self._tell(request, failure=str(error))
            if grant is Grant.REFRESH:
                raise oauth_errors.RefreshInDoubt from error
            raise errors.NoAnswer("Shopify did not answer in time.") from error
        self._tell(request, response)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse | None = None, *, failure: str = "") -> None:
        self._record(
            Exchange(
                at=self._time.now(),
                method=request.method,
                path=urlsplit(request.url).path,
                operation="token",
                request=cleaned_form(request.body),
                status=response.status if response else None,
                answer=cleaned_answer(response.body) if response else b"",
                took_s=response.took_s if response else 0.0,
                failure=failure,
            )
        )


def cleaned_form(body: bytes) -> bytes:
    """*body* (a form) without its secrets."""
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    return urlencode([(name, _HIDDEN if name in _SECRET_FIELDS else value) for name, value in pairs]).encode()


def cleaned_answer(body: bytes) -> bytes:
    """*body* (JSON) without its tokens; a body that is no JSON object is replaced by its length."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict):
        return f"[{len(body)} bytes that are no JSON object]".encode()
    return msgspec.json.encode({name: _HIDDEN if name in _SECRET_FIELDS else v for name, v in content.items()})
