"""A cancelled order that nobody paid: its invoice is voided, or credited where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ml_connector.domain.documents import Kind, Operation, Ref, StatusDraft
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Reason
from ml_connector.domain.plan.case import Case, LeftOut, because, stop
from ml_connector.domain.plan.history import Chapter, invoice_key, untouched
from ml_connector.domain.plan.sales import of_sales


def void_key(case: Case) -> str:
    return f"void:{case.order.id}"


def left_out() -> LeftOut:
    """An order that was cancelled before anything of it was posted, and before any money came."""
    return LeftOut(
        Reason(
            "cancelled_unpaid",
            "The order was cancelled before it was posted, and nothing was paid. There is nothing to record.",
        )
    )


def can_be_voided(case: Case) -> bool:
    """Void only in the current month, in an open period, without payment or credit; policy `cancel_unpaid`."""
    invoice = case.done(invoice_key(case))
    if invoice is None or case.policy.cancel_unpaid != "void" or invoice.dated is None:
        return False
    today = case.books.today
    this_month = (invoice.dated.year, invoice.dated.month) == (today.year, today.month)
    return this_month and untouched(case) and not _followed(case)


def _followed(case: Case) -> bool:
    """Whether documents of edits, fees or refunds stand beside the invoice: voiding it would leave them there."""
    others = (one for key, one in case.books.documents.items() if key != invoice_key(case))
    return any(one.kind in (Kind.INVOICE, Kind.CREDIT_NOTE) and one.state == "done" for one in others)


def void(case: Case, chapters: Sequence[Chapter]) -> Operation:
    """Void the invoice. The cancellation's own refund is consumed by it."""
    key = void_key(case)
    claims = tuple(claim for chapter in chapters if chapter.role == "refund" for claim in chapter.claims)
    why = because(
        "status",
        "void",
        f"cancelledAt: {case.order.cancelled_at}",
        "Policy “cancel_unpaid: void”: this month, open period, no payment and no credit.",
        "a credit note: only where the invoice cannot be voided",
    )
    return Operation(key, Kind.VOID, StatusDraft(key, Ref(invoice_key(case)), "void"), (why,), claims)


def what_is_left(case: Case, chapters: Sequence[Chapter], moment: datetime) -> Chapter:
    """Everything that the invoices hold and no credit note took back, as one chapter.

    Args:
        moment: Of the cancellation.
    """
    if case.order.agreements is None:
        return Chapter(void_key(case), "refund", moment, "cancelledAt", chapters[0].parts)
    kept = {claim for chapter in chapters if _stays(case, chapter) for claim in chapter.claims}
    sales = [sale for agreement in case.order.agreements for sale in agreement.sales]
    parts = of_sales(case, [sale for sale in sales if sale.id in kept], "agreements")
    claims = tuple(sale.id for sale in sales if sale.id not in kept)
    return Chapter(void_key(case), "refund", moment, "cancelledAt", parts, claims)


def is_consumed(case: Case, chapter: Chapter) -> bool:
    """Whether the cancellation's credit note tells of it already: it was never posted, and comes to nothing with it."""
    known = case.done(void_key(case))
    return known is not None and bool(chapter.claims) and set(chapter.claims) <= set(known.claims)


def _stays(case: Case, chapter: Chapter) -> bool:
    """Whether the chapter's document stands before the cancellation: every invoice, and credit notes made so far."""
    if chapter.role in ("order", "up", "fee"):
        return True
    return case.done(chapter.key) is not None and chapter.key != void_key(case)


def check_settled(outstanding: Money) -> None:
    """Whether nothing is owed and nothing left over when the cancellation is in the books.

    Raises:
        Stopped: something is.
    """
    if outstanding:
        raise stop(
            "cancelled_unclear",
            "The order was cancelled, and what is left of it in Zoho does not come to nothing when it is credited.",
            "Credit what is left in Zoho by hand, then exclude the order.",
        )
