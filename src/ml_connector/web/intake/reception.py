"""What both companies' webhooks have in common: the order of the refusals, the commit, the answer.

POST ──► body (413, 408) ──► signature (400, 401) ──► commit (503) ──► 200
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ml_connector.domain.trouble import Trouble
from ml_connector.store.deliveries import Accepted, Delivery
from ml_connector.web.asgi import Answer, Header, Receive, Scope, Send, answer, said
from ml_connector.web.intake.batch import Full, GroupCommit, NotDurable
from ml_connector.web.intake.body import (
    CLOSE,
    LIMIT,
    READ_S,
    Crowded,
    Gone,
    Room,
    TooLarge,
    TooSlow,
    declared_length,
    read_body,
    refuse_early,
)
from ml_connector.web.intake.ports import Signer
from ml_connector.web.metrics import Metrics

log = structlog.get_logger(__name__)

RETRY_AFTER: Header = (b"retry-after", b"5")

_NO_METHOD = said(405, "Webhooks are sent with POST.", (b"allow", b"POST"))
_TOO_LARGE = said(413, f"A webhook may have up to {LIMIT // 1024 // 1024} MiB.")
_TOO_SLOW = said(408, f"The body did not arrive within {READ_S:.0f} s.", CLOSE)
_CROWDED = said(503, "Too many large requests at once; please send it again.", RETRY_AFTER)
_FULL = said(503, "Too many requests at once; please send it again.", RETRY_AFTER)
_AWAY = said(503, "The delivery could not be stored just now; please send it again.", RETRY_AFTER)
_ACCEPTED = said(200, "Accepted.")
_REPEAT = said(200, "Accepted before.")
NOBODY_SIGNED = said(401, "The signature does not fit any secret that we know for the sender.")

Inspect = Callable[[Scope, bytes], Awaitable["Delivery | Answer"]]
"""From a request and its body to what is kept, or to the refusal. May raise a `Trouble` of the store's."""


class Reception:
    """One route for webhooks, as an ASGI application."""

    def __init__(
        self, source: str, inspect: Inspect, inbox: GroupCommit[Delivery, Accepted], room: Room, metrics: Metrics
    ) -> None:
        self._source = source
        self._inspect = inspect
        self._inbox = inbox
        self._room = room
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        result = await self._receive(scope, receive, send)
        self._metrics.delivery(self._source, result, time.perf_counter() - started)

    async def _receive(self, scope: Scope, receive: Receive, send: Send) -> str:
        """Answer one request; give the word under which it is counted."""
        if scope["method"] != "POST":
            await answer(send, _NO_METHOD)
            return "wrong_method"
        try:
            body = await read_body(receive, declared_length(scope["headers"]), self._room)
        except TooLarge:
            await refuse_early(receive, send, _TOO_LARGE)
            return "too_large"
        except Crowded:
            await refuse_early(receive, send, _CROWDED)
            return "crowded"
        except TooSlow:
            await answer(send, _TOO_SLOW)
            return "too_slow"
        except Gone:
            return "gone"
        word, what = await self._take(scope, body)
        await answer(send, what)
        return word

    async def _take(self, scope: Scope, body: bytes) -> tuple[str, Answer]:
        try:
            found = await self._inspect(scope, body)
            if isinstance(found, Answer):
                return ("unsigned" if found.status == NOBODY_SIGNED.status else "malformed"), found
            accepted = await self._inbox.put(found, len(body))
        except Full:
            return "full", _FULL
        except (NotDurable, Trouble) as error:
            log.warning("intake.not_stored", source=self._source, error=str(error))
            return "not_stored", _AWAY
        return ("repeat", _REPEAT) if accepted.repeat else ("accepted", _ACCEPTED)


def signing(signers: Sequence[Signer], signs: Callable[[str], bool]) -> list[Signer]:
    """Those of *signers* whose secret signs; every one is tried, so that the time taken tells nothing."""
    return [signer for signer in signers if signs(signer.secret)]


def for_whom(signers: Sequence[Signer]) -> dict[int, Signer]:
    """The connections that a delivery is for: several, where one app serves a shop with several organisations."""
    return {signer.connection_id: signer for signer in signers if signer.connection_id is not None}


def pairs(scope: Scope) -> list[tuple[str, str]]:
    """The request's headers as text; bytes beyond ASCII come through one by one."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


# never kept with the evidence: they are for proxies and sessions, not about the delivery
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


def evidence(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The headers that are kept with a delivery."""
    return {name: value for name, value in headers if name not in _SECRET}
