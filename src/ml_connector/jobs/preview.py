"""What would be sent to Zoho for one order now. Asks both sides, writes to neither.

Made by the same decision and the same requests as `apply`, from the same values; so what is sent afterwards is byte for
byte what was shown, except that an id which Zoho has yet to give stands here as `{"$ref": key}`.
"""

from __future__ import annotations

from ml_connector.domain.documents import (
    ApplyPaymentDraft,
    CashDraft,
    CreditNoteDraft,
    Draft,
    InvoiceDraft,
    Operation,
    PaymentDraft,
    Plan,
)
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Excluded, Hold, Outcome, Reason, Verdict
from ml_connector.jobs import kept_versions
from ml_connector.jobs.decided import by_hand
from ml_connector.jobs.report.shapes import Json, money, reason
from ml_connector.jobs.report.show import field
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.sync_order import decide, gone
from ml_connector.store.subjects import Subject
from ml_connector.zoho.requests import request_for
from ml_connector.zoho.told import Told

IN_DOUBT = Reason(
    "answer_lost",
    "Something was sent for this order and no answer came. Zoho is asked whether it was written before anything else "
    "is decided, so what comes next is not known yet.",
)


async def preview(order_id: str, run: Runtime, *, backfill: bool = False) -> Json:
    """The shape of `preview --json`.

    `hold` says why nothing would be sent; `excluded` by which rule, which is no bad news; `more` that these operations
    only prepare (a tax, an item) and the decision is made again after them.

    Args:
        backfill: As if an operator had asked for this order in a backfill.

    Raises:
        Trouble: Shopify or Zoho could not be asked.
    """
    order = await run.shopify.order(order_id)
    if await _in_doubt(order_id, run):
        return _shape(order_id, hold=IN_DOUBT)
    word = await by_hand(order_id, run)
    if word is not None or order is None:
        return _stopped(order_id, word or await gone(order_id, run))
    made = await decide(order, run, backfill=backfill or await _asked_for(order_id, run))
    asked, decided = made.asked, made.decided
    if isinstance(decided, Hold):
        kept = await kept_versions.word_on(decided, order, run)
        if kept is not None:
            return _shape(order.id, rule=kept_versions.at_rest(decided, kept).reason)
        return _shape(order.id, hold=decided.reason)
    if isinstance(decided, Excluded):
        return _shape(order.id, rule=decided.reason)
    return _shape(order.id, decided, asked.known.told)


def _stopped(order_id: str, found: Outcome) -> Json:
    """What a person, or Shopify's silence, has decided already."""
    held = found.verdict is Verdict.HELD
    return _shape(order_id, hold=found.reason) if held else _shape(order_id, rule=found.reason)


def _shape(
    order_id: str,
    plan: Plan | None = None,
    told: Told | None = None,
    *,
    hold: Reason | None = None,
    rule: Reason | None = None,
) -> Json:
    plan, told = plan or Plan(), told or Told()
    return {
        "order": order_id,
        "operations": [operation(each, told) for each in plan.operations],
        "hold": reason(hold),
        "excluded": reason(rule),
        "total": money(plan.total),
        "waits": [reason(each) for each in plan.waits],
        "more": plan.more,
    }


def operation(wanted: Operation, told: Told) -> Json:
    """One request as it would leave, without token and organisation, and why each of its fields is what it is."""
    request = request_for(wanted.draft, told)
    return {
        "key": wanted.key,
        "kind": wanted.kind.value,
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": dict(request.headers),
        "body": request.json,
        "total": money(total_of(wanted.draft)),
        "needs": list(request.unresolved),
        "fields": [field(each) for each in wanted.reasons],
    }


def total_of(draft: Draft) -> Money | None:
    """The money that a document is about; None for what is about none."""
    match draft:
        case InvoiceDraft() | CreditNoteDraft():
            return draft.expected.total
        case PaymentDraft() | ApplyPaymentDraft() | CashDraft():
            return draft.amount
        case _:
            return None


async def _in_doubt(order_id: str, run: Runtime) -> bool:
    async with run.store.at_once() as tx:
        rows = await run.store.operations.of_subject(tx, Subject(run.connection_id, "order", order_id))
    return any(row.state in ("sent", "in_doubt") for row in rows)


async def _asked_for(order_id: str, run: Runtime) -> bool:
    """Whether a backfill has asked for this order before."""
    async with run.store.at_once() as tx:
        state = await run.store.subjects.state(tx, Subject(run.connection_id, "order", order_id))
    return state is not None and state.backfill
