"""A GraphQL request, and what its answer means. Pure.

`understand` either gives an `Answer` whose data may be used, or raises what `errors.py` names. Data that Shopify held
back (a scope, protected customer data) is no error while the rest is there: its paths are in `Answer.unread`.

Source: Shopify Admin GraphQL API.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.shopify import errors, judging
from ml_connector.shopify.answer import Answer, Cost, Unread, cost_of, decoded
from ml_connector.shopify.documents import Document
from ml_connector.shopify.pacing import ThrottleStatus

__all__ = ["Answer", "Cost", "Unread", "build", "throttle_status", "understand"]

_encoder = msgspec.json.Encoder()


def build(url: str, document: Document, variables: Mapping[str, object], token: str) -> HttpRequest:
    """The request for *document* at *url* (`…/admin/api/2026-04/graphql.json`)."""
    body = {"query": document.text, "variables": variables, "operationName": document.name}
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Shopify-Access-Token": token,
    }
    return HttpRequest("POST", url, headers, _encoder.encode(body))


def understand(response: HttpResponse, *, mutates: bool = False, version: str = "") -> Answer:
    """What *response* says.

    Args:
        mutates: The request was a mutation, so a fault leaves open whether it happened.
        version: The API version that was asked for; a different one in the answer becomes a warning.

    Raises:
        ShopifyError: one of those in `errors.py`.
    """
    request_id = response.headers.get("x-request-id", "")
    body = decoded(response)
    judging.judge_status(response, body, mutates, request_id)
    if not isinstance(body, dict):
        raise judging.fault("Shopify's answer is not JSON.", 200, mutates, request_id)
    cost = cost_of(body)
    unread = judging.judge_errors(body, cost, mutates, request_id)
    judging.judge_search(body, request_id)
    data = body.get("data")
    if not isinstance(data, dict):
        raise errors.NotUnderstood("data", "there is none")
    served = response.headers.get("x-shopify-api-version", "")
    return Answer(data, cost, _version_warnings(version, served), unread, served)


def _version_warnings(asked: str, served: str) -> tuple[str, ...]:
    if not asked or not served or asked == served:
        return ()
    return (f"Shopify no longer serves API version {asked} and answered with {served}.",)


def throttle_status(response: HttpResponse) -> ThrottleStatus | None:
    """The bucket as *response* tells it, also when it tells of an error; None when it does not tell."""
    body = decoded(response)
    cost = cost_of(body) if isinstance(body, dict) else None
    return cost.throttle if cost else None
