"""The part of Shopify's Admin schema that is played here, ready to execute."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema

VERSIONS = ("2026-04", "2026-07", "2026-10")
"""Served as they are; any other version falls forward to the oldest of them."""


@cache
def admin_schema() -> GraphQLSchema:
    """The schema; the same for every version served."""
    return build_schema(files(__package__).joinpath("schema.graphql").read_text("utf-8"))


def served_version(asked: str | None) -> str:
    """The version that answers a request for *asked*.

    Source: Shopify API versioning, falling forward.
    """
    return asked if asked in VERSIONS else VERSIONS[0]
