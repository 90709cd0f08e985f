"""Pages of a list: opaque cursors, `first` or `last`, never more than 250.

Source: Shopify Admin API, pagination.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from ml_connector.sandbox.shopify.errors import bad_request
from ml_connector.sandbox.shopify.ids import GID
from ml_connector.sandbox.shopify.views import View

LARGEST_PAGE = 250
LONGEST_LIST = 25_000


def page(nodes: Sequence[Any], arguments: dict[str, Any], values: Sequence[Any] | None = None) -> View:
    """The connection that *arguments* ask for.

    Args:
        nodes: Every node, in the order asked for.
        values: What each node is sorted by, kept in the cursor beside the id.

    Raises:
        Refused: Neither or both of `first` and `last`, a page too large, or a foreign cursor.
    """
    _check(arguments)
    cursors = [cursor_of(node, value) for node, value in zip(nodes, values or [None] * len(nodes), strict=True)]
    start, end = _window(cursors, arguments)
    start, end = _cut(start, end, arguments)
    return {
        "edges": [
            {"cursor": cursor, "node": node} for cursor, node in zip(cursors[start:end], nodes[start:end], strict=True)
        ],
        "nodes": list(nodes[start:end]),
        "pageInfo": {
            "hasNextPage": end < min(len(nodes), LONGEST_LIST),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[start] if end > start else None,
            "endCursor": cursors[end - 1] if end > start else None,
        },
    }


def whole(nodes: Sequence[Any]) -> View:
    """All of *nodes* in one page, as bulk operations read them."""
    return {
        "nodes": list(nodes),
        "edges": [{"node": node, "cursor": ""} for node in nodes],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
    }


def _check(arguments: dict[str, Any]) -> None:
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    name, size = ("first", first) if first is not None else ("last", last)
    if size is not None and size < 0:
        raise bad_request(f"{name} cannot be negative")
    if size is not None and size > LARGEST_PAGE:
        raise bad_request(f"{name} cannot exceed {LARGEST_PAGE}")


def cursor_of(node: Any, value: Any) -> str:
    """An opaque cursor: the node's id and what it is sorted by."""
    match = GID.match(node.get("id") or "") if isinstance(node, dict) else None
    last_id = int(match[2]) if match else 0
    text = json.dumps({"last_id": last_id, "last_value": value}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _window(cursors: Sequence[str], arguments: dict[str, Any]) -> tuple[int, int]:
    start, end = 0, len(cursors)
    if arguments.get("after") is not None:
        start = _position(cursors, arguments["after"]) + 1
    if arguments.get("before") is not None:
        end = _position(cursors, arguments["before"])
    return start, max(start, end)


def _position(cursors: Sequence[str], cursor: str) -> int:
    """Where *cursor* stands. A row that moved is looked for by the value it had."""
    if cursor in cursors:
        return cursors.index(cursor)
    wanted = _decoded(cursor)
    values = [_decoded(known) for known in cursors]
    key = (str(wanted["last_value"]), wanted["last_id"])
    before = [n for n, known in enumerate(values) if (str(known["last_value"]), known["last_id"]) <= key]
    return before[-1] if before else -1


def _decoded(cursor: str) -> View:
    try:
        decoded = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError) as error:
        raise bad_request("Invalid cursor for current pagination sort.") from error
    if not isinstance(decoded, dict) or "last_id" not in decoded or "last_value" not in decoded:
        raise bad_request("Invalid cursor for current pagination sort.")
    return decoded


def _cut(start: int, end: int, arguments: dict[str, Any]) -> tuple[int, int]:
    if arguments.get("first") is not None:
        return start, min(end, start + arguments["first"])
    return max(start, end - arguments["last"]), end
