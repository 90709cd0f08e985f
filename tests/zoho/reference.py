"""The reference data that lies beside the checkout (`../shared`): example answers and Zoho's OpenAPI documents.

Without it the tests that need it are skipped and say so; where CI is set, that is a failure.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "reference"


def path(*parts: str) -> Path:
    found = ROOT.joinpath(*parts)
    if not found.exists():
        reason = f"{found} is not here, so this comparison with the references was not made"
        if os.environ.get("CI") == "true":
            pytest.fail(f"not to be skipped in continuous integration: {reason}")
        pytest.skip(reason)
    return found


def example_bytes(name: str) -> bytes:
    return path("zoho-books-examples", f"{name}.json").read_bytes()


def example(name: str) -> Any:
    return json.loads(example_bytes(name))


@cache
def openapi(name: str) -> Mapping[str, Any]:
    """One document of the newest set."""
    text = path("zoho-openapi", "books-v3-2026-07", f"{name}.yml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document


def body_keys(name: str, path_: str, method: str) -> frozenset[str]:
    """Every key that the body of an operation may have, at any depth, as `line_items.tax_id`."""
    document = openapi(name)
    operation = document["paths"][path_][method]
    schema = _resolved(document, operation["requestBody"])["content"]["application/json"]["schema"]
    return frozenset(_keys(document, schema))


def query_names(name: str, path_: str, method: str) -> frozenset[str]:
    document = openapi(name)
    here = document["paths"][path_]
    parameters = [*here.get("parameters", []), *here[method].get("parameters", [])]
    return frozenset(_resolved(document, each)["name"] for each in parameters)


def _resolved(document: Mapping[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _keys(document: Mapping[str, Any], node: Any, before: str = "") -> Iterator[str]:
    node = _resolved(document, node)
    for part in node.get("allOf", ()):
        yield from _keys(document, part, before)
    if "items" in node:
        yield from _keys(document, node["items"], before)
    for name, value in node.get("properties", {}).items():
        yield f"{before}{name}"
        yield from _keys(document, value, f"{before}{name}.")
