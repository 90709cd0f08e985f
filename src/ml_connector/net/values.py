"""Requests, answers and the two ways in which an answer can be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, complete. `url` has its query; `body` is what goes over the wire, byte for byte."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer. Header names are lower case. `took_s` is the time from sending to the last byte, in seconds."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_s: float = 0.0


class NotSent(Exception):
    """The request surely did not reach the other side: no name, no connection, refused before the first byte."""


class AnswerLost(Exception):
    """The request left and no whole answer came: time-out, broken connection. It may have been carried out."""


class Send(Protocol):
    """Carries one request.

    Raises:
        NotSent: nothing left.
        AnswerLost: it left, and no whole answer came within *timeout_s* seconds.
    """

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse: ...
