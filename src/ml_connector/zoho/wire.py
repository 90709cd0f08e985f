"""A Zoho request as the HTTP request that carries it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from ml_connector.net import HttpRequest
from ml_connector.zoho.values import ZohoRequest

BASE = "/books/v3"


class CannotBeSent(ValueError):
    """The request still refers to a document without an id, or lacks its organisation: a bug in the caller."""


def encode(request: ZohoRequest, *, api_base: str, organization_id: str, token: str) -> HttpRequest:
    """*request* with host, organisation and token.

    Args:
        api_base: `https://www.zohoapis.eu`, without a path.
        organization_id: Goes with every call but the list of organisations.
        token: The access token.

    Raises:
        CannotBeSent: an id is not resolved, or the organisation is missing. Zoho would answer for some other one.
    """
    if request.unresolved:
        raise CannotBeSent(f"{request.key} refers to {', '.join(request.unresolved)}, which Zoho does not have yet")
    if request.scoped and not organization_id:
        raise CannotBeSent(f"{request.method} {request.path} needs an organisation")
    query = ({"organization_id": organization_id} if request.scoped else {}) | dict(request.query)
    # `+` in a moment and `#` in an order name have to arrive as themselves.
    tail = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
    headers = {"Authorization": f"Zoho-oauthtoken {token}", "Accept": "application/json", **request.headers}
    if request.body:
        headers["Content-Type"] = "application/json"
    return HttpRequest(request.method, f"{api_base.rstrip('/')}{BASE}{request.path}{tail}", headers, request.body)
