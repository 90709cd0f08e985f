"""Lines of invoices and credit notes as Zoho takes them."""

from __future__ import annotations

from typing import Any

from ml_connector.domain.documents import CreditNoteDraft, DraftLine, InvoiceDraft
from ml_connector.zoho import fields
from ml_connector.zoho.exact import Json, plain
from ml_connector.zoho.told import Told, edition, said


def lines(draft: InvoiceDraft | CreditNoteDraft, told: Told, *, updates: bool = False) -> dict[str, Any]:
    """The lines, and how their discounts and taxes are meant. A discount always comes with its type."""
    answer: dict[str, Any] = {"is_inclusive_tax": draft.is_inclusive_tax}
    if any(line.discount for line in draft.lines):
        answer |= {"discount_type": "item_level", "is_discount_before_tax": True}
    numbered = enumerate(draft.lines, start=1)
    answer["line_items"] = [_line(line, position, told, updates) for position, line in numbered]
    return answer


def _line(line: DraftLine, position: int, told: Told, updates: bool) -> Json:
    answer = said({"line_item_id": line.line_item_id, "item_id": line.item_id})
    answer |= fields.line_texts(line)
    answer |= {"rate": plain(line.rate), "quantity": plain(line.quantity)}
    if line.discount or updates:
        answer["discount"] = plain(line.discount)
    answer |= said(
        {
            "tax_id": line.tax_id,
            "tax_exemption_id": line.tax_exemption_id,
            "account_id": line.account_id,
            "invoice_id": told.id(line.invoice_ref),
            "invoice_item_id": line.invoice_item_id or told.sold_line(line.invoice_ref, line.sold_position),
            "item_order": position,
        }
    )
    return answer | edition(line.edition_fields)
