"""GraphQL documents, put together from `queries/*.graphql` for the scopes that a shop has granted.

A line that ends in `# needs read_customers` (or `# needs read_locations|read_inventory`, either will do) is left out
when the scope is missing. Shopify answers a denied field with null, and when the field may not be null, with null for
everything around it; so asking for a field that was never granted could hide a whole order.

Source: Shopify Admin GraphQL, access scopes.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ml_connector.shopify import cost
from ml_connector.shopify.scopes import granted

_DEFINITION = re.compile(r"^(?:query|mutation|fragment) (\w+)", re.MULTILINE)
_NEEDS = re.compile(r"#\s*needs\s+([\w|]+)\s*$")
_SPREAD = re.compile(r"\.\.\.\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One complete document: its operation and the fragments it uses."""

    name: str
    text: str

    @property
    def mutates(self) -> bool:
        """Whether carrying it out changes something at Shopify."""
        return self.text.startswith("mutation")

    def cost(self, **variables: object) -> int:
        """Points that Shopify will reserve for it, estimated."""
        return cost.estimate(self.text, variables)


@cache
def _definitions() -> dict[str, str]:
    """Every operation and fragment by name, as written."""
    found: dict[str, str] = {}
    for file in resources.files("ml_connector.shopify.queries").iterdir():
        if file.name.endswith(".graphql"):
            found |= _split(file.read_text(encoding="utf-8"))
    return found


def _split(text: str) -> dict[str, str]:
    starts = list(_DEFINITION.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {match[1]: text[match.start() : end] for match, end in zip(starts, ends, strict=True)}


def _for_scopes(text: str, scopes: AbstractSet[str] | None) -> str:
    """*text* without the lines whose scope is missing, and without comments."""
    kept = []
    for line in text.splitlines():
        needs = _NEEDS.search(line)
        if needs and scopes is not None and not any(granted(scope, scopes) for scope in needs[1].split("|")):
            continue
        plain = line.split("#", 1)[0].rstrip()
        if plain:
            kept.append(plain)
    return "\n".join(kept)


def names() -> frozenset[str]:
    """Names of all operations that we have."""
    return frozenset(name for name, text in _definitions().items() if not text.startswith("fragment"))


def document(name: str, scopes: AbstractSet[str] | None = None) -> Document:
    """The document *name* for a shop that granted *scopes*; None asks for everything.

    Raises:
        KeyError: there is no such operation or fragment, which is a bug in the caller or in a query file.
    """
    return _document(name, None if scopes is None else frozenset(scopes))


@cache
def _document(name: str, scopes: frozenset[str] | None) -> Document:
    definitions = _definitions()
    parts = {name: _for_scopes(definitions[name], scopes)}
    todo = [name]
    while todo:
        for used in _SPREAD.findall(parts[todo.pop()]):
            if used != "on" and used not in parts:
                parts[used] = _for_scopes(definitions[used], scopes)
                todo.append(used)
    return Document(name, "\n\n".join(parts.values()) + "\n")
