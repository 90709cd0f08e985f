"""A connection that rests: its orders are read and planned, and nothing is written to Zoho until a person says so.

A connection that is made step by step in the console rests until its last step; one that is connected by a document
works at once. Whoever pauses posting lets it rest again. What arrives meanwhile is kept, shows what it would become,
and is posted when posting begins. A hold is found as ever, because it writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.subjects import Knock, Subject

NOT_BEGUN = "not_begun"
PAUSED = "posting_paused"
READ_AGAIN = timedelta(days=1)
"""What waits is read again after this time, so that its figures do not grow old. Beginning makes all of it due."""

_NOT_BEGUN = "Posting has not begun. Orders are kept and planned; nothing is written to Zoho before you say so."
_FIX = {
    NOT_BEGUN: "Open Connect in the console and begin with its last step, or run `ml-connector resume`.",
    PAUSED: "Go on with posting under Connections, or run `ml-connector resume`.",
}


@dataclass(frozen=True, slots=True)
class Resting:
    """Why a connection writes nothing, and what is let through all the same."""

    how: str
    """not_begun | posting_paused"""
    text: str
    let_through: frozenset[str] = frozenset()

    def lets(self, subject: Subject) -> bool:
        """Whether *subject* is an order that a person lets through."""
        return subject.kind == "order" and subject.id in self.let_through

    def outcome(self, now: datetime) -> Outcome:
        """What an order says that would be posted if the connection did not rest."""
        return Outcome(Verdict.WAITING, Reason(self.how, self.text, _FIX[self.how]), until=now + READ_AGAIN)


def resting_of(connection: Connection) -> Resting | None:
    """How *connection* rests; None when it works."""
    if not connection.resting:
        return None
    return Resting(connection.resting, connection.resting_reason or "", frozenset(connection.let_through))


async def not_yet(tx: AsyncConnection, store: Store, connection_id: int) -> None:
    """Let a new connection rest until somebody has looked at what it would do."""
    await store.connections.rest(tx, connection_id, NOT_BEGUN, _NOT_BEGUN)


async def pause(store: Store, connection: Connection, who: str) -> bool:
    """Write nothing more for *connection*; what runs right now is finished. False: it rested already. One commit.

    Raises:
        WrongUse: it was disconnected.
    """
    _in_use(connection)
    async with store.transaction() as tx:
        news = not connection.resting and await store.connections.rest(
            tx, connection.id, PAUSED, f"Paused by {who}. Orders keep arriving and wait; nothing is written to Zoho."
        )
        if news:
            await store.audit.note(tx, who, "connection.paused", connection_id=connection.id, on=connection.name)
    return news


async def begin(store: Store, connection: Connection, who: str) -> bool:
    """Post what waits, and from now on what comes. False: it worked already. One commit.

    Raises:
        WrongUse: it was disconnected.
    """
    _in_use(connection)
    async with store.transaction() as tx:
        news = await store.connections.work(tx, connection.id)
        if news:
            await store.subjects.due_now(tx, connection.id)
            await store.audit.note(tx, who, "connection.begun", connection_id=connection.id, on=connection.name)
    return news


def _in_use(connection: Connection) -> None:
    if connection.disconnected_at is not None:
        raise WrongUse(f"{connection.name} was disconnected.", fix="Connect it again; no order is lost.")


async def post_first(store: Store, connection: Connection, order_ids: Sequence[str], who: str) -> bool:
    """Post these orders and no others, so that somebody may look at them. False: it works already. One commit."""
    async with store.transaction() as tx:
        rests = await store.connections.let_through(tx, connection.id, order_ids)
        if rests:
            await store.subjects.knock(tx, [Knock(Subject(connection.id, "order", each)) for each in order_ids])
            details = {"orders": len(order_ids)}
            await store.audit.note(tx, who, "connection.first_orders", connection_id=connection.id, details=details)
    return rests
