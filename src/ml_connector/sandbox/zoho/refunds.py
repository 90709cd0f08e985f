"""Money paid back, out of a credit note or of an unapplied payment.

Source: Zoho Books API v3, credit notes and customer payments.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho.documents import exchange_rate
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Currency, Refund
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value
from ml_connector.sandbox.zoho.values import Body, day, half_up, identifier, number, required, text

_CASH = ("bank", "cash", "other_current_asset", "credit_card", "payment_clearing")
_LIABILITIES = ("other_current_liability", "other_liability", "long_term_liability")


def read_refund(org: Organization, currency: Currency, available: Decimal, body: Body) -> Refund:
    """A refund as it was asked for; there is no default account to pay it from.

    Raises:
        Refusal: No date, amount or `from_account_id`; more than is left; a locked day.
    """
    required(body, "date", "amount", "from_account_id")
    when = day(body, "date", org.today())
    org.check_lock(when)
    amount = half_up(number(body, "amount"), currency.places)
    if amount <= 0:
        raise invalid_value("amount")
    if amount > available:
        raise org.refusal("over_refund")
    account = org.usable_account(identifier(body, "from_account_id"))
    allowed = account.kind in _CASH or (org.switches.liability_deposits and account.kind in _LIABILITIES)
    if not allowed:
        raise org.refusal("deposit_account")
    mode = text(body, "refund_mode", 50)
    if org.switches.payment_modes_closed and mode and mode not in _MODES:
        raise Refusal(400, 4, "Invalid value passed for refund_mode")
    return Refund(
        refund_id=org.new_id(),
        date=when,
        amount=amount,
        from_account_id=account.account_id,
        mode=mode,
        reference=text(body, "reference_number", 100),
        description=text(body, "description", 2000),
        exchange_rate=exchange_rate(currency, None, when, body),
    )


_MODES = ("check", "cash", "creditcard", "banktransfer", "bankremittance", "autotransaction", "others")


def refund_view(refund: Refund, currency: Currency) -> dict[str, Any]:
    """The fields that refunds of payments and of credit notes share."""
    return {
        "date": refund.date.isoformat(),
        "refund_mode": refund.mode,
        "reference_number": refund.reference,
        "amount": shown(refund.amount, currency.places),
        "exchange_rate": refund.exchange_rate,
        "from_account_id": refund.from_account_id,
        "description": refund.description,
    }
