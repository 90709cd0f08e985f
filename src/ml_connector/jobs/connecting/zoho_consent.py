"""What a person at Zoho grants: the code exchanged where it belongs, the organisations listed, old access given back.

Source: Zoho Accounts, OAuth 2.0 for web applications and token limits; Zoho Books API v3, Organizations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from ml_connector.domain.trouble import Acts, Remedy, Trouble
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent, Send
from ml_connector.zoho import errors, masters, oauth, oauth_errors
from ml_connector.zoho.caller import ORGANISATIONS
from ml_connector.zoho.responses import understand
from ml_connector.zoho.tokens import ZohoToken
from ml_connector.zoho.wire import encode

log = structlog.get_logger(__name__)

_TIMEOUT_S = 20.0


class TooLittleGranted(oauth_errors.OAuthTrouble):
    """What Zoho granted is not enough to post with, or does not last."""

    code = "zoho_too_little_granted"
    remedy = Remedy.PERSON
    acts = Acts.MERCHANT_IN_ZOHO
    default_fix = "Connect Zoho again and accept everything that the connector asks for."


@dataclass(frozen=True, slots=True)
class Choice:
    """One organisation that the person may choose."""

    id: str
    name: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Access to one Zoho user's organisations, before one of them is chosen. Printing it shows no secret."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    expires_at: datetime
    api_domain: str
    scope: str
    accounts: str
    """The accounts server that gave it, and takes it back."""
    region: str
    client_id: str
    client_secret: str = field(repr=False)
    organisations: tuple[Choice, ...] = ()

    @property
    def token(self) -> ZohoToken:
        return ZohoToken(self.access_token, self.expires_at, self.api_domain, self.scope)


class ZohoConsent:
    """Talks to Zoho while a connection is made. `api_endpoint`: another API address, for sandboxes."""

    def __init__(self, send: Send, now: Callable[[], datetime], app: oauth.App, api_endpoint: str = "") -> None:
        self._send = send
        self._now = now
        self._app = app
        self._api_endpoint = api_endpoint

    async def offer(self, callback: oauth.Callback, region: str, *, current: str = "") -> Offer:
        """Exchange the code of *callback* at once, and list what it opens. What cannot be used is given back.

        Args:
            region: Where the browser was sent, for a configured accounts server that does not name one.
            current: The refresh token in use, which is never given back here.

        Raises:
            CodeRefused, ClientRefused, RegionDiffers, TokenThrottled, TokenAnswerUnreadable: see `oauth_errors`.
            TooLittleGranted: scopes are missing, or the access would end after an hour.
            NoOrganisation: the user has none that is active.
            ZohoTrouble: the organisations could not be listed.
        """
        told = callback.region.code if callback.region else ""
        response = await self._carried(oauth.exchange_request(self._app, callback))
        granted = oauth.read_exchange(response, now=self._now(), region=told, endpoint=self._api_endpoint)
        try:
            organisations = await self._checked(granted)
        except Trouble:
            if granted.refresh_token and granted.refresh_token != current:
                await self.give_back(callback.accounts, granted.refresh_token)
            raise
        return Offer(
            refresh_token=granted.refresh_token,
            access_token=granted.token.access,
            expires_at=granted.token.expires_at,
            api_domain=granted.token.api_domain,
            scope=granted.token.scope,
            accounts=callback.accounts,
            region=told or region,
            client_id=self._app.client_id,
            client_secret=self._app.client_secret,
            organisations=organisations,
        )

    async def give_back(self, accounts: str, refresh_token: str) -> None:
        """Revoke a refresh token that nobody uses any more: the 21st of a user silently ends the oldest.

        A failure is only written down: the connection works without it.
        """
        try:
            revoked = oauth.revoked(await self._carried(oauth.revoke_request(accounts, refresh_token)))
        except Trouble as trouble:
            log.warning("zoho.token_left_behind", accounts=accounts, code=trouble.code)
            return
        if not revoked:
            log.warning("zoho.token_left_behind", accounts=accounts, code="not_revoked")

    async def _checked(self, granted: oauth.Granted) -> tuple[Choice, ...]:
        if not granted.refresh_token:
            raise TooLittleGranted("Zoho gave access for one hour only.")
        # an answer that names no scopes says nothing about them
        missing = oauth.missing_scopes(granted.token.scopes) if granted.token.scopes else ()
        if missing:
            raise TooLittleGranted(f"Zoho did not grant {', '.join(missing)}.")
        found = await self._organisations(granted.token)
        if not found:
            raise errors.NoOrganisation("The connected user belongs to no active organisation in Zoho Books.")
        return found

    async def _organisations(self, token: ZohoToken) -> tuple[Choice, ...]:
        request = encode(ORGANISATIONS, api_base=token.api_domain, organization_id="", token=token.access)
        answer = understand(ORGANISATIONS, await self._carried(request))
        rows = [masters.organisation(row) for row in answer.list("organizations")]
        return tuple(Choice(each.id, each.name, each.currency) for each in rows if each.active and each.id)

    async def _carried(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._send(request, timeout_s=_TIMEOUT_S)
        except NotSent as error:
            raise errors.NotSent("Zoho could not be reached.", retry_after_s=30.0) from error
        except AnswerLost as error:
            raise errors.ReadLost("Zoho did not answer in time.", retry_after_s=30.0) from error
