"""One GraphQL request from text to answer: read, price, admit, execute, account for.

Source: Shopify Admin API, rate limits and status codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
)

from ml_connector.sandbox.shopify import bulk, customers, queries, subscriptions
from ml_connector.sandbox.shopify.cost import LIMIT, page_weight, requested
from ml_connector.sandbox.shopify.refusals import document_errors, variable_errors
from ml_connector.sandbox.shopify.resolvers import (
    Info,
    Resolver,
    Session,
    check_access,
    check_type,
    resolve_field,
    type_of,
)
from ml_connector.sandbox.shopify.schema import admin_schema

Answer = dict[str, Any]

ROOTS: dict[str, Resolver] = {
    **queries.QUERIES,
    **subscriptions.QUERIES,
    **bulk.QUERIES,
    **subscriptions.MUTATIONS,
    **customers.MUTATIONS,
    **bulk.MUTATIONS,
}
DOCUMENTS_KEPT = 500
MONEY_KEYS = frozenset({"amount", "currencyCode", "shopMoney", "presentmentMoney", "__typename"})


@dataclass
class Bucket:
    """Points that one app may spend in one shop, refilled by the clock."""

    size: float
    rate: float
    level: float
    at: datetime

    def refill(self, now: datetime) -> None:
        """Add what has been restored since the last time."""
        passed = max(0.0, (now - self.at).total_seconds())
        self.level, self.at = min(self.size, self.level + passed * self.rate), max(now, self.at)

    def status(self) -> Answer:
        """As answers report it."""
        return {"maximumAvailable": self.size, "currentlyAvailable": math.floor(self.level), "restoreRate": self.rate}


@dataclass
class Engine:
    """Executes documents for one company of shops."""

    roots: dict[str, Resolver] = field(default_factory=lambda: dict(ROOTS))

    def run(self, payload: Mapping[str, Any], session: Session, bucket: Bucket) -> Answer:
        """The body of the answer to *payload* (`query`, `variables`, `operationName`)."""
        document = _parsed(str(payload["query"]))
        if isinstance(document, list):
            return {"errors": document}
        operation = _operation(document, payload.get("operationName"))
        if operation is None:
            return {"errors": [{"message": f'No operation named "{payload.get("operationName")}"'}]}
        variables = payload.get("variables") or {}
        errors = variable_errors(admin_schema(), operation, variables)
        if errors:
            return {"errors": errors}
        return self._admit(document, operation, variables, session, bucket)

    def _admit(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        session: Session,
        bucket: Bucket,
    ) -> Answer:
        session.execute = lambda text: self._execute(parse(text), None, {}, session)["data"]
        wanted = requested(admin_schema(), document, variables, operation)
        bucket.refill(session.now)
        if wanted > LIMIT:
            return too_expensive(wanted)
        if wanted > bucket.level:
            return throttled(wanted, bucket)
        answer = self._execute(document, operation.name.value if operation.name else None, variables, session)
        spent = min(wanted, actual_cost(operation, answer.get("data"), wanted))
        bucket.level -= spent
        answer["extensions"] = {"cost": _cost(wanted, spent, bucket)}
        if session.warnings:
            answer["extensions"]["search"] = session.warnings
        return answer

    def _execute(
        self,
        document: DocumentNode,
        name: str | None,
        variables: Mapping[str, Any],
        session: Session,
    ) -> Answer:
        result: Any = execute(
            admin_schema(),
            document,
            root_value=self.roots,
            context_value=session,
            variable_values=dict(variables),
            operation_name=name,
            field_resolver=resolve,
            type_resolver=type_of,
        )
        answer: Answer = {}
        if result.errors:
            answer["errors"] = [_told(error) for error in result.errors]
        answer["data"] = result.data
        return answer


@lru_cache(maxsize=DOCUMENTS_KEPT)
def _parsed(text: str) -> DocumentNode | list[Answer]:
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        where = [{"line": one.line, "column": one.column} for one in error.locations or ()]
        return [{"message": error.message.lower(), "locations": where}]
    return document_errors(admin_schema(), document) or document


def _operation(document: DocumentNode, name: Any) -> OperationDefinitionNode | None:
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        found = [one for one in found if one.name is not None and one.name.value == name]
    return found[0] if len(found) == 1 else None


def resolve(source: Any, info: Info, **arguments: Any) -> Any:
    """Answer any field: the roots by their functions, the rest out of views."""
    if info.parent_type.name not in ("QueryRoot", "Mutation"):
        return resolve_field(source, info, **arguments)
    session: Session = info.context
    check_access(session, info.parent_type.name, info.field_name)
    if info.return_type is not None:
        check_type(session, str(info.return_type).rstrip("!"))
    return source[info.field_name](session, arguments, info)


def _told(error: GraphQLError) -> Answer:
    told: Answer = {
        "message": error.message,
        "locations": [{"line": one.line, "column": one.column} for one in error.locations or ()],
        "extensions": error.extensions or {"code": "INTERNAL_SERVER_ERROR"},
        "path": error.path,
    }
    if not error.extensions:
        told["message"] = f"Internal error: {error.message}"
    return told


def _cost(wanted: int, spent: int, bucket: Bucket) -> Answer:
    return {"requestedQueryCost": wanted, "actualQueryCost": spent, "throttleStatus": bucket.status()}


def throttled(wanted: int, bucket: Bucket) -> Answer:
    """The bucket holds less than the document may cost: nothing is executed."""
    return {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
            }
        ],
        "extensions": {
            "cost": {"requestedQueryCost": wanted, "actualQueryCost": None, "throttleStatus": bucket.status()}
        },
    }


def too_expensive(wanted: int) -> Answer:
    """The document may cost more than any document may."""
    return {
        "errors": [
            {
                "message": f"Query cost is {wanted}, which exceeds the single query max cost limit "
                f"({LIMIT}).\n\nSee https://shopify.dev/concepts/about-apis/rate-limits for "
                "more information on how the cost of a query is calculated.",
                "extensions": {
                    "code": "MAX_COST_EXCEEDED",
                    "cost": wanted,
                    "maxCost": LIMIT,
                    "documentation": "https://shopify.dev/api/usage/limits#rate-limits",
                },
            }
        ],
    }


def actual_cost(operation: OperationDefinitionNode, data: Any, ceiling: int) -> int:
    """What was spent: objects really returned, pages by their real length."""
    base = 10 if operation.operation is OperationType.MUTATION else 0
    return max(1, min(ceiling, base + _spent(data, top=True)))


def _spent(value: Any, *, top: bool = False) -> int:
    if isinstance(value, list):
        return max((_spent(one) for one in value), default=0)
    if not isinstance(value, dict):
        return 0
    if "nodes" in value or "edges" in value:
        return _spent_page(value)
    if value.keys() <= MONEY_KEYS:
        return 0
    return (0 if top else 1) + sum(_spent(one) for one in value.values() if isinstance(one, dict | list))


def _spent_page(value: Mapping[str, Any]) -> int:
    nodes = value.get("nodes")
    if nodes is None:
        nodes = [one.get("node") for one in value.get("edges") or ()]
    return 2 + page_weight(len(nodes)) * max((_spent(one) for one in nodes), default=0)
