"""JSON without floats, the same bytes every time, and tolerant readers for what Zoho answers.

Amounts are exact both ways: a `Decimal` becomes the JSON number with the same digits, a JSON number becomes a
`Decimal`. Ids, booleans and numbers sometimes arrive as strings, or strings as numbers; the readers take either.

Source: Zoho Books API v3, Introduction; live answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

Json = Mapping[str, Any]
"""One object of an answer."""


class NotJson(ValueError):
    """The bytes are not one JSON object."""


_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder()


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object in *body*, with `Decimal` where a float would be.

    Raises:
        NotJson: it is something else.
    """
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        raise NotJson("the body is not JSON") from error
    if not isinstance(found, dict):
        raise NotJson("the body is not a JSON object")
    return found


def encode_object(value: Json) -> bytes:
    """*value* as JSON in its own key order: equal values give equal bytes, on any machine.

    Numbers are written out in full: an exponent is legal JSON that not every reader of money expects.
    """
    return _ENCODER.encode(_written(value))


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return msgspec.Raw(f"{value:f}".encode())
    if isinstance(value, Mapping):
        return {name: _written(inside) for name, inside in value.items()}
    return [_written(inside) for inside in value] if isinstance(value, list) else value


def plain(number: Decimal) -> Decimal:
    """*number* without an exponent and without trailing zeros: 1250.00 and 1.25E+3 are both written 1250.

    Raises:
        ValueError: it is not finite, which is a bug in the caller.
    """
    if not number.is_finite():
        raise ValueError(f"{number} cannot be sent")
    short = number.normalize()
    exponent = short.as_tuple().exponent
    whole = short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short
    return whole or abs(whole)


def text(row: Json, *names: str) -> str:
    """The first of *names* that says something, as a string; empty when none does."""
    for name in names:
        value = row.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | Decimal) and str(value) != "":
            return str(value)
    return ""


def number(row: Json, *names: str) -> Decimal | None:
    """The first of *names* that holds a number, also where Zoho writes it as a string; None when none does."""
    for name in names:
        value = row.get(name)
        if isinstance(value, bool) or value is None or value == "":
            continue
        try:
            found = Decimal(str(value).strip())
        except InvalidOperation:
            continue
        if found.is_finite():
            return found
    return None


def amount(row: Json, *names: str) -> Decimal:
    """As `number`, zero when nothing is said."""
    found = number(row, *names)
    return Decimal(0) if found is None else found


def flag(row: Json, name: str, *, unless_told: bool) -> bool:
    """A boolean, also where Zoho writes it as a string."""
    value = row.get(name)
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower(), unless_told)


def day(row: Json, name: str) -> date | None:
    """A date `yyyy-mm-dd`; None when it is absent, empty or in another form."""
    try:
        return date.fromisoformat(text(row, name)[:10])
    except ValueError:
        return None


def moment(row: Json, name: str) -> datetime | None:
    """A moment with its offset (`2026-09-04T13:59:20+0530`); None when it is absent or in another form."""
    try:
        found = datetime.fromisoformat(text(row, name))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def rows(row: Json, *names: str) -> list[Json]:
    """The list of objects under the first of *names* that is there; whatever is not an object is left out."""
    for name in names:
        value = row.get(name)
        if isinstance(value, list):
            return [each for each in value if isinstance(each, dict)]
    return []


def inner(row: Json, name: str) -> Json:
    """The object under *name*, also where Zoho writes it as an array of one; empty when there is none."""
    value = row.get(name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}
