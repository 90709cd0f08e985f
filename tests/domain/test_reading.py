"""Shopify's side of the ledger: what was sold, taxed, paid, given back, and what is still owed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.domain.builders import Till, an_order

from ml_connector.domain.money import Money, Side
from ml_connector.domain.order import Duty, TransactionKind, TransactionStatus
from ml_connector.domain.reading import read_order


def gbp(amount: str) -> Money:
    return Money.of(amount, "GBP")


def test_a_paid_order_is_read_as_it_was_sold() -> None:
    order = an_order(Till().line("118.00").shipping("6.00").placed().pay())

    read = read_order(order, Side.PRESENTMENT)

    assert [(line.source, line.amount) for line in read.lines] == [
        ("lineItems[0]", gbp("118.00")),
        ("shippingLines[0]", gbp("6.00")),
    ]
    assert (read.total, read.now, read.billed, read.owed) == (gbp("124.00"), gbp("124.00"), gbp("124.00"), gbp("0.00"))
    assert read.received == gbp("124.00")
    assert read.other is None


def test_a_dispute_is_told_as_shopify_says_it() -> None:
    assert read_order(an_order(disputes=("chargeback, under review",)), Side.SHOP).disputes == (
        "chargeback, under review",
    )


def test_what_was_refunded_is_neither_billed_nor_owed() -> None:
    order = an_order(Till().line("59.00", 2).placed().pay().refund((0, 1)))

    read = read_order(order, Side.PRESENTMENT)

    assert [movement.amount for movement in read.money] == [gbp("118.00"), gbp("-59.00")]
    assert (read.total, read.billed, read.owed) == (gbp("118.00"), gbp("59.00"), gbp("0.00"))


def test_a_line_says_its_price_and_what_was_taken_off() -> None:
    order = an_order(Till().line("14.50", 2).placed().pay())
    line = replace(order.lines[0], title="Tea towels", variant_title="Set of 3")
    read = read_order(replace(order, lines=(line,)), Side.PRESENTMENT)

    assert (read.lines[0].name, read.lines[0].remark) == ("Tea towels – Set of 3", "2 × 14.50")


def test_shipping_with_a_discount_says_so_and_what_was_removed_is_not_there() -> None:
    order = an_order(Till().line("10.00").shipping("6.00", discount="2.00").shipping("3.00").placed().pay())
    first, second = order.shipping_lines
    order = replace(order, shipping_lines=(replace(first, title=""), replace(second, is_removed=True)))

    read = read_order(order, Side.PRESENTMENT)

    assert [(each.name, each.remark) for each in read.lines[1:]] == [("Shipping", "6.00, less 2.00")]


def test_duties_and_fees_are_lines_unless_the_prices_hold_the_duties() -> None:
    till = Till().line("10.00").fee("", "1.00").placed().pay()
    order = an_order(till)
    bag = order.totals.total_price
    line = replace(order.lines[0], title="Tea", duties=(Duty("gid://shopify/Duty/1", bag),))
    order = replace(order, lines=(line,))

    apart = read_order(order, Side.PRESENTMENT)
    inside = read_order(replace(order, duties_included=True), Side.PRESENTMENT)

    assert [each.name for each in apart.lines[1:]] == ["Duty: Tea", "Fee"]
    assert [each.name for each in inside.lines[1:]] == ["Fee"]


def test_change_is_taken_off_the_cash_that_it_was_given_on() -> None:
    order = an_order(Till().line("8.00").placed().pay())
    paid = order.transactions[0]
    ten, two = (replace(paid.amount, shop=gbp(each), presentment=gbp(each)) for each in ("10.00", "2.00"))
    cash = replace(paid, amount=ten, gateway="cash", formatted_gateway="")
    change = replace(
        paid, id="gid://shopify/OrderTransaction/99", kind=TransactionKind.CHANGE, parent_id=paid.id, amount=two
    )
    failed = replace(paid, id="failed", status=TransactionStatus.FAILURE)
    voided = replace(paid, id="void", kind=TransactionKind.VOID)

    read = read_order(replace(order, transactions=(cash, change, failed, voided)), Side.PRESENTMENT)

    assert [(each.gateway, each.amount) for each in read.money] == [("cash", gbp("8.00"))]


def test_an_order_in_another_currency_says_what_the_shop_counted() -> None:
    order = an_order(Till(currency="GBP", presentment="EUR", rate=Decimal("0.85")).line("100.00").placed().pay())

    bought = read_order(order, Side.PRESENTMENT)
    sold = read_order(order, Side.SHOP)

    assert (bought.currency, sold.currency) == ("EUR", "GBP")
    assert bought.other == sold.total
    assert sold.other is None


def test_taxes_keep_their_names_and_whose_they_are() -> None:
    order = an_order()

    read = read_order(order, Side.PRESENTMENT)

    assert [(tax.title, tax.rate, tax.channel_liable) for tax in read.taxes] == [
        (tax.title, tax.rate, tax.channel_liable) for tax in order.tax_lines
    ]


def test_where_it_goes_is_told_by_country_alone() -> None:
    order = an_order()

    assert read_order(replace(order, shipping_address=None, billing_address=None), Side.PRESENTMENT).country == ""
    assert read_order(order, Side.PRESENTMENT).country == (order.shipping_address or order.billing_address).country
