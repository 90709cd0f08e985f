"""Putting money and credit against invoices, and taking it away again.

Source: Zoho Books API v3, invoices (apply credits), customer payments, credit notes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.modules import changed
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Application, CreditNote, Invoice, Payment
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.values import ZERO, Body, half_up, identifier, number


@dataclass(frozen=True)
class Wish:
    """An amount that somebody wants against an invoice."""

    invoice: Invoice
    amount: Decimal
    withheld: Decimal = ZERO


def wishes(org: Organization, sent: Iterable[Body], places: int) -> list[Wish]:
    """What a request's `invoices` array asks for; zero amounts ask for nothing."""
    found = []
    for one in sent:
        invoice = org.invoices.get(identifier(one, "invoice_id"))
        if invoice is None:
            raise missing("Invoice does not exist.")
        amount = half_up(number(one, "amount_applied"), places)
        withheld = half_up(number(one, "tax_amount_withheld"), places)
        if amount < 0 or withheld < 0:
            raise invalid_value("amount_applied")
        if amount or withheld:
            found.append(Wish(invoice, amount, withheld))
    return found


def check(
    org: Organization, wanted: Iterable[Wish], customer_id: str, currency_id: str, case: str, freed: str = ""
) -> None:
    """Refuse what cannot be put against an invoice.

    Args:
        case: What a draft is refused for: `payment_on_draft` or `credit_on_draft`.
        freed: A payment whose present applications are about to be replaced.
    """
    asked: dict[str, Decimal] = {}
    for wish in wanted:
        invoice = wish.invoice
        if invoice.customer_id != customer_id:
            raise missing("Invoice does not exist.")
        if invoice.status == "draft":
            raise org.refusal(case)
        if invoice.status == "void":
            raise org.refusal("payment_on_void" if case == "payment_on_draft" else case)
        if invoice.currency_id != currency_id:
            raise org.refusal("currency_mismatch")
        asked[invoice.id] = asked.get(invoice.id, ZERO) + wish.amount + wish.withheld
        if asked[invoice.id] > invoice.balance + _held(invoice, freed):
            raise org.refusal("over_application")


def _held(invoice: Invoice, source_id: str) -> Decimal:
    return sum((a.amount + a.withheld for a in invoice.applied.values() if a.source_id == source_id), ZERO)


def apply(org: Organization, source: Payment | CreditNote, wanted: Iterable[Wish], when: date) -> None:
    """Put money or credit against invoices; everything was checked before."""
    kind = "payment" if isinstance(source, Payment) else "creditnote"
    source_id = source.payment_id if isinstance(source, Payment) else source.id
    for wish in wanted:
        application = Application(org.new_id(), wish.invoice.id, kind, source_id, wish.amount, when, wish.withheld)
        source.applied[application.application_id] = application
        wish.invoice.applied[application.application_id] = application
        settled(org, wish.invoice)
    source_changed(org, source)


def take_back(org: Organization, application: Application) -> None:
    """Undo one application."""
    invoice = org.invoices.get(application.invoice_id)
    if invoice is not None:
        invoice.applied.pop(application.application_id, None)
        settled(org, invoice)
    source = source_of(org, application)
    if source is not None:
        source.applied.pop(application.application_id, None)
        source_changed(org, source)


def source_of(org: Organization, application: Application) -> Payment | CreditNote | None:
    """The payment or credit note that an application comes from."""
    if application.source == "payment":
        return org.payments.get(application.source_id)
    return org.creditnotes.get(application.source_id)


def settled(org: Organization, invoice: Invoice) -> None:
    """An invoice's balance changed."""
    invoice.modified = org.clock()
    changed(org, "invoices", invoice.id, "edit")
    org.touched("contacts", invoice.customer_id)


def source_changed(org: Organization, source: Payment | CreditNote) -> None:
    """A payment's or credit note's use changed."""
    source.modified = org.clock()
    if isinstance(source, Payment):
        post(org, "payment", source.payment_id)
        changed(org, "customerpayments", source.payment_id, "edit")
    else:
        post(org, "creditnote", source.id)
        changed(org, "creditnotes", source.id, "edit")


def remove_payment(org: Organization, payment: Payment) -> None:
    """Take a payment out of the books; its invoices are owed again."""
    for application in list(payment.applied.values()):
        take_back(org, application)
    del org.payments[payment.payment_id]
    customfields.keep(org, "customer_payment", payment.payment_id, payment.custom, {})
    org.parted(payment.customer_id, payment.payment_id)
    post(org, "payment", payment.payment_id)
    org.touched("contacts", payment.customer_id)
    changed(org, "customerpayments", payment.payment_id, "delete")
