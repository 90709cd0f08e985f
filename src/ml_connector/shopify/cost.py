"""What a document costs before Shopify runs it, read off its shape.

The model was fitted on recorded answers of API 2026-04; it is an estimate, so whoever uses it keeps some distance
from a limit and believes `extensions.cost` of the answer. Types are recognised by what is asked of them, because a
client has no schema: `nodes` or `edges` make a connection, `shopMoney` makes money, and so on.

Source: Shopify Admin API, rate limits; extensions.cost of recorded answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ml_connector.shopify.graphql_shape import Field, Operation, Selection, parse

MUTATION = 10
COUNT = 10

# Objects that cost nothing themselves, known by a field that only they have (or by all of their fields).
_FREE_BY_ONE = frozenset(
    {"shopMoney", "presentmentMoney", "hasNextPage", "hasPreviousPage", "endCursor", "zip", "address1", "countryCodeV2"}
)
_MONEY = frozenset({"amount", "currencyCode", "__typename"})
_FREE_NAMES = frozenset({"userErrors", "pageInfo", "job", "primaryDomain"})


def estimate(text: str, variables: Mapping[str, object] | None = None) -> int:
    """Points that Shopify will reserve for *text* with *variables* (`requestedQueryCost`)."""
    sizes = frozenset((name, value) for name, value in (variables or {}).items() if isinstance(value, int))
    return _estimated(text, sizes)


@lru_cache(maxsize=256)
def _estimated(text: str, sizes: frozenset[tuple[str, int]]) -> int:
    """Only numbers, which say how long a page is, change what a document costs."""
    operation = _parsed(text)
    values = {**operation.defaults, **dict(sizes)}
    root = _Costs(operation, values)
    if operation.kind == "mutation":
        return sum(MUTATION + root.grandchildren(field) for field in root.fields(operation.selection))
    return max(1, root.of(operation.selection))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Operation:
    return parse(text)


def _steps(count: int) -> int:
    """How much a page of *count* objects multiplies: it grows with the logarithm."""
    return 0 if count <= 0 else max(1, math.floor(2 * math.log(count)))


@dataclass(frozen=True, slots=True)
class _Costs:
    operation: Operation
    values: Mapping[str, object]

    def fields(self, selection: Selection) -> list[Field]:
        """The fields of *selection*, named fragments unfolded, equal ones once."""
        found: dict[str, Field] = {field.key: field for field in selection.fields}
        for name in selection.spreads:
            inner = self.operation.fragments.get(name)
            if inner is not None:
                found |= {field.key: field for field in self.fields(inner)}
        return list(found.values())

    def branches(self, selection: Selection) -> list[Selection]:
        inner = [
            b
            for n in selection.spreads
            if n in self.operation.fragments
            for b in self.branches(self.operation.fragments[n])
        ]
        return [*selection.branches, *inner]

    def of(self, selection: Selection) -> int:
        """Cost of what is inside *selection*: all fields, and the dearest of the type branches."""
        plain = sum(self.field(field) for field in self.fields(selection))
        return plain + max((self.of(branch) for branch in self.branches(selection)), default=0)

    def field(self, field: Field) -> int:
        if field.selection is None:
            return 0
        if field.name.endswith("Count"):
            return COUNT
        inner = {child.name: child for child in self.fields(field.selection)}
        if inner.keys() & {"nodes", "edges"}:
            return self.connection(field, inner)
        free = field.name in _FREE_NAMES or inner.keys() & _FREE_BY_ONE or (inner and inner.keys() <= _MONEY)
        return (0 if free else 1) + self.of(field.selection)

    def connection(self, field: Field, inner: Mapping[str, Field]) -> int:
        each = 0
        for name in ("nodes", "edges"):
            part = inner.get(name)
            if part is not None and part.selection is not None:
                each += self._node(part, name)
        return 2 + _steps(self.size(field)) * each

    def _node(self, part: Field, name: str) -> int:
        assert part.selection is not None
        if name == "nodes":
            return 1 + self.of(part.selection)
        nodes = [child for child in self.fields(part.selection) if child.name == "node" and child.selection]
        return sum(1 + self.of(child.selection) for child in nodes if child.selection) or 1

    def size(self, field: Field) -> int:
        for name in ("first", "last"):
            given = field.arguments.get(name)
            value = self.values.get(given) if isinstance(given, str) else given
            if isinstance(value, int):
                return value
        return 0

    def grandchildren(self, field: Field) -> int:
        """A mutation's payload and the objects directly in it are free."""
        if field.selection is None:
            return 0
        return sum(self.of(child.selection) for child in self.fields(field.selection) if child.selection)
