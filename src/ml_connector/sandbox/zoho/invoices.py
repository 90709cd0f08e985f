"""Invoices: create, read, change, delete.

Source: Zoho Books API v3, invoices.
"""

from __future__ import annotations

from datetime import date, timedelta

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses, customfields, documents
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.documents import Values, assign
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.invoiceview import MODULE, detail, get, list_invoices, show, show_custom
from ml_connector.sandbox.zoho.numbering import Kind, numbered
from ml_connector.sandbox.zoho.organization import Mail, Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Contact, Invoice
from ml_connector.sandbox.zoho.refusals import invalid_value
from ml_connector.sandbox.zoho.values import Body, day, identifier, number, required, text

KIND = Kind(
    entity="invoice",
    label="invoice",
    number_field="invoice_number",
    series="invoice",
    prefix="INV-",
    extras=True,
    loose_discounts=False,
)


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
