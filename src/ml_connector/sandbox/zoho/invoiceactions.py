"""What is done to an invoice besides editing it: send, void, write off, settle.

Source: Zoho Books API v3, invoices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import settling
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.invoices import email_to_customer
from ml_connector.sandbox.zoho.invoiceview import MODULE, get
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Application, CreditNote, Invoice, Payment
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.settling import Wish
from ml_connector.sandbox.zoho.values import ZERO, half_up, identifier, number, rows

Act = Callable[[Organization, Invoice], None]


# -- status -------------------------------------------------------------------------------


def mark_sent(org: Organization, invoice: Invoice) -> None:
    """Draft to sent; an invoice that was sent before stays as it is."""
    if invoice.status == "void":
        raise org.refusal("status_change", document="invoice", status="void")
    if invoice.status == "draft":
        org.check_lock(invoice.date)
        _set(org, invoice, "sent")


def mark_void(org: Organization, invoice: Invoice) -> None:
    """To void; payments and credits return to the customer."""
    if invoice.status == "void":
        return
    org.check_lock(invoice.date)
    org.check_own_lock(invoice)
    for application in list(invoice.applied.values()):
        settling.take_back(org, application)
    invoice.written_off = ZERO
    _set(org, invoice, "void")


def mark_draft(org: Organization, invoice: Invoice) -> None:
    """Void to draft, and from nothing else."""
    if invoice.status != "void":
        raise org.refusal("status_change", document="invoice", status=invoice.state(org.today()))
    org.check_lock(invoice.date)
    _set(org, invoice, "draft")


def write_off(org: Organization, invoice: Invoice) -> None:
    """What is owed becomes a bad debt."""
    if invoice.status != "sent" or invoice.balance <= 0:
        raise org.refusal("status_change", document="invoice", status=invoice.state(org.today()))
    org.check_lock(invoice.date)
    invoice.written_off += invoice.balance
    _set(org, invoice, "sent")


def cancel_write_off(org: Organization, invoice: Invoice) -> None:
    """The bad debt is owed again."""
    if not invoice.written_off:
        raise org.refusal("status_change", document="invoice", status=invoice.state(org.today()))
    org.check_lock(invoice.date)
    invoice.written_off = ZERO
    _set(org, invoice, invoice.status)


def _set(org: Organization, invoice: Invoice, status: str) -> None:
    invoice.status, invoice.modified = status, org.clock()
    post(org, "invoice", invoice.id)
    MODULE.changed(org, invoice.id, "edit")
    org.touched("contacts", invoice.customer_id)


def _one(path: str, act: Act, message: str) -> Route:
    def handle(call: Call) -> Response:
        act(call.org, get(call.org, call.id))
        return success(message)

    return Route("POST", f"/invoices/{{}}/{path}", "invoices.CREATE", handle)


def _many(path: str, act: Act, message: str) -> Route:
    """One call for many invoices; what one impossible id does to the others is a switch."""

    def handle(call: Call) -> Response:
        org = call.org
        wanted = [one for one in call.query.get("invoice_ids", "").split(",") if one]
        if not wanted:
            raise invalid_value("invoice_ids")
        invoices = [org.invoices.get(one) for one in wanted]
        if org.switches.bulk == "all_or_nothing" and any(i is None or i.status == "void" for i in invoices):
            raise missing("Invoice does not exist.")
        failed = [one for one, invoice in zip(wanted, invoices, strict=True) if not _tried(org, invoice, act)]
        if len(failed) == len(wanted):
            raise missing("Invoice does not exist.")
        return success(message)

    return Route("POST", f"/invoices/{path}", "invoices.CREATE", handle)


def _tried(org: Organization, invoice: Invoice | None, act: Act) -> bool:
    if invoice is None:
        return False
    try:
        act(org, invoice)
    except Refusal:
        return False
    return True


def email(call: Call) -> Response:
    """`POST /invoices/{id}/email`."""
    invoice = get(call.org, call.id)
    if invoice.status == "void":
        raise call.org.refusal("status_change", document="invoice", status="void")
    email_to_customer(call.org, invoice)
    MODULE.changed(call.org, invoice.id, "edit")
    return success("Your invoice has been sent.")


# -- money against it ---------------------------------------------------------------------


def list_payments(call: Call) -> Response:
    """`GET /invoices/{id}/payments`."""
    org, invoice = call.org, get(call.org, call.id)
    applications = [a for a in invoice.applied.values() if a.source == "payment"]
    return success(payments=[_payment(org, invoice, a) for a in applications])


def _payment(org: Organization, invoice: Invoice, application: Application) -> dict[str, Any]:
    payment = org.payments[application.source_id]
    places = org.currencies[invoice.currency_id].places
    return {
        "payment_id": payment.payment_id,
        "payment_number": payment.number,
        "invoice_id": invoice.id,
        "invoice_payment_id": application.application_id,
        "payment_mode": payment.mode,
        "description": payment.description,
        "date": payment.date.isoformat(),
        "reference_number": payment.reference,
        "exchange_rate": payment.exchange_rate,
        "amount": shown(application.amount, places),
        "tax_amount_withheld": shown(application.withheld, places),
        "online_transaction_id": "",
        "is_single_invoice_payment": len(payment.applied) == 1,
    }


def list_credits(call: Call) -> Response:
    """`GET /invoices/{id}/creditsapplied`."""
    org, invoice = call.org, get(call.org, call.id)
    places = org.currencies[invoice.currency_id].places
    found = []
    for application in invoice.applied.values():
        if application.source == "creditnote":
            note = org.creditnotes[application.source_id]
            found.append(
                {
                    "creditnote_id": note.id,
                    "creditnotes_invoice_id": application.application_id,
                    "creditnotes_number": note.number,
                    "credited_date": application.date.isoformat(),
                    "amount_applied": shown(application.amount, places),
                }
            )
    return success(credits=found)


def apply_credits(call: Call) -> Response:
    """`POST /invoices/{id}/credits`: unused payments and open credit notes."""
    org, body, invoice = call.org, call.body, get(call.org, call.id)
    if org.switches.credits_need_update:
        call.require("invoices.UPDATE")
        call.require("creditnotes.UPDATE")
    places = org.currencies[invoice.currency_id].places
    parts: list[tuple[Payment | CreditNote, Wish]] = []
    for sent in rows(body, "invoice_payments"):
        payment = org.payments.get(identifier(sent, "payment_id"))
        if payment is None or payment.customer_id != invoice.customer_id:
            raise missing("Payment does not exist.")
        parts.append((payment, Wish(invoice, half_up(number(sent, "amount_applied"), places))))
    for sent in rows(body, "apply_creditnotes"):
        note = org.creditnotes.get(identifier(sent, "creditnote_id"))
        if note is None or note.customer_id != invoice.customer_id or note.status != "open":
            raise missing("Credit Note does not exist.")
        parts.append((note, Wish(invoice, half_up(number(sent, "amount_applied"), places))))
    if not parts or any(wish.amount <= 0 for _, wish in parts):
        raise invalid_value("amount_applied")
    _check(org, invoice, parts)
    for source, wish in parts:
        settling.apply(org, source, [wish], org.today())
    return success("Credits have been applied to the invoice(s).")


def _check(org: Organization, invoice: Invoice, parts: list[tuple[Payment | CreditNote, Wish]]) -> None:
    wishes = [wish for _, wish in parts]
    settling.check(org, wishes, invoice.customer_id, invoice.currency_id, "credit_on_draft")
    asked: dict[int, Any] = {}
    for source, wish in parts:
        if source.currency_id != invoice.currency_id:
            raise org.refusal("currency_mismatch")
        asked[id(source)] = asked.get(id(source), ZERO) + wish.amount
        left = source.unused if isinstance(source, Payment) else source.balance
        if asked[id(source)] > left:
            raise org.refusal("over_credit")


def delete_payment(call: Call) -> Response:
    """`DELETE /invoices/{id}/payments/{invoice_payment_id}`: a payment of this invoice alone goes."""
    application = _application(call, "payment", "Payment does not exist.")
    org = call.org
    payment = org.payments[application.source_id]
    org.check_lock(payment.date)
    settling.take_back(org, application)
    if not payment.applied and not payment.refunds:
        settling.remove_payment(org, payment)
    return success("The payment has been deleted.")


def delete_credit(call: Call) -> Response:
    """`DELETE /invoices/{id}/creditsapplied/{creditnotes_invoice_id}`."""
    application = _application(call, "creditnote", "Credits does not exist.")
    settling.take_back(call.org, application)
    return success("Credits applied to an invoice have been deleted.")


def _application(call: Call, source: str, sentence: str) -> Application:
    application = get(call.org, call.ids[0]).applied.get(call.id)
    if application is None or application.source != source:
        raise missing(sentence)
    return application


ROUTES = [
    _one("status/sent", mark_sent, "Invoice status has been changed to Sent."),
    _one("status/void", mark_void, "Invoice status has been changed to Void."),
    _one("status/draft", mark_draft, "Status of invoice changed from void to draft"),
    _one("writeoff", write_off, "Invoice has been written off"),
    _one(
        "writeoff/cancel",
        cancel_write_off,
        "The write off done for this invoice has been cancelled.",
    ),
    _many("status/sent", mark_sent, "The status of the invoices has been changed to Sent."),
    _many("status/void", mark_void, "The status of the invoices has been changed to Void."),
    _many("writeoff", write_off, "The invoices have been written off."),
    Route("POST", "/invoices/{}/email", "invoices.CREATE", email),
    Route("GET", "/invoices/{}/payments", "invoices.READ", list_payments),
    Route("GET", "/invoices/{}/creditsapplied", "invoices.READ", list_credits),
    Route("POST", "/invoices/{}/credits", "invoices.CREATE", apply_credits),
    Route("DELETE", "/invoices/{}/payments/{}", "invoices.DELETE", delete_payment),
    Route("DELETE", "/invoices/{}/creditsapplied/{}", "invoices.DELETE", delete_credit),
]
