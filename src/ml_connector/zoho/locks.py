"""Up to which day Zoho refuses sales documents, from any of the shapes in which it tells it.

Source: Zoho Books API v3, Transaction Locking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ml_connector.zoho.exact import Json, day, inner, rows, text


@dataclass(frozen=True, slots=True)
class TransactionLock:
    """Up to which day, itself included, Zoho refuses sales documents."""

    until: date | None
    known: bool = True
    """False: Zoho did not say, so nothing can be concluded."""
    reason: str = ""
    """Why it is locked, in the words of who locked it; or why it is not known."""


# Locks of these modules do not touch invoices, payments and credit notes.
_ELSEWHERE = ("purchase", "purchases", "inventory_adjustments")


def transaction_lock(body: Json) -> TransactionLock:
    """The lock that matters for sales, from any of the shapes in which Zoho tells it; the latest day wins."""
    found = [inner(body, "transaction_lock")] if "transaction_lock" in body else rows(body, "transaction_locks")
    if isinstance(body.get("transaction_lock"), list):
        found = rows(body, "transaction_lock")
    elif not found and "transaction_lock_status" in body:
        found = [body]
    elif not found and "transaction_lock" not in body and "transaction_locks" not in body:
        return TransactionLock(None, known=False, reason="Zoho's answer has no lock in a form that we know.")
    until, reason = None, ""
    for row in found:
        if not _locks_sales(row):
            continue
        day_of = day(row, "transaction_lock_date") or day(row, "end_date")
        if day_of is None:
            return TransactionLock(None, known=False, reason="Zoho says that a lock is on, and not until when.")
        if until is None or day_of > until:
            until, reason = day_of, text(row, "reason")
    return TransactionLock(until, reason=reason)


def _locks_sales(row: Json) -> bool:
    state = text(row, "transaction_lock_status").lower()
    on = state.startswith("enabled") or (not state and text(row, "lock_status").lower() == "locked")
    module = text(row, "transaction_lock_module", "lock_module", "lock_scope_formatted").lower().replace(" ", "_")
    return on and module not in _ELSEWHERE
