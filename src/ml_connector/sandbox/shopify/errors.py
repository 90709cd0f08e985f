"""The ways the Admin API says no inside an answer of 200.

Source: Shopify Admin API responses recorded on version 2026-04.
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError


class Refused(GraphQLError):
    """A field could not be answered; the rest of the document may be."""

    def __init__(self, message: str, code: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code, **extensions})


def access_denied(field: str, required: str) -> Refused:
    """The token lacks a scope. *required* is the sentence Shopify completes with it."""
    return Refused(
        f"Access denied for {field} field. Required access: {required}",
        "ACCESS_DENIED",
        documentation="https://shopify.dev/api/usage/access-scopes",
        requiredAccess=required,
    )


def invalid_id(value: str) -> Refused:
    """A global id of another kind than the field asks for."""
    return Refused(f"Invalid id: {value}", "RESOURCE_NOT_FOUND")


def bad_request(message: str) -> Refused:
    """The arguments make no sense together."""
    return Refused(message, "BAD_REQUEST")


def server_fault() -> Refused:
    """Something went wrong at Shopify."""
    return Refused(
        "Internal error. Looks like something went wrong on our end.\nRequest ID: sandbox "
        "(include this in support requests).",
        "INTERNAL_SERVER_ERROR",
        requestId="sandbox",
    )
