"""From what a person typed as a moment to a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store.connections import Connection

_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# a day at either end of the calendar has no neighbour, and no beginning in every zone
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)


def moment_of(text: str, connections: Iterable[Connection]) -> datetime:
    """An RFC 3339 moment as it is; a date as midnight in the organisation's zone.

    Raises:
        WrongUse: neither of both, or a date while the organisations are in several zones.
    """
    day = _day(text)
    if day is not None:
        return datetime.combine(day, time(), _zone(text, connections))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongUse(
            f"{text!r} is neither a date nor a moment.",
            fix="Write 2026-11-23, or 2026-11-23T10:00:00Z with the offset.",
        ) from error
    if moment.tzinfo is None:
        raise WrongUse(f"{text!r} has no offset from UTC.", fix="Add Z, or an offset such as +02:00.")
    return moment


def day_of(text: str) -> date:
    """A date, `2026-11-23`.

    Raises:
        WrongUse: it is none, or one of another millennium.
    """
    day = _day(text)
    if day is None or not _FIRST <= day <= _LAST:
        raise WrongUse(f"{text!r} is not a date.", fix="Write 2026-11-23.")
    return day


def zone_of(connection: Connection) -> ZoneInfo:
    """The organisation's zone; the shop's, or UTC, while that is not known."""
    facts = (connection.zoho_facts.get("zone"), connection.shop_facts.get("time_zone"))
    return ZoneInfo(next((str(zone) for zone in facts if zone), "UTC"))


def _day(text: str) -> date | None:
    words = text.strip()
    if not _A_DAY.fullmatch(words):  # `fromisoformat` takes week dates and dates without hyphens too
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _zone(text: str, connections: Iterable[Connection]) -> ZoneInfo:
    zones = {zone_of(connection) for connection in connections if connection.disconnected_at is None}
    if len(zones) > 1:
        raise WrongUse(
            f"{text} begins at different moments for your organisations.",
            fix="Choose one with --connection, or give a moment with its offset.",
        )
    return zones.pop() if zones else ZoneInfo("UTC")
