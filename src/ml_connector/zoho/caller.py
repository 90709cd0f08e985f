"""Carries one request to Zoho: a permit, a token, the request, what the answer means. The only code here with a wire.

It repeats nothing, with one exception: a refused token is renewed once and the request sent once more, which is safe
for writes as well because Zoho refuses a token before it does anything. After a second refusal it asks which
organisations the token sees, the only question that tells a dead token from a missing permission. A token that is seen
to be good is not renewed for another missing permission: Zoho gives ten in ten minutes.

Source: Zoho Books API v3, Errors (57), Organizations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent, Send
from ml_connector.zoho import errors
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.errors import Unauthorised, ZohoTrouble
from ml_connector.zoho.exact import text
from ml_connector.zoho.exchange import Exchange, Record, ignore
from ml_connector.zoho.limits import Allowance, allowance
from ml_connector.zoho.permits import Permit, PermitSource
from ml_connector.zoho.responses import understand
from ml_connector.zoho.tokens import Clock, ZohoToken
from ml_connector.zoho.values import Answer, ZohoRequest
from ml_connector.zoho.wire import encode

ORGANISATIONS = ZohoRequest("GET", "/organizations", subject="the list of organisations", scoped=False)


class Tokens(Protocol):
    """Gives access tokens of one connection; see `token_source.TokenSource`."""

    async def token(self) -> ZohoToken: ...

    async def renewed(self, refused: ZohoToken | None) -> ZohoToken: ...

    async def give_back(self) -> bool: ...


class Caller:
    """Carries the requests of one connection."""

    def __init__(
        self,
        connection: ZohoConnection,
        *,
        send: Send,
        tokens: Tokens,
        permits: PermitSource,
        clock: Clock,
        monotonic: Callable[[], float],
        record: Record = ignore,
    ) -> None:
        self.connection = connection
        self._send = send
        self._tokens = tokens
        self._permits = permits
        self._clock = clock
        self._monotonic = monotonic
        self._record = record
        self._good = ""
        """The access token that was refused for a missing permission only."""
        self.allowance: Allowance | None = None
        """The day's figures as the last answer told them."""

    async def token(self) -> ZohoToken:
        """The token in use."""
        return await self._tokens.token()

    async def give_back(self) -> bool:
        """End our access at Zoho; whether Zoho says that it is gone."""
        return await self._tokens.give_back()

    async def call(self, request: ZohoRequest, *, lane: str = "live", permit: Permit | None = None) -> Answer:
        """Send *request* and say what the answer means.

        Args:
            lane: Whose turn it is when permits are short.
            permit: One that was taken with the intent, for a write; None takes one here.

        Raises:
            ZohoTrouble: see `errors`; what the permit source raises.
        """
        token = await self._tokens.token()
        first = permit or await self._permits.take(lane, write=request.writes)
        try:
            return await self._once(request, token, first)
        except Unauthorised as refused:  # nothing was done, for reads and writes alike
            if token.access == self._good:
                why = await self._diagnosis(request, refused, token, lane)
                if not isinstance(why, errors.ConnectionRevoked):
                    raise why from refused
        token = await self._tokens.renewed(token)
        again = await self._permits.take(lane, write=request.writes)
        try:
            return await self._once(request, token, again.within(first) if request.writes else again)
        except Unauthorised as refused:
            raise await self._diagnosis(request, refused, token, lane) from refused

    async def _once(self, request: ZohoRequest, token: ZohoToken, permit: Permit) -> Answer:
        """One attempt, its record and its permit's end, whatever happens."""
        at, response, trouble = self._clock(), None, None
        try:
            http = encode(
                request,
                api_base=self.connection.api_endpoint or token.api_domain,
                organization_id=self.connection.organization_id,
                token=token.access,
            )
            response = await self._carry(request, http, permit)
            return understand(request, response)
        except ZohoTrouble as error:
            trouble = error
            raise
        finally:
            figures = None if response is None else allowance(response.headers)
            self.allowance = figures or self.allowance
            self._record(
                Exchange(
                    at=at,
                    connection=self.connection.name,
                    request=replace(request, body=b"") if request.private else request,
                    status=None if response is None else response.status,
                    answer=b"" if response is None or request.private else response.body,
                    took_s=0.0 if response is None else response.took_s,
                    trouble=trouble,
                    allowance=figures,
                )
            )
            limited = trouble if isinstance(trouble, errors.RateLimited) else None
            await self._permits.done(permit, figures, limited)

    async def _carry(self, request: ZohoRequest, http: HttpRequest, permit: Permit) -> HttpResponse:
        # the last thing before the request: after this moment somebody else may take the operation up
        now = self._monotonic()
        if now >= permit.send_before:
            raise errors.PermitExpired(
                f"It took too long until {request.subject} could be sent, so it was not. It is sent with a new turn.",
                key=request.key,
            )
        try:
            return await self._send(http, timeout_s=permit.answer_before - now)
        except NotSent as error:
            raise errors.NotSent(
                f"Zoho could not be reached, so nothing was sent for {request.subject}.", key=request.key
            ) from error
        except AnswerLost as error:
            raise _lost(request) from error

    async def _diagnosis(self, request: ZohoRequest, refused: Unauthorised, token: ZohoToken, lane: str) -> ZohoTrouble:
        """Why a token that was just given is refused."""
        gone = errors.ConnectionRevoked("Zoho no longer accepts our connection, so posting has paused.")
        if not request.scoped:
            return gone
        permit = await self._permits.take(lane, write=False)
        try:
            answer = await self._once(ORGANISATIONS, token, permit)
        except Unauthorised:
            return gone
        except ZohoTrouble:
            return refused
        self._good = token.access
        return _told_by(answer, request, refused, self.connection.organization_id)


def _told_by(answer: Answer, request: ZohoRequest, refused: Unauthorised, organization_id: str) -> ZohoTrouble:
    seen = {text(row, "organization_id") for row in answer.list("organizations")}
    if not seen:
        return errors.NoOrganisation("The connected user belongs to no organisation in Zoho.")
    if organization_id not in seen:
        return errors.WrongOrganisation("The connected user does not belong to this organisation in Zoho.")
    return errors.PermissionMissing(
        f"Zoho knows us, and does not let the connected user do this: {request.subject}.",
        vendor_code=refused.vendor_code,
        vendor_message=refused.vendor_message,
        status=refused.status,
        key=request.key,
    )


def _lost(request: ZohoRequest) -> ZohoTrouble:
    if request.writes:
        return errors.AnswerLost(
            "Sent, and no answer came. We ask Zoho whether it was written before anything is sent again.",
            key=request.key,
        )
    return errors.ReadLost(f"We asked Zoho for {request.subject}, and no answer came. We ask again.")
