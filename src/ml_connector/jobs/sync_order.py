"""The one job behind created, updated, paid, refunded, edited and cancelled: ask, decide, act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind, Plan
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Excluded, Hold, Outcome, Reason, Verdict
from ml_connector.domain.plan import plan_order
from ml_connector.domain.plan.known import is_draft
from ml_connector.domain.trouble import Remedy, Trouble, Wrote
from ml_connector.jobs import edited, kept_versions
from ml_connector.jobs.apply import Applied, apply
from ml_connector.jobs.asking import NOTHING, Asked, ask
from ml_connector.jobs.decided import by_hand
from ml_connector.jobs.in_doubt import settle_in_doubt
from ml_connector.jobs.learning import learn
from ml_connector.jobs.masters import Part, forget_masters, learn_rounding, parts_of_hold, stumbled
from ml_connector.jobs.restored import concerning
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.store.subjects import Lease
from ml_connector.zoho.errors import AccountRefused, NotFound, PeriodLocked, RecordInactive, StateForbids

ROUNDS = 6
"""A plan that only prepares (makes a tax) is followed by another. So, once each, are one for which a rule made
mappings, which are recorded first, and one that Zoho refused for what may have changed since we last looked. More than
this is our bug."""
NEWS = (PeriodLocked, NotFound, StateForbids, RecordInactive, AccountRefused)
"""Refusals that say that something is not as we knew it; nothing was written. What is then read decides anew."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, what it was made on, and the documents that were not as the tables said."""

    asked: Asked
    decided: Plan | Hold | Excluded
    found: Mapping[str, KnownDocument]


async def sync_order(lease: Lease, run: Runtime) -> Synced:
    """Bring Zoho's books into agreement with one Shopify order, as it is now.

    Nothing here counts attempts or decides when to come back: that is `run_subject`'s, which also writes the verdict
    down.

    Raises:
        Trouble: asking failed; nothing was written by this run.
    """
    order = await run.shopify.order(lease.subject.id)
    already = await _already(order, lease, run)
    if order is None or already is not None:
        return already or Synced(None, await gone(lease.subject.id, run))
    run = concerning(order.created_at, run)
    refused_before = False
    for _ in range(ROUNDS):
        made = await decide(order, run, backfill=lease.backfill)
        asked, decided = made.asked, made.decided
        if made.found:
            await edited.keep(made.found, lease, run)
        if isinstance(decided, Hold | Excluded):
            outcome = await _stopped(decided, made, order, lease, run)
            if outcome is not None:
                return Synced(order, outcome)
            continue
        before, run = run, await learn(decided.learned, run)
        if run.policy != before.policy:
            continue
        applied = await apply(replace(decided, policy_version=run.policy_version), asked.known, lease, run)
        await _learn(asked, applied, run)
        news = isinstance(applied.trouble, NEWS) and not refused_before
        refused_before = refused_before or news
        if not news and not (decided.more and _goes_on(decided, applied)):
            return Synced(order, _with_waits(applied.outcome, decided), applied.trouble)
        if news:
            await _look_again(asked, lease, run)
        await forget_masters(run, _parts_concerned(decided, applied.trouble))
    raise RuntimeError(f"{order.name} still needs preparations after {ROUNDS} rounds")


async def _already(order: Order | None, lease: Lease, run: Runtime) -> Synced | None:
    """What is clear before anything is decided: an answer is still missing, or a person has given a word."""
    doubt = await settle_in_doubt(lease, run)
    if doubt is not None:
        return Synced(order, doubt.outcome, doubt.trouble)
    word = await by_hand(lease.subject.id, run)
    return None if word is None else Synced(order, word)


async def _stopped(decided: Hold | Excluded, made: Decided, order: Order, lease: Lease, run: Runtime) -> Outcome | None:
    """What an order says for which there is no plan; None when it has to be decided again, because a person keeps what
    somebody wrote in Zoho."""
    if isinstance(decided, Excluded):
        return Outcome(Verdict.EXCLUDED, decided.reason)
    word = await kept_versions.word_on(decided, order, run)
    if word is None:
        return Outcome(Verdict.HELD, decided.reason)
    known = {**made.asked.books.documents, **made.found}
    if await kept_versions.adopt(known, word, lease, run):
        return None
    return kept_versions.at_rest(decided, word)


def _parts_concerned(prepared: Plan, refused: Trouble | None) -> frozenset[Part]:
    """The master data that is not as we knew it: what we just made, or what Zoho refused."""
    made = {_MADE[operation.kind] for operation in prepared.operations if operation.kind in _MADE}
    found = next((parts for kind, parts in _REFUSED.items() if isinstance(refused, kind)), frozenset[Part]())
    return frozenset(made) | found


_MADE = {Kind.TAX: Part.TAXES, Kind.ITEM: Part.ITEMS}
_REFUSED: Mapping[type[Trouble], frozenset[Part]] = {
    PeriodLocked: frozenset({Part.LOCK}),
    AccountRefused: frozenset({Part.ACCOUNTS}),
    NotFound: frozenset({Part.ACCOUNTS, Part.TAXES, Part.ITEMS}),
    RecordInactive: frozenset({Part.ACCOUNTS, Part.TAXES, Part.ITEMS}),
}


def _goes_on(prepared: Plan, applied: Applied) -> bool:
    """Whether the order itself comes next: its preparations are done, or were items, which never block the money."""
    if applied.outcome.verdict is Verdict.POSTED:
        return True
    trouble = applied.trouble
    if trouble is None or trouble.wrote is not Wrote.NO or trouble.remedy in (Remedy.LATER, Remedy.CONNECTION):
        return False
    return all(operation.kind is Kind.ITEM for operation in prepared.operations)


async def decide(order: Order, run: Runtime, *, backfill: bool) -> Decided:
    """The decision on what is known; made again on fresh master data when it stumbles over what it knew of them, and on
    the documents as Zoho holds them now when it corrects any.

    Args:
        backfill: An operator asked for this order, so it may be from before the start date.
    """
    asked, decided = await _decide(order, run, NOTHING, backfill=backfill)
    found: dict[str, KnownDocument] = {}
    read: dict[str, bool] = {}
    while keys := new_in(read, edited.in_question(decided, asked.books.documents)):
        read |= keys
        now = await edited.read_documents(keys, asked.books.documents, run)
        if now:
            found |= now
            asked, decided = await _decide(order, run, found, backfill=backfill)
    return Decided(asked, decided, found)


async def _decide(
    order: Order, run: Runtime, found: Mapping[str, KnownDocument], *, backfill: bool
) -> tuple[Asked, Plan | Hold | Excluded]:
    asked = await ask(order, run, backfill=backfill, found=found)
    decided = plan_order(order, run.policy, asked.books)
    if isinstance(decided, Hold) and await stumbled(run, parts_of_hold(decided.reason.code)):
        asked = await ask(order, run, backfill=backfill, found=found)
        decided = plan_order(order, run.policy, asked.books)
    return asked, decided


def new_in(read: Mapping[str, bool], keys: Mapping[str, bool]) -> dict[str, bool]:
    """Those of *keys* that were not read yet, or without their texts."""
    return {key: texts for key, texts in keys.items() if key not in read or texts > read[key]}


async def _look_again(asked: Asked, lease: Lease, run: Runtime) -> None:
    """Zoho refused because something is not as we knew it: read the order's documents, and doubt its contact."""
    async with run.store.at_once() as tx:  # what this run has made is among them
        documents = await run.store.documents.of_order(tx, run.connection_id, lease.subject.id)
    found = await edited.read_documents(edited.everything(documents), documents, run)
    await edited.keep(found, lease, run)
    drafts = [f"sent:{key}" for key, each in found.items() if is_draft(each)]
    async with run.store.at_once() as tx:
        await run.store.operations.gone(tx, run.connection_id, drafts)  # marked together with others, and left out
        await run.store.contacts.doubt(tx, run.connection_id, list(asked.books.contacts))


async def _learn(asked: Asked, applied: Applied, run: Runtime) -> None:
    """What Zoho's answers told of the organisation itself."""
    documents = applied.known.documents.values() if applied.known else ()
    for said in {each.details["tax_rounding"] for each in documents if "tax_rounding" in each.details}:
        await learn_rounding(asked.masters, said, run)


def _with_waits(outcome: Outcome, plan: Plan) -> Outcome:
    """A posted order of which something waits on purpose says so."""
    if outcome.verdict is not Verdict.POSTED or not plan.waits or outcome.reason is not None:
        return outcome
    return Outcome(outcome.verdict, plan.waits[0], outcome.total, outcome.until)


async def gone(order_id: str, run: Runtime) -> Outcome:
    """Shopify shows no such order: deleted there, or older than what the shop lets us see."""
    async with run.store.at_once() as tx:
        documents = await run.store.documents.of_order(tx, run.connection_id, order_id)
    posted = [each for each in documents.values() if each.state == "done" and each.number]
    if posted:
        numbers = ", ".join(each.number for each in posted)
        return Outcome(
            Verdict.HELD,
            Reason(
                "order_gone_after_posting",
                f"Shopify no longer shows this order, and Zoho holds {numbers}. Nothing was changed in Zoho.",
                "If the order was deleted, void the invoice in Zoho; if not, grant read_all_orders and sync again.",
            ),
        )
    return Outcome(
        Verdict.EXCLUDED,
        Reason(
            "order_gone",
            "Shopify does not show this order: it was deleted, or it is older than the 60 days that the shop lets us "
            "see. Nothing was sent to Zoho.",
            "If it is an older order, grant read_all_orders in Shopify, then sync it again.",
        ),
    )
