"""From facts to the statement of a day. Pure: the same facts give the same statement.

Every order and every movement of money stands in exactly one column: excluded by a rule, open (it waits, or needs a
person), or expected in Zoho. What is expected is compared with what Zoho holds; a difference is shown, never spread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ml_connector.domain.documents import Kind, Rounding
from ml_connector.domain.edited import GONE
from ml_connector.domain.money import Money, total
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.reconcile.comparing import Held, in_zoho
from ml_connector.jobs.summary.facts import DayMove, DayOrder, Facts, Standing
from ml_connector.jobs.summary.statement import Group, Row, Statement, Tally
from ml_connector.jobs.summary.taxes import tax_rows

NAMES = 5
"""So many orders of a group are named."""


def compose(facts: Facts) -> Statement:
    """The statement of one day of one connection."""
    moves = facts.moves
    return Statement(
        connection=facts.connection,
        shop=facts.shop,
        organisation=facts.organisation,
        region=facts.region,
        date=facts.date,
        zone=facts.zone,
        read_at=facts.read_at,
        shopify_read_at=facts.shopify_read_at,
        shopify_trouble=facts.shopify_trouble,
        outcomes=Counter(order.standing.verdict for order in facts.orders),
        invoices=_rows(part for order in facts.orders for part in _of_order(order)),
        payments=None if moves is None else _rows(_of_move(each) for each in moves if each.incoming),
        refunds=None if moves is None else _rows(_of_move(each) for each in moves if not each.incoming),
        taxes=tax_rows(facts.orders, facts.taxes),
        open=_groups(facts.orders, lambda standing: standing.open),
        excluded=_groups(facts.orders, lambda standing: standing.excluded),
        unpaid=_unpaid(facts.orders),
        rounding=_rounding(facts.orders, lambda each: each.residue),
        cash_rounding=_rounding(facts.orders, lambda each: each.cash),
        month=facts.month,
        calls=facts.calls,
        calls_limit=facts.calls_limit,
    )


# One row for each currency


@dataclass(frozen=True, slots=True)
class _Part:
    """What one order or movement adds to a row."""

    standing: Standing
    shopify: Money
    zoho: Money
    number: int = 1


def _of_order(order: DayOrder) -> Iterator[_Part]:
    """Its row; and one for each other currency that Zoho holds documents of it in, which is always a difference."""
    currency = order.shopify.currency
    yield _Part(order.standing, order.shopify, _goods(order, currency))
    for other in sorted(order.held.currencies() - {currency}):
        yield _Part(order.standing, Money.zero(other), _goods(order, other), number=0)


def _goods(order: DayOrder, currency: str) -> Money:
    """Invoices less credit notes in *currency*."""
    own = tuple(each for each in order.held.documents if each.total is not None and each.total.currency == currency)
    return in_zoho(Held(own), currency).goods


def _of_move(move: DayMove) -> _Part:
    return _Part(move.standing, move.shopify, move.zoho)


def _rows(parts: Iterable[_Part]) -> tuple[Row, ...]:
    by_currency: dict[str, list[_Part]] = {}
    for part in parts:
        by_currency.setdefault(part.shopify.currency, []).append(part)
    rows = [_row(currency, some) for currency, some in by_currency.items()]
    return tuple(sorted(rows, key=lambda row: (-row.number, row.currency)))


def _row(currency: str, parts: Sequence[_Part]) -> Row:
    return Row(
        currency=currency,
        number=sum(part.number for part in parts),
        shopify=total((part.shopify for part in parts), currency),
        excluded=total((part.shopify - part.zoho for part in parts if part.standing.excluded), currency),
        open=total((part.shopify - part.zoho for part in parts if part.standing.open), currency),
        zoho=total((part.zoho for part in parts), currency),
    )


# What stands beside the figures


def _groups(orders: Iterable[DayOrder], belongs: Callable[[Standing], bool]) -> tuple[Group, ...]:
    """Orders by reason: what failed first, then what is held, then what goes on by itself; most orders first."""
    by_reason: dict[tuple[Verdict, str], list[DayOrder]] = {}
    for order in orders:
        if belongs(order.standing):
            by_reason.setdefault((order.standing.verdict, _cause(order.standing)), []).append(order)
    groups = [_group(some) for some in by_reason.values()]
    return tuple(sorted(groups, key=lambda group: (_ORDER.index(group.verdict), -group.orders, group.code)))


_ORDER = (Verdict.FAILED, Verdict.HELD, Verdict.IN_DOUBT, Verdict.WAITING, Verdict.POSTED, Verdict.EXCLUDED)


def _cause(standing: Standing) -> str:
    reason = standing.reason
    return "" if reason is None else reason.cause or reason.code


def _group(orders: Sequence[DayOrder]) -> Group:
    standing = orders[0].standing
    reason = standing.reason
    return Group(
        verdict=standing.verdict,
        code=_cause(standing) or standing.verdict.value,
        text=reason.text if reason else "It is being looked at right now.",
        fix=reason.fix if reason else "",
        orders=len(orders),
        money=_by_currency(order.shopify for order in orders),
        names=tuple(order.name for order in orders[:NAMES]),
    )


def _unpaid(orders: Iterable[DayOrder]) -> tuple[Tally, ...]:
    """Invoices of the day's orders on which something is still owed."""
    invoices = (each for order in orders for each in order.documents(Kind.INVOICE))
    return _tallies(each.balance for each in invoices if each.balance)


def _rounding(orders: Iterable[DayOrder], what: Callable[[Rounding], Decimal]) -> tuple[Tally, ...]:
    """What rounding put into the day's documents: residues of the arithmetic, or rounded cash."""
    amounts = (
        Money(what(each.stated.rounding), each.document.total.currency)
        for order in orders
        for each in order.kept
        if each.document.total is not None and each.document.status not in ("void", GONE)
    )
    return _tallies(amount for amount in amounts if amount)


def _tallies(amounts: Iterable[Money | None]) -> tuple[Tally, ...]:
    by_currency: dict[str, list[Money]] = {}
    for amount in amounts:
        if amount is not None:
            by_currency.setdefault(amount.currency, []).append(amount)
    return tuple(Tally(len(some), total(some, currency)) for currency, some in sorted(by_currency.items()))


def _by_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    return tuple(tally.money for tally in _tallies(amounts))
