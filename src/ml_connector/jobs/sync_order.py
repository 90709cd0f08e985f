"""The one job behind created, updated, paid, refunded, edited and cancelled: ask, decide, act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.documents import Kind, Plan
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Excluded, Hold, Outcome, Reason, Verdict
from ml_connector.domain.plan import plan_order
from ml_connector.domain.trouble import Remedy, Wrote
from ml_connector.jobs.apply import Applied, apply
from ml_connector.jobs.asking import Asked, ask
from ml_connector.jobs.in_doubt import settle_in_doubt
from ml_connector.jobs.learning import learn
from ml_connector.jobs.masters import STUMBLED, forget_masters, learn_rounding
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.store.subjects import Lease
from ml_connector.zoho.errors import PeriodLocked

ROUNDS = 6
"""A plan that only prepares (makes a tax) is followed by another. So, once each, are one for which a rule made
mappings, which are recorded first, and one that met a period closed since we last looked: what is then known decides
between a hold and the next open day. More than this is our bug."""


async def sync_order(lease: Lease, run: Runtime) -> Synced:
    """Bring Zoho's books into agreement with one Shopify order, as it is now.

    Nothing here counts attempts or decides when to come back: that is `run_subject`'s, which also writes the verdict
    down.

    Raises:
        Trouble: asking failed; nothing was written by this run.
    """
    order = await run.shopify.order(lease.subject.id)
    doubt = await settle_in_doubt(lease, run)
    if doubt is not None:
        return Synced(order, doubt.outcome, doubt.trouble)
    if order is None:
        return Synced(None, await gone(lease.subject.id, run))
    closed_meanwhile = False
    for _ in range(ROUNDS):
        asked, decided = await decide(order, run, backfill=lease.backfill)
        if isinstance(decided, Hold | Excluded):
            verdict = Verdict.HELD if isinstance(decided, Hold) else Verdict.EXCLUDED
            return Synced(order, Outcome(verdict, decided.reason))
        before, run = run, await learn(decided.learned, run)
        if run.policy != before.policy:
            continue
        applied = await apply(replace(decided, policy_version=run.policy_version), asked.known, lease, run)
        await _learn(asked, applied, run)
        news = isinstance(applied.trouble, PeriodLocked) and not closed_meanwhile
        closed_meanwhile = closed_meanwhile or news
        if not news and not (decided.more and _goes_on(decided, applied)):
            return Synced(order, _with_waits(applied.outcome, decided), applied.trouble)
        await forget_masters(run)
    raise RuntimeError(f"{order.name} still needs preparations after {ROUNDS} rounds")


def _goes_on(prepared: Plan, applied: Applied) -> bool:
    """Whether the order itself comes next: its preparations are done, or were items, which never block the money."""
    if applied.outcome.verdict is Verdict.POSTED:
        return True
    trouble = applied.trouble
    if trouble is None or trouble.wrote is not Wrote.NO or trouble.remedy in (Remedy.LATER, Remedy.CONNECTION):
        return False
    return all(operation.kind is Kind.ITEM for operation in prepared.operations)


async def decide(order: Order, run: Runtime, *, backfill: bool) -> tuple[Asked, Plan | Hold | Excluded]:
    """The decision on what is known; made again on fresh master data when it stumbles over what it knew of them.

    Args:
        backfill: An operator asked for this order, so it may be from before the start date.
    """
    asked = await ask(order, run, backfill=backfill)
    decided = plan_order(order, run.policy, asked.books)
    if isinstance(decided, Hold) and run.clock.now() - asked.masters.fetched_at > STUMBLED:
        asked = await ask(order, run, masters_older_than=timedelta(0), backfill=backfill)
        decided = plan_order(order, run.policy, asked.books)
    return asked, decided


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
