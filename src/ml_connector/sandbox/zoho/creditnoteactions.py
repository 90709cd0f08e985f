"""What is done with a credit note: open, void, apply, refund.

Source: Zoho Books API v3, credit notes.
"""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import settling
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.creditnoteview import MODULE, credited, get, refund_of
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, find
from ml_connector.sandbox.zoho.modules import paged
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import CreditNote
from ml_connector.sandbox.zoho.refunds import read_refund
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.values import ZERO, rows


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
    return success(invoices_credited=credited(call.org, note))


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
        creditnote_refund=refund_of(org, note, made.refund_id),
    )


def list_refunds(call: Call) -> Response:
    """`GET /creditnotes/{id}/refunds`."""
    org, note = call.org, get(call.org, call.id)
    views_ = [refund_of(org, note, one) for one in note.refunds]
    return success("The refunds of the existing credit note are displayed successfully.", creditnote_refunds=views_)


def list_all_refunds(call: Call) -> Response:
    """`GET /creditnotes/refunds`."""
    org = call.org
    everything = [
        {**refund_of(org, note, one), "customer_id": note.customer_id}
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
        creditnote_refund=refund_of(call.org, note, call.id),
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
