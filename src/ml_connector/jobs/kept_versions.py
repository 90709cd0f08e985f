"""Where somebody changed a document of ours in Zoho and a person keeps that version: it is right, and stays as it is.

The word is given about Shopify's figures as they were read last. While these stay, the order is at rest and nothing is
written for it. The document is remembered as Zoho has it: where it comes to what Shopify says after all (somebody moved
a date, or an account), later payments and refunds are posted as ever, and it is never changed in place. Where the
totals differ, the next change in Shopify is held again, because nobody has said what should come of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.edited import GONE, adopted
from ml_connector.domain.money import Side
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Hold, Outcome, Reason, Verdict
from ml_connector.domain.reading import ReadOrder, read_order
from ml_connector.jobs.decided import told
from ml_connector.jobs.edited import MODULES, keep
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.decisions import KEEP, Decision
from ml_connector.store.subjects import Lease, Subject
from ml_connector.store.values import dumps
from ml_connector.zoho.errors import NotFound

KEPT = "zoho_version_kept"
LEFT_OUT = "left_out_in_zoho"
_CHANGED = frozenset({"changed_in_zoho", "zoho_differs"})
_GONE = frozenset({"deleted_in_zoho", "voided_in_zoho"})
CODES = _CHANGED | _GONE
"""Holds that this word answers."""


async def keep_zohos(store: Store, subject: Subject, who: str, note: str = "") -> None:
    """Take Zoho's version of this order as right. One commit.

    Raises:
        WrongUse: it is not held for a difference that somebody made in Zoho.
    """
    async with store.transaction() as tx:
        row = await store.outcomes.get(tx, subject.connection_id, subject.id)
        reading = await store.readings.of(tx, subject.connection_id, subject.id)
        held = row is not None and row.verdict is Verdict.HELD and row.reason is not None
        if not held or reading is None or row is None or row.reason is None or row.reason.code not in CODES:
            raise WrongUse(
                "This order does not wait for a choice between Shopify's version and Zoho's.",
                fix="Look at the order: it says what it waits for.",
            )
        about = digest_of(reading.order)
        await store.decisions.put(tx, subject.connection_id, subject.id, KEEP, who=who, note=note, about=about)
        said = f"{who} kept Zoho's version of this order." + (f" “{note}”." if note else "")
        await told(tx, store, subject, who, "order.zoho_kept_by_hand", said)


async def word_on(hold: Hold, order: Order, run: Runtime) -> Decision | None:
    """The word that answers *hold*, given about Shopify's figures as they are now. One query where it could."""
    if hold.reason.code not in CODES:
        return None
    async with run.store.at_once() as tx:
        word = await run.store.decisions.of(tx, run.connection_id, order.id)
    side = Side.SHOP if run.policy.currency == "shop" else Side.PRESENTMENT
    return word if word is not None and word.kind == KEEP and word.about == digest_of(read_order(order, side)) else None


async def adopt(documents: Mapping[str, KnownDocument], word: Decision, lease: Lease, run: Runtime) -> bool:
    """Remember the documents that a person changed as Zoho has them. Whether there were any; one call for each.

    Raises:
        Trouble: Zoho could not be asked.
    """
    changed = [
        each
        for each in documents.values()
        if each.changed_by_person and each.status != GONE and each.zoho_id and each.kind in MODULES
    ]
    found = {}
    for ours in changed:
        try:
            theirs = await run.zoho.document(MODULES[ours.kind], ours.zoho_id, ours.key)
        except NotFound:
            continue  # the next decision says that it is gone
        found[ours.key] = adopted(ours, theirs, word.who)
    if found:
        await keep(found, lease, run)
    return bool(found)


def at_rest(hold: Hold, word: Decision) -> Outcome:
    """What the order says while the word holds."""
    why = f" “{word.note}”." if word.note else ""
    details = hold.reason.details
    if hold.reason.code in _GONE:
        said = f"{word.who} left it as it is in Zoho: the document was deleted or voided there.{why}"
        return Outcome(Verdict.EXCLUDED, Reason(LEFT_OUT, said, "Release it if it belongs in the books.", "", details))
    said = f"{word.who} kept Zoho's version, which differs from Shopify's figures.{why}"
    return Outcome(Verdict.POSTED, Reason(KEPT, said, "", "", details))


def digest_of(reading: ReadOrder) -> str:
    """What Shopify's figures are recognised by."""
    figures = replace(reading, country="", discounts=())
    return hashlib.sha256(dumps(figures).encode()).hexdigest()[:32]
