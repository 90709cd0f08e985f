"""The thin edge to one shop's GraphQL endpoint: token, pacing, sending, recording. All meaning is in `graphql`."""

from __future__ import annotations

import asyncio
import time as time_module
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent, Send
from ml_connector.shopify import errors, graphql, pacing
from ml_connector.shopify.documents import Document
from ml_connector.shopify.exchange import Exchange, Record, ignore

TIMEOUT_S = 30.0
"""Shopify itself gives up after 10 s; the rest is the network's."""

_ATTEMPTS = 4
_PATIENCE_S = 15.0
"""A throttled request is repeated here when the wait is at most this; longer ones are the caller's business."""


class TokenProvider(Protocol):
    """Where access tokens come from."""

    async def token(self, *, refused: str | None = None) -> str:
        """A usable access token.

        Args:
            refused: A token that Shopify has just refused, so that it is renewed and not given again.

        Raises:
            ConnectionTrouble: there is no other.
        """
        ...


@runtime_checkable
class MigratesTokens(Protocol):
    """A `TokenProvider` that can exchange a static token for an expiring one."""

    async def migrated(self, refused: str) -> str:
        """Another access token than *refused*, which Shopify takes no longer because it does not expire.

        Raises:
            ConnectionTrouble: it cannot be exchanged.
        """
        ...


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A token that does not expire, as admin-created custom apps have it."""

    access: str

    async def token(self, *, refused: str | None = None) -> str:
        if refused == self.access:
            raise errors.TokenRefused
        return self.access


def base_url(endpoint: str, shop: str) -> str:
    """`https://acme.myshopify.com` from the endpoint template; `{shop}` is filled in where present."""
    return endpoint.replace("{shop}", shop).rstrip("/")


@dataclass(frozen=True, slots=True)
class Time:
    """The clock as the wire needs it; a test gives its own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time_module.monotonic
    """Seconds, from anywhere."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL_TIME = Time()


class Wire:
    """Asks one shop.

    Attributes:
        server_time: Shopify's own clock (`Date`) in its last answer; None before the first.
        warnings: What the last answers warned of, such as an API version that is no longer served.
    """

    def __init__(
        self,
        send: Send,
        shop: str,
        tokens: TokenProvider,
        *,
        endpoint: str = "https://{shop}",
        api_version: str = "2026-04",
        record: Record = ignore,
        time: Time = REAL_TIME,
    ) -> None:
        self.shop = shop
        self.api_version = api_version
        self.server_time: datetime | None = None
        self.warnings: tuple[str, ...] = ()
        self._send = send
        self._tokens = tokens
        self._url = f"{base_url(endpoint, shop)}/admin/api/{api_version}/graphql.json"
        self._record = record
        self._time = time
        self._bucket = pacing.Bucket(time.monotonic())

    @property
    def bucket(self) -> pacing.Bucket:
        """What we believe of Shopify's bucket."""
        return self._bucket

    async def ask(
        self,
        document: Document,
        variables: Mapping[str, object],
        *,
        subjects: tuple[str, ...] = (),
        cost: float | None = None,
        reserve: float = 0.0,
    ) -> graphql.Answer:
        """Send *document* when the bucket allows, and understand the answer.

        A refused token is renewed once, or exchanged when its kind is refused; a short throttling is waited for.
        Everything else is the caller's decision.

        Args:
            subjects: Global ids for the record.
            cost: Points that it will need, when the caller knows better than the estimate.
            reserve: Points to leave in the bucket for more urgent requests.

        Raises:
            ShopifyError: what Shopify, or the way there, said no with.
        """
        points = cost if cost is not None else float(document.cost(**variables))
        refused: str | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            await self._room(points, reserve)
            token = await self._tokens.token(refused=refused)
            try:
                return await self._once(document, variables, token, subjects)
            except errors.TokenRefused:
                if refused is not None:
                    raise
                refused = token
            except errors.NonExpiringToken:
                if refused is not None or not isinstance(self._tokens, MigratesTokens):
                    raise
                refused = token
                await self._tokens.migrated(token)
            except errors.Throttled as error:
                if attempt == _ATTEMPTS or error.wait_s > _PATIENCE_S:
                    raise
                await self._time.sleep(error.wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def _room(self, points: float, reserve: float) -> None:
        """Wait until the bucket holds *points*, and take them."""
        while (wait := self._bucket.wait_s(points, self._time.monotonic(), reserve=reserve)) > 0:
            await self._time.sleep(wait)
        self._bucket = self._bucket.spent(points, self._time.monotonic())

    async def _once(
        self, document: Document, variables: Mapping[str, object], token: str, subjects: tuple[str, ...]
    ) -> graphql.Answer:
        request = graphql.build(self._url, document, variables, token)
        response = await self._carried(request, document, subjects)
        self._look_at(response)
        try:
            answer = graphql.understand(response, mutates=document.mutates, version=self.api_version)
        except errors.ShopifyError:
            self._told(graphql.throttle_status(response))
            raise
        self._told(answer.cost.throttle if answer.cost else None)
        self.warnings = answer.warnings
        return answer

    def _told(self, status: pacing.ThrottleStatus | None) -> None:
        if status is not None:
            self._bucket = self._bucket.told(status, self._time.monotonic())

    async def _carried(self, request: HttpRequest, document: Document, subjects: tuple[str, ...]) -> HttpResponse:
        """Send, record, and say in our words when there is no answer."""
        at = self._time.now()
        try:
            response = await self._send(request, timeout_s=TIMEOUT_S)
        except NotSent as error:
            self._tell(at, request, document.name, subjects, failure=str(error))
            raise errors.Unreachable(f"Shopify could not be reached: {error}.") from error
        except AnswerLost as error:
            self._tell(at, request, document.name, subjects, failure=str(error))
            raise _lost(document) from error
        self._tell(at, request, document.name, subjects, response=response)
        return response

    def _tell(
        self,
        at: datetime,
        request: HttpRequest,
        operation: str,
        subjects: tuple[str, ...],
        *,
        response: HttpResponse | None = None,
        failure: str = "",
    ) -> None:
        self._record(
            Exchange(
                at=at,
                method=request.method,
                path=urlsplit(request.url).path,
                operation=operation,
                request=request.body,
                status=response.status if response else None,
                answer=response.body if response else b"",
                took_s=response.took_s if response else 0.0,
                failure=failure,
                subjects=subjects,
            )
        )

    def _look_at(self, response: HttpResponse) -> None:
        """Remember Shopify's clock; a date that cannot be read changes nothing."""
        try:
            moment = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.server_time = moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _lost(document: Document) -> errors.ShopifyError:
    if document.mutates:
        return errors.WriteInDoubt("Shopify did not answer; the change may have been made.")
    return errors.NoAnswer("Shopify did not answer in time.")
