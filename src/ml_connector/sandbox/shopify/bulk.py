"""Bulk operations: one long query, answered as a file of JSON lines.

An operation runs as far as the clock says: it is created, runs for a few seconds, and completes.

Source: Shopify Admin API, bulk operations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    print_ast,
)

from ml_connector.sandbox.shopify import search_fields
from ml_connector.sandbox.shopify.errors import invalid_id
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.queries import listing, wanted_number
from ml_connector.sandbox.shopify.refusals import document_errors
from ml_connector.sandbox.shopify.resolvers import Info, Resolver, Session
from ml_connector.sandbox.shopify.schema import admin_schema
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.views import View, moment

RUNS_FOR = timedelta(seconds=2)
AT_ONCE = 5
MOST_CONNECTIONS = 5


@dataclass
class BulkOperation:
    """One run. `lines` are its result, ready from the start, shown when it is completed."""

    id: int
    query: str
    created_at: datetime
    lines: list[str]
    roots: int
    cancelled: bool = False
    told: bool = False

    def status(self, now: datetime) -> str:
        """Where it stands."""
        if self.cancelled:
            return "CANCELED"
        if now < self.created_at + RUNS_FOR:
            return "RUNNING" if now > self.created_at else "CREATED"
        return "COMPLETED"


def view(session: Session, one: BulkOperation) -> View:
    """A `BulkOperation`."""
    status = one.status(session.now)
    done = status == "COMPLETED"
    shown = one.lines if done else []
    address = f"{session.base_url}/shops/{session.shop.domain}/bulk/{one.id}.jsonl"
    return {
        "__typename": "BulkOperation",
        "id": gid("BulkOperation", one.id),
        "type": "QUERY",
        "status": status,
        "errorCode": None,
        "createdAt": moment(one.created_at),
        "completedAt": moment(one.created_at + RUNS_FOR) if done else None,
        "objectCount": str(len(shown)),
        "rootObjectCount": str(one.roots if done else 0),
        "fileSize": str(len("\n".join(shown).encode())) if shown else None,
        "url": address if shown else None,
        "partialDataUrl": None,
        "query": one.query,
    }


def run(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Start a bulk operation."""
    running = [one for one in session.shop.bulk.values() if one.status(session.now) in ("CREATED", "RUNNING")]
    if len(running) >= AT_ONCE:
        return _refused("A bulk query operation for this app and shop is already in progress.", "OPERATION_IN_PROGRESS")
    operation = _parsed(arguments["query"])
    if isinstance(operation, str):
        return _refused(operation, "INVALID")
    lines, roots = _lines(session, operation, grouped=arguments["groupObjects"])
    made = BulkOperation(session.shop.numbers.next(), arguments["query"], session.now, lines, roots)
    session.shop.bulk[made.id] = made
    return {"bulkOperation": {**view(session, made), "status": "CREATED"}, "userErrors": []}


def _refused(message: str, code: str) -> View:
    return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": message, "code": code}]}


def _parsed(text: str) -> OperationDefinitionNode | str:
    """The operation in *text*, or what is wrong with it."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return f"Invalid bulk query: {error.message}"
    errors = document_errors(admin_schema(), document)
    if errors:
        return f"Invalid bulk query: {errors[0]['message']}"
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return "Invalid bulk query: exactly one query is needed"
    found = _connections(operations[0].selection_set, 0)
    if not found:
        return "Bulk queries must contain at least one connection."
    if len(found) > MOST_CONNECTIONS:
        return f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
    if max(found) > 2:
        return "Bulk queries cannot contain connections with a nesting depth greater than 2."
    return operations[0]


def _connections(selections: SelectionSetNode, depth: int) -> list[int]:
    """The depth of every connection in *selections*, told by its `edges` or `nodes`."""
    found = []
    for field in selections.selections:
        if isinstance(field, InlineFragmentNode):
            found += _connections(field.selection_set, depth)
        if not isinstance(field, FieldNode) or field.selection_set is None:
            continue
        names = {one.name.value for one in field.selection_set.selections if isinstance(one, FieldNode)}
        paged = bool(names & {"edges", "nodes"})
        found += [depth + 1] if paged else []
        found += _connections(field.selection_set, depth + paged)
    return found


def _lines(session: Session, operation: OperationDefinitionNode, *, grouped: bool) -> tuple[list[str], int]:
    session.whole_lists = True  # a bulk operation ignores first, last and pages
    data = session.execute(print_ast(operation))
    session.whole_lists = False
    rows: list[tuple[int, str]] = []
    for value in (data or {}).values():
        _flatten(value, None, 0, rows)
    roots = sum(1 for depth, _ in rows if depth == 0)
    ordered = rows if grouped else sorted(rows, key=lambda row: row[0])
    return [line for _, line in ordered], roots


def _flatten(connection: Any, parent: str | None, depth: int, rows: list[tuple[int, str]]) -> None:
    """Each node becomes a line; connections inside it become lines after it."""
    for node in _nodes(connection):
        inner = {key: value for key, value in node.items() if _is_connection(value)}
        own = {key: value for key, value in node.items() if key not in inner}
        line = own | ({"__parentId": parent} if parent else {})
        rows.append((depth, json.dumps(line, ensure_ascii=False, separators=(",", ":"))))
        for value in inner.values():
            _flatten(value, node.get("id"), depth + 1, rows)


def _is_connection(value: Any) -> bool:
    return isinstance(value, dict) and bool({"edges", "nodes"} & value.keys())


def _nodes(connection: Any) -> list[dict[str, Any]]:
    if not _is_connection(connection):
        return []
    if "nodes" in connection:
        return list(connection["nodes"])
    return [edge["node"] for edge in connection["edges"]]


def announce_finished(shop: Shop, now: datetime) -> None:
    """Tell of operations that have completed since the last look. The address has to be asked for."""
    for operation in shop.bulk.values():
        if operation.told or operation.status(now) != "COMPLETED":
            continue
        operation.told = True
        body = {
            "admin_graphql_api_id": gid("BulkOperation", operation.id),
            "completed_at": shop.moment(operation.created_at + RUNS_FOR),
            "created_at": shop.moment(operation.created_at),
            "error_code": None,
            "status": "completed",
            "type": "query",
        }
        shop.announce("BULK_OPERATIONS_FINISH", body, shop.outbox.uuid())


def one(session: Session, arguments: dict[str, Any], _: Info) -> View | None:
    """A bulk operation by its id."""
    found = session.shop.bulk.get(wanted_number(arguments["id"], "BulkOperation"))
    return None if found is None else view(session, found)


def current(session: Session, arguments: dict[str, Any], _: Info) -> View | None:
    """The latest bulk operation."""
    latest = [*session.shop.bulk.values()][-1:]
    return view(session, latest[0]) if latest else None


def cancel(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Stop a bulk operation that still runs."""
    found = session.shop.bulk.get(wanted_number(arguments["id"], "BulkOperation"))
    if found is None:
        raise invalid_id(arguments["id"])
    status = found.status(session.now)
    if status in ("COMPLETED", "CANCELED"):
        message = f"A bulk operation cannot be canceled when it is {status.lower()}"
        return {"bulkOperation": view(session, found), "userErrors": [{"field": None, "message": message}]}
    found.cancelled = True
    return {"bulkOperation": view(session, found), "userErrors": []}


def _listed(session: Session, _: Mapping[str, Any]) -> list[View]:
    return [view(session, one) for one in session.shop.bulk.values()]


QUERIES: dict[str, Resolver] = {
    "bulkOperation": one,
    "currentBulkOperation": current,
    "bulkOperations": listing(_listed, search_fields.PLAIN_FIELDS, "id"),
}
MUTATIONS: dict[str, Resolver] = {"bulkOperationRunQuery": run, "bulkOperationCancel": cancel}
