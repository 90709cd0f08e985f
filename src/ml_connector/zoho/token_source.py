"""Fresh access tokens for one connection: from memory, from the store, or renewed once for everybody."""

from __future__ import annotations

from typing import TypeGuard

from ml_connector.net import AnswerLost, NotSent, Send
from ml_connector.zoho import errors, oauth, oauth_errors
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.tokens import Clock, HeldToken, TokenStore, ZohoToken, needs_refresh, renewal_wait_s

_TIMEOUT_S = 20.0


class TokenSource:
    """Gives tokens of one connection. Many jobs and processes may ask at once; one of them renews."""

    def __init__(self, connection: ZohoConnection, *, send: Send, store: TokenStore, clock: Clock) -> None:
        self._connection = connection
        self._send = send
        self._store = store
        self._clock = clock
        self._known: ZohoToken | None = None

    async def token(self) -> ZohoToken:
        """A token that is good for at least five minutes, as far as its age tells.

        Raises:
            ConnectionRevoked, ClientRefused, RegionDiffers: a person has to act.
            TokenThrottled, TokenAnswerUnreadable: later.
        """
        if self._good(self._known):
            return self._known
        self._known = await self._store.current(self._connection.name)
        if self._good(self._known):
            return self._known
        return await self.renewed(self._known)

    async def renewed(self, refused: ZohoToken | None) -> ZohoToken:
        """Another token than *refused*, which Zoho did not take: the one somebody got meanwhile, or a new one.

        Raises:
            As `token`.
        """
        async with self._store.exclusive(self._connection.name) as held:
            stored = held.token
            if not self._good(stored) or (refused is not None and stored.access == refused.access):
                stored = await self._renew(held)
            self._known = stored
            return stored

    async def give_back(self) -> bool:
        """Tell Zoho that nobody uses this connection's access any more; whether it says that it is gone."""
        request = oauth.revoke_request(self._connection.accounts, self._connection.refresh_token)
        try:
            return oauth.revoked(await self._send(request, timeout_s=_TIMEOUT_S))
        except (NotSent, AnswerLost):
            return False

    def _good(self, token: ZohoToken | None) -> TypeGuard[ZohoToken]:
        return token is not None and not needs_refresh(token, self._clock())

    async def _renew(self, held: HeldToken) -> ZohoToken:
        now = self._clock()
        if wait := renewal_wait_s(held.attempts, now):
            raise oauth_errors.TokenThrottled("Zoho gives no more tokens for a few minutes.", retry_after_s=wait)
        await held.attempting(now)
        token = await self._ask()
        await held.keep(token)
        return token

    async def _ask(self) -> ZohoToken:
        connection = self._connection
        request = oauth.refresh_request(connection.app, connection.accounts, connection.refresh_token)
        try:
            response = await self._send(request, timeout_s=_TIMEOUT_S)
        except NotSent as error:
            raise errors.NotSent("Zoho's accounts server could not be reached.", retry_after_s=30.0) from error
        except AnswerLost as error:
            raise oauth_errors.TokenAnswerUnreadable(
                "Zoho's accounts server does not answer.", retry_after_s=30.0
            ) from error
        return oauth.read_refresh(
            response, now=self._clock(), region=connection.region, endpoint=connection.api_endpoint
        )
