"""Which tax a document of Zoho's holds, by id.

Source: Zoho Books API v3, Invoices and Credit Notes (`taxes`, `line_item_taxes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ml_connector.zoho.exact import Json, amount, rows, text


def tax_amounts(record: Json) -> dict[str, Decimal]:
    """Tax by id, as the document says it: plain taxes and components by their own id, groups by the line's.

    `taxes` of the document is the truth where it names ids; `line_item_taxes` otherwise, because `entity_level`
    rounding happens once for the document and not in the lines.
    """
    by_line = _component_sums(record)
    named = {text(row, "tax_name"): tax_id for tax_id, row in _components(record)}
    answer = dict(by_line)
    whole = [(text(row, "tax_id") or named.get(text(row, "tax_name"), ""), row) for row in rows(record, "taxes")]
    if whole and all(tax_id for tax_id, _ in whole):
        answer = {}
        for tax_id, row in whole:
            answer[tax_id] = answer.get(tax_id, Decimal(0)) + amount(row, "tax_amount")
    return answer | _group_sums(record, answer)


def _components(record: Json) -> Iterator[tuple[str, Json]]:
    for line in rows(record, "line_items"):
        for row in rows(line, "line_item_taxes"):
            yield text(row, "tax_id"), row


def _component_sums(record: Json) -> dict[str, Decimal]:
    answer: dict[str, Decimal] = {}
    for tax_id, row in _components(record):
        answer[tax_id] = answer.get(tax_id, Decimal(0)) + amount(row, "tax_amount")
    return answer


def _group_sums(record: Json, known: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Groups by their own id: the sum of their components, exact where a component belongs to one group only."""
    parts: dict[str, set[str]] = {}
    by_line: dict[str, Decimal] = {}
    for line in rows(record, "line_items"):
        group, taxes = text(line, "tax_id"), rows(line, "line_item_taxes")
        ids = {text(row, "tax_id") for row in taxes}
        if group and taxes and group not in ids:
            parts.setdefault(group, set()).update(ids)
            by_line[group] = by_line.get(group, Decimal(0)) + sum(
                (amount(row, "tax_amount") for row in taxes), Decimal(0)
            )
    shared = _used_twice(record, parts)
    return {
        group: by_line[group] if ids & shared else sum((known.get(each, Decimal(0)) for each in ids), Decimal(0))
        for group, ids in parts.items()
    }


def _used_twice(record: Json, parts: Mapping[str, set[str]]) -> set[str]:
    """Components that belong to several groups, or are also used on their own."""
    alone = {text(line, "tax_id") for line in rows(record, "line_items")}
    every = [each for ids in parts.values() for each in ids]
    return {each for each in every if every.count(each) > 1 or each in alone}
