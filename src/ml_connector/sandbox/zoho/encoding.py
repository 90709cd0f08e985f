"""Zoho's JSON: exact amounts as numbers, and the envelope around every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.refusals import Refusal

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_JSON = {"Content-Type": "application/json;charset=UTF-8"}


def encode(value: Any) -> bytes:
    """*value* as JSON; a Decimal becomes a number with its own digits."""
    return _ENCODER.encode(value)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(status, {**_JSON, **headers} if headers else dict(_JSON), encode(body))


def success(message: str = "success", *, status: int = 200, **resources: Any) -> Response:
    """Code 0 with a message and what was asked for."""
    return answer({"code": 0, "message": message, **resources}, status)


def refused(refusal: Refusal) -> Response:
    """A refusal as Zoho writes it."""
    return answer({"code": refusal.code, "message": refusal.message}, refusal.status, refusal.headers)
