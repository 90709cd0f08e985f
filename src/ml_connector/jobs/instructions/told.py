"""What the deliveries of a subject asked for, read from their bodies; and how a small job says what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.synced import Synced
from ml_connector.shopify import knocks
from ml_connector.store import Store
from ml_connector.store.subjects import Subject


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery: what it asked, its body for what only an instruction says, and when it came."""

    asked: knocks.Knock
    body: bytes
    received_at: datetime


async def told(subject: Subject, store: Store) -> list[Told]:
    """Everything that was delivered about *subject* and not erased since, oldest first. One query for each."""
    found: list[Told] = []
    async with store.at_once() as tx:
        for each in await store.deliveries.of_subject(tx, subject):
            kept = await store.deliveries.get(tx, each.id)
            if kept is not None and kept.body:
                found.append(Told(knocks.knock(kept.topic, kept.body), kept.body, kept.received_at))
    return found


def did(code: str, text: str, fix: str = "") -> Synced:
    """The end of a small job, with a sentence for the timeline."""
    return Synced(None, Outcome(Verdict.POSTED, Reason(code, text, fix)))


def nothing() -> Synced:
    """There was nothing to do."""
    return Synced(None, Outcome(Verdict.POSTED))
