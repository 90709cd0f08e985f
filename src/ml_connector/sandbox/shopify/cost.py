"""What a document costs before it runs, and what it cost afterwards.

The model is a fit to recorded calls: an object costs one and its children, a connection two and
its nodes by the logarithm of the page, a mutation ten.

Source: Shopify Admin API, rate limits; costs recorded on version 2026-04.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)

LIMIT = 1000
"""The most that one document may ask for, whatever the plan."""

FREE_TYPES = frozenset(
    {
        "MoneyBag",
        "MoneyV2",
        "PageInfo",
        "Job",
        "Domain",
        "Count",
        "CompanyAddress",
        "LocationAddress",
        "MailingAddress",
        "ShopAddress",
    }
)
COUNT_COST = 10
MUTATION_COST = 10


def page_weight(count: int) -> int:
    """How often a node's children count in a page of *count*."""
    return 0 if count <= 0 else max(1, math.floor(2 * math.log(count)))


@dataclass(frozen=True)
class Estimate:
    """Walks one document."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def operation(self, node: OperationDefinitionNode) -> int:
        """The requested cost of the operation."""
        root = self.schema.get_root_type(node.operation)
        if root is None:
            return 0
        if node.operation is OperationType.MUTATION:
            return sum(self._mutation(field, root) for field, _ in self._fields(node.selection_set, root))
        return max(1, self._children(node.selection_set, root))

    def _mutation(self, field: FieldNode, root: GraphQLNamedType) -> int:
        payload = self._type_of(field, root)
        if payload is None or field.selection_set is None:
            return MUTATION_COST
        cost = MUTATION_COST
        for child, parent in self._fields(field.selection_set, payload):
            inner = self._type_of(child, parent)
            if inner is None or is_leaf_type(inner) or child.selection_set is None:
                continue
            if inner.name.endswith("Connection"):
                cost += self._field(child, parent)
            else:
                cost += self._children(child.selection_set, inner)
        return cost

    def _children(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> int:
        shared = 0
        branches: dict[str, int] = {}
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                shared += self._field(selection, parent)
            else:
                name, cost = self._branch(selection, parent)
                branches[name] = branches.get(name, 0) + cost
        if is_abstract_type(parent):
            own = branches.pop(parent.name, 0)
            return shared + own + max(branches.values(), default=0)
        return shared + sum(branches.values())

    def _branch(self, selection: Any, parent: GraphQLNamedType) -> tuple[str, int]:
        """What a fragment costs, and for which type it counts."""
        node = selection
        if isinstance(selection, FragmentSpreadNode):
            node = self.fragments[selection.name.value]
        condition = node.type_condition
        inner = parent if condition is None else self.schema.get_type(condition.name.value)
        if inner is None:
            return parent.name, 0
        return inner.name, self._children(node.selection_set, inner)

    def _fields(
        self, selections: SelectionSetNode, parent: GraphQLNamedType
    ) -> list[tuple[FieldNode, GraphQLNamedType]]:
        found: list[tuple[FieldNode, GraphQLNamedType]] = []
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                found.append((selection, parent))
            elif isinstance(selection, FragmentSpreadNode):
                found += self._fields(self.fragments[selection.name.value].selection_set, parent)
            elif isinstance(selection, InlineFragmentNode):
                found += self._fields(selection.selection_set, parent)
        return found

    def _type_of(self, field: FieldNode, parent: GraphQLNamedType) -> GraphQLNamedType | None:
        fields = getattr(parent, "fields", {})
        definition = fields.get(field.name.value)
        return None if definition is None else get_named_type(definition.type)

    def _field(self, field: FieldNode, parent: GraphQLNamedType) -> int:
        definition = getattr(parent, "fields", {}).get(field.name.value)
        if definition is None or field.selection_set is None:
            return 0
        inner = get_named_type(definition.type)
        if inner.name.endswith("Connection") and not is_list_type(definition.type):
            return self._connection(field, inner)
        if field.name.value.endswith("Count") and inner.name == "Count":
            return COUNT_COST
        return _own(inner) + self._children(field.selection_set, inner)

    def _connection(self, field: FieldNode, inner: GraphQLNamedType) -> int:
        weight = page_weight(self._size(field))
        cost = 2
        assert field.selection_set is not None
        for child, parent in self._fields(field.selection_set, inner):
            if child.selection_set is None:
                continue
            if child.name.value == "nodes":
                cost += weight * (1 + self._node(child, parent))
            elif child.name.value == "edges":
                cost += weight * self._edges(child, parent)
        return cost

    def _node(self, field: FieldNode, parent: GraphQLNamedType) -> int:
        inner = self._type_of(field, parent)
        if inner is None or field.selection_set is None:
            return 0
        return self._children(field.selection_set, inner)

    def _edges(self, edges: FieldNode, parent: GraphQLNamedType) -> int:
        edge = self._type_of(edges, parent)
        if edge is None or edges.selection_set is None:
            return 0
        return sum(
            1 + self._node(child, above)
            for child, above in self._fields(edges.selection_set, edge)
            if child.name.value == "node"
        )

    def _size(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in ("first", "last"):
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    return int(self.variables.get(argument.value.name.value) or 0)
        return 0


def _own(inner: GraphQLNamedType) -> int:
    free = inner.name in FREE_TYPES or inner.name.endswith("UserError")
    return 0 if free else 1


def requested(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Mapping[str, Any],
    operation: OperationDefinitionNode,
) -> int:
    """What *operation* may cost at most."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    defaults = {
        definition.variable.name.value: int(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }
    return Estimate(schema, fragments, {**defaults, **variables}).operation(operation)
