"""A cancelled order that nobody paid: its invoice is voided, or credited where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.domain.documents import Kind, Operation, Ref, StatusDraft
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
    return this_month and untouched(case) and not _credited(case)


def _credited(case: Case) -> bool:
    return any(key.startswith("credit-note:") and one.state == "done" for key, one in case.books.documents.items())


def void(case: Case, chapters: Sequence[Chapter]) -> Operation:
    """Void the invoice. The cancellation's own refund is consumed by it."""
    key = void_key(case)
    claims = tuple(claim for chapter in chapters if chapter.role == "refund" for claim in chapter.claims)
    why = because("status", "void", f"cancelledAt: {case.order.cancelled_at}",
                  "Policy “cancel_unpaid: void”: this month, open period, no payment and no credit.",
                  "a credit note: only where the invoice cannot be voided")
    return Operation(key, Kind.VOID, StatusDraft(key, Ref(invoice_key(case)), "void"), (why,), claims)


def what_is_left(case: Case, chapters: Sequence[Chapter]) -> Chapter:
    """Everything that the invoices hold and no credit note took back, as one chapter dated at the cancellation."""
    moment = case.order.cancelled_at
    if moment is None:  # asked only for a cancelled order
        raise ValueError("the order is not cancelled")
    held = [chapter for chapter in chapters if chapter.role == "refund" and case.done(chapter.key) is not None]
    taken = {claim for chapter in held if chapter.key != void_key(case) for claim in chapter.claims}
    if case.order.agreements is None:
        parts = chapters[0].parts
        claims: tuple[str, ...] = ()
    else:
        sales = [sale for agreement in case.order.agreements for sale in agreement.sales]
        left = [sale for sale in sales if sale.total.presentment.amount >= 0 or sale.id in taken]
        parts = of_sales(case, left, "agreements")
        claims = tuple(sale.id for sale in sales if sale not in left)
    if any(part.amount < case.zero for part in parts):
        raise stop(
            "cancelled_unclear",
            "The order was cancelled, and what is left of it does not add up to lines that can be credited.",
            "Credit what is left in Zoho by hand, then exclude the order.",
        )
    return Chapter(void_key(case), "refund", moment, "cancelledAt", parts, claims)
