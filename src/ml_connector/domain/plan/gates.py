"""The rules that keep an order out of the books, and what has to be true before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from ml_connector.domain.order import TransactionKind, TransactionStatus
from ml_connector.domain.outcome import Reason
from ml_connector.domain.plan.case import Case, LeftOut, stop
from ml_connector.domain.plan.history import is_added
from ml_connector.domain.policy import Exclusion

_HARMLESS = frozenset({"disputes", "app", "channel", "paymentTerms", "fulfillments"})
"""What may be unread without harm to the money: asked for display, or for a date that has another source."""

_CHANNEL = frozenset({"app", "channel"})
"""Where a rule of the policy goes by the channel, an order whose channel is not shown may be one to leave out."""

_MONEY = (TransactionKind.SALE, TransactionKind.CAPTURE, TransactionKind.REFUND)


def check_exclusions(case: Case) -> None:
    """Rules of the policy and of the house. What is in the books already is carried on with, whatever they say.

    Raises:
        LeftOut: naming the rule.
    """
    if case.anything_done:
        return
    order, policy = case.order, case.policy
    if order.test and policy.test_orders == "exclude":
        raise _excluded("test_order", "Test orders are not posted.")
    for rule in policy.exclude:
        if matches(rule, case):
            raise _excluded("rule", f"Excluded by rule “{rule.name}”.", cause=f"rule:{rule.name}")


def _excluded(code: str, text: str, *, cause: str = "") -> LeftOut:
    return LeftOut(Reason(code, text, "Change the rule under Mappings and policy, then replay it.", cause or code))


def matches(rule: Exclusion, case: Case) -> bool:
    """Whether every condition of *rule* holds."""
    order, total = case.order, case.money(case.order.totals.total_price).amount
    asked: list[tuple[object, Callable[[], bool]]] = [
        (rule.tag, lambda: _among(rule.tag, order.tags)),
        (rule.channel, lambda: _among(rule.channel, (order.channel, order.source_name))),
        (rule.gateway, lambda: _among(rule.gateway, order.payment_gateways)),
        (rule.total_below, lambda: rule.total_below is not None and total < rule.total_below),
        (rule.total_from, lambda: rule.total_from is not None and total >= rule.total_from),
    ]
    return all(holds() for condition, holds in asked if condition is not None)


def _among(wanted: str | None, found: tuple[str | None, ...]) -> bool:
    return (wanted or "").casefold() in {one.casefold() for one in found if one}


def check_readable(case: Case) -> None:
    """Whether Shopify showed us everything that money depends on.

    Raises:
        Stopped: a field was withheld.
    """
    harmless = _HARMLESS - _CHANNEL if any(rule.channel for rule in case.policy.exclude) else _HARMLESS
    withheld = [path for path in case.order.unread if not harmless & set(re.split(r"\W+", path))]
    if withheld:
        raise stop(
            "unread",
            f"Shopify does not show us {withheld[0]} of this order, so it cannot be posted for sure.",
            "Give the app the permission that Shopify names, then replay the order.",
            cause=f"unread:{withheld[0]}",
            details=tuple(("Not shown", path) for path in withheld),
        )


def check_currency(case: Case) -> None:
    """Whether everything of the order is in the currency of its documents, which are never mixed.

    Raises:
        Stopped: a payment or a price is in another one.
    """
    order = case.order
    bags = [one.amount for one in order.transactions if one.status is TransactionStatus.SUCCESS]
    bags += [one.original_total for one in order.lines] + [one.discounted_price for one in order.shipping_lines]
    taxes = [one.tax_lines for one in order.lines] + [one.tax_lines for one in order.shipping_lines]
    bags += [tax.price for each in taxes for tax in each]
    others = [case.money(bag) for bag in bags if case.money(bag).currency != case.currency]
    if others:
        raise stop(
            "currencies_mixed",
            f"The order is in {case.currency}, and {others[0]} of it is in another currency. Nothing was sent to Zoho.",
            "Post this order by hand, or exclude it.",
            details=tuple(("In another currency", str(each)) for each in others),
        )


def nothing_sold() -> LeftOut:
    """An order without a line, a delivery or a fee, and without money: no invoice could say anything of it."""
    return LeftOut(Reason("nothing_sold", "There is nothing on this order, and nothing was paid. It is not posted."))


def check_seller(case: Case) -> None:
    """Whether we are the seller.

    Raises:
        Stopped: another company is the merchant of record.
    """
    seller = case.order.merchant_of_record
    if seller:
        raise stop(
            "merchant_of_record",
            f"{seller} is the seller of this order, so the buyer is not your customer.",
            "Post what that company pays you, or exclude such orders by a rule.",
            cause=f"merchant_of_record:{seller}",
        )


def before_start(case: Case) -> bool:
    """Whether the order was processed before the day from which orders are posted."""
    return _before_start_day(case, case.order.processed_at)


def check_start(case: Case) -> bool:
    """Whether only what happened after the start is to be posted, for an order from before it.

    Returns:
        True for an order that we did not invoice, where the policy lets refunds stand alone.

    Raises:
        LeftOut: nothing happened to it since the start.
        Stopped: something did, and the policy is to hold.
    """
    if case.books.backfill or not before_start(case) or case.invoiced:
        return False
    if not _moved_since_start(case):
        raise LeftOut(
            Reason(
                "before_start_date",
                f"Processed before {case.policy.start_date}, the day from which orders are posted.",
                "A backfill posts it, if you want it in the books.",
                "before_start_date",
            )
        )
    only_taken_back = _only_taken_back(case)
    if case.policy.orphan_refund == "credit_note" and only_taken_back:
        return True
    raise stop(
        "orphan_refund",
        "Something was refunded, paid or changed on an order that we did not invoice, because it is from before "
        f"{case.policy.start_date}.",
        "Post it by hand, or backfill the order"
        + (", or let the policy “orphan_refund” make a credit note." if only_taken_back else "."),
    )


def _moved_since_start(case: Case) -> bool:
    order = case.order
    moments = [refund.processed_at for refund in order.refunds]
    moments += [one.processed_at for one in order.transactions if one.status is TransactionStatus.SUCCESS]
    moments += [one.happened_at for one in order.agreements or () if one.reason != "ORDER"]
    return any(not _before_start_day(case, moment) for moment in moments)


def _only_taken_back(case: Case) -> bool:
    """Whether all that happened since the start is goods and money that went back: a credit note can say only that."""
    order = case.order
    refunds = [one for one in order.refunds if not _before_start_day(case, one.processed_at)]
    told = {each for one in refunds for each in one.transaction_ids}
    moved = [one for one in order.transactions if one.status is TransactionStatus.SUCCESS]
    moved = [one for one in moved if not _before_start_day(case, one.processed_at) and one.id not in told]
    agreed = [one for one in order.agreements or () if not _before_start_day(case, one.happened_at)]
    changed = any(one.reason == "ORDER_EDIT" or any(is_added(sale) for sale in one.sales) for one in agreed)
    only_attempts = all(one.kind not in _MONEY for one in moved)
    return bool(refunds) and only_attempts and not changed


def _before_start_day(case: Case, moment: datetime) -> bool:
    start = case.policy.start_date
    return start is not None and case.day(moment) < start
