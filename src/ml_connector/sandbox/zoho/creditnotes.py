"""Credit notes: create, change, apply, refund.

Source: Zoho Books API v3, credit notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ml_connector.sandbox.http import Response, text_response
from ml_connector.sandbox.zoho import customfields, documents, settling, views
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.documents import Kind, assign, numbered
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import CreditNote
from ml_connector.sandbox.zoho.refunds import read_refund, refund_view
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.settling import Wish
from ml_connector.sandbox.zoho.values import ZERO, flag, identifier, required, rows

GONE = "Credit Note does not exist."
KIND = Kind(
    entity="creditnote",
    label="credit note",
    number_field="creditnote_number",
    series="creditnote",
    prefix="CN-",
    extras=False,
    loose_discounts=True,
)


def get(org: Organization, note_id: str) -> CreditNote:
    """The credit note of that id."""
    note = org.creditnotes.get(note_id)
    if note is None:
        raise missing(GONE)
    return note


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


# -- status -------------------------------------------------------------------------------


def open_(org: Organization, note: CreditNote) -> None:
    """Draft or void to open."""
    if note.status != "open":
        org.check_lock(note.date)
        _set(org, note, "open")


def void(org: Organization, note: CreditNote) -> None:
    """To void; one whose credit was refunded stays."""
    if note.status == "void":
        return
    if note.refunds:
        raise org.refusal("status_change", document="credit note", status=note.state)
    org.check_lock(note.date)
    for application in list(note.applied.values()):
        settling.take_back(org, application)
    _set(org, note, "void")


def draft(org: Organization, note: CreditNote) -> None:
    """Void to draft."""
    if note.status != "void":
        raise org.refusal("status_change", document="credit note", status=note.state)
    org.check_lock(note.date)
    _set(org, note, "draft")


def _set(org: Organization, note: CreditNote, status: str) -> None:
    note.status, note.modified = status, org.clock()
    post(org, "creditnote", note.id)
    org.touched("contacts", note.customer_id)
    MODULE.changed(org, note.id, "edit")


def _status(path: str, act: Callable[[Organization, CreditNote], None], message: str) -> Route:
    def handle(call: Call) -> Response:
        act(call.org, get(call.org, call.id))
        return success(message)

    return Route("POST", f"/creditnotes/{{}}/status/{path}", "creditnotes.CREATE", handle)


# -- using the credit ---------------------------------------------------------------------


def apply_to_invoices(call: Call) -> Response:
    """`POST /creditnotes/{id}/invoices`."""
    org, note = call.org, get(call.org, call.id)
    if org.switches.credits_need_update:
        call.require("invoices.UPDATE")
        call.require("creditnotes.UPDATE")
    if note.status != "open":
        raise org.refusal("status_change", document="credit note", status=note.state)
    places = org.currencies[note.currency_id].places
    wanted = settling.wishes(org, rows(call.body, "invoices"), places)
    if not wanted:
        raise invalid_value("invoices")
    settling.check(org, wanted, note.customer_id, note.currency_id, "credit_on_draft")
    if sum((wish.amount for wish in wanted), ZERO) > note.balance:
        raise org.refusal("over_credit")
    settling.apply(org, note, wanted, org.today())
    return success("Credits have been applied to the invoice(s).")


def list_invoices(call: Call) -> Response:
    """`GET /creditnotes/{id}/invoices`."""
    note = get(call.org, call.id)
    return success(invoices_credited=_credited(call.org, note))


def _credited(org: Organization, note: CreditNote) -> list[dict[str, Any]]:
    places = org.currencies[note.currency_id].places
    return [
        {
            "creditnote_id": note.id,
            "creditnote_number": note.number,
            "creditnote_invoice_id": application.application_id,
            "invoice_id": application.invoice_id,
            "invoice_number": org.invoices[application.invoice_id].number,
            "date": application.date.isoformat(),
            "credited_amount": shown(application.amount, places),
        }
        for application in note.applied.values()
    ]


def delete_application(call: Call) -> Response:
    """`DELETE /creditnotes/{id}/invoices/{creditnote_invoice_id}`."""
    application = get(call.org, call.ids[0]).applied.get(call.id)
    if application is None:
        raise missing("Credits does not exist.")
    settling.take_back(call.org, application)
    return success("Credits applied to an invoice have been deleted.")


def refund(call: Call) -> Response:
    """`POST /creditnotes/{id}/refunds`: without `from_account_id` there is no refund."""
    org, note = call.org, get(call.org, call.id)
    if note.status != "open":
        raise org.refusal("status_change", document="credit note", status=note.state)
    made = read_refund(org, org.currencies[note.currency_id], note.balance, call.body)
    note.refunds[made.refund_id] = made
    settling.source_changed(org, note)
    org.touched("contacts", note.customer_id)
    return success(
        "The credit note amount is refunded successfully.",
        creditnote_refund=_refund_view(org, note, made.refund_id),
    )


def list_refunds(call: Call) -> Response:
    """`GET /creditnotes/{id}/refunds`."""
    org, note = call.org, get(call.org, call.id)
    views_ = [_refund_view(org, note, one) for one in note.refunds]
    return success("The refunds of the existing credit note are displayed successfully.", creditnote_refunds=views_)


def list_all_refunds(call: Call) -> Response:
    """`GET /creditnotes/refunds`."""
    org = call.org
    everything = [
        {**_refund_view(org, note, one), "customer_id": note.customer_id}
        for note in org.creditnotes.values()
        for one in note.refunds
    ]
    wanted = call.query.get("customer_id", "")
    found = [view for view in everything if wanted in ("", view["customer_id"])]
    page = find(found, call.query, Filters(report="Credit Notes Refund", sort="date"))
    return paged(org, "creditnote_refunds", page)


def show_refund(call: Call) -> Response:
    """`GET /creditnotes/{id}/refunds/{id}`."""
    note = get(call.org, call.ids[0])
    if call.id not in note.refunds:
        raise missing("Refund does not exist.")
    return success(
        "The refund of the credit note is displayed successfully.",
        creditnote_refund=_refund_view(call.org, note, call.id),
    )


def delete_refund(call: Call) -> Response:
    """`DELETE /creditnotes/{id}/refunds/{id}`."""
    org, note = call.org, get(call.org, call.ids[0])
    if call.id not in note.refunds:
        raise missing("Refund does not exist.")
    org.check_lock(note.refunds[call.id].date)
    del note.refunds[call.id]
    settling.source_changed(org, note)
    org.touched("contacts", note.customer_id)
    return success("The refund has been successfully deleted.")


def _refund_view(org: Organization, note: CreditNote, refund_id: str) -> dict[str, Any]:
    view = refund_view(note.refunds[refund_id], org.currencies[note.currency_id])
    made = note.refunds[refund_id]
    return {
        "creditnote_refund_id": refund_id,
        "creditnote_id": note.id,
        "creditnote_number": note.number,
        "customer_name": org.contacts[note.customer_id].name,
        **view,
        "amount_bcy": shown(org.to_base(made.amount, made.exchange_rate), org.base.places),
        "amount_fcy": view["amount"],
    }


# -- reading ------------------------------------------------------------------------------


def show(call: Call) -> Response:
    """`GET /creditnotes/{id}`."""
    get(call.org, call.id)
    if call.org.switches.creditnote_html and not call.accepts_json:
        return text_response("<html><body>Credit Note</body></html>", media_type="text/html")
    return success(creditnote=detail(call.org, call.id))


def show_custom(call: Call) -> Response:
    """`GET /creditnotes/{id}/customfields`."""
    note = get(call.org, call.id)
    return success(custom_fields=customfields.rendered(call.org, "creditnote", note.custom)["custom_fields"])


def detail(org: Organization, note_id: str) -> dict[str, Any]:
    """The whole credit note."""
    note = org.creditnotes[note_id]
    places = org.currencies[note.currency_id].places
    return {
        "creditnote_id": note.id,
        "creditnote_number": note.number,
        "status": note.state,
        **views.document(org, note, note.balance),
        "invoice_id": note.invoice_id,
        "invoices": [
            {
                "creditnote_invoice_id": a.application_id,
                "invoice_id": a.invoice_id,
                "invoice_number": org.invoices[a.invoice_id].number,
                "date": a.date.isoformat(),
                "amount": shown(a.amount, places),
            }
            for a in note.applied.values()
        ],
        "creditnote_refunds": [_refund_view(org, note, one) for one in note.refunds],
    }


def row(org: Organization, note_id: str) -> Row | None:
    """A credit note in a list."""
    note = org.creditnotes.get(note_id)
    if note is None:
        return None
    currency = org.currencies[note.currency_id]
    return {
        "creditnote_id": note.id,
        "creditnote_number": note.number,
        "status": note.state,
        "reference_number": note.reference,
        "date": note.date.isoformat(),
        "total": shown(note.totals.total, currency.places),
        "balance": shown(note.balance, currency.places),
        "customer_id": note.customer_id,
        "customer_name": org.contacts[note.customer_id].name,
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "is_emailed": False,
        **customfields.rendered(org, "creditnote", note.custom)["custom_field_hash"],
        "created_time": org.stamp(note.created),
        "last_modified_time": org.stamp(note.modified),
    }


def list_notes(call: Call) -> Response:
    """`GET /creditnotes`, with its filters on lines."""
    org, query = call.org, call.query
    names = custom_names(org, "creditnote") if org.switches.custom_field_filter else frozenset()
    rows_ = [listed for listed in MODULE.rows(org) if _sells(org, listed, query)]
    return paged(org, "creditnotes", find(rows_, query, MODULE.filters, custom_fields=names))


def _sells(org: Organization, listed: Row, query: dict[str, str]) -> bool:
    wanted = {name: query[name] for name in ("item_id", "tax_id", "line_item_id") if query.get(name)}
    if not wanted:
        return True
    note = org.creditnotes.get(listed["creditnote_id"])
    lines = note.lines if note else []
    return any(all(getattr(line, name) == value for name, value in wanted.items()) for line in lines)


def _is(*states: str) -> Any:
    return lambda listed: listed["status"] in states


MODULE = register(
    Module(
        name="creditnotes",
        root="creditnote",
        entity="creditnote",
        id_key="creditnote_id",
        row=row,
        detail=detail,
        filters=Filters(
            report="Credit Notes",
            texts=frozenset({"creditnote_number", "reference_number", "customer_name"}),
            exacts=frozenset({"customer_id", "status", "last_modified_time"}),
            numbers=frozenset({"total"}),
            days=frozenset({"date"}),
            search=("creditnote_number", "reference_number", "customer_name"),
            sorts=frozenset(
                {"customer_name", "creditnote_number", "balance", "total", "date", "created_time", "last_modified_time"}
            ),
            filter_by={
                "Status.All": lambda listed: True,
                "Status.Open": _is("open"),
                "Status.Draft": _is("draft"),
                "Status.Closed": _is("closed"),
                "Status.Void": _is("void"),
            },
        ),
    )
)

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
