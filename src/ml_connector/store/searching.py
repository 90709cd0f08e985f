"""What a person may type to find an order, as the words that PostgreSQL keeps in a GIN index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ml_connector.domain.money import Money

_LONGEST = 200


def words_of(name: str, customer: str | None, email: str | None, total: Money | None) -> list[str]:
    """Words by whose beginning an order is found: name and number, customer, e-mail, amount and currency."""
    return sorted({word[:_LONGEST] for word in _words(name, customer, email, total) if word})


def query_of(text: str) -> str:
    """A `tsquery` that asks for every word of *text*, each as the beginning of one of ours.

    A currency before an amount may be written with or without a space.
    """
    words = re.sub(r"\b([a-z]{3})(?=\d)", r"\1 ", text.lower().replace("\0", " ")).split()
    return " & ".join(f"{_quoted(word[:_LONGEST])}:*" for word in words)


def _words(name: str, customer: str | None, email: str | None, total: Money | None) -> Iterator[str]:
    yield name.lower()
    yield name.lower().lstrip("#")
    yield from (customer or "").lower().split()
    yield (email or "").lower()
    if total is not None:
        yield total.text
        yield total.currency.lower()


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
