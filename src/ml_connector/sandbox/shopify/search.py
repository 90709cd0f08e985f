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
from typing import Any, TypeAlias

from ml_connector.sandbox.shopify.errors import bad_request
from ml_connector.sandbox.shopify.views import View

TOKEN = re.compile(r"""\s*(?:(?P<paren>[()])|(?P<word>(?:-)?(?:[\w.]+:)?(?:>=|<=|>|<)?(?:'[^']*'|"[^"]*"|[^\s()]+)))""")
TERM = re.compile(r"(?P<minus>-)?(?:(?P<field>[A-Za-z_][\w.]*):)?(?P<op>>=|<=|>|<)?(?P<value>.*)", re.DOTALL)

Getter: TypeAlias = Callable[[View], Any]
Test: TypeAlias = Callable[[View], bool]
Fold: TypeAlias = Callable[[str], str]


@dataclass
class Search:
    """A filter ready to use, and what was wrong with it."""

    test: Test
    warnings: list[dict[str, str]] = field(default_factory=list)


def compile_search(text: str | None, fields: Mapping[str, Getter], default: str, fold: Fold = str.lower) -> Search:
    """Read *text*.

    Args:
        fields: How to get each known field from a node. A list matches if one of its values does.
        default: The field that a bare word is looked for in.
        fold: What is done to both sides before words are compared.

    Raises:
        Refused: A moment that is not one.
    """
    search = Search(_everything)
    tokens = [match["paren"] or match["word"] for match in TOKEN.finditer(text or "")]
    if tokens:
        search.test = _Reader(tokens, fields, default, search.warnings, fold).either()
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
        fold: Fold,
    ) -> None:
        self._tokens = tokens
        self._fields = fields
        self._default = default
        self._warnings = warnings
        self._fold = fold

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
        known = (name or self._default).removesuffix("_not")
        getter = self._fields.get(known)
        if getter is None:
            self._warnings.append({"field": name, "message": "Invalid search field for this query."})
            return _everything
        test = _comparison(getter, Term(known, match["op"], value, name is None), self._fold)
        negated = bool(match["minus"]) != (name or "").endswith("_not")
        return (lambda node: not test(node)) if negated else test


@dataclass(frozen=True)
class Term:
    """One part of a filter: `created_at:>2026-01-01`, or a word by itself (*bare*)."""

    field: str
    operator: str | None
    value: str
    bare: bool


def _comparison(getter: Getter, term: Term, fold: Fold) -> Test:
    if term.field.endswith("_at"):
        return _moment_test(term.field, getter, term.operator, term.value)
    if term.operator:
        return _number_test(getter, term.operator, term.value)
    wanted = fold(term.value)
    if term.bare:
        return lambda node: any(wanted in text for text in _texts(getter(node), fold))
    if term.value == "*":
        return lambda node: bool(_texts(getter(node), fold))
    if wanted.endswith("*"):
        return lambda node: any(text.startswith(wanted[:-1]) for text in _texts(getter(node), fold))
    alternatives = wanted.split(",") if term.field == "status" else [wanted]
    return lambda node: any(text in alternatives for text in _texts(getter(node), fold))


def _texts(value: Any, fold: Fold) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [fold(_text(one)) for one in values if one is not None]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def wants(filter_text: str | None, body: Mapping[str, Any]) -> bool:
    """Whether a subscription's filter lets *body* through. An unknown field silences everything."""
    if not filter_text:
        return True
    fields = _Paths(body)
    return compile_search(filter_text, fields, "", fold=str).test({})


class _Paths(dict[str, Getter]):
    """Every dotted path into a body is a field; of a list, the field of each of its items."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__()
        self._body = body

    def get(self, key: str, default: Any = None) -> Getter:
        values = _at(self._body, key.split("."))
        return lambda _: values[0] if len(values) == 1 else values


def _at(value: Any, path: list[str]) -> list[Any]:
    if isinstance(value, list):
        return [found for one in value for found in _at(one, path)]
    if not path:
        return [value]
    if not isinstance(value, Mapping) or path[0] not in value:
        return []
    return _at(value[path[0]], path[1:])
