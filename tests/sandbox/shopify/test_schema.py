"""Our schema promises nothing that Shopify's does not have."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_union_type,
)

from ml_connector.sandbox.shopify.schema import VERSIONS, admin_schema, served_version


def real_schema(shared: Path, version: str) -> GraphQLSchema:
    packed = shared / "reference" / "shopify" / f"admin-{version}.graphql.gz"
    return build_schema(gzip.decompress(packed.read_bytes()).decode(), assume_valid=True)


def inventions(ours: GraphQLSchema, real: GraphQLSchema) -> list[str]:
    found: list[str] = []
    for name, kind in ours.type_map.items():
        if name.startswith("__"):
            continue
        theirs: Any = real.type_map.get(name)
        if theirs is None or type(theirs).__name__ != type(kind).__name__:
            found.append(name)
        elif is_object_type(kind) or is_interface_type(kind):
            found += _fields(name, kind, theirs)
        elif is_input_object_type(kind):
            found += _inputs(name, kind, theirs)
        elif is_enum_type(kind):
            found += [f"{name}.{value}" for value in kind.values if value not in theirs.values]
        elif is_union_type(kind):
            known = {one.name for one in theirs.types}
            found += [f"{name} | {one.name}" for one in kind.types if one.name not in known]
    return found


def _fields(name: str, kind: Any, theirs: Any) -> list[str]:
    found = []
    for field, definition in kind.fields.items():
        known = theirs.fields.get(field)
        if known is None or str(known.type) != str(definition.type):
            found.append(f"{name}.{field}: {definition.type}")
            continue
        for argument, given in definition.args.items():
            if argument not in known.args or str(known.args[argument].type) != str(given.type):
                found.append(f"{name}.{field}({argument}:)")
        required = [one for one, given in known.args.items() if str(given.type).endswith("!")]
        found += [f"{name}.{field} lacks {one}" for one in required if one not in definition.args]
    return found


def _inputs(name: str, kind: Any, theirs: Any) -> list[str]:
    found = []
    for field, definition in kind.fields.items():
        known = theirs.fields.get(field)
        if known is None or str(known.type) != str(definition.type):
            found.append(f"{name}.{field}: {definition.type}")
    required = [field for field, given in theirs.fields.items() if str(given.type).endswith("!")]
    return found + [f"{name} lacks {field}" for field in required if field not in kind.fields]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_type_field_argument_and_value_is_one_of_shopifys(version: str, shared: Path) -> None:
    real = real_schema(shared, version)

    assert inventions(admin_schema(), real) == []


def test_a_version_that_is_not_served_falls_forward_to_the_oldest_that_is() -> None:
    assert served_version("2026-07") == "2026-07"
    assert served_version("2025-10") == "2026-04"
    assert served_version(None) == "2026-04"
