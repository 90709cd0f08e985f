"""The reference data that lies beside the checkout (`../shared`): schemas, payloads, recorded exchanges.

Without it the tests that need it are skipped and say so; where CI is set, that is a failure.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "shopify"
VERSIONS = ("2026-04", "2026-07", "2026-10")


def path(*parts: str) -> Path:
    found = ROOT.joinpath(*parts)
    if not found.exists():
        _not_here(f"{found} is not here, so this comparison with the references was not made")
    return found


def _not_here(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"not to be skipped in continuous integration: {reason}")
    pytest.skip(reason)


def payload(*parts: str) -> Any:
    return json.loads(path("payloads", *parts).read_text(encoding="utf-8"))


@cache
def schema(version: str) -> Any:
    if importlib.util.find_spec("graphql") is None:
        _not_here("graphql-core is not installed, so documents were not validated")
    import graphql

    with gzip.open(path(f"admin-{version}.graphql.gz"), "rt", encoding="utf-8") as file:
        return graphql.build_schema(file.read(), assume_valid=True)
