"""The summary's figures against the simulated companies' own books."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.jobs.desk import Desk, a_desk
from tests.store.builders import do

from ml_connector.cli.demo.policy import policy
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.summary.sending import statement_of
from ml_connector.jobs.summary.statement import Row, Statement
from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.kinds import tell
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import LineSpec, PaymentSpec
from ml_connector.store import Store

BERLIN = ZoneInfo("Europe/Berlin")
KINDS = (
    "single line",
    "many lines",
    "tax inclusive",
    "two taxes on a line",
    "line discount",
    "tip",
    "gift card sold",
    "gift card used",
    "partial payment then rest",
    "pay later (net terms)",
    "two gateways",
    "JPY",
    "presentment differs from shop",
    "POS with rounding of cash",
    "POS with change",
    "test order",
    "edited up before payment",
    "edited down after payment",
    "full refund",
    "line refund",
    "amount-only refund (goodwill)",
    "return fee",
    "exchange up",
    "cancelled unpaid",
    "cancelled paid",
)


def at_noon(desk: Desk) -> date:
    """Let it be noon of yesterday in Berlin, where no story crosses midnight; that date."""
    yesterday = (desk.clock.now() - timedelta(days=1)).astimezone(BERLIN).date()
    desk.clock.moment = datetime(yesterday.year, yesterday.month, yesterday.day, 12, tzinfo=BERLIN)
    return yesterday


async def post_all(desk: Desk, *orders: Order) -> None:
    await desk.post(*orders)


def euros(row: Row | None) -> tuple[Decimal, Decimal]:
    assert row is not None
    assert row.difference is not None
    return row.zoho.amount, row.difference.amount


def rows(found: tuple[Row, ...] | None) -> dict[str, Row]:
    return {row.currency: row for row in found or ()}


def sums(documents: list[dict[str, Any]], name: str, sign: int = 1) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in documents:
        if each.get("status") != "void":
            found[each["currency_code"]] += sign * Decimal(str(each[name]))  # type: ignore[assignment]
    return found


def without_nothing(found: Counter[str]) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in found.items() if amount}


async def test_every_figure_is_what_the_books_of_both_companies_say(store: Store) -> None:
    desk = await a_desk(store, policy=policy(date(2026, 11, 23)))
    on = at_noon(desk)
    orders = [tell(desk.shop, kind) for kind in KINDS]
    await desk.post(*orders)

    found = await statement_of(await desk.run(), on)

    books = desk.books
    goods = sums(books.invoices(), "total")
    goods.update(sums(books.creditnotes(), "total", -1))
    assert {row.currency: row.zoho.amount for row in found.invoices if row.zoho} == without_nothing(goods)
    paid = without_nothing(sums(books.payments(), "amount"))
    assert {row.currency: row.zoho.amount for row in found.payments or () if row.zoho} == paid
    taxes: Counter[tuple[str, str]] = Counter()
    for (_, currency), amount in books.net_by_tax_and_currency().items():
        taxes[currency] += amount  # type: ignore[assignment, index]
    ours: Counter[str] = Counter()
    for each in found.taxes:
        ours[each.tax.currency] += each.tax.amount  # type: ignore[assignment]
    assert without_nothing(ours) == {name: Decimal(amount) for name, amount in taxes.items() if amount}
    owed = {each.money.currency: each.money.amount for each in found.unpaid}
    assert owed == without_nothing(sums(books.invoices(), "balance"))
    assert found.orders == len(orders)
    assert found.outcomes[Verdict.POSTED] >= 20
    assert [str(each) for each in found.differences] == []
    assert all(each.net is not None for each in found.taxes)
    await desk.runtimes.close()


async def test_rounded_cash_stands_beside_what_arithmetic_left(desk: Desk) -> None:
    on = at_noon(desk)
    rounded = desk.order(payments=(PaymentSpec("cash", rounding=Decimal("0.02")),))
    edited = desk.order(payments=())
    await desk.post(rounded, edited)
    desk.shop.pay(edited, PaymentSpec("cash", rounding=Decimal("-0.03")))
    await desk.post(edited)

    found = await statement_of(await desk.run(), on)

    # one in its invoice, one in a credit note, because the cash was rounded afterwards
    [cash] = found.cash_rounding
    assert (cash.number, str(cash.money)) == (2, "EUR -0.01")
    [month] = found.month
    assert (month.cash_roundings, str(month.cash), month.residues) == (2, "EUR -0.01", 0)
    assert all(each.net is not None for each in found.taxes)


async def test_an_order_stands_in_exactly_one_column(desk: Desk) -> None:
    on = at_noon(desk)
    posted, excluded, unread = desk.order(), desk.order(test=True), desk.order()
    await post_all(desk, posted, excluded)

    found = await statement_of(await desk.run(), on)

    row = rows(found.invoices)["EUR"]
    assert (row.number, str(row.shopify), str(row.excluded), str(row.open), str(row.zoho), str(row.difference)) == (
        3,
        "EUR 71.40",
        "EUR 23.80",
        "EUR 23.80",
        "EUR 23.80",
        "EUR 0.00",
    )
    assert found.outcomes == {Verdict.POSTED: 1, Verdict.EXCLUDED: 1, Verdict.WAITING: 1}
    assert [each.names for each in found.open] == [(unread.name,)]
    assert [each.code for each in found.excluded] == ["test_order"]
    assert not found.complete


async def test_money_is_of_the_day_on_which_it_moved(desk: Desk) -> None:
    first = at_noon(desk)
    order = desk.order()
    await post_all(desk, order)
    desk.clock.forward(hours=20)
    desk.shop.refund(order, RefundSpec(everything=True))
    await post_all(desk, order)

    before, after = [await statement_of(await desk.run(), first + timedelta(days=days)) for days in (0, 1)]

    assert euros(rows(before.payments)["EUR"]) == (Decimal("23.80"), 0)
    assert not before.refunds
    assert euros(rows(after.refunds)["EUR"]) == (Decimal("23.80"), 0)
    assert not after.payments
    assert not after.invoices
    assert after.complete


async def test_what_somebody_changed_in_zoho_unseen_is_not_hidden_by_a_sum(desk: Desk) -> None:
    on = at_noon(desk)
    first, second = desk.order(), desk.order(lines=(LineSpec(title="Mug", price=Decimal("7.00")),))
    await post_all(desk, first, second)
    await do(desk.store, "UPDATE documents SET total = total + 1 WHERE kind = 'invoice' AND total > 20")

    found = await statement_of(await desk.run(), on)

    assert [str(each) for each in found.differences] == ["EUR 1.00"]


async def test_a_shop_that_does_not_answer_leaves_its_figures_unknown(desk: Desk) -> None:
    on = at_noon(desk)
    await post_all(desk, desk.order())
    desk.shopify.faults.add(Fault("server_error", times=50))

    found = await statement_of(await desk.run(), on)

    assert (found.shopify_read_at, found.payments, found.refunds) == (None, None, None)
    assert found.shopify_trouble
    assert euros(rows(found.invoices)["EUR"]) == (Decimal("23.80"), 0)
    assert not found.complete


async def test_a_day_on_which_nothing_was_sold_is_complete(desk: Desk) -> None:
    found: Statement = await statement_of(await desk.run(), date(2026, 11, 1))

    assert (found.orders, found.complete, found.invoices) == (0, True, ())
