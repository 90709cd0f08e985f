"""Credit notes: create, change, apply, refund.

Source: Zoho Books API v3, credit notes.
"""

from __future__ import annotations

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields, documents, settling
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.creditnoteactions import (
    _status,
    apply_to_invoices,
    delete_application,
    delete_refund,
    draft,
    list_all_refunds,
    list_invoices,
    list_refunds,
    open_,
    refund,
    show_refund,
    void,
)
from ml_connector.sandbox.zoho.creditnoteview import MODULE, detail, get, list_notes, show, show_custom
from ml_connector.sandbox.zoho.documents import assign
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.numbering import Kind, numbered
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import CreditNote
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.settling import Wish
from ml_connector.sandbox.zoho.values import flag, identifier, required

KIND = Kind(
    entity="creditnote",
    label="credit note",
    number_field="creditnote_number",
    series="creditnote",
    prefix="CN-",
    extras=False,
    loose_discounts=True,
)


def create(call: Call) -> Response:
    """`POST /creditnotes`: open at once unless `is_draft`."""
    org, body = call.org, call.body
    required(body, "customer_id", "date", "line_items")
    contact = org.customer(identifier(body, "customer_id"))
    note_id = org.new_id()
    invoice_id = _associated(call, contact.contact_id)
    values = documents.read(org, KIND, contact, None, note_id, body)
    org.check_lock(values["date"])
    ignore = call.asked("ignore_auto_number_generation") or flag(body, "ignore_auto_number_generation", False)
    values["number"] = numbered(org, KIND, org.numbers["creditnote"], None, body, ignore)
    status = "draft" if flag(body, "is_draft", False) else "open"
    note = CreditNote(id=note_id, created=call.now, modified=call.now, status=status, invoice_id=invoice_id, **values)
    org.creditnotes[note_id] = note
    org.belongs(contact.contact_id, "creditnote", note_id)
    _written(org, note, {}, "")
    _apply_at_once(org, note)
    MODULE.changed(org, note_id, "add")
    return success("The credit note has been created.", status=201, creditnote=detail(org, note_id))


def _associated(call: Call, customer_id: str) -> str:
    invoice_id = call.query.get("invoice_id", "")
    if invoice_id:
        invoice = call.org.invoices.get(invoice_id)
        if invoice is None or invoice.customer_id != customer_id:
            raise missing("Invoice does not exist.")
    return invoice_id


def _apply_at_once(org: Organization, note: CreditNote) -> None:
    """One reading of `?invoice_id=`: the credit is put against the invoice as far as it goes."""
    invoice = org.invoices.get(note.invoice_id)
    if not org.switches.creditnote_invoice_applies or invoice is None or note.status != "open":
        return
    amount = min(note.balance, invoice.balance)
    if amount > 0 and invoice.status == "sent" and invoice.currency_id == note.currency_id:
        settling.apply(org, note, [Wish(invoice, amount)], note.date)


def update(call: Call) -> Response:
    """`PUT /creditnotes/{id}`."""
    org, body, note = call.org, call.body, get(call.org, call.id)
    org.check_own_lock(note)
    if note.state in ("void", "closed"):
        raise org.refusal("modify_closed", document="Credit note", status=note.state)
    contact = org.contacts[note.customer_id]
    if identifier(body, "customer_id") not in ("", note.customer_id):
        raise invalid_value("customer_id")
    values = documents.read(org, KIND, contact, note, note.id, body)
    org.check_lock(note.date, values["date"])
    if values["totals"].total < note.totals.total - note.balance:
        raise org.refusal("below_applied")
    ignore = call.asked("ignore_auto_number_generation")
    values["number"] = numbered(org, KIND, org.numbers["creditnote"], note, body, ignore)
    before, old_number = dict(note.custom), note.number
    assign(note, values)
    note.modified = call.now
    _written(org, note, before, old_number)
    MODULE.changed(org, note.id, "edit")
    return success("The credit note has been updated.", creditnote=detail(org, note.id))


def _written(org: Organization, note: CreditNote, before: dict[str, str], old_number: str) -> None:
    org.numbers["creditnote"].pop(old_number, None)
    org.numbers["creditnote"][note.number] = note.id
    for line in note.lines:
        if line.item_id in org.items:
            org.items[line.item_id].used = True
    customfields.keep(org, "creditnote", note.id, before, note.custom)
    post(org, "creditnote", note.id)
    org.touched("contacts", note.customer_id)


def delete(call: Call) -> Response:
    """`DELETE /creditnotes/{id}`."""
    org, note = call.org, get(call.org, call.id)
    org.check_lock(note.date)
    org.check_own_lock(note)
    if note.applied or note.refunds:
        raise org.refusal("delete_applied", document="Credit note")
    remove(org, note)
    return success("The credit note has been deleted.")


def remove(org: Organization, note: CreditNote) -> None:
    """Take a credit note out of the books."""
    del org.creditnotes[note.id]
    org.numbers["creditnote"].pop(note.number, None)
    customfields.keep(org, "creditnote", note.id, note.custom, {})
    org.parted(note.customer_id, note.id)
    post(org, "creditnote", note.id)
    org.touched("contacts", note.customer_id)
    MODULE.changed(org, note.id, "delete")


def save_custom(call: Call) -> Response:
    """`POST /creditnotes/{id}/customfields`."""
    org, note = call.org, get(call.org, call.id)
    sent = call.payload.get("custom_fields") if isinstance(call.payload, dict) else call.payload
    after = customfields.read(org, "creditnote", note.custom, sent, note.id)
    customfields.keep(org, "creditnote", note.id, note.custom, after)
    note.custom, note.modified = after, call.now
    MODULE.changed(org, note.id, "edit")
    return customfields.saved()


ROUTES = [
    Route("POST", "/creditnotes", "creditnotes.CREATE", create),
    Route("GET", "/creditnotes", "creditnotes.READ", list_notes),
    customfields.upsert("creditnote", "creditnotes.UPDATE", "/creditnotes", create, update),
    Route("GET", "/creditnotes/refunds", "creditnotes.READ", list_all_refunds),
    Route("GET", "/creditnotes/{}", "creditnotes.READ", show),
    Route("PUT", "/creditnotes/{}", "creditnotes.UPDATE", update),
    Route("DELETE", "/creditnotes/{}", "creditnotes.DELETE", delete),
    Route("GET", "/creditnotes/{}/customfields", "creditnotes.READ", show_custom),
    Route("POST", "/creditnotes/{}/customfields", "creditnotes.CREATE", save_custom),
    _status("open", open_, "Status of the credit note has been changed to open."),
    _status("void", void, "The credit note has been marked as void."),
    _status("draft", draft, "The credit note has been marked as Draft."),
    Route("GET", "/creditnotes/{}/invoices", "creditnotes.READ", list_invoices),
    Route("POST", "/creditnotes/{}/invoices", "creditnotes.CREATE", apply_to_invoices),
    Route("DELETE", "/creditnotes/{}/invoices/{}", "creditnotes.DELETE", delete_application),
    Route("POST", "/creditnotes/{}/refunds", "creditnotes.CREATE", refund),
    Route("GET", "/creditnotes/{}/refunds", "creditnotes.READ", list_refunds),
    Route("GET", "/creditnotes/{}/refunds/{}", "creditnotes.READ", show_refund),
    Route("DELETE", "/creditnotes/{}/refunds/{}", "creditnotes.DELETE", delete_refund),
]
