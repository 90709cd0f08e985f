"""How a request that makes or changes something is put together: ids, our mark, and which method makes it safe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ml_connector.domain.documents import Ref
from ml_connector.zoho.exact import Json
from ml_connector.zoho.values import ZohoRequest, body_of

CONTACT, INVOICE, PAYMENT, CREDIT_NOTE, ITEM = "contact", "invoice", "customer_payment", "creditnote", "item"
"""Zoho's names of the modules that may have our unique field."""

PATHS = {
    CONTACT: "/contacts",
    INVOICE: "/invoices",
    PAYMENT: "/customerpayments",
    CREDIT_NOTE: "/creditnotes",
    ITEM: "/items",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a draft needs besides itself: ids of documents that exist, and where the unique field does."""

    ids: Mapping[str, str] = field(default_factory=dict)
    """Stable key -> Zoho id."""
    unique_fields: Mapping[str, str] = field(default_factory=dict)
    """Module -> `api_name` of its field without duplicates: `{"invoice": "cf_shopify_id"}`."""
    line_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Stable key of an invoice -> Zoho's ids of its lines, in their order; credit notes are tied to them."""

    def adding(self, key: str, zoho_id: str, line_ids: tuple[str, ...] = ()) -> Told:
        """The same, and the document *key*, which exists now."""
        lines = {**self.line_ids, key: line_ids} if line_ids else self.line_ids
        return replace(self, ids={**self.ids, key: zoho_id}, line_ids=lines)

    def sold_line(self, invoice: Ref | str | None, position: int | None) -> Any:
        """The id of a sold line by its position, or the placeholder that a preview shows."""
        if position is None or not isinstance(invoice, Ref):
            return None
        known = self.line_ids.get(invoice.key, ())
        return known[position] if position < len(known) else {"$ref": f"{invoice.key}#{position}"}

    def id(self, of: Ref | str | None) -> Any:
        """The Zoho id, or the placeholder that a preview shows. None stays None."""
        if not isinstance(of, Ref):
            return of
        return self.ids.get(of.key, {"$ref": of.key})

    def id_text(self, of: Ref | str) -> str:
        """The same for a path or a query, where a placeholder is written `{key}`."""
        found = self.id(of)
        return found if isinstance(found, str) else "{" + str(found["$ref"]) + "}"

    def unknown(self, *refs: Ref | str | None) -> tuple[str, ...]:
        """The keys among *refs* that have no Zoho id yet."""
        return tuple(ref.key for ref in refs if isinstance(ref, Ref) and ref.key not in self.ids)


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what says something: Zoho keeps or defaults what is left out, and refuses some empty texts."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}


def edition(values: Mapping[str, str]) -> dict[str, Any]:
    """Fields of the organisation's edition, in a fixed order. Booleans of Zoho's are written as such."""
    spelled = {"true": True, "false": False}
    return {name: spelled.get(values[name], values[name]) for name in sorted(values)}


def custom_fields(values: Mapping[str, str], key: str, module: str, told: Told) -> dict[str, Any]:
    """The operator's fields and our mark, which is the whole stable key, by `api_name`."""
    unique = told.unique_fields.get(module)
    wanted = {**values, **({unique: key} if unique else {})}
    return said({"custom_fields": [{"api_name": name, "value": wanted[name]} for name in sorted(wanted)]})


def create(
    key: str, module: str, body: Json, subject: str, told: Told, *, query: Mapping[str, str] | None = None,
    query_refs: tuple[Ref | str | None, ...] = (),
) -> ZohoRequest:  # fmt: skip
    """Make a record: an upsert by the unique field where the module has one, else a plain create."""
    unique = told.unique_fields.get(module)
    mark = {"X-Unique-Identifier-Key": unique, "X-Unique-Identifier-Value": key, "X-Upsert": "true"} if unique else {}
    return ZohoRequest(
        method="PUT" if unique else "POST",
        path=PATHS[module],
        query=query or {},
        headers=mark,
        body=body_of(body),
        key=key,
        subject=subject,
        upsert=bool(unique),
        unresolved=_unresolved(body, told.unknown(*query_refs)),
    )


def post(key: str, path: str, body: Json | None, subject: str, unknown: tuple[str, ...] = ()) -> ZohoRequest:
    """A step of a document, or a record without a unique field. *unknown* are the keys without an id in *path*."""
    sent = b"" if body is None else body_of(body)
    return ZohoRequest("POST", path, body=sent, key=key, subject=subject, unresolved=_unresolved(body or {}, unknown))


def change(key: str, path: str, body: Json, subject: str, query: Mapping[str, str] | None = None) -> ZohoRequest:
    """Update the record that *path* names. Scalars that are left out stay; arrays are replaced."""
    return ZohoRequest(
        "PUT", path, query or {}, body=body_of(body), key=key, subject=subject, unresolved=_unresolved(body)
    )


def _unresolved(body: Json, others: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*others, *_placeholders(body))))


def _placeholders(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {"$ref"}:
            yield str(value["$ref"])
        for inside in value.values():
            yield from _placeholders(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _placeholders(inside)
