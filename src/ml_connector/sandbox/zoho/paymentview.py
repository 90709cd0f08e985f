"""How customer payments look in answers and in lists.

Source: Zoho Books API v3, customer payments.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import formatted, shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Application, Payment
from ml_connector.sandbox.zoho.refunds import refund_view
from ml_connector.sandbox.zoho.refusals import missing
from ml_connector.sandbox.zoho.values import ZERO

GONE = "Payment does not exist."


def get(org: Organization, payment_id: str) -> Payment:
    """The payment of that id."""
    payment = org.payments.get(payment_id)
    if payment is None:
        raise missing(GONE)
    return payment


def refund_of(org: Organization, payment: Payment, refund_id: str) -> dict[str, Any]:
    made = payment.refunds[refund_id]
    currency = org.currencies[payment.currency_id]
    return {"payment_refund_id": refund_id, "payment_id": payment.payment_id, **refund_view(made, currency)}


def show(call: Call) -> Response:
    """`GET /customerpayments/{id}`."""
    get(call.org, call.id)
    return success(payment=detail(call.org, call.id))


def detail(org: Organization, payment_id: str) -> dict[str, Any]:
    """The whole payment."""
    payment = org.payments[payment_id]
    contact = org.contacts[payment.customer_id]
    currency = org.currencies[payment.currency_id]
    places = currency.places
    charges_account = payment.bank_charges_account_id
    return {
        "payment_id": payment.payment_id,
        "payment_number": payment.number,
        "customer_id": payment.customer_id,
        "customer_name": contact.name,
        "email": contact.primary.get("email", ""),
        "payment_mode": payment.mode,
        "amount": shown(payment.amount, places),
        "amount_formatted": formatted(payment.amount, currency),
        "amount_refunded": shown(payment.refunded, places),
        "unused_amount": shown(payment.unused, places),
        "unused_amount_formatted": formatted(payment.unused, currency),
        "bank_charges": shown(payment.bank_charges, places),
        "bank_charges_account_id": charges_account,
        "date": payment.date.isoformat(),
        "status": "success",
        "reference_number": payment.reference,
        "description": payment.description,
        "account_id": payment.account_id,
        "account_name": org.accounts[payment.account_id].name,
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "exchange_rate": payment.exchange_rate,
        "bcy_amount": shown(org.to_base(payment.amount, payment.exchange_rate), org.base.places),
        "tax_amount_withheld": shown(sum((a.withheld for a in payment.applied.values()), ZERO), places),
        "invoices": [_applied(org, a, places) for a in payment.applied.values()],
        "payment_refunds": [refund_of(org, payment, one) for one in payment.refunds],
        **customfields.rendered(org, "customer_payment", payment.custom),
        "created_time": org.stamp(payment.created),
        "last_modified_time": org.stamp(payment.modified),
    }


def _applied(org: Organization, application: Application, places: int) -> dict[str, Any]:
    invoice = org.invoices[application.invoice_id]
    return {
        "invoice_payment_id": application.application_id,
        "invoice_id": invoice.id,
        "invoice_number": invoice.number,
        "date": invoice.date.isoformat(),
        "invoice_amount": shown(invoice.totals.total, places),
        "amount_applied": shown(application.amount, places),
        "balance_amount": shown(invoice.balance, places),
        "tax_amount_withheld": shown(application.withheld, places),
    }


def row(org: Organization, payment_id: str) -> Row | None:
    """A payment in a list."""
    payment = org.payments.get(payment_id)
    if payment is None:
        return None
    currency = org.currencies[payment.currency_id]
    places = currency.places

    def base(amount: Any) -> Any:
        return shown(org.to_base(amount, payment.exchange_rate), org.base.places)

    numbers = [org.invoices[a.invoice_id].number for a in payment.applied.values()]
    return {
        "payment_id": payment.payment_id,
        "payment_number": payment.number,
        "invoice_numbers": ",".join(numbers),
        "retainerinvoice_id": "",
        "date": payment.date.isoformat(),
        "payment_mode": payment.mode,
        "amount": shown(payment.amount, places),
        "bcy_amount": base(payment.amount),
        "unused_amount": shown(payment.unused, places),
        "bcy_unused_amount": base(payment.unused),
        "bcy_refunded_amount": base(payment.refunded),
        "account_id": payment.account_id,
        "account_name": org.accounts[payment.account_id].name,
        "description": payment.description,
        "reference_number": payment.reference,
        "customer_id": payment.customer_id,
        "customer_name": org.contacts[payment.customer_id].name,
        "currency_code": currency.code,
        "applied_invoices": [
            {
                "invoice_payment_id": a.application_id,
                "invoice_id": a.invoice_id,
                "amount_applied": shown(a.amount, places),
            }
            for a in payment.applied.values()
        ],
        "settlement_status": "",
        "tax_amount_withheld": shown(sum((a.withheld for a in payment.applied.values()), ZERO), places),
        **customfields.rendered(org, "customer_payment", payment.custom)["custom_field_hash"],
        "created_time": org.stamp(payment.created),
        "last_modified_time": org.stamp(payment.modified),
    }


def list_payments(call: Call) -> Response:
    """`GET /customerpayments`; live the key is `customerpayments`, in the document `customer_payments`."""
    org = call.org
    names = custom_names(org, "payment") if org.switches.custom_field_filter else frozenset()
    page = find(MODULE.rows(org), call.query, MODULE.filters, custom_fields=names)
    return paged(org, org.switches.payments_key, page)


def _mode_is(mode: str) -> Any:
    return lambda listed: listed["payment_mode"] == mode


MODULE = register(
    Module(
        name="customerpayments",
        root="payment",
        entity="customer_payment",
        id_key="payment_id",
        row=row,
        detail=detail,
        filters=Filters(
            report="Customer Payments",
            texts=frozenset({"customer_name", "reference_number", "payment_mode"}),
            exacts=frozenset({"customer_id", "last_modified_time"}),
            numbers=frozenset({"amount"}),
            days=frozenset({"date"}),
            search=("payment_number", "reference_number", "customer_name", "description"),
            sorts=frozenset(
                {"date", "amount", "customer_name", "payment_number", "created_time", "last_modified_time"}
            ),
            filter_by={
                "PaymentMode.All": lambda listed: True,
                "PaymentMode.Check": _mode_is("check"),
                "PaymentMode.Cash": _mode_is("cash"),
                "PaymentMode.BankTransfer": _mode_is("banktransfer"),
                "PaymentMode.CreditCard": _mode_is("creditcard"),
            },
        ),
    )
)
