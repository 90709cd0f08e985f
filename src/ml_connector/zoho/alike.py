"""Whether a record that Zoho tells is the document as we know it, or somebody has been at it since.

Compared is what a document says and is worth. What Zoho computes from the day (overdue), and what our own later steps
change (sent, paid), are no news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.zoho import books
from ml_connector.zoho.exact import Json, rows
from ml_connector.zoho.told import CREDIT_NOTE, INVOICE, PAYMENT


class Unlike(Enum):
    """In what a record is not the document that we know."""

    NOTHING = "nothing"
    MONEY = "money"
    """Less is owed, or left over, than we know of: somebody recorded a payment, or used a credit."""
    CONTENT = "content"
    GONE = "gone"


_READERS: dict[str, Callable[[Json, str], KnownDocument]] = {
    INVOICE: books.invoice,
    CREDIT_NOTE: books.credit_note,
    PAYMENT: books.payment,
}


def unlike(module: str, known: KnownDocument, record: Json) -> Unlike:
    """In what *record* is not *known*. A record without a total says nothing, so it counts as changed: read it."""
    told = _READERS[module](record, known.key)
    if told.total is None or told.total != (known.total or told.total):
        return Unlike.CONTENT
    if (told.status == "void") != (known.status == "void"):
        return Unlike.CONTENT
    if any(_differs(known.details.get(name, ""), told.details.get(name, "")) for name in _NAMED):
        return Unlike.CONTENT
    if known.dated and told.dated and known.dated != told.dated:
        return Unlike.CONTENT
    if known.lines and rows(record, "line_items") and _lines(known.lines) != _lines(told.lines):
        return Unlike.CONTENT
    return Unlike.MONEY if _less(told, known) else Unlike.NOTHING


_NAMED = ("customer_id", "reference_number")


def _differs(one: str, other: str) -> bool:
    """What one of the two does not tell is no difference."""
    return bool(one and other) and one != other


def _lines(lines: Iterable[KnownLine]) -> Counter[tuple[object, ...]]:
    return Counter((each.rate, each.quantity, each.item_total, each.tax_id, each.account_id) for each in lines)


def _less(told: KnownDocument, known: KnownDocument) -> bool:
    """More than we know of is an older state that arrived late; a payment that was deleted is told by itself."""
    owed = (told.balance, known.balance) if told.unused is None else (told.unused, known.unused)
    return owed[0] is not None and owed[1] is not None and owed[0].amount < owed[1].amount
