"""`/health/live` and `/health/ready`, and `/metrics`: for orchestrators and Prometheus.

Ready means that this role can work: the web side needs its database and its key, the worker side the queue too. Which
checks those are is said by whoever starts the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from ml_connector.domain.trouble import Trouble
from ml_connector.web.metrics import CONTENT_TYPE, Figures, Metrics

Check = Callable[[], Awaitable[None]]
"""Returns when all is well, raises a `Trouble` when it is not."""

CHECK_S = 3.0
"""A check that takes longer has failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    ok: bool
    text: str = ""
    fix: str = ""


async def look(name: str, check: Check) -> Finding:
    """Carry out one check, bounded in time."""
    try:
        async with asyncio.timeout(CHECK_S):
            await check()
    except Trouble as trouble:
        return Finding(name, ok=False, text=trouble.text, fix=trouble.fix)
    except TimeoutError:
        return Finding(name, ok=False, text=f"No answer within {CHECK_S:.0f} s.")
    return Finding(name, ok=True)


def health_routes(role: str, checks: Mapping[str, Check]) -> list[HTTPRouteHandler]:
    """The two addresses for orchestrators."""

    @get("/health/live", media_type=MediaType.JSON, include_in_schema=False)
    async def live() -> dict[str, Any]:
        """The process answers; nothing else is asked."""
        return {"live": True, "role": role}

    @get("/health/ready", media_type=MediaType.JSON, include_in_schema=False)
    async def ready() -> Response[dict[str, Any]]:
        """200 if this role can work, else 503; either way each check by name."""
        found = await asyncio.gather(*(look(name, check) for name, check in checks.items()))
        ok = all(finding.ok for finding in found)
        content = {"ready": ok, "role": role, "checks": {finding.name: _shown(finding) for finding in found}}
        return Response(content, status_code=200 if ok else 503)

    return [live, ready]


def _shown(finding: Finding) -> dict[str, Any]:
    return {"ok": finding.ok, "text": finding.text or None, "fix": finding.fix or None}


def metrics_route(metrics: Metrics, figures: Callable[[], Awaitable[Figures]]) -> HTTPRouteHandler:
    """Everything for Prometheus; 503 with a sentence when the tables cannot be asked."""

    @get("/metrics", include_in_schema=False)
    async def shown() -> Response[bytes]:
        try:
            content = await metrics.text(figures)
        except Trouble as trouble:
            return Response(f"# {trouble.text}\n".encode(), status_code=503, media_type="text/plain")
        return Response(content, media_type=CONTENT_TYPE)

    return shown
