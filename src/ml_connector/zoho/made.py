"""What an answer to a write made: its id, its number, the ids of its lines.

Source: Zoho Books API v3, answers of the creating operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ml_connector.domain.documents import (
    AddressDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    Draft,
    InvoiceDraft,
    ItemDraft,
    PaymentDraft,
    TaxDraft,
)
from ml_connector.zoho.books import line_ids
from ml_connector.zoho.exact import Json, inner, text


@dataclass(frozen=True, slots=True)
class Made:
    """A record of Zoho's that an answer tells. Everything is empty for steps, which make no record."""

    zoho_id: str = ""
    number: str = ""
    line_ids: tuple[str, ...] = ()
    record: Json = field(default_factory=dict, repr=False)
    """Zoho's own."""


# Kind of draft -> where its record may stand in an answer, and the names of its id and number.
_PLACES: tuple[tuple[type, tuple[str, ...], tuple[str, ...], str], ...] = (
    (ContactDraft, ("contact",), ("contact_id",), "contact_number"),
    (AddressDraft, ("address_info", "address"), ("address_id",), ""),
    (ItemDraft, ("item",), ("item_id",), ""),
    (TaxDraft, ("tax_group", "tax"), ("tax_group_id", "tax_id"), ""),
    (InvoiceDraft, ("invoice",), ("invoice_id",), "invoice_number"),
    (PaymentDraft, ("payment", "customer_payment", "customerpayment"), ("payment_id",), "payment_number"),
    (CreditNoteDraft, ("creditnote",), ("creditnote_id",), "creditnote_number"),
    (
        CashDraft,
        ("creditnote_refund", "payment_refunds", "payment_refund", "refund"),
        ("creditnote_refund_id", "payment_refund_id", "refund_id"),
        "",
    ),
)


def made(draft: Draft, body: Json) -> Made:
    """What the answer *body* to *draft*'s request made; empty when it made no record or does not tell it."""
    for kind, places, ids, number in _PLACES:
        if isinstance(draft, kind):
            record = next((found for place in places if (found := inner(body, place))), {})
            return Made(text(record, *ids), text(record, number), line_ids(record), record)
    return Made()


def without_record(draft: Draft, body: Json) -> bool:
    """Whether a success does not tell the document that it made: then only a look can say whether there is one."""
    return (
        isinstance(draft, ContactDraft | InvoiceDraft | PaymentDraft | CreditNoteDraft)
        and not made(draft, body).zoho_id
    )
