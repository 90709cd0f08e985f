"""What a bookkeeper of the simulated organisation would have chosen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

_POLICY: dict[str, Any] = {
    "gateways": {
        "shopify_payments": {"mode": "creditcard", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"},
        "paypal": {"mode": "others", "deposit": "PayPal", "refund_from": "PayPal"},
        "manual": {"mode": "banktransfer", "deposit": "Manual Payments", "refund_from": "Manual Payments"},
        "cash": {"mode": "cash", "deposit": "Petty Cash", "refund_from": "Petty Cash"},
        "gift_card": {"mode": "others", "deposit": "Gift Card Clearing", "refund_from": "Gift Card Clearing"},
        "shopify_store_credit": {
            "mode": "others",
            "deposit": "Store Credit Clearing",
            "refund_from": "Store Credit Clearing",
        },
        "*": {"mode": "others", "deposit": "Marketplace Clearing", "refund_from": "Marketplace Clearing"},
    },
    "accounts": {
        "gift_cards": "Gift cards",
        "store_credit": "Store credit",
        "tips": "Tips",
        "duties": "Duties",
        "fees": "Fees",
        "rounding": "Rounding",
        "allowances": "Allowances",
        "channel_tax": "Channel tax",
        "tax_payable": "Tax Payable",
    },
    # the shop sells everywhere: a tax that the books do not have is made there, named after place, title and rate
    "unknown_tax": "create",
}


def policy(today: date) -> dict[str, Any]:
    """The choices. Orders of the last year count, because some stories begin before today."""
    return {**_POLICY, "start_date": (today - timedelta(days=365)).isoformat()}
