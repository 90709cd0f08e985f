"""Invoices: create, read, change, delete.

Source: Zoho Books API v3, invoices.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses, customfields, documents, views
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.documents import Kind, Values, assign, numbered
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import shown, twins
from ml_connector.sandbox.zoho.organization import Mail, Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Contact, Invoice
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.values import Body, day, identifier, number, required, text

GONE = "Invoice does not exist."
KIND = Kind(
    entity="invoice",
    label="invoice",
    number_field="invoice_number",
    series="invoice",
    prefix="INV-",
    extras=True,
    loose_discounts=False,
)


def get(org: Organization, invoice_id: str) -> Invoice:
    """The invoice of that id."""
    invoice = org.invoices.get(invoice_id)
    if invoice is None:
        raise missing(GONE)
    return invoice


# -- writing ------------------------------------------------------------------------------


def create(call: Call) -> Response:
    """`POST /invoices`: a draft, with Zoho's own number and totals."""
    org, body = call.org, call.body
    required(body, "customer_id", "line_items")
    contact = org.customer(identifier(body, "customer_id"))
    invoice_id = org.new_id()
    values = documents.read(org, KIND, contact, None, invoice_id, body)
    values |= _due(contact, None, values["date"], body)
    org.check_lock(values["date"])
    values["number"] = numbered(
        org, KIND, org.numbers["invoice"], None, body, call.asked("ignore_auto_number_generation")
    )
    invoice = Invoice(id=invoice_id, created=call.now, modified=call.now, **values)
    org.invoices[invoice_id] = invoice
    org.belongs(contact.contact_id, "invoice", invoice_id)
    _written(org, invoice, {}, "")
    if call.asked("send"):
        email_to_customer(org, invoice)
    MODULE.changed(org, invoice_id, "add")
    return success("The invoice has been created.", status=201, invoice=detail(org, invoice_id))


def update(call: Call) -> Response:
    """`PUT /invoices/{id}`: lines that are left out are deleted, other fields keep their value."""
    org, body, invoice = call.org, call.body, get(call.org, call.id)
    _check_editable(org, invoice)
    contact = org.contacts[invoice.customer_id]
    if identifier(body, "customer_id") not in ("", invoice.customer_id):
        raise invalid_value("customer_id")
    values = documents.read(org, KIND, contact, invoice, invoice.id, body)
    values |= _due(contact, invoice, values["date"], body)
    org.check_lock(invoice.date, values["date"])
    if values["totals"].total < invoice.settled:
        raise org.refusal("below_applied")
    values["number"] = numbered(
        org, KIND, org.numbers["invoice"], invoice, body, call.asked("ignore_auto_number_generation")
    )
    rewrite(org, invoice, values)
    if call.asked("send"):
        email_to_customer(org, invoice)
    return success("Invoice information has been updated.", invoice=detail(org, invoice.id))


def rewrite(org: Organization, invoice: Invoice, values: Values) -> None:
    """Write an edit and all that follows from it."""
    before, old_number = dict(invoice.custom), invoice.number
    assign(invoice, values)
    invoice.modified = org.clock()
    _written(org, invoice, before, old_number)
    MODULE.changed(org, invoice.id, "edit")


def _written(org: Organization, invoice: Invoice, before: dict[str, str], old_number: str) -> None:
    org.numbers["invoice"].pop(old_number, None)
    org.numbers["invoice"][invoice.number] = invoice.id
    for line in invoice.lines:
        if line.item_id in org.items:
            org.items[line.item_id].used = True
    customfields.keep(org, "invoice", invoice.id, before, invoice.custom)
    post(org, "invoice", invoice.id)
    org.touched("contacts", invoice.customer_id)


def _check_editable(org: Organization, invoice: Invoice) -> None:
    state = invoice.state(org.today())
    org.check_own_lock(invoice)
    closed = state in ("paid", "void") or (state != "draft" and not org.switches.edit_sent)
    if closed:
        raise org.refusal("modify_closed", document="Invoice", status=state)


def _due(contact: Contact, known: Invoice | None, when: date, body: Body) -> Values:
    """Payment terms, and the due date that follows from them unless one was sent."""
    days = known.payment_terms if known else int(contact.facts["payment_terms"])
    label = known.payment_terms_label if known else contact.facts["payment_terms_label"]
    if body.get("payment_terms") not in (None, ""):
        sent = number(body, "payment_terms")
        if sent != int(sent) or not 0 <= sent <= 100:
            raise invalid_value("payment_terms")
        days = int(sent)
        label = "Due On Receipt" if days == 0 else f"Net {days}"
    label = text(body, "payment_terms_label", 100, label)
    unchanged = known is not None and known.date == when and body.get("payment_terms") is None
    default = known.due_date if known is not None and unchanged else when + timedelta(days=days)
    due = day(body, "due_date", default)
    if due < when:
        raise invalid_value("due_date")
    return {"payment_terms": days, "payment_terms_label": label, "due_date": due}


def email_to_customer(org: Organization, invoice: Invoice) -> None:
    """Send the invoice, which marks a draft as sent."""
    contact = org.contacts[invoice.customer_id]
    to = tuple(p["email"] for p in contact.persons if p["contact_person_id"] in invoice.persons and p["email"])
    org.mails.append(Mail(invoice.id, to, org.clock()))
    invoice.is_emailed = True
    if invoice.status == "draft":
        invoice.status = "sent"
        post(org, "invoice", invoice.id)


def delete(call: Call) -> Response:
    """`DELETE /invoices/{id}`."""
    remove(call.org, [get(call.org, call.id)])
    return success("The invoice has been deleted.")


def delete_many(call: Call) -> Response:
    """`DELETE /invoices?invoice_ids=`."""
    wanted = [one for one in call.query.get("invoice_ids", "").split(",") if one]
    if not wanted:
        raise invalid_value("invoice_ids")
    remove(call.org, [get(call.org, one) for one in wanted])
    return success("The invoices have been deleted.")


def remove(org: Organization, invoices: list[Invoice]) -> None:
    """Delete invoices that nothing was put against; their numbers stay used."""
    for invoice in invoices:
        org.check_lock(invoice.date)
        org.check_own_lock(invoice)
        if invoice.applied or invoice.written_off:
            raise org.refusal("delete_applied", document="Invoice")
    for invoice in invoices:
        del org.invoices[invoice.id]
        org.numbers["invoice"].pop(invoice.number, None)
        customfields.keep(org, "invoice", invoice.id, invoice.custom, {})
        org.parted(invoice.customer_id, invoice.id)
        post(org, "invoice", invoice.id)
        MODULE.changed(org, invoice.id, "delete")
        org.touched("contacts", invoice.customer_id)


def save_custom(call: Call) -> Response:
    """`PUT /invoice/{id}/customfields`."""
    org, invoice = call.org, get(call.org, call.id)
    after = customfields.read(org, "invoice", invoice.custom, call.payload, invoice.id)
    customfields.keep(org, "invoice", invoice.id, invoice.custom, after)
    invoice.custom, invoice.modified = after, call.now
    MODULE.changed(org, invoice.id, "edit")
    return customfields.saved()


def _own_address(which: str, message: str) -> Route:
    """`PUT /invoices/{id}/address/billing|shipping`: this invoice alone shows it."""

    def handle(call: Call) -> Response:
        invoice = get(call.org, call.id)
        setattr(invoice, which, addresses.read(call.body, "address", ""))
        invoice.modified = call.now
        MODULE.changed(call.org, invoice.id, "edit")
        return success(message)

    return Route("PUT", f"/invoices/{{}}/address/{which}", "invoices.UPDATE", handle)


# -- reading ------------------------------------------------------------------------------


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

ROUTES = [
    Route("POST", "/invoices", "invoices.CREATE", create),
    Route("GET", "/invoices", "invoices.READ", list_invoices),
    customfields.upsert("invoice", "invoices.UPDATE", "/invoices", create, update),
    Route("DELETE", "/invoices", "invoices.DELETE", delete_many),
    Route("GET", "/invoices/{}", "invoices.READ", show),
    Route("PUT", "/invoices/{}", "invoices.UPDATE", update),
    Route("DELETE", "/invoices/{}", "invoices.DELETE", delete),
    Route("GET", "/invoices/{}/customfields", "invoices.READ", show_custom),
    Route("PUT", "/invoice/{}/customfields", "invoices.UPDATE", save_custom),
    _own_address("billing", "Billing address updated"),
    _own_address("shipping", "Shipping address updated"),
]
