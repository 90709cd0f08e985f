"""The transaction lock.

Source: Zoho Books API v3, transaction locking.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Lock
from ml_connector.sandbox.zoho.refusals import missing
from ml_connector.sandbox.zoho.values import choice, day, required, text


def view(org: Organization) -> dict[str, Any]:
    """The lock as it is; `disabled` when there is none."""
    lock = org.lock
    return {
        "transaction_lock_id": lock.lock_id if lock else "",
        "accounting_period_id": "",
        "transaction_lock_status": "enabled" if lock else "disabled",
        "transaction_lock_date": lock.day.isoformat() if lock else "",
        "lock_status": "locked" if lock else "unlocked",
        "lock_status_formatted": "Locked" if lock else "Unlocked",
        "lock_scope": 0,
        "lock_scope_formatted": "All",
        "partial_lock_number": 0,
        "reason": lock.reason if lock else "",
        "user_exceptions": [],
        "user_exceptions_count": 0,
        "account_exceptions": [],
        "account_exceptions_count": 0,
    }


def show(call: Call) -> Response:
    """`GET /transactionlock`."""
    return success(transaction_lock=view(call.org))


def list_all(call: Call) -> Response:
    """`GET /transactionlocks`."""
    locks = [view(call.org)] if call.org.lock else []
    context = {
        "page": 1,
        "per_page": 10,
        "has_more_page": False,
        "applied_filter": "Status.All",
        "sort_column": "start_date",
        "sort_order": "D",
    }
    return success(transaction_locks=locks, page_context=context)


def update(call: Call) -> Response:
    """`PUT /transactionlock`."""
    org, body = call.org, call.body
    status = choice(body, "transaction_lock_status", ("enabled", "disabled", "enabled_with_logging"), "enabled")
    if status == "disabled":
        org.lock = None
    else:
        required(body, "transaction_lock_date")
        when = day(body, "transaction_lock_date", org.today())
        org.lock = Lock(org.lock.lock_id if org.lock else org.new_id(), when, text(body, "reason", 500))
    return success("Transaction lock has been updated.", transaction_lock=view(org))


def delete(call: Call) -> Response:
    """`DELETE /transactionlock`."""
    if call.org.lock is None or call.query.get("transaction_lock_id") != call.org.lock.lock_id:
        raise missing("Transaction lock does not exist.")
    call.org.lock = None
    return success("The transaction lock has been deleted.")


ROUTES = [
    Route("GET", "/transactionlock", "accountants.READ", show),
    Route("GET", "/accountingperiods/transactionlock", "accountants.READ", show),
    Route("GET", "/transactionlocks", "accountants.READ", list_all),
    Route("PUT", "/transactionlock", "accountants.UPDATE", update),
    Route("DELETE", "/transactionlock", "accountants.DELETE", delete),
]
