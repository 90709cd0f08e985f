"""Shopify's search syntax, as far as lists of orders, customers and variants are filtered by it.

A field nobody knows is not an error: its part of the filter is ignored and a warning is put
beside the answer, so everything else comes back too.

Source: Shopify API search syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ml_connector.sandbox.shopify.errors import bad_request
from ml_connector.sandbox.shopify.views import View

TOKEN = re.compile(r"""\s*(?:(?P<paren>[()])|(?P<word>(?:-)?(?:[\w.]+:)?(?:>=|<=|>|<)?(?:'[^']*'|"[^"]*"|[^\s()]+)))""")
TERM = re.compile(r"(?P<minus>-)?(?:(?P<field>[A-Za-z_][\w.]*):)?(?P<op>>=|<=|>|<)?(?P<value>.*)", re.DOTALL)

Getter = Callable[[View], Any]
Test = Callable[[View], bool]


@dataclass
class Search:
    """A filter ready to use, and what was wrong with it."""

    test: Test
    warnings: list[dict[str, str]] = field(default_factory=list)


def compile_search(text: str | None, fields: Mapping[str, Getter], default: str) -> Search:
    """Read *text*.

    Args:
        fields: How to get each known field from a node. A list matches if one of its values does.
        default: The field that a bare word is looked for in.

    Raises:
        Refused: A moment that is not one.
    """
    search = Search(_everything)
    tokens = [match["paren"] or match["word"] for match in TOKEN.finditer(text or "")]
    if tokens:
        search.test = _Reader(tokens, fields, default, search.warnings).either()
    return search


def _everything(_: View) -> bool:
    return True


class _Reader:
    """Reads `a AND b OR (NOT c)`; a space means AND."""

    def __init__(
        self,
        tokens: list[str],
        fields: Mapping[str, Getter],
        default: str,
        warnings: list[dict[str, str]],
    ) -> None:
        self._tokens = tokens
        self._fields = fields
        self._default = default
        self._warnings = warnings

    def either(self) -> Test:
        tests = [self._both()]
        while self._next_is("OR"):
            self._tokens.pop(0)
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda node: any(test(node) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._tokens and self._tokens[0] not in ("OR", ")"):
            if self._tokens[0] == "AND":
                self._tokens.pop(0)
                continue
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda node: all(test(node) for test in tests)

    def _next_is(self, word: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == word

    def _one(self) -> Test:
        if not self._tokens:
            return _everything
        part = self._tokens.pop(0)
        if part == "NOT":
            inner = self._one()
            return lambda node: not inner(node)
        if part == "(":
            inside = self.either()
            if self._next_is(")"):
                self._tokens.pop(0)
            return inside
        return self._term(part)

    def _term(self, part: str) -> Test:
        match = TERM.fullmatch(part)
        assert match is not None  # the pattern ends in ".*"
        name, value = match["field"], match["value"].strip("'\"")
        getter = self._fields.get(name or self._default)
        if getter is None:
            self._warnings.append({"field": name, "message": "Invalid search field for this query."})
            return _everything
        test = _comparison(name or self._default, getter, match["op"], value, bare=name is None)
        return (lambda node: not test(node)) if match["minus"] else test


def _comparison(name: str, getter: Getter, operator: str | None, value: str, *, bare: bool) -> Test:
    if name.endswith("_at"):
        return _moment_test(name, getter, operator, value)
    if operator:
        return _number_test(getter, operator, value)
    wanted = value.lower()
    if bare:
        return lambda node: any(wanted in text for text in _texts(getter(node)))
    if value == "*":
        return lambda node: bool(_texts(getter(node)))
    if wanted.endswith("*"):
        return lambda node: any(text.startswith(wanted[:-1]) for text in _texts(getter(node)))
    alternatives = wanted.split(",") if name == "status" else [wanted]
    return lambda node: any(text in alternatives for text in _texts(getter(node)))


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() for one in values if one is not None]


def _moment_test(name: str, getter: Getter, operator: str | None, value: str) -> Test:
    wanted = _moment(name, value)
    compare = COMPARE[operator or "="]

    def test(node: View) -> bool:
        known = getter(node)
        if known is None:
            return False
        return compare(known if isinstance(known, datetime) else datetime.fromisoformat(known), wanted)

    return test


def _moment(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise bad_request(f"Invalid timestamp for query filter `{name}`.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number_test(getter: Getter, operator: str, value: str) -> Test:
    compare = COMPARE[operator]
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return lambda node: False
    return lambda node: getter(node) is not None and compare(float(getter(node)), float(value))


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def _number(node: View) -> str:
    return str(node["id"]).rsplit("/", 1)[-1]


def _status(node: View) -> list[str]:
    if node.get("cancelledAt"):
        return ["cancelled", "any"]
    return ["closed", "any"] if node.get("closedAt") else ["open", "any"]


def _customer_number(node: View) -> str | None:
    customer = node.get("customer")
    if customer is None:
        return None
    return str(customer.id) if hasattr(customer, "id") else _number(customer)


def _lower(name: str) -> Getter:
    return lambda node: str(node.get(name) or "").lower()


def _plain(name: str) -> Getter:
    return lambda node: node.get(name)


ORDER_FIELDS: dict[str, Getter] = {
    "id": _number,
    "name": lambda node: [node["name"], node["name"].lstrip("#")],
    "updated_at": _plain("updatedAt"),
    "created_at": _plain("createdAt"),
    "processed_at": _plain("processedAt"),
    "email": _plain("email"),
    "test": lambda node: str(bool(node.get("test"))).lower(),
    "status": _status,
    "financial_status": _lower("displayFinancialStatus"),
    "fulfillment_status": _lower("displayFulfillmentStatus"),
    "return_status": _lower("returnStatus"),
    "customer_id": _customer_number,
    "tag": _plain("tags"),
    "source_name": _plain("sourceName"),
    "sales_channel": lambda node: ((node.get("channelInformation") or {}).get("channelDefinition") or {}).get("handle"),
    "gateway": _plain("paymentGatewayNames"),
    "po_number": _plain("poNumber"),
    "discount_code": _plain("discountCodes"),
    "confirmation_number": _plain("confirmationNumber"),
}
CUSTOMER_FIELDS: dict[str, Getter] = {
    "id": _number,
    "updated_at": _plain("updatedAt"),
    "customer_date": _plain("createdAt"),
    "created_at": _plain("createdAt"),
    "email": _plain("email"),
    "phone": _plain("phone"),
    "first_name": _plain("firstName"),
    "last_name": _plain("lastName"),
    "tag": _plain("tags"),
    "state": _lower("state"),
    "orders_count": _plain("numberOfOrders"),
    "country": lambda node: (node.get("defaultAddress") or {}).get("country"),
    "default": lambda node: [node.get("displayName"), node.get("email")],
}
VARIANT_FIELDS: dict[str, Getter] = {
    "id": _number,
    "sku": _plain("sku"),
    "updated_at": _plain("updatedAt"),
    "title": _plain("title"),
    "barcode": _plain("barcode"),
    "taxable": lambda node: str(bool(node.get("taxable"))).lower(),
}
WEBHOOK_FIELDS: dict[str, Getter] = {
    "id": _number,
    "topic": _plain("topic"),
    "created_at": _plain("createdAt"),
    "updated_at": _plain("updatedAt"),
    "endpoint": _plain("uri"),
    "uri": _plain("uri"),
}
PLAIN_FIELDS: dict[str, Getter] = {
    "id": _number,
    "name": _plain("name"),
    "updated_at": _plain("updatedAt"),
    "created_at": _plain("createdAt"),
    "status": _lower("status"),
    "active": lambda node: str(bool(node.get("isActive"))).lower(),
    "operation_type": _lower("type"),
    "processed_at": _plain("processedAt"),
    "test": lambda node: str(bool(node.get("test"))).lower(),
}


def tag_not(node: View) -> list[str]:
    """Tags, for the filter that wants their absence."""
    return [str(tag) for tag in node.get("tags") or ()]
