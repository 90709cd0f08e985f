"""Whether every field of a planned document says why it is what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from ml_connector.domain.documents import DraftLine, Operation

_TOLD_WITH = {
    "currency": "currency_id",
    "adjustment_description": "adjustment",
    "shipping_charge_tax_id": "shipping_charge",
    "shipping_charge_account_id": "shipping_charge",
    "bank_charges_account_id": "bank_charges",
    "of_payment": "source",
    "payment": "source",
    "credit_note": "source",
    "document": "status",
    "tax_id": "tax",
    "tax_exemption_id": "tax",
}
"""Fields that one reason tells together with another."""

_OURS = frozenset(
    {"key", "zoho_id", "line_item_id", "contact_person_id", "other_person_ids", "invoice_item_id", "sold_position",
     "rounding"}
)  # fmt: skip
"""What names documents and lines on either side and says nothing of its own, and what is only counted."""


def unexplained(operation: Operation) -> list[str]:
    """Fields of *operation* that hold something and have no reason with a source or a rule."""
    told = {one.field for one in operation.reasons if one.source or one.rule}
    return [name for name in _held(operation.draft, operation.key) if name not in told]


def _held(draft: Any, key: str) -> Iterator[str]:
    for one in fields(draft):
        value = getattr(draft, one.name)
        if one.name in _OURS or _is_default(one, value):
            continue
        if one.name in ("edition_fields", "custom_fields"):
            yield from value
        elif one.name == "lines":
            for at, line in enumerate(value):
                yield from (f"line_items[{at}].{name}" for name in _held_by_line(line))
        elif key.startswith("address:"):
            yield "address"
        else:
            yield _TOLD_WITH.get(one.name, one.name)


def _held_by_line(line: DraftLine) -> Iterator[str]:
    for one in fields(line):
        value = getattr(line, one.name)
        if one.name not in _OURS | {"invoice_ref", "edition_fields"} and not _is_default(one, value):
            yield _TOLD_WITH.get(one.name, one.name)


def _is_default(one: Any, value: Any) -> bool:
    default = one.default_factory() if one.default_factory is not MISSING else one.default
    return value is None or (default is not MISSING and value == default) or value in ("", (), {})
