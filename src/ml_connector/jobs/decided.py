"""A person's word on one order: hold it, exclude it, or let it go again.

The word is kept with who gave it, noted in the audit and on the order's timeline, and knocks for the order in the same
commit; so the next run sees it, and everybody can see why. It stands above every rule. What is in Zoho stays there: an
order is excluded only while nothing of it is, and holding one stops what would be written next.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.decisions import EXCLUDE, HOLD, KEEP, Decision
from ml_connector.store.exchanges import Event
from ml_connector.store.subjects import Knock, Subject

IN_BOOKS = "Zoho holds documents of this order already, so it cannot be excluded."


async def hold(store: Store, subject: Subject, who: str, note: str = "") -> None:
    """Let nothing more be written for this order until somebody releases it. One commit."""
    async with store.transaction() as tx:
        await store.decisions.put(tx, subject.connection_id, subject.id, HOLD, who=who, note=note)
        await told(tx, store, subject, who, "order.held_by_hand", f"{who} held this order.{_quoted(note)}")


async def exclude(store: Store, subject: Subject, who: str, note: str = "") -> None:
    """Keep this order out of the books. One commit.

    Raises:
        WrongUse: Zoho holds a document of it, or may.
    """
    async with store.transaction() as tx:
        if await store.decisions.in_books(tx, subject.connection_id, subject.id):
            raise WrongUse(IN_BOOKS, fix="Void or credit it in Zoho first, or hold it so that nothing more is written.")
        await store.decisions.put(tx, subject.connection_id, subject.id, EXCLUDE, who=who, note=note)
        await told(tx, store, subject, who, "order.excluded_by_hand", f"{who} excluded this order.{_quoted(note)}")


async def release(store: Store, subject: Subject, who: str) -> bool:
    """Take the word back, so that the rules decide again. False: there was none. One commit."""
    async with store.transaction() as tx:
        taken = await store.decisions.take_back(tx, subject.connection_id, subject.id)
        if taken is None:
            return False
        was = {HOLD: "hold", EXCLUDE: "exclusion"}.get(taken.kind, "choice of Zoho's version")
        await told(tx, store, subject, who, "order.released_by_hand", f"{who} ended the {was} by {taken.who}.")
    return True


async def sync_now(store: Store, subject: Subject, who: str) -> None:
    """Knock for this order as if something had just happened to it. One commit."""
    async with store.transaction() as tx:
        await told(tx, store, subject, who, "order.asked_for", f"{who} asked for this order to be looked at now.")


async def by_hand(order_id: str, run: Runtime) -> Outcome | None:
    """What a person decided about this order; None when the rules decide. One query, two when it is excluded."""
    async with run.store.at_once() as tx:
        decided = await run.store.decisions.of(tx, run.connection_id, order_id)
        if decided is None or decided.kind == KEEP:
            return None
        in_books = decided.kind == EXCLUDE and await run.store.decisions.in_books(tx, run.connection_id, order_id)
    if decided.kind == HOLD:
        return Outcome(Verdict.HELD, _held(decided))
    return Outcome(Verdict.HELD, _too_late(decided)) if in_books else Outcome(Verdict.EXCLUDED, _excluded(decided))


def _held(decided: Decision) -> Reason:
    return Reason(
        "held_by_hand",
        f"{decided.who} held this order.{_quoted(decided.note)} Nothing more is written to Zoho for it.",
        "Release it when it may go on.",
        cause=f"held_by_hand:{decided.order_id}",
    )


def _excluded(decided: Decision) -> Reason:
    return Reason(
        "excluded_by_hand",
        f"{decided.who} excluded this order.{_quoted(decided.note)} It is not posted.",
        "Release it if it belongs in the books after all.",
    )


def _too_late(decided: Decision) -> Reason:
    """It was being posted while somebody excluded it."""
    return Reason(
        "excluded_too_late",
        f"{decided.who} excluded this order, and Zoho holds documents of it already. Nothing more is written.",
        "Void or credit them in Zoho, or release the order.",
        cause=f"excluded_too_late:{decided.order_id}",
    )


def _quoted(note: str) -> str:
    return f" “{note}”." if note else ""


async def told(tx: AsyncConnection, store: Store, subject: Subject, who: str, event: str, sentence: str) -> None:
    """Knock, and write down who did what."""
    await store.subjects.knock(tx, [Knock(subject)])
    await store.timeline.note(tx, [Event(subject, event, sentence, who=who)])
    await store.audit.note(tx, who, event, connection_id=subject.connection_id, on=subject.id)
