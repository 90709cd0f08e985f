"""A place in a list of orders, as a word that a reader brings back for the next page."""

from __future__ import annotations

import base64
import json
from datetime import datetime

Place = tuple[datetime, int, str]
"""The moment by which the list is sorted, the connection, the order: those of one row."""


class BadCursor(ValueError):
    """A cursor that we did not give out: wrong use."""

    def __init__(self) -> None:
        super().__init__("This cursor was not given out by this list.")


def cursor_of(at: datetime, connection_id: int, order_id: str) -> str:
    """The place of one row."""
    place = [at.isoformat(), connection_id, order_id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """The place that *cursor* means.

    Raises:
        BadCursor: it is none of ours.
    """
    try:
        at, connection_id, order_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = datetime.fromisoformat(at), int(connection_id), str(order_id)
    except (ValueError, TypeError) as error:
        raise BadCursor from error
    if cursor_of(*place) != cursor or not (place[2].isascii() and place[2].isprintable()):
        raise BadCursor
    return place
