"""Documents of ours that people deleted, voided or changed in Zoho: once a day they are looked for in Zoho's lists.

A list only raises a suspicion (it lags, and its rows are thin). What is suspected is noted, and its order knocked for:
the run reads the document by its id and says what became of it, or takes the note back. So a round costs a call for
each 200 documents of its days, and one for each suspicion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.edited import GONE
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.edited import MODULES
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import turn
from ml_connector.store.documents import Kept
from ml_connector.store.subjects import Knock, Lane, Subject

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=35)
"""A month that is being closed, and a few days."""
SETTLED = timedelta(hours=1)
"""What was written less than this ago may not be in Zoho's lists yet."""
MOST = 50
"""Suspicions in one round: a list that shows nothing must not make us read everything."""


@dataclass(frozen=True, slots=True)
class Suspected:
    """Documents that were compared, and how many of them are not as we knew them."""

    compared: int
    suspected: int


async def look_for_vanished(run: Runtime) -> Suspected:
    """Knock for the orders whose documents are not in Zoho as we left them.

    Raises:
        Elsewhere: another process does it right now.
        ZohoTrouble, StoreTrouble: nothing was noted.
    """
    now = await run.store.now()
    async with turn(f"vanished documents of {run.connection_id}", run.store):
        ours = await _ours(run, now)
        if not ours:
            return Suspected(0, 0)
        there = await _there(run, ours)
        suspects = [each for each in ours if _differs(each.document, there.get(each.document.zoho_id))][:MOST]
        await _note(run, suspects)
    log.info("vanished.looked", connection=run.name, compared=len(ours), suspected=len(suspects))
    return Suspected(len(ours), len(suspects))


async def _ours(run: Runtime, now: datetime) -> list[Kept]:
    """Documents of these days that we believe to stand in Zoho, each of an order."""
    today = now.astimezone(zone_of(await connection_of(run))).date()
    async with run.store.at_once() as tx:
        kept = await run.store.documents.dated(tx, run.connection_id, today - LOOK_BACK, today + timedelta(days=1))
    return [each for each in kept if each.order_id and _stands(each.document) and _settled(each, now)]


def _stands(document: KnownDocument) -> bool:
    believed = document.state == "done" and document.status not in ("void", GONE) and not document.changed_by_person
    return believed and bool(document.zoho_id) and document.kind in MODULES


def _settled(kept: Kept, now: datetime) -> bool:
    return kept.confirmed_by_zoho_at is not None and now - kept.confirmed_by_zoho_at >= SETTLED


async def _there(run: Runtime, ours: list[Kept]) -> Mapping[str, KnownDocument]:
    """What Zoho lists for the days of *ours*, by id."""
    days = [each.document.dated for each in ours if each.document.dated is not None]
    zoho = run.zoho.in_lane("rereading")
    kinds = {each.document.kind for each in ours}
    return {
        row.zoho_id: row
        for kind, module in MODULES.items()
        if kind in kinds
        for row in await zoho.dated(module, min(days), max(days))
    }


def _differs(ours: KnownDocument, row: KnownDocument | None) -> bool:
    if row is None or row.status == "void":
        return True
    return ours.total is not None and row.total is not None and ours.total != row.total


async def _note(run: Runtime, suspects: list[Kept]) -> None:
    number = run.connection_id
    orders = dict.fromkeys(each.order_id for each in suspects if each.order_id)
    async with run.store.transaction() as tx:
        for each in suspects:
            known = each.document
            await run.store.documents.changed_by_person(tx, number, known.key, last_modified=known.last_modified)
        if orders:
            knocks = [Knock(Subject(number, "order", order), Lane.REREADING) for order in orders]
            await run.store.subjects.knock(tx, knocks)
