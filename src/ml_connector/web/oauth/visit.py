"""One request of a browser, as a sign-in needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from ml_connector.jobs.connecting.sign_in_errors import SignInRefused

_LONGEST = 8_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A request's parameters, decoded once, and its cookies.

    Attributes:
        query: Lists (`ids[]`) stay lists, as Shopify signs them.
    """

    request: Request[Any, Any, Any] = field(repr=False)
    query: Mapping[str, str | list[str]] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> Visit:
        """Read *request*.

        Raises:
            SignInRefused: it is too long, or names something twice, which no honest one does.
        """
        raw: bytes = request.scope["query_string"]
        return cls(request, _read(raw), request.cookies)

    def text(self, name: str) -> str:
        """The parameter called *name*; empty without one."""
        value = self.query.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def plain(self) -> dict[str, str]:
        """The parameters that are not lists."""
        return {name: value for name, value in self.query.items() if isinstance(value, str)}


def _read(raw: bytes) -> dict[str, str | list[str]]:
    if len(raw) > _LONGEST:
        raise SignInRefused("parameters", "This address is too long.")
    query: dict[str, str | list[str]] = {}
    for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        if name.endswith("[]"):
            listed = query.setdefault(name, [])
            assert isinstance(listed, list)
            listed.append(value)
        elif name in query:
            raise SignInRefused("parameters", "This address names something twice.")
        else:
            query[name] = value
    return query
