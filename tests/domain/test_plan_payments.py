"""Money in: each transaction is a payment, in the currency of its document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.domain.builders import (
    Till,
    a_policy,
    an_account,
    an_order,
    balances,
    books_holding,
    held,
    kinds,
    payments,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    TransactionKind,
    TransactionStatus,
)
from ml_connector.domain.policy import Accounts, Gateway

D = Decimal


# Money in


def test_two_gateways_are_two_payments_into_their_own_accounts():
    till = Till().line("100.00").placed().pay("40.00", gateway="paypal").pay(after=timedelta(minutes=5))

    first, second = payments(planned(an_order(till)))

    assert (first.account_id, second.account_id) == ("acc-paypal", "acc-clearing")
    assert [one.applied[0].amount.text for one in (first, second)] == ["40.00", "60.00"]
    assert first.reference_number.startswith("gid://shopify/OrderTransaction/")


def test_a_currencys_own_entry_goes_before_the_gateways():
    policy = a_policy(gateways={"paypal:GBP": Gateway("others", "PayPal"), "*": Gateway("cash", "Clearing")})
    till = Till().line("100.00").placed().pay(gateway="paypal")

    assert payments(planned(an_order(till), policy))[0].account_id == "acc-paypal"


def test_a_gift_card_moves_what_is_owed():
    till = Till().line("100.00").placed().pay("30.00", gateway="gift_card").pay("70.00", gateway="shopify_store_credit")

    gift_card, credit = payments(planned(an_order(till)))

    assert (gift_card.account_id, credit.account_id) == ("acc-gift-cards", "acc-store-credit")


def test_a_gift_card_nobody_mapped_holds_the_order_in_plain_words():
    policy = a_policy(accounts=Accounts())
    till = Till().line("100.00").placed().pay(gateway="gift_card")

    hold = held(an_order(till), policy)

    assert hold.reason.code == "account_unmapped"
    assert hold.reason.text.startswith("A gift card is money you owe, not income.")


def test_a_gateway_nobody_mapped_holds_the_order():
    assert held(an_order(), a_policy(gateways={})).reason.code == "gateway_unmapped"


@pytest.mark.parametrize(
    ("accounts", "text"),
    [
        ([an_account("Clearing", active=False)], "The account “Clearing” is inactive in Zoho."),
        ([an_account("Clearing"), an_account("Clearing", id="other")], "Zoho has several accounts “Clearing”."),
        ([], "Zoho has no account “Clearing”, which is set for deposits."),
    ],
)
def test_an_account_that_cannot_be_used_holds_the_order(accounts, text):
    hold = held(an_order(), books=books_holding(accounts=tuple(accounts)))

    assert (hold.reason.code, hold.reason.text) == ("account_unusable", text)


@pytest.mark.parametrize("outstanding", ["118.00", "0.00"])
def test_what_is_authorised_is_owed_whether_shopify_counts_it_as_outstanding_or_not(outstanding):
    # recorded: an order that is only authorised has totalOutstandingSet 0.0
    till = Till().line("118.00").placed().pay(kind=TransactionKind.AUTHORIZATION)
    order = till.order(totals=replace(till.totals(), total_outstanding=till.bag(outstanding)))

    plan = planned(order)

    assert [one.kind for one in plan.operations][-2:] == [Kind.INVOICE, Kind.MARK_SENT]


def test_authorised_money_posts_nothing():
    till = Till().line("100.00").placed()
    till.pay(kind=TransactionKind.AUTHORIZATION).pay(status=TransactionStatus.FAILURE)

    assert kinds(planned(an_order(till))) == ["contact", "invoice", "mark_sent"]


def test_a_line_below_nothing_is_held_because_no_document_can_say_it():
    till = Till().line("10.00", discount="10.00", taxable=False).line("20.00", taxable=False).placed()
    below, other = till.lines
    till.lines = [replace(below, allocations=(replace(below.allocations[0], amount=till.bag("11.00")),)), other]
    order = till.order(totals=replace(till.totals(), total_price=till.bag("19.00")))

    assert held(order).reason.code == "line_below_nothing"


def test_captures_in_parts_are_payments_in_parts():
    till = Till().line("100.00").placed()
    till.pay("60.00", kind=TransactionKind.CAPTURE).pay("40.00", kind=TransactionKind.CAPTURE)

    assert [one.amount.text for one in payments(planned(an_order(till)))] == ["60.00", "40.00"]


def test_what_is_paid_above_the_balance_stays_unapplied():
    till = Till().line("100.00").placed().pay("120.00")

    books = posted(an_order(till))

    assert list(balances(books).values()) == ["-20.00"]


def test_the_rest_is_paid_later():
    till = Till().line("100.00").placed().pay("40.00")
    books = posted(an_order(till))

    plan = planned(an_order(till.pay(after=timedelta(days=2))), books=books)

    assert kinds(plan) == ["payment"]
    assert payments(plan)[0].applied[0].amount.text == "60.00"


def test_change_reduces_the_payment_it_belongs_to():
    till = Till().line("18.00").placed().pay("20.00", gateway="cash")
    sale = till.transactions[0].id
    till.pay("2.00", gateway="cash", kind=TransactionKind.CHANGE, parent=sale)

    assert payments(planned(an_order(till)))[0].amount.text == "18.00"


def test_change_without_a_parent_belongs_to_its_gateway():
    till = Till().line("18.00").placed().pay("10.00").pay("10.00", gateway="cash", after=timedelta(minutes=2))
    till.pay("2.00", gateway="cash", kind=TransactionKind.CHANGE)

    assert [one.amount.text for one in payments(planned(an_order(till)))] == ["10.00", "8.00"]


def test_change_where_shopify_counted_the_sale_net_already():
    till = Till().line("18.00").placed().pay("18.00", gateway="cash")
    order = an_order(till)
    change = replace(order.transactions[0], id="t2", kind=TransactionKind.CHANGE, gateway="other")

    plan = planned(replace(order, transactions=(*order.transactions, change)))

    assert payments(plan)[0].amount.text == "18.00"


def test_received_money_that_no_reading_explains_is_held():
    order = an_order()
    received = MoneyBag(Money.of("1", "GBP"), Money.of("1", "GBP"))

    hold = held(replace(order, totals=replace(order.totals, total_received=received)))

    assert hold.reason.code == "received_differs"


def test_a_payment_of_less_than_nothing_is_held():
    order = an_order(Till().line("18.00").placed().pay("-4.82"))

    assert held(order).reason.code == "received_differs"


def test_fees_are_recorded_only_with_a_clearing_account_and_the_policy():
    fee = MoneyBag(Money.of("2.00", "GBP"), Money.of("2.00", "GBP"))
    order = an_order()
    order = replace(order, transactions=(replace(order.transactions[0], fees=(fee,)),))
    clearing = {"*": Gateway("others", "Clearing", None, clearing=True)}

    on = payments(planned(order, a_policy(gateway_fees="on", gateways=clearing)))[0]
    off = payments(planned(order, a_policy(gateways=clearing)))[0]

    assert (on.bank_charges, on.bank_charges_account_id) == (Money.of("2.00", "GBP"), "acc-gateway-fees")
    assert off.bank_charges is None


def test_a_fee_in_another_currency_is_not_recorded():
    fee = MoneyBag(Money.of("2.00", "USD"), Money.of("2.00", "USD"))
    order = an_order()
    order = replace(order, transactions=(replace(order.transactions[0], fees=(fee,)),))
    policy = a_policy(gateway_fees="on", gateways={"*": Gateway("others", "Clearing", clearing=True)})

    assert payments(planned(order, policy))[0].bank_charges is None


def test_a_zero_order_has_an_invoice_and_no_payment():
    order = an_order(Till().line("10.00", discount="10.00").placed())

    assert kinds(planned(order)) == ["contact", "invoice", "mark_sent"]


# Currencies and rates


def test_the_exchange_rate_is_the_orders_own_pair():
    order = an_order(Till(presentment="EUR", rate="0.85613").line("100.00").placed().pay(rate="0.86"))

    plan = planned(order)

    assert the_invoice(plan).exchange_rate == D("0.856100")  # 85.61 for 100.00
    assert payments(plan)[0].exchange_rate == D("0.860000")


def test_a_small_rate_keeps_enough_figures_to_come_back_to_shopifys_amount():
    order = an_order(Till(presentment="JPY", rate="0.0051234").line("1234567").placed().pay())

    rate = the_invoice(planned(order)).exchange_rate

    assert rate is not None
    assert (rate * 1234567).quantize(D("0.01")) == order.totals.total_price.shop.amount


def test_by_policy_documents_are_in_the_shops_currency():
    order = an_order(Till(presentment="EUR", rate="0.85").line("100.00").placed().pay())

    invoice = the_invoice(planned(order, a_policy(currency="shop")))

    assert (invoice.currency, invoice.expected.total.text, invoice.exchange_rate) == ("GBP", "85.00", None)


RATES = {("USD", date(2026, 11, 1)): D("0.80"), ("EUR", date(2026, 11, 1)): D("0.90")}


def test_a_base_that_differs_from_both_combines_the_pair_with_zohos_rate():
    order = an_order(Till(currency="USD", presentment="EUR", rate="1.25").line("100.00").placed())

    invoice = the_invoice(planned(order, books=books_holding(rates=RATES)))

    assert invoice.exchange_rate == D("1.000000")  # 1.25 × 0.80


def test_a_shop_in_a_foreign_currency_takes_zohos_rate_of_the_day():
    order = an_order(Till(currency="USD").line("100.00").placed())

    assert the_invoice(planned(order, books=books_holding(rates=RATES))).exchange_rate == D("0.80")


def test_all_zero_amounts_take_zohos_rate_of_the_day():
    order = an_order(Till(presentment="EUR", rate="0.85").line("0.00").placed())

    assert the_invoice(planned(order, books=books_holding(rates=RATES))).exchange_rate == D("0.90")


def test_todays_listed_rate_will_do_and_no_rate_is_ever_assumed():
    order = an_order(Till(currency="USD").line("100.00").placed())
    listed = dict(books_holding().currencies)
    listed["USD"] = replace(listed["USD"], exchange_rate=D("0.79"))

    today = books_holding(currencies=listed, today=date(2026, 11, 10))

    assert the_invoice(planned(order, books=today)).exchange_rate == D("0.79")
    assert held(order, books=books_holding(currencies=listed)).reason.code == "rate_unknown"


def test_a_shop_whose_base_currency_is_paid_in_needs_no_rate_of_zohos():
    order = an_order(Till(currency="USD", presentment="GBP", rate="1.25").line("100.00").placed())

    assert the_invoice(planned(order)).exchange_rate is None


def test_a_currency_that_zoho_does_not_have_is_held_with_a_proposal():
    order = an_order(Till(presentment="SEK", rate="0.07").line("100.00").placed())

    hold = held(order)

    assert (hold.reason.code, hold.reason.cause) == ("currency_missing", "currency_missing:SEK")


@pytest.mark.parametrize(("currency", "price", "total"), [("JPY", "1180", "1180"), ("KWD", "11.805", "11.805")])
def test_each_currency_has_its_own_places(currency, price, total):
    order = an_order(Till(presentment=currency, rate="0.5").line(price).placed().pay())

    assert the_invoice(planned(order)).expected.total.text == total


def test_an_amount_finer_than_zoho_keeps_is_held():
    order = an_order(Till(presentment="KWD", rate="0.5").line("11.805").placed())
    coarse = dict(books_holding().currencies)
    coarse["KWD"] = replace(coarse["KWD"], price_precision=2)

    assert held(order, books=books_holding(currencies=coarse)).reason.code == "price_precision"
