"""The addresses of a sign-in, and what becomes of everything that goes wrong on the way."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from litestar import Request, Response, Router, get
from litestar.types import ControllerRouterHandler

from ml_connector.domain.trouble import Trouble
from ml_connector.web.oauth import shopify, zoho
from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.pages import page, refusal
from ml_connector.web.oauth.visit import Visit

log = structlog.get_logger(__name__)

Asked = Request[Any, Any, Any]


def oauth_routes(needs: OAuthNeeds) -> Sequence[ControllerRouterHandler]:
    """`/oauth/…`, for `Dependencies.routes`."""

    @get("/shopify/start", include_in_schema=False)
    async def shopify_start(request: Asked) -> Response[str]:
        return await shopify.start(needs, Visit.of(request))

    @get("/shopify/callback", include_in_schema=False)
    async def shopify_callback(request: Asked) -> Response[str]:
        return await shopify.callback(needs, Visit.of(request))

    @get("/zoho/start", include_in_schema=False)
    async def zoho_start(request: Asked) -> Response[str]:
        return await zoho.start(needs, Visit.of(request))

    @get("/zoho/callback", include_in_schema=False)
    async def zoho_callback(request: Asked) -> Response[str]:
        return await zoho.callback(needs, Visit.of(request))

    @get("/zoho/choose", include_in_schema=False)
    async def zoho_choose(request: Asked) -> Response[str]:
        return await zoho.choose(needs, Visit.of(request))

    def refused(request: Asked, trouble: Trouble) -> Response[str]:
        # never the query: it holds codes and tickets
        log.warning("oauth.refused", path=request.url.path, code=trouble.code, reason=getattr(trouble, "reason", None))
        return refusal(trouble, stylesheet=needs.stylesheet)

    def unexpected(request: Asked, error: Exception) -> Response[str]:
        reference = uuid.uuid4().hex[:8].upper()
        log.error("oauth.unexpected", path=request.url.path, reference=reference, exc_info=error)
        return page(
            "This page could not be built, and that is our fault.",
            f"Orders are still being posted. Reference {reference}.",
            status=500,
            stylesheet=needs.stylesheet,
        )

    handlers = [shopify_start, shopify_callback, zoho_start, zoho_callback, zoho_choose]
    return [Router("/oauth", route_handlers=handlers, exception_handlers={Trouble: refused, Exception: unexpected})]
