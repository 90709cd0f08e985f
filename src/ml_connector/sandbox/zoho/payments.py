"""Customer payments and the refunds of what is not applied.

Source: Zoho Books API v3, customer payments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields, settling
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.documents import exchange_rate
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.paymentrefunds import delete_refund, list_refunds, refund, show_refund
from ml_connector.sandbox.zoho.paymentview import MODULE, detail, get, list_payments, show
from ml_connector.sandbox.zoho.posting import UNDEPOSITED
from ml_connector.sandbox.zoho.records import Account, Contact, Currency, Payment
from ml_connector.sandbox.zoho.refusals import invalid_value
from ml_connector.sandbox.zoho.settling import Wish
from ml_connector.sandbox.zoho.values import ZERO, Body, day, half_up, identifier, number, required, rows, text

MODES = ("check", "cash", "creditcard", "banktransfer", "bankremittance", "autotransaction", "others")


_DEPOSITS = ("bank", "cash", "other_current_asset", "credit_card", "payment_clearing")

_LIABILITIES = ("other_current_liability", "other_liability", "long_term_liability")


def create(call: Call) -> Response:
    """`POST /customerpayments`; what is not applied stays as the customer's credit."""
    org, body = call.org, call.body
    required(body, "customer_id", "payment_mode", "amount", "date")
    contact = org.customer(identifier(body, "customer_id"))
    payment_id = org.new_id()
    values, wanted = _read(call, contact, None, payment_id, body)
    org.check_lock(values["date"])
    payment = Payment(
        payment_id=payment_id,
        number=str(org.next_number("payment")),
        customer_id=contact.contact_id,
        created=call.now,
        modified=call.now,
        **values,
    )
    org.payments[payment_id] = payment
    org.belongs(contact.contact_id, "payment", payment_id)
    customfields.keep(org, "customer_payment", payment_id, {}, payment.custom)
    settling.apply(org, payment, wanted, payment.date)
    org.touched("contacts", contact.contact_id)
    MODULE.changed(org, payment_id, "add")
    return success("The payment has been created.", status=201, payment=detail(org, payment_id))


def update(call: Call) -> Response:
    """`PUT /customerpayments/{id}`; an `invoices` array replaces the applications."""
    org, body, payment = call.org, call.body, get(call.org, call.id)
    contact = org.contacts[payment.customer_id]
    if identifier(body, "customer_id") not in ("", payment.customer_id):
        raise invalid_value("customer_id")
    values, wanted = _read(call, contact, payment, payment.payment_id, body)
    org.check_lock(payment.date, values["date"])
    replaced = body.get("invoices") is not None
    used = sum((a.amount for a in (wanted if replaced else payment.applied.values())), ZERO)
    if values["amount"] < payment.refunded + used:
        raise org.refusal("over_application")
    before = dict(payment.custom)
    for name, value in values.items():
        setattr(payment, name, value)
    customfields.keep(org, "customer_payment", payment.payment_id, before, payment.custom)
    if replaced:
        for application in list(payment.applied.values()):
            settling.take_back(org, application)
        settling.apply(org, payment, wanted, payment.date)
    else:
        settling.source_changed(org, payment)
    org.touched("contacts", contact.contact_id)
    return success("The payment details have been updated.", payment=detail(org, payment.payment_id))


def _read(
    call: Call, contact: Contact, known: Payment | None, payment_id: str, body: Body
) -> tuple[dict[str, Any], Sequence[Wish]]:
    org = call.org
    currency = _currency(org, contact, known, body)
    amount = half_up(number(body, "amount", known.amount if known else ZERO), currency.places)
    if amount <= 0:
        raise invalid_value("amount")
    wanted = settling.wishes(org, rows(body, "invoices"), currency.places)
    settling.check(
        org, wanted, contact.contact_id, currency.currency_id, "payment_on_draft", known.payment_id if known else ""
    )
    if sum((wish.amount for wish in wanted), ZERO) > amount:
        raise org.refusal("over_application")
    when = day(body, "date", known.date if known else org.today())
    account = _deposit(org, identifier(body, "account_id") or (known.account_id if known else ""))
    values: dict[str, Any] = {
        "amount": amount,
        "date": when,
        "mode": _mode(org, body, known),
        "currency_id": currency.currency_id,
        "exchange_rate": exchange_rate(currency, known.exchange_rate if known else None, when, body),
        "account_id": account.account_id,
        "reference": text(
            body,
            "reference_number",
            org.switches.payment_reference_limit,
            known.reference if known else "",
        ),
        "description": text(body, "description", 2000, known.description if known else ""),
        **_charges(org, body, known, amount, currency),
        "custom": customfields.read(
            org, "customer_payment", known.custom if known else {}, body.get("custom_fields"), payment_id
        ),
    }
    return values, wanted


def _currency(org: Organization, contact: Contact, known: Payment | None, body: Body) -> Currency:
    """That of the invoices, else the customer's."""
    if known is not None:
        return org.currencies[known.currency_id]
    wanted = identifier(body, "currency_id")
    if wanted and org.switches.multi_currency_contacts:
        return org.known_currency(wanted)
    for sent in rows(body, "invoices"):
        invoice = org.invoices.get(identifier(sent, "invoice_id"))
        if invoice is not None:
            return org.currencies[invoice.currency_id]
    return org.currencies[contact.currency_id]


def _mode(org: Organization, body: Body, known: Payment | None) -> str:
    mode = text(body, "payment_mode", 100, known.mode if known else "")
    if not mode or (org.switches.payment_modes_closed and mode not in MODES):
        raise invalid_value("payment_mode")
    return mode


def _deposit(org: Organization, account_id: str) -> Account:
    """The account that receives the money; Undeposited Funds when none is named."""
    account = org.usable_account(account_id or org.system_accounts[UNDEPOSITED])
    check_cash_account(org, account)
    return account


def check_cash_account(org: Organization, account: Account) -> None:
    """Refuse an account that cannot hold money."""
    allowed = account.kind in _DEPOSITS or (org.switches.liability_deposits and account.kind in _LIABILITIES)
    if not allowed:
        raise org.refusal("deposit_account")


def _charges(org: Organization, body: Body, known: Payment | None, amount: Any, currency: Currency) -> dict[str, Any]:
    charges = half_up(number(body, "bank_charges", known.bank_charges if known else ZERO), currency.places)
    if charges < 0 or charges > amount:
        raise invalid_value("bank_charges")
    if charges and not (body.get("account_id") or known):
        raise invalid_value("bank_charges")
    account_id = identifier(body, "bank_charges_account_id") or (known.bank_charges_account_id if known else "")
    if account_id:
        org.usable_account(account_id)
    return {"bank_charges": charges, "bank_charges_account_id": account_id}


def delete(call: Call) -> Response:
    """`DELETE /customerpayments/{id}`."""
    _delete(call.org, [get(call.org, call.id)])
    return success("The payment has been deleted.")


def delete_many(call: Call) -> Response:
    """`DELETE /customerpayments?payment_ids=&bulk_delete=true`."""
    wanted = [one for one in call.query.get("payment_ids", "").split(",") if one]
    if not wanted or not call.asked("bulk_delete"):
        raise invalid_value("payment_ids")
    _delete(call.org, [get(call.org, one) for one in wanted])
    return success("The selected customer payments have been deleted.")


def _delete(org: Organization, payments: list[Payment]) -> None:
    for payment in payments:
        org.check_lock(payment.date)
        if payment.refunds:
            raise org.refusal("in_use", document="payment")
    for payment in payments:
        settling.remove_payment(org, payment)


def save_custom(call: Call) -> Response:
    """`PUT /customerpayment/{id}/customfields`."""
    org, payment = call.org, get(call.org, call.id)
    after = customfields.read(org, "customer_payment", payment.custom, call.payload, payment.payment_id)
    customfields.keep(org, "customer_payment", payment.payment_id, payment.custom, after)
    payment.custom, payment.modified = after, call.now
    MODULE.changed(org, payment.payment_id, "edit")
    return customfields.saved()


ROUTES = [
    Route("POST", "/customerpayments", "customerpayments.CREATE", create),
    Route("GET", "/customerpayments", "customerpayments.READ", list_payments),
    customfields.upsert("customer_payment", "customerpayments.UPDATE", "/customerpayments", create, update),
    Route("DELETE", "/customerpayments", "customerpayments.DELETE", delete_many),
    Route("GET", "/customerpayments/{}", "customerpayments.READ", show),
    Route("PUT", "/customerpayments/{}", "customerpayments.UPDATE", update),
    Route("DELETE", "/customerpayments/{}", "customerpayments.DELETE", delete),
    Route("POST", "/customerpayments/{}/refunds", "customerpayments.CREATE", refund),
    Route("GET", "/customerpayments/{}/refunds", "customerpayments.READ", list_refunds),
    Route("GET", "/customerpayments/{}/refunds/{}", "customerpayments.READ", show_refund),
    Route("DELETE", "/customerpayments/{}/refunds/{}", "customerpayments.DELETE", delete_refund),
    Route("PUT", "/customerpayment/{}/customfields", "customerpayments.UPDATE", save_custom),
]
