"""Zoho's documents of a period, and of the orders of that period, each put to the order it belongs to.

The figures are always Zoho's own, read now. Which document belongs to which order is told by our mark on it; by what we
remember of its id; by its reference number; for a payment by the invoice it is applied to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.reconcile.comparing import Held
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.documents import Kept
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.told import CREDIT_NOTE, INVOICE, PAYMENT

MODULES = {Kind.INVOICE: INVOICE, Kind.CREDIT_NOTE: CREDIT_NOTE, Kind.PAYMENT: PAYMENT}
LANE = "rereading"
_ORDER = re.compile(r"gid://shopify/Order/\d+")
_APPLIED = "applied:"
SOME = 5_000
"""Ids in one query of the tables."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Documents by the order they belong to; and those of ours that belong to none that we know."""

    by_order: Mapping[str, Held] = field(default_factory=dict)
    stray: tuple[KnownDocument, ...] = ()

    def held(self, order_id: str) -> Held:
        return self.by_order.get(order_id, Held())


async def gather(run: Runtime, first: date, last: date, names: Mapping[str, str]) -> Gathered:
    """Everything of ours dated in the period, both days included, and what else belongs to the orders in *names*.

    A call for each 200 invoices, credit notes and payments, and one for each document of these orders from other days.

    Args:
        names: Orders of the period by id, with their names.
    """
    listed = await _listed(run, first, last)
    kept = await _kept(run, [each.zoho_id for each in listed], list(names))
    later = await _read(run, [each for each in kept if each.document.zoho_id not in {one.zoho_id for one in listed}])
    return assign([*listed, *later], kept, names)


async def _listed(run: Runtime, first: date, last: date) -> list[KnownDocument]:
    zoho = run.zoho.in_lane(LANE)
    fields = (await masters_of(run)).masters.unique_fields
    found: list[KnownDocument] = []
    for module in MODULES.values():
        found += await zoho.dated(module, first, last, unique_field=fields.get(module, ""))
    return found


async def _kept(run: Runtime, zoho_ids: list[str], order_ids: list[str]) -> list[Kept]:
    """What we remember of these; a document once."""
    found: dict[str, Kept] = {}
    for begin in range(0, max(len(zoho_ids), len(order_ids)), SOME):
        some, orders = zoho_ids[begin : begin + SOME], order_ids[begin : begin + SOME]
        async with run.store.at_once() as tx:
            rows = await run.store.documents.located(tx, run.connection_id, zoho_ids=some, order_ids=orders)
        found |= {each.document.key: each for each in rows if each.document.kind in MODULES}
    return list(found.values())


async def _read(run: Runtime, kept: Iterable[Kept]) -> list[KnownDocument]:
    """Documents of other days, each by its id; one that is gone from Zoho is none."""
    zoho = run.zoho.in_lane(LANE)
    found: list[KnownDocument] = []
    for each in kept:
        known = each.document
        try:
            found.append(await zoho.document(MODULES[known.kind], known.zoho_id, known.key))
        except NotFound:
            continue
    return found


def assign(documents: Iterable[KnownDocument], kept: Iterable[Kept], names: Mapping[str, str]) -> Gathered:
    """Put each document to its order. What bears no mark, and is not remembered nor referred to, is not ours."""
    remembered = list(kept)
    orders_by_id = {each.document.zoho_id: each.order_id for each in remembered if each.order_id}
    orders_by_key = {each.document.key: each.order_id for each in remembered if each.order_id}
    named = _named_once(names)
    by_order: dict[str, Held] = {}
    stray: list[KnownDocument] = []
    invoices: dict[str, str] = {}
    for document in sorted(documents, key=lambda each: each.kind is Kind.PAYMENT):  # payments after invoices
        order = (
            _in_key(document.key)
            or orders_by_id.get(document.zoho_id)
            or orders_by_key.get(document.key)
            or named.get(document.details.get("reference_number", ""))
            or _applied(document, invoices)
        )
        if order:
            by_order[order] = by_order.get(order, Held()).adding(document)
            if document.kind is Kind.INVOICE:
                invoices[document.zoho_id] = order
        elif document.key and document.status != "void":
            stray.append(document)
    return Gathered(by_order, tuple(stray))


def _named_once(names: Mapping[str, str]) -> dict[str, str]:
    """Orders by name, as far as only one of the period has it."""
    used = Counter(names.values())
    return {name: order for order, name in names.items() if used[name] == 1}


def _in_key(key: str) -> str | None:
    found = _ORDER.search(key)
    return found.group() if found else None


def _applied(document: KnownDocument, invoices: Mapping[str, str]) -> str | None:
    """The order of an invoice that a payment is applied to."""
    ids = (name.removeprefix(_APPLIED) for name in document.details if name.startswith(_APPLIED))
    return next((invoices[each] for each in ids if each in invoices), None)


def with_document(held: Held, document: KnownDocument, key: str) -> Held:
    """*held* with one more document, found otherwise."""
    return held.adding(replace(document, key=key))
