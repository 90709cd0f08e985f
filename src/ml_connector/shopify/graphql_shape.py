"""The shape of a GraphQL document: which fields are asked, inside which, with which page sizes.

Reads executable documents only, and of arguments only numbers and variables: enough to count. It is no validator.

Source: GraphQL specification, October 2021, section 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r'\#[^\n]*|"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"|\.\.\.|\$?[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}()\[\]:=!@|&]'
)
_CLOSE = {"(": ")", "{": "}", "[": "]"}


@dataclass(slots=True)
class Selection:
    """What is between two braces: fields, named fragments, and branches by type (`... on T`)."""

    fields: list[Field] = field(default_factory=list)
    spreads: list[str] = field(default_factory=list)
    branches: list[Selection] = field(default_factory=list)


@dataclass(slots=True)
class Field:
    key: str
    """The name under which it is answered: its alias, or its name."""
    name: str
    arguments: dict[str, int | str] = field(default_factory=dict)
    """Numbers as they are, variables by name; other values are left out."""
    selection: Selection | None = None


@dataclass(slots=True)
class Operation:
    kind: str = "query"
    defaults: dict[str, object] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    fragments: dict[str, Selection] = field(default_factory=dict)


def parse(text: str) -> Operation:
    """The first operation of *text*, with all its fragments.

    Raises:
        ValueError: *text* is not a GraphQL document.
    """
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith("#")]
    try:
        return _Reader(tokens).document()
    except IndexError as error:
        raise ValueError("the document ends in the middle") from error


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def document(self) -> Operation:
        operation = Operation()
        seen = False
        while self._at < len(self._tokens):
            word = "query" if self._peek() == "{" else self._next()
            if word == "fragment":
                name = self._next()
                self._skip_to("{")
                operation.fragments[name] = self._selection()
            elif word in ("query", "mutation", "subscription"):
                defaults, selection = self._operation()
                if not seen:
                    operation.kind, operation.defaults, operation.selection, seen = word, defaults, selection, True
            else:
                raise ValueError(f"{word!r} does not begin a definition")
        return operation

    def _operation(self) -> tuple[dict[str, object], Selection]:
        defaults: dict[str, object] = {}
        while self._peek() != "{":
            if self._next() == "(":
                defaults = self._defaults()
        return defaults, self._selection()

    def _defaults(self) -> dict[str, object]:
        """Number defaults of the variables, after the opening bracket."""
        found: dict[str, object] = {}
        variable = ""
        while (token := self._next()) != ")":
            if token.startswith("$"):
                variable = token[1:]
            elif token == "=":  # noqa: S105  (an equals sign, not a password)
                value = self._value()
                if isinstance(value, int):
                    found[variable] = value
        return found

    def _skip_to(self, token: str) -> None:
        while self._peek() != token:
            self._next()

    def _selection(self) -> Selection:
        self._next()
        selection = Selection()
        while self._peek() != "}":
            if self._peek() == "...":
                self._spread(selection)
            else:
                selection.fields.append(self._field())
        self._next()
        return selection

    def _spread(self, selection: Selection) -> None:
        self._next()
        if self._peek() not in ("on", "{", "@"):
            selection.spreads.append(self._next())
            self._directives()
            return
        self._skip_to("{")
        selection.branches.append(self._selection())

    def _field(self) -> Field:
        key = name = self._next()
        if self._peek() == ":":
            self._next()
            name = self._next()
        found = Field(key, name)
        if self._peek() == "(":
            found.arguments = self._arguments()
        self._directives()
        if self._peek() == "{":
            found.selection = self._selection()
        return found

    def _arguments(self) -> dict[str, int | str]:
        self._next()
        found: dict[str, int | str] = {}
        while (name := self._next()) != ")":
            self._next()
            value = self._value()
            if value is not None:
                found[name] = value
        return found

    def _directives(self) -> None:
        while self._peek() == "@":
            self._next()
            self._next()
            if self._peek() == "(":
                self._arguments()

    def _value(self) -> int | str | None:
        token = self._next()
        if token in _CLOSE:
            self._skip_inside(token)
            return None
        if token.startswith("$"):
            return token[1:]
        return int(token) if token.lstrip("-").isdigit() else None

    def _skip_inside(self, opening: str) -> None:
        while self._peek() != _CLOSE[opening]:
            token = self._next()
            if token in _CLOSE:
                self._skip_inside(token)
        self._next()
