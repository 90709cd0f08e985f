"""The web side as one ASGI application, put together from routes that others bring.

The two webhook routes are called thousands of times a second and are plain ASGI; Litestar serves the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from litestar import Litestar, MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.clock import Clock, SystemClock
from ml_connector.store.deliveries import Accepted, Delivery
from ml_connector.web.api.refusals import API, http_refusal
from ml_connector.web.asgi import App, Receive, Scope, Send
from ml_connector.web.health import Check, health_routes, metrics_route
from ml_connector.web.intake import shopify, zoho
from ml_connector.web.intake.batch import GroupCommit
from ml_connector.web.intake.body import Room
from ml_connector.web.intake.ports import Inbox, ShopifySigners, ZohoSigners
from ml_connector.web.intake.reception import Reception
from ml_connector.web.intake.secrets import ShortMemory
from ml_connector.web.metrics import Figures, Metrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeNeeds:
    """What the webhook routes need."""

    inbox: Inbox
    shopify_signers: ShopifySigners
    zoho_signers: ZohoSigners


async def no_figures() -> Figures:
    """For a role that shows only its own counters."""
    return Figures()


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the application is made of.

    Attributes:
        role: `all`, `web` or `worker`; only said in health answers.
        intake: None for a worker: it answers health and metrics, and takes no webhooks.
        checks: What readiness means for this role, by name.
        routes: Litestar's handlers, controllers or routers of others: console, API, OAuth.
        openapi: How the routes that are in its schema are described, and where.
        for_browsers: How a browser is told that there is no such page; programs are told in JSON.
        closing: Called when the application ends, after the last delivery has its answer.
    """

    role: str
    intake: IntakeNeeds | None
    checks: Mapping[str, Check] = field(default_factory=dict)
    figures: Callable[[], Awaitable[Figures]] = no_figures
    metrics: Metrics = field(default_factory=Metrics)
    routes: Sequence[ControllerRouterHandler] = ()
    middleware: Sequence[Any] = ()
    for_browsers: Callable[[Request[Any, Any, Any], HTTPException], Response[str]] | None = None
    closing: Sequence[Callable[[], Awaitable[None]]] = ()
    openapi: OpenAPIConfig | None = None
    clock: Clock = field(default_factory=SystemClock)


class WebApp:
    """Webhooks to their receptions, everything else to Litestar.

    The detour spares the busiest route Litestar's routing: about a third more deliveries a second on the same core,
    see docs/decisions/0021.
    """

    def __init__(self, litestar: Litestar, receptions: Mapping[str, App]) -> None:
        self.litestar = litestar
        self._receptions = receptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reception = self._receptions.get(_family(scope)) if scope["type"] == "http" else None
        await (reception or self.litestar)(scope, receive, send)  # type: ignore[arg-type]


def _family(scope: Scope) -> str:
    """The route's fixed part: `/webhooks/zoho/acme` is `/webhooks/zoho/`."""
    path: str = scope["path"]
    if not path.startswith("/webhooks/"):
        return ""
    return zoho.PREFIX if path.startswith(zoho.PREFIX) else path


def create_app(needs: Dependencies) -> WebApp:
    """The application; it opens nothing by itself and holds what *needs* brings."""
    receptions: dict[str, App] = {}
    closing = list(needs.closing)
    if needs.intake is not None:
        inbox = GroupCommit[Delivery, Accepted](needs.intake.inbox.accept_many)
        receptions = _receptions(needs.intake, inbox, needs)
        closing.insert(0, inbox.close)
    litestar = Litestar(
        [*health_routes(needs.role, needs.checks), metrics_route(needs.metrics, needs.figures), *needs.routes],
        middleware=list(needs.middleware),
        on_shutdown=closing,
        exception_handlers={HTTPException: _refusal(needs), Trouble: _troubled, Exception: _unexpected},
        openapi_config=needs.openapi,
        logging_config=None,
    )
    return WebApp(litestar, receptions)


def _receptions(intake: IntakeNeeds, inbox: GroupCommit[Delivery, Accepted], needs: Dependencies) -> dict[str, App]:
    room = Room()
    of_shopify = shopify.inspector(ShortMemory(intake.shopify_signers, needs.clock.monotonic), needs.clock.now)
    of_zoho = zoho.inspector(ShortMemory(intake.zoho_signers, needs.clock.monotonic), needs.clock.now)
    return {
        shopify.PATH: Reception("shopify", of_shopify, inbox, room, needs.metrics),
        zoho.PREFIX: Reception("zoho", of_zoho, inbox, room, needs.metrics),
    }


def _said(status: int, text: str, **more: Any) -> Response[dict[str, Any]]:
    return Response({"message": text, **more}, status_code=status, media_type=MediaType.JSON)


def _refusal(needs: Dependencies) -> Callable[[Request[Any, Any, Any], HTTPException], Response[Any]]:
    def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        looks = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        return needs.for_browsers(request, error) if looks and needs.for_browsers else _refused(request, error)

    return refused


def _refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Addresses and methods that there are not; below the API they are refused in its own shape."""
    if request.url.path.startswith(f"{API}/"):
        return http_refusal(request, error)
    answer = _said(error.status_code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


def _troubled(_request: Request[Any, Any, Any], trouble: Trouble) -> Response[dict[str, Any]]:
    log.warning("web.trouble", code=trouble.code, text=trouble.text)
    answer = _said(503, trouble.text, code=trouble.code, fix=trouble.fix or None)
    answer.headers["Retry-After"] = "5"
    return answer


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Our bug: written down with its traceback, told without it."""
    log.error("web.unexpected", path=request.url.path, exc_info=error)
    return _said(500, "This could not be done, and that is our fault. It has been written down.")
