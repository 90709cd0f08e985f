"""The sender of production: one aiohttp session, connections kept per host."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from ml_connector.net.values import AnswerLost, HttpRequest, HttpResponse, NotSent


class AiohttpSender:
    """Sends requests over one shared session. Follows no redirects: a moved API is news, not a detour.

    Use it as an async context manager; it is a `Send`.
    """

    def __init__(self, *, connections_per_host: int = 32) -> None:
        self._per_host = connections_per_host
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, limit_per_host=self._per_host)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # aiohttp repeats a PUT or DELETE by itself when a kept connection breaks; for an upsert into somebody's books
        # that is a second write nobody recorded. There is no public switch; a test holds that it stays off.
        self._session._retry_connection = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        if self._session is None:
            raise RuntimeError("AiohttpSender is used as an async context manager")
        started = time.monotonic()
        try:
            async with self._session.request(
                request.method,
                # the address is complete already; quoting it again would change a signature or a search
                URL(request.url, encoded=True),
                headers=dict(request.headers),
                data=request.body or None,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(str(error) or "the connection could not be made") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise AnswerLost(str(error) or type(error).__name__) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, headers, body, time.monotonic() - started)
