"""The closing equations: what the books will hold against what Shopify says."""

from __future__ import annotations

from ml_connector.domain.money import Money, total
from ml_connector.domain.order import TransactionKind, TransactionStatus
from ml_connector.domain.plan.case import Case, stop
from ml_connector.domain.plan.receipts import Movement
from ml_connector.domain.plan.writer import Writer

Equation = tuple[str, Money, Money]


def equations(
    case: Case, writer: Writer, receipts: tuple[Movement, ...], refunds: tuple[Movement, ...]
) -> tuple[Equation, ...]:
    """Every equation that holds for the order, both sides; the first that does not close stops the order.

    Raises:
        Stopped: naming the equation.
    """
    found = tuple(_all(case, writer, receipts, refunds))
    for label, books, shopify in found:
        if books != shopify:
            raise stop(
                "does_not_close",
                f"The books would not close: {label}. They would hold {books.text}, Shopify says {shopify}.",
                "Compare the order's edits and refunds in Shopify, then post it by hand or exclude it.",
                cause=f"does_not_close:{label}",
                details=(("In the books", str(books)), ("Shopify says", str(shopify))),
            )
    return found


def _all(case: Case, writer: Writer, receipts: tuple[Movement, ...], refunds: tuple[Movement, ...]) -> list[Equation]:
    totals = case.order.totals
    rounding = case.money(totals.cash_rounding_payment)
    received = total((one.amount for one in receipts), case.currency)
    paid_out = total((one.amount for one in refunds), case.currency)
    owed = case.money(totals.current_total_price) + rounding - received + paid_out - writer.goodwill + writer.kept
    if _counts_kept(case, writer):
        owed = writer.goods - received + paid_out - writer.goodwill + writer.kept
    return [
        ("invoices less credit notes are the current total", writer.goods, _current(case, writer)),
        ("payments are what was received", received, case.money(totals.total_received)),
        ("money out is what was refunded", writer.cash, case.money(totals.total_refunded)),
        ("balances less open credits are what is owed", writer.wallet.outstanding, _owed(case, writer, owed)),
    ]


def _current(case: Case, writer: Writer) -> Money:
    """The order's current total with cash rounding, goods alone."""
    if _counts_kept(case, writer):
        return writer.goods
    return case.money(case.order.totals.current_total_price) + case.money(case.order.totals.cash_rounding_payment)


def _counts_kept(case: Case, writer: Writer) -> bool:
    """Whether the current total counts money that stayed or went without goods, which is not documented."""
    totals = case.order.totals
    current = case.money(totals.current_total_price) + case.money(totals.cash_rounding_payment)
    return current == writer.goods + writer.kept - writer.goodwill


def _owed(case: Case, writer: Writer, computed: Money) -> Money:
    """Shopify's own figure where it can be trusted: no discrepancy, not cancelled.

    It may stop at zero, and leave out what is authorised: recorded, an order that is only authorised has none. A
    discrepancy is computed, because whether Shopify lists it as an adjustment cannot be relied on.
    """
    if writer.goodwill or writer.kept or writer.beyond_goods:
        return computed
    totals, order = case.order.totals, case.order
    stated = case.money(totals.total_outstanding)
    if order.cancelled_at is not None or any(refund.adjustments for refund in order.refunds):
        return computed
    readings = (computed, computed - case.money(totals.cash_rounding_payment), max(computed, case.zero))
    return computed if stated in (*readings, max(computed - _authorised(case), case.zero)) else stated


def _authorised(case: Case) -> Money:
    """What may still be captured of the order's authorisations."""
    done = [one for one in case.order.transactions if one.status is TransactionStatus.SUCCESS]
    given = [one for one in done if one.kind in (TransactionKind.AUTHORIZATION, TransactionKind.EMV_AUTHORIZATION)]
    ended = {one.parent_id for one in done if one.kind is TransactionKind.VOID}
    taken = [one for one in done if one.kind is TransactionKind.CAPTURE]
    left = total((case.money(one.amount) for one in given if one.id not in ended), case.currency)
    return max(left - total((case.money(one.amount) for one in taken), case.currency), case.zero)
