"""The addresses of the API, and its description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import MediaType, Request, Router
from litestar.di import Provide
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from ml_connector import __version__
from ml_connector.store.people import digest
from ml_connector.web.api import acting, administering, reading
from ml_connector.web.api.access import caller, entrance
from ml_connector.web.api.needs import ApiNeeds
from ml_connector.web.api.refusals import API, REFUSALS

A_MINUTE = 600
"""Questions that one token may ask of one process in a minute. A program that pages through orders stays below."""

COUNTED_BY = 4
"""Hexadecimal digits, so 65,536 counts at the most; that two of an installation's few tokens share one is unlikely."""

HANDLERS: tuple[ControllerRouterHandler, ...] = (
    reading.status,
    reading.doctor,
    reading.connections,
    reading.ping,
    reading.policy,
    reading.schema,
    reading.orders,
    reading.order,
    reading.preview,
    reading.reconciliation,
    reading.summary,
    reading.rounding,
    reading.customers,
    reading.deliveries,
    acting.sync,
    acting.hold,
    acting.exclude,
    acting.keep_zoho,
    acting.release,
    acting.start_replay,
    acting.replays,
    acting.replay,
    acting.stop_replay,
    acting.start_backfill,
    acting.backfill,
    acting.send_summary,
    administering.connect,
    administering.disconnect,
    administering.pause,
    administering.resume,
    administering.change_policy,
    administering.tokens,
    administering.make_token,
    administering.revoke_token,
    administering.operators,
    administering.add_operator,
    administering.new_link,
    administering.disable_operator,
)


def api_routes(needs: ApiNeeds, *, a_minute: int = A_MINUTE) -> Sequence[ControllerRouterHandler]:
    """Everything below `/api/v1`, for `Dependencies.routes`."""
    return [
        Router(
            API,
            route_handlers=list(HANDLERS),
            guards=[entrance(needs)],
            middleware=[RateLimitConfig(("minute", a_minute), identifier_for_request=whose, store="api").middleware],
            dependencies={
                "needs": Provide(lambda: needs, sync_to_thread=False),
                "who": Provide(caller, sync_to_thread=False),
            },
            exception_handlers=REFUSALS,
            security=[{"bearer": []}],
        )
    ]


def whose(request: Request[Any, Any, Any]) -> str:
    """Questions are counted by token; without one, by who is at the other end of the line.

    By a part of the digest: counts are kept until the same one asks again, and whoever invents tokens or addresses must
    not fill our memory.
    """
    told = request.headers.get("authorization", "") or (request.client.host if request.client else "")
    return digest(told)[:COUNTED_BY]


def openapi() -> OpenAPIConfig:
    """OpenAPI 3.1 at `/api/v1/openapi.json`; nothing in it is secret, so it needs no token."""
    return OpenAPIConfig(
        title="ml-connector",
        version=__version__,
        description="The same powers as the command line. Amounts are text with the currency's places, moments are "
        "RFC 3339 with offset, a figure that is not known is null. Keys may be added, never renamed or dropped.",
        path=f"{API}/openapi.json",  # a page of its own, or Litestar would answer for every address beside it
        render_plugins=[JsonRenderPlugin(path="/", media_type=MediaType.JSON)],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="Made by `ml-connector tokens add NAME --role viewer|operator|admin`.",
                )
            }
        ),
    )
