"""Why nothing was posted: the gates that an order passes, ticks up to the one that stopped it."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.domain.documents import Plan
from ml_connector.domain.outcome import Excluded, Hold, Reason

GATES = (
    ("received", "Received"),
    ("adds_up", "Adds up"),
    ("not_excluded", "Not excluded"),
    ("period_open", "Period open"),
    ("customer", "Customer"),
    ("tax", "Tax"),
    ("currency", "Currency"),
    ("equal", "Equal to the cent"),
)
"""In the order in which they are shown: name and label."""

_STOPPED_AT = {
    "unread": "received",
    "ledger_unread": "received",
    "does_not_add_up": "adds_up",
    "two_readings": "adds_up",
    "sale_unknown": "adds_up",
    "ledger_tax_differs": "adds_up",
    "received_differs": "adds_up",
    "refunded_differs": "adds_up",
    "merchant_of_record": "not_excluded",
    "orphan_refund": "not_excluded",
    "held_by_hand": "not_excluded",
    "excluded_too_late": "not_excluded",
    "period_locked": "period_open",
    "guest_key_missing": "customer",
    "tax_unmapped": "tax",
    "tax_missing": "tax",
    "tax_differs": "tax",
    "tax_on_one_line": "tax",
    "tax_kind_and_place": "tax",
    "tax_rounding_unknown": "tax",
    "jurisdiction_unknown": "tax",
    "channel_tax_mixed": "tax",
    "goodwill_tax": "tax",
    "not_registered": "tax",
    "adjustment_while_registered": "tax",
    "currency_missing": "currency",
    "rate_unknown": "currency",
    "price_precision": "currency",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """One question that an order has to pass. `passed` None: it was not asked any more."""

    name: str
    label: str
    passed: bool | None
    reason: Reason | None = None


def gates(decision: Plan | Hold | Excluded) -> tuple[Gate, ...]:
    """The gates in order, with ticks up to the one that stopped the order, and nothing said of those behind it."""
    if isinstance(decision, Plan):
        return tuple(Gate(name, label, True) for name, label in GATES)
    stopped = "not_excluded" if isinstance(decision, Excluded) else _STOPPED_AT.get(decision.reason.code, "equal")
    at = [name for name, _ in GATES].index(stopped)
    return tuple(
        Gate(
            name,
            label,
            True if index < at else False if index == at else None,
            decision.reason if index == at else None,
        )
        for index, (name, label) in enumerate(GATES)
    )
