"""Which Zoho item a line is linked to. Master data never blocks the money."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.domain.arithmetic import half_up
from ml_connector.domain.documents import ItemDraft, Kind, Operation
from ml_connector.domain.plan.case import Case, Prepare, because
from ml_connector.domain.plan.parts import Part, What


def linked_items(case: Case, parts: Iterable[Part]) -> dict[str, str]:
    """SKU to id of the active item with exactly this SKU, for the lines that are linked.

    Raises:
        Prepare: the policy `items: create` wants items that do not exist yet.
    """
    if case.policy.items == "text":
        return {}
    parts = [part for part in parts if part.sku and part.what in (What.GOODS, What.SHIPPING)]
    if case.policy.items == "create":
        # the item of shipping is the operator's to make: it is named, not sold
        _make_missing(case, [part for part in parts if part.what is What.GOODS])
    found = {part.sku: case.books.items.get(part.sku) for part in parts}
    linked = {sku: item.id for sku, item in found.items() if item is not None and item.active and item.sku == sku}
    made = {sku: case.done(f"item:{sku}") for sku, item in found.items() if item is None}
    return linked | {sku: one.zoho_id for sku, one in made.items() if one is not None and one.zoho_id}


def _make_missing(case: Case, parts: Iterable[Part]) -> None:
    missing = {part.sku: part for part in parts if part.sku not in case.books.items}
    keys = {sku: f"item:{sku}" for sku in missing}
    # one that was refused or made before is not asked for again: the line is posted as text
    wanted = [part for sku, part in missing.items() if case.known(keys[sku]) is None]
    if wanted:
        raise Prepare(tuple(_item(case, part, keys[part.sku]) for part in wanted))


def _item(case: Case, part: Part, key: str) -> Operation:
    price = part.unit_price or part.amount
    draft = ItemDraft(key, f"{part.name} [{part.sku}]", half_up(price.amount, case.places), part.sku)
    rule = "Policy “items: create”."
    reasons = (
        because("name", draft.name, part.source, rule, "the title alone: names are unique in Zoho"),
        because("rate", draft.rate, f"{part.source}: {price}", rule),
        because("sku", draft.sku, part.source, rule),
    )
    return Operation(key, Kind.ITEM, draft, reasons)
