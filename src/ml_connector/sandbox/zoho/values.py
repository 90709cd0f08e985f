"""Reading what a caller sent, field by field, as strictly as Zoho does.

Source: Zoho Books API v3, request formats; refusals published by developers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, too_long

Body = dict[str, Any]

ZERO = Decimal(0)
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(11))
_LONGEST_FRACTION = 10
_TOO_LARGE = Decimal(10) ** 13


def half_up(value: Decimal, places: int) -> Decimal:
    """Round to *places* decimals, half away from zero (`round_half_up`)."""
    return value.quantize(_STEPS[places], ROUND_HALF_UP)


def number(body: Mapping[str, Any], name: str, default: Decimal = ZERO) -> Decimal:
    """A number sent as JSON number or as text; absent, null and empty are *default*."""
    value = body.get(name)
    if value is None or value == "":
        return default
    return as_number(value, name)


def as_number(value: Any, name: str) -> Decimal:
    """*value* as an exact number.

    Raises:
        Refusal: It is no number, is too large, or has more decimals than Zoho takes (13 digits
            and 10 decimals here; the true limits are not documented).
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise invalid_value(name)
    try:
        parsed = Decimal(value)
    except InvalidOperation as error:
        raise invalid_value(name) from error
    exponent = parsed.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _LONGEST_FRACTION or abs(parsed) >= _TOO_LARGE:
        raise invalid_value(name)
    return parsed


def text(body: Mapping[str, Any], name: str, limit: int, default: str = "") -> str:
    """A text of at most *limit* characters."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise invalid_value(name)
    value = str(value).strip()
    if len(value) > limit:
        raise too_long(name, limit)
    return value


def identifier(body: Mapping[str, Any], name: str) -> str:
    """An id; a JSON number is taken too, and nothing is the empty string."""
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid_value(name)
    value = str(value).strip()
    if value and not value.isdigit():
        raise invalid_value(name)
    return value


def flag(body: Mapping[str, Any], name: str, default: bool) -> bool:
    """A boolean, also when it was sent as text."""
    value = body.get(name, default)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise invalid_value(name)


def day(body: Mapping[str, Any], name: str, default: date) -> date:
    """A day written `yyyy-mm-dd`."""
    value = body.get(name)
    if value is None or value == "":
        return default
    parsed = parse_day(value)
    if parsed is None:
        raise invalid_value(name)
    return parsed


def parse_day(value: Any) -> date | None:
    """The day that *value* says, or nothing when it is not `yyyy-mm-dd`."""
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def choice(body: Mapping[str, Any], name: str, allowed: Iterable[str], default: str = "") -> str:
    """One of a closed set of words; empty is *default*."""
    value = body.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str) or value not in allowed:
        raise invalid_value(name)
    return value


def rows(body: Mapping[str, Any], name: str) -> list[Body]:
    """An array of objects; absent is empty."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise invalid_value(name)
    return value


def read_discount(body: Mapping[str, Any], default: str) -> str:
    """An amount or a share such as `10%`, kept as text; nothing and zero are empty."""
    value = body.get("discount")
    if value is None:
        return default
    if value == "":
        return ""
    if isinstance(value, str) and value.endswith("%"):
        share = as_number(value[:-1], "discount")
        if not 0 <= share <= 100:
            raise invalid_value("discount")
        return f"{share}%" if share else ""
    amount = as_number(value, "discount")
    if amount < 0:
        raise invalid_value("discount")
    return str(amount) if amount else ""


def required(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body that lacks one of *names*."""
    for name in names:
        if body.get(name) in (None, ""):
            raise Refusal(400, 4, f"Invalid value passed for {name}")


def stamp(moment: datetime) -> str:
    """A moment as Zoho writes it: the offset has no colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S%z")
