"""Exchange rates: base-currency units for one unit of the document. Derived from Shopify's own pairs of amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ml_connector.domain.arithmetic import half_up
from ml_connector.domain.money import MoneyBag, places
from ml_connector.domain.plan.case import Case, stop

_LEAST, _MOST = 6, 12
"""Decimal places of a rate: people read six; more only where six would not bring back Shopify's own amount."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate and where it comes from. `value` None: the document is in the base currency."""

    value: Decimal | None
    source: str
    rule: str


def order_rate(case: Case, dated: date) -> Rate:
    """The rate that an invoice and its credit notes share.

    Raises:
        Stopped: no rate is known.
    """
    order = case.order
    pairs = [
        order.totals.total_price,
        order.totals.original_total_price,
        *(line.original_total for line in order.lines),
    ]
    pairs += [line.original_price for line in order.shipping_lines]
    return rate_from(case, pairs, dated, "totalPriceSet and lines")


def money_rate(case: Case, amount: MoneyBag, dated: date) -> Rate:
    """The rate of one movement of money: its own pair."""
    return rate_from(case, [amount], dated, "transaction.amountSet")


def rate_from(case: Case, pairs: Iterable[MoneyBag], dated: date, source: str) -> Rate:
    base = case.books.organisation.currency
    if case.currency == base:
        return Rate(None, "", "The document is in the organisation's base currency.")
    if case.order.currency == case.currency:
        return Rate(
            _zoho_rate(case, case.currency, dated), f"Zoho, {case.currency} on {dated}", "Zoho's rate of the day."
        )
    pair = max(pairs, key=lambda one: abs(one.presentment.amount), default=None)
    if pair is None or not pair.shop or not pair.presentment:
        value = _zoho_rate(case, case.currency, dated)
        return Rate(value, f"Zoho, {case.currency} on {dated}", "All amounts are zero, so Zoho's rate of the day.")
    said = f"{source}: {pair.shop} = {pair.presentment}"
    if case.order.currency == base:
        return Rate(_derived(case, pair, Decimal(1)), said, "Shopify's own pair of amounts, the largest.")
    cross = _zoho_rate(case, case.order.currency, dated)
    rule = f"Shopify's own pair, times Zoho's rate of {case.order.currency} on {dated} ({cross})."
    return Rate(_derived(case, pair, cross), said, rule)


def days(case: Case) -> frozenset[date]:
    """The days whose rates a decision may ask for: of documents and of movements of money, as they will be dated."""
    order, locked = case.order, case.books.locked_until
    moments = [order.processed_at, *(one.processed_at for one in order.transactions)]
    moments += [one.processed_at for one in order.refunds]
    if case.policy.post_when == "fulfilled" and order.fulfilled_at is not None:
        moments.append(order.fulfilled_at)
    found = frozenset(case.day(moment) for moment in moments)
    if locked is None or case.policy.locked_period == "hold":
        return found
    return frozenset(max(day, locked + timedelta(days=1)) for day in found)


def _derived(case: Case, pair: MoneyBag, cross: Decimal) -> Decimal:
    """The shortest rate that turns the pair's presentment amount into its shop amount, in base currency, again."""
    base = places(case.books.organisation.currency)
    shop, presentment = abs(pair.shop.amount) * cross, abs(pair.presentment.amount)
    for length in range(_LEAST, _MOST):
        rate = half_up(shop / presentment, length)
        if rate and half_up(presentment * rate, base) == half_up(shop, base):
            return rate
    return half_up(shop / presentment, _MOST)


def _zoho_rate(case: Case, currency: str, dated: date) -> Decimal:
    """Zoho's rate in force on *dated*.

    Raises:
        Stopped: none is known; it never defaults to 1.
    """
    in_force = [
        (since, rate) for (code, since), rate in case.books.rates.items() if code == currency and since <= dated
    ]
    if in_force:
        return max(in_force)[1]
    listed = case.books.currencies.get(currency)
    if dated == case.books.today and listed is not None and listed.exchange_rate:
        return listed.exchange_rate
    raise stop(
        "rate_unknown",
        f"No exchange rate is known for {currency} on {dated}. A rate is never guessed.",
        f"Enter the rate of {currency} for that day in Zoho, then replay the order.",
        cause=f"rate_unknown:{currency}:{dated}",
    )
