"""Orders as a list, newest change first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.shapes import Json, moment, money, reason
from ml_connector.store import Store
from ml_connector.store.cursors import BadCursor
from ml_connector.store.outcomes import OutcomeRow, Wanted

LIMIT = 50
MOST = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """Which orders, and which part of the list."""

    connection_id: int | None = None
    outcome: str | None = None
    error: str | None = None
    since: datetime | None = None
    """Changed at this moment or later."""
    until: datetime | None = None
    """Changed before this moment."""
    after: str | None = None
    limit: int = LIMIT

    def wanted(self) -> Wanted:
        """The same as the store asks it.

        Raises:
            WrongUse: there is no such outcome.
        """
        return Wanted(
            connection_id=self.connection_id,
            verdict=None if self.outcome is None else verdict_of(self.outcome),
            error=self.error,
            changed_from=self.since,
            changed_until=self.until,
        )


def verdict_of(word: str) -> Verdict:
    """
    Raises:
        WrongUse: there is no such outcome.
    """
    try:
        return Verdict(word.strip().lower().replace("-", "_"))
    except ValueError as error:
        raise WrongUse(
            f"{word!r} is no outcome.", fix=f"It is one of {', '.join(verdict.value for verdict in Verdict)}."
        ) from error


async def orders(store: Store, asked: Asked, names: Mapping[int, str]) -> Json:
    """One page of orders and the cursor of the next. One query.

    Args:
        names: The connections' names by id.

    Raises:
        WrongUse: an outcome, a cursor or a limit that there is not.
    """
    if not 1 <= asked.limit <= MOST:
        raise WrongUse(f"{asked.limit} orders cannot be asked for at once.", fix=f"--limit takes 1 to {MOST}.")
    async with store.at_once() as tx:
        try:
            page = await store.outcomes.page(tx, asked.wanted(), after=asked.after, limit=asked.limit)
        except BadCursor as error:
            raise WrongUse(
                "This cursor was not given out by this list.", fix="Use `next` of the page before, unchanged."
            ) from error
    return {"orders": [row(each, names.get(each.connection_id, "")) for each in page.rows], "next": page.next}


def row(order: OutcomeRow, connection: str) -> Json:
    """One order as a list shows it. `name`, `total` and `placed_at` are null until it was read for the first time."""
    return {
        "connection": connection,
        "id": order.order_id,
        "name": order.facts.name or None,
        "outcome": order.verdict.value,
        "reason": reason(order.reason),
        "until": moment(order.until),
        "total": money(order.facts.total),
        "placed_at": moment(order.facts.placed_at),
        "changed_at": moment(order.changed_at),
        "outstanding": order.outstanding,
        "zoho": _zoho(order),
    }


def _zoho(order: OutcomeRow) -> Json | None:
    invoice = order.invoice
    if invoice is None:
        return None
    return {
        "invoice_id": invoice.zoho_id,
        "invoice_number": invoice.number or None,
        "total": money(invoice.total),
    }
