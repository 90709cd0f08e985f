"""Paying back what of a payment is not applied.

Source: Zoho Books API v3, customer payments, refunds.
"""

from __future__ import annotations

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import settling
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.paymentview import get, refund_of
from ml_connector.sandbox.zoho.refunds import read_refund
from ml_connector.sandbox.zoho.refusals import missing


def refund(call: Call) -> Response:
    """`POST /customerpayments/{id}/refunds`: pay back what is not applied."""
    org, payment = call.org, get(call.org, call.id)
    currency = org.currencies[payment.currency_id]
    made = read_refund(org, currency, payment.unused, call.body)
    payment.refunds[made.refund_id] = made
    settling.source_changed(org, payment)
    org.touched("contacts", payment.customer_id)
    return success(
        "The refund information for this payment has been saved.",
        payment_refunds=refund_of(org, payment, made.refund_id),
    )


def list_refunds(call: Call) -> Response:
    """`GET /customerpayments/{id}/refunds`."""
    org, payment = call.org, get(call.org, call.id)
    views = [refund_of(org, payment, one) for one in payment.refunds]
    return success("The list of refunds of the customer is displayed successfully.", payment_refunds=views)


def show_refund(call: Call) -> Response:
    """`GET /customerpayments/{id}/refunds/{id}`."""
    org, payment = call.org, get(call.org, call.ids[0])
    if call.id not in payment.refunds:
        raise missing("Refund does not exist.")
    return success(
        "The details of the refund are displayed successfully.",
        payment_refunds=refund_of(org, payment, call.id),
    )


def delete_refund(call: Call) -> Response:
    """`DELETE /customerpayments/{id}/refunds/{id}`."""
    org, payment = call.org, get(call.org, call.ids[0])
    if call.id not in payment.refunds:
        raise missing("Refund does not exist.")
    org.check_lock(payment.refunds[call.id].date)
    del payment.refunds[call.id]
    settling.source_changed(org, payment)
    org.touched("contacts", payment.customer_id)
    return success("The refund has been deleted.")
