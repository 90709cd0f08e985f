"""Values on their way into and out of `jsonb`.

Numbers stay exact: a `Decimal` is written as a JSON number and read back as a `Decimal`, so no amount ever passes
through a float. What `jsonb` cannot hold (U+0000, lone surrogates) becomes U+FFFD.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder(decimal_format="number")
_REPLACEMENT = "\ufffd"


def dumps(value: Any) -> str:
    """*value* (dataclasses, decimals and dates included) as JSON text that `jsonb` accepts."""
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:
        encoded = _encoder.encode(_storable(plain(value)))
    if b"\\u0000" in encoded:
        encoded = _encoder.encode(_storable(plain(value)))
    return encoded.decode()


def loads(text: str | bytes) -> Any:
    """JSON as PostgreSQL gives it; numbers with a point become `Decimal`."""
    return json.loads(text, parse_float=Decimal)


def plain(value: Any) -> Any:
    """*value* as dicts, lists, text, numbers and decimals."""
    return msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True)


def restore(kind: type[T], body: Any) -> T:
    """A value of *kind* from what `plain` or `loads` gave.

    Raises:
        msgspec.ValidationError: it is not one, which means that a row was made by a release we do not know.
    """
    return msgspec.convert(body, kind)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", _REPLACEMENT).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_storable(key): _storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(entry) for entry in value]
    return value
