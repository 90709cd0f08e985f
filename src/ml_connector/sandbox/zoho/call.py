"""One API call on its way through the company: who asks, for which organisation, with what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import User
from ml_connector.sandbox.zoho.refusals import invalid_value, unauthorized
from ml_connector.sandbox.zoho.values import Body

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.company import ZohoCompany


@dataclass
class Call:
    """A call that was let in; `ids` are the digits of its path, in order."""

    company: ZohoCompany
    org: Organization
    user: User
    scopes: frozenset[str]
    request: Request
    ids: tuple[str, ...]
    now: datetime
    query: dict[str, str] = field(default_factory=dict)

    @cached_property
    def payload(self) -> Any:
        """The JSON that was sent, raw or as the field `JSONString`; nothing sent is `{}`."""
        return read_payload(self.request)

    @property
    def body(self) -> Body:
        """The payload, which must be an object."""
        if not isinstance(self.payload, dict):
            raise invalid_value("JSONString")
        return self.payload

    @property
    def id(self) -> str:
        """The last id of the path."""
        return self.ids[-1]

    def asked(self, name: str) -> bool:
        """Whether a query flag is `true`."""
        return self.query.get(name, "").lower() == "true"

    def header(self, name: str) -> str:
        """A header, or the empty string."""
        return self.request.header(name) or ""

    @property
    def accepts_json(self) -> bool:
        """Whether JSON was asked for, by header or by the parameter `accept`."""
        return "application/json" in self.header("accept") or self.query.get("accept") == "json"

    def require(self, scope: str) -> None:
        """Refuse a token that was not granted *scope* (`invoices.UPDATE`)."""
        if not granted(self.scopes, scope):
            raise unauthorized()


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Route:
    """An operation: its method, its path with `{}` for ids, the scope it needs.

    Attributes:
        paced: Whether it belongs to the settings that throttle sooner.
        scoped: Whether it belongs to an organisation.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    paced: bool = False
    scoped: bool = True


def granted(scopes: frozenset[str], scope: str) -> bool:
    """Whether *scopes* contain `module.OPERATION`, its `module.ALL`, or full access."""
    module, _, _ = scope.rpartition(".")
    product = "" if scope.startswith("Zoho") else "ZohoBooks."
    return bool(scopes & {f"{product}{scope}", f"{product}{module}.ALL", "ZohoBooks.fullaccess.all"})


def read_payload(request: Request) -> Any:
    """The JSON of a request.

    Raises:
        Refusal: Code 4, "Invalid value passed for JSONString".
    """
    try:
        if request.media_type == "application/x-www-form-urlencoded":
            text = request.form().get("JSONString", "")
        else:
            text = request.body.decode("utf-8")
        if not text.strip():
            return {}
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        raise invalid_value("JSONString") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)
