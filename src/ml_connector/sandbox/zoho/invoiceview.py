"""How invoices look in answers and in lists.

Source: Zoho Books API v3, invoices.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses, customfields, views
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import shown, twins
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Invoice
from ml_connector.sandbox.zoho.refusals import missing

GONE = "Invoice does not exist."


def get(org: Organization, invoice_id: str) -> Invoice:
    """The invoice of that id."""
    invoice = org.invoices.get(invoice_id)
    if invoice is None:
        raise missing(GONE)
    return invoice


def show(call: Call) -> Response:
    """`GET /invoices/{id}`; it does not lag."""
    get(call.org, call.id)
    return success(invoice=detail(call.org, call.id))


def show_custom(call: Call) -> Response:
    """`GET /invoices/{id}/customfields`."""
    invoice = get(call.org, call.id)
    return success(custom_fields=customfields.rendered(call.org, "invoice", invoice.custom)["custom_fields"])


def detail(org: Organization, invoice_id: str) -> dict[str, Any]:
    """The whole invoice."""
    invoice = org.invoices[invoice_id]
    currency = org.currencies[invoice.currency_id]
    state = invoice.state(org.today())
    latest = max((a.date for a in invoice.applied.values() if a.source == "payment"), default=None)
    view = {
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "type": "invoice",
        "status": state,
        "status_formatted": state.replace("_", " ").title(),
        "current_sub_status": state,
        "due_date": invoice.due_date.isoformat(),
        "payment_terms": invoice.payment_terms,
        "payment_terms_label": invoice.payment_terms_label,
        **views.document(org, invoice, invoice.balance),
        "payment_made": shown(invoice.paid, currency.places),
        "credits_applied": shown(invoice.credited, currency.places),
        "tax_amount_withheld": shown(invoice.withheld, currency.places),
        "write_off_amount": shown(invoice.written_off, currency.places),
        "last_payment_date": latest.isoformat() if latest else "",
        "is_emailed": invoice.is_emailed,
        "is_viewed_by_client": invoice.is_viewed,
        "has_attachment": False,
        "allow_partial_payments": False,
        "payment_options": {"payment_gateways": []},
        "invoice_source": invoice.source,
        "invoice_url": f"https://zohosecurepay.example/books/{org.organization_id}/secure?CInvoiceID={invoice.id}",
        "created_date": org.stamp(invoice.created)[:10],
    }
    twins(view, ("payment_made", "credits_applied", "write_off_amount"), currency)
    return view


def row(org: Organization, invoice_id: str) -> Row | None:
    """An invoice in a list: thinner, and its postcode is called `zipcode`."""
    invoice = org.invoices.get(invoice_id)
    if invoice is None:
        return None
    currency = org.currencies[invoice.currency_id]
    contact = org.contacts[invoice.customer_id]
    custom = customfields.rendered(org, "invoice", invoice.custom)
    places = currency.places
    return {
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "reference_number": invoice.reference,
        "status": invoice.status,
        "customer_id": invoice.customer_id,
        "customer_name": contact.name,
        "company_name": contact.facts.get("company_name", ""),
        "email": contact.primary.get("email", ""),
        "phone": contact.primary.get("phone", ""),
        "date": invoice.date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "due_days": "",
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "exchange_rate": views.as_text(org, invoice.exchange_rate),
        "total": shown(invoice.totals.total, places),
        "balance": shown(invoice.balance, places),
        "shipping_charge": shown(invoice.totals.shipping, places),
        "adjustment": shown(invoice.totals.adjustment, places),
        "write_off_amount": shown(invoice.written_off, places),
        "is_emailed": invoice.is_emailed,
        "is_viewed_by_client": invoice.is_viewed,
        "has_attachment": False,
        "reminders_sent": 0,
        "last_payment_date": "",
        "salesperson_id": "",
        "salesperson_name": "",
        "billing_address": addresses.in_list(invoice.billing),
        **custom["custom_field_hash"],
        "custom_fields": custom["custom_fields"],
        "created_time": org.stamp(invoice.created),
        "last_modified_time": org.stamp(invoice.modified),
    }


def _with_state(org: Organization, listed: Row) -> Row:
    """The status that the row's own money and today's date make."""
    if listed["status"] != "sent":
        return listed
    today = org.today().isoformat()
    if listed["balance"] <= 0:
        state = "paid"
    elif listed["due_date"] < today:
        state = "overdue"
    elif listed["balance"] < listed["total"]:
        state = "partially_paid"
    else:
        state = "viewed" if listed["is_viewed_by_client"] else "sent"
    days = "Due today" if listed["due_date"] == today else ""
    return {**listed, "status": state, "due_days": days}


def list_invoices(call: Call) -> Response:
    """`GET /invoices`, with its counting formats and its filters on lines and custom fields."""
    org, query = call.org, call.query
    names = custom_names(org, "invoice") if org.switches.custom_field_filter else frozenset()
    rows = _by_lines(org, _by_custom_field(MODULE.rows(org), query), query)
    by_state = "status" in query or "filter_by" in query
    if by_state:
        rows = [_with_state(org, listed) for listed in rows]
    page = find(rows, query, MODULE.filters, custom_fields=names)
    if not by_state:
        page.rows[:] = [_with_state(org, listed) for listed in page.rows]
    for name in ("custom_field", "item_id", "item_name"):
        _admit(page.context, query, name)
    option = query.get("response_option", "0")
    if option in ("1", "2", "3"):
        page.context["total"] = len(page.matched)
    if option in ("1", "3", "4"):
        page.context["sum_columns"] = {
            "total": sum(listed["total"] for listed in page.matched),
            "balance": sum(listed["balance"] for listed in page.matched),
        }
    if option in ("2", "3"):
        page.rows.clear()
    return paged(org, "invoices", page)


def _by_custom_field(rows: list[Row], query: dict[str, str]) -> list[Row]:
    """`custom_field` looks at every custom field of an invoice."""
    wanted = query.get("custom_field", "").casefold()
    if not wanted:
        return rows
    return [r for r in rows if any(f["value"].casefold() == wanted for f in r["custom_fields"])]


def _by_lines(org: Organization, rows: list[Row], query: dict[str, str]) -> list[Row]:
    item_id, name = query.get("item_id", ""), query.get("item_name", "").casefold()
    if not item_id and not name:
        return rows

    def sells(listed: Row) -> bool:
        invoice = org.invoices.get(listed["invoice_id"])
        lines = invoice.lines if invoice else []
        return any(
            (not item_id or line.item_id == item_id) and (not name or line.name.casefold() == name) for line in lines
        )

    return [listed for listed in rows if sells(listed)]


def _admit(context: dict[str, Any], query: dict[str, str], name: str) -> None:
    if query.get(name):
        value = query[name]
        context.setdefault("search_criteria", []).append(
            {"column_name": name, "search_text": value, "search_text_formatted": value, "comparator": "equal"}
        )


def _is(*states: str) -> Any:
    return lambda listed: listed["status"] in states


MODULE = register(
    Module(
        name="invoices",
        root="invoice",
        entity="invoice",
        id_key="invoice_id",
        row=row,
        detail=detail,
        filters=Filters(
            report="Invoices",
            texts=frozenset({"invoice_number", "reference_number", "customer_name", "email"}),
            exacts=frozenset({"customer_id", "status", "last_modified_time"}),
            numbers=frozenset({"total", "balance"}),
            days=frozenset({"date", "due_date", "created_date"}),
            search=("invoice_number", "reference_number", "customer_name"),
            sorts=frozenset(
                {
                    "customer_name",
                    "invoice_number",
                    "date",
                    "due_date",
                    "total",
                    "balance",
                    "created_time",
                    "last_modified_time",
                }
            ),
            filter_by={
                "Status.All": lambda listed: True,
                "Status.Draft": _is("draft"),
                "Status.Sent": _is("sent", "viewed", "partially_paid", "overdue"),
                "Status.OverDue": _is("overdue"),
                "Status.Unpaid": _is("sent", "viewed", "overdue"),
                "Status.PartiallyPaid": _is("partially_paid"),
                "Status.Paid": _is("paid"),
                "Status.Void": _is("void"),
            },
        ),
    )
)
