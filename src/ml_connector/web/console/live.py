"""Pages that update by themselves: small pieces of our own HTML for named regions, over server-sent events.

A page tells which pieces it has (`have`, a digest), so an event stream begins with silence unless something changed
meanwhile. Each event's id is the digest of everything sent so far; a browser that comes back with `Last-Event-ID` is
told only what differs from then. Nothing is kept for a stream but that.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import msgspec
import structlog
from litestar import get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import ServerSentEvent, ServerSentEventMessage

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store.cursors import BadCursor
from ml_connector.web.console.guards import signed_in
from ml_connector.web.console.visit import Visit, Visiting

log = structlog.get_logger(__name__)

REGIONS: Mapping[str, tuple[str, ...]] = {"today": ("verdict", "strip", "money", "calls", "way", "health")}
"""The regions of a page with several: a piece's template is `<page>_<region>.html`."""
EVERY_S = 3.0
"""Seconds between two looks. One stream costs a page's queries in each."""
LONGEST_S = 15 * 60.0
"""A stream ends by itself, so that a browser that forgot us is forgotten too; a page opens the next one at once."""

Regions = Callable[[Visit], Awaitable[dict[str, str]]]
SOURCES: dict[str, Regions] = {}
"""By page; each page's module adds its own, as `routes` loads it."""


def pieces(rendered: Mapping[str, str]) -> str:
    """The digest by which a page says what it shows: some digits for each region."""
    return ".".join(f"{name}-{_digest(html)}" for name, html in rendered.items())


@get("/events", include_in_schema=False)
async def events(visit: Visiting) -> ServerSentEvent:
    """Changes of the regions of a page, for as long as its session lasts."""
    source = SOURCES.get(visit.asked("page"))
    if source is None:
        raise NotFoundException("There is nothing to listen to on this page.")
    have = _read(visit.request.headers.get("last-event-id") or visit.asked("have"))
    return ServerSentEvent(
        _changes(visit, source, have), headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )


async def _changes(visit: Visit, source: Regions, have: dict[str, str]) -> AsyncIterator[ServerSentEventMessage]:
    clock, begun = visit.needs.clock, visit.needs.clock.monotonic()
    while clock.monotonic() - begun < LONGEST_S:
        try:
            if await signed_in(visit.needs, visit.request) is None:
                yield ServerSentEventMessage(event="over", data="logged out")
                return
            now = replace(visit, formats=replace(visit.formats, now=clock.now()))
            for name, html in (await source(now)).items():
                digest = _digest(html)
                if have.get(name) != digest:
                    have[name] = digest
                    data = msgspec.json.encode({"name": name, "html": html}).decode()
                    yield ServerSentEventMessage(event="region", data=data, id=_written(have))
            yield ServerSentEventMessage(event="now", data=now.formats.clock(now.formats.now), id=_written(have))
        except Trouble as trouble:
            # the page keeps its figures with their time, and says that it is not live
            log.info("console.not_live", code=trouble.code)
            return
        except (HTTPException, WrongUse, BadCursor):  # no page of ours asks for what there is not
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(visit.needs.stopping.wait(), EVERY_S)
            return


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:10]


def _written(have: Mapping[str, str]) -> str:
    return ".".join(f"{name}-{digest}" for name, digest in have.items())


def _read(have: str) -> dict[str, str]:
    """Whatever a browser brings; what is not ours is as good as nothing."""
    parts = (each.rpartition("-") for each in have[:2_000].split("."))
    return {name: digest for name, _, digest in parts if name.isidentifier()}
