"""How credit notes look in answers and in lists.

Source: Zoho Books API v3, credit notes.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response, text_response
from ml_connector.sandbox.zoho import customfields, views
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import CreditNote
from ml_connector.sandbox.zoho.refunds import refund_view
from ml_connector.sandbox.zoho.refusals import missing

GONE = "Credit Note does not exist."


def get(org: Organization, note_id: str) -> CreditNote:
    """The credit note of that id."""
    note = org.creditnotes.get(note_id)
    if note is None:
        raise missing(GONE)
    return note


def credited(org: Organization, note: CreditNote) -> list[dict[str, Any]]:
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


def refund_of(org: Organization, note: CreditNote, refund_id: str) -> dict[str, Any]:
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
        "creditnote_refunds": [refund_of(org, note, one) for one in note.refunds],
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
