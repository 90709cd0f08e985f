"""What we ask Zoho, as requests, and how its rows are compared with what was asked.

Zoho ignores filters that it does not know and then answers with everything, and its searches lag behind writes. So
every row is compared, and an empty result proves something only where Zoho echoed the filter.

Source: Zoho Books API v3, list filters and pagination.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from ml_connector.zoho import fields
from ml_connector.zoho.books import mark_of
from ml_connector.zoho.exact import Json, text
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, ITEM, PATHS, PAYMENT
from ml_connector.zoho.values import ZohoRequest

T = TypeVar("T")

PER_PAGE = 200
"""Default and maximum."""

ROWS = {
    CONTACT: ("contacts",),
    INVOICE: ("invoices",),
    PAYMENT: ("customerpayments", "customer_payments"),
    CREDIT_NOTE: ("creditnotes",),
    ITEM: ("items",),
}
"""The key of a module's list; payments are spelled differently in life and in the documents."""

RECORDS = {
    CONTACT: ("contact",),
    INVOICE: ("invoice",),
    PAYMENT: ("payment", "customer_payment", "customerpayment"),
    CREDIT_NOTE: ("creditnote",),
    ITEM: ("item",),
}

IDS = {
    CONTACT: "contact_id",
    INVOICE: "invoice_id",
    PAYMENT: "payment_id",
    CREDIT_NOTE: "creditnote_id",
    ITEM: "item_id",
}

NOUNS = {
    CONTACT: "contacts",
    INVOICE: "invoices",
    PAYMENT: "payments",
    CREDIT_NOTE: "credit notes",
    ITEM: "items",
}


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a search brought, after each row was compared with what was searched."""

    matches: tuple[T, ...] = ()
    searched: bool = False
    """Whether Zoho said that it applied the filter. If not, no match proves nothing at all; and even if so, a search
    lags behind writes by seconds, sometimes minutes."""

    @property
    def only(self) -> T | None:
        """The one match; None when there is none, or more than one."""
        return self.matches[0] if len(self.matches) == 1 else None


def get(path: str, subject: str, **query: str) -> ZohoRequest:
    return ZohoRequest("GET", path, query, subject=subject)


def page(request: ZohoRequest, number: int) -> ZohoRequest:
    """One page of a list."""
    query = {**request.query, "page": str(number), "per_page": str(PER_PAGE)}
    return ZohoRequest("GET", request.path, query, subject=request.subject, scoped=request.scoped)


def record(module: str, zoho_id: str) -> ZohoRequest:
    """One record by its id, which is not known to lag."""
    # a credit note is a page for people unless JSON is asked for
    query = {"accept": "json"} if module == CREDIT_NOTE else {}
    return get(f"{PATHS[module]}/{zoho_id}", f"one of the {NOUNS[module]}", **query)


def by_mark(module: str, api_name: str, key: str) -> ZohoRequest:
    """The record that carries our mark.

    Lists are filtered by the field's own name, which others do and no document confirms; invoices also by
    `custom_field`, which is documented. Where both work they mean the same.
    """
    documented = {"custom_field": key} if module == INVOICE else {}
    return get(PATHS[module], f"the {NOUNS[module]} with our mark", **{api_name: key}, **documented)


def by_reference(module: str, reference: str, customer_id: str = "") -> ZohoRequest:
    query = {"reference_number": fields.reference(reference)} | ({"customer_id": customer_id} if customer_id else {})
    return get(PATHS[module], f"the {NOUNS[module]} of {reference}", **query)


def of_customer(module: str, customer_id: str) -> ZohoRequest:
    return get(PATHS[module], f"a customer's {NOUNS[module]}", customer_id=customer_id)


def dated(module: str, first: date, last: date) -> ZohoRequest:
    """Documents of a period, both days included."""
    return get(
        PATHS[module],
        f"the {NOUNS[module]} of {first} to {last}",
        date_start=first.isoformat(),
        date_end=last.isoformat(),
        sort_column="date",
    )


def marked(found: Iterable[Json], api_name: str, key: str) -> list[Json]:
    """The rows that carry exactly our mark."""
    return [row for row in found if mark_of(row, api_name) == key]


def referenced(found: Iterable[Json], reference: str, customer_id: str = "") -> list[Json]:
    """The rows with exactly this reference number and, where given, this customer."""
    wanted = fields.reference(reference)
    return [
        row
        for row in found
        if text(row, "reference_number") == wanted and (not customer_id or text(row, "customer_id") == customer_id)
    ]
