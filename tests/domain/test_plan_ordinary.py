"""Orders as they come every day: one contact, one invoice, its payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.domain.builders import (
    HOME,
    Till,
    a_policy,
    an_account,
    an_order,
    an_organisation,
    balances,
    books_holding,
    drafts,
    held,
    invoices,
    keys,
    kinds,
    only,
    payments,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.books import ContactLink, Item, KnownDocument, ZohoCurrency
from ml_connector.domain.documents import AddressDraft, ContactDraft, CreditNoteDraft, ItemDraft, Kind, Ref
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    Address,
    Customer,
    PaymentSchedule,
    PurchasingCompany,
    TransactionKind,
    TransactionStatus,
)
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.rates import rate_from
from ml_connector.domain.policy import Accounts, Gateway

ORDER = "gid://shopify/Order/1001"
CUSTOMER = "contact:gid://shopify/Customer/9:GBP"
D = Decimal


def test_a_paid_order_of_a_new_customer_needs_four_operations():
    plan = planned(an_order())

    assert keys(plan)[:3] == [CUSTOMER, f"invoice:{ORDER}", f"sent:invoice:{ORDER}"]
    assert kinds(plan) == ["contact", "invoice", "mark_sent", "payment"]
    assert plan.total == Money.of("118.00", "GBP")


def test_when_the_books_agree_the_plan_is_empty():
    order = an_order()

    assert planned(order, books=posted(order)).operations == ()


def test_the_invoice_is_the_order_in_zohos_words():
    order = an_order(Till().line("10.01", 3, discount="1.50", sku="A1", title="Tea").shipping("4.99").placed())

    invoice = the_invoice(planned(order))

    assert (invoice.reference_number, invoice.dated, invoice.due_date) == (
        "#1001", date(2026, 11, 10), date(2026, 11, 10),
    )  # fmt: skip
    assert (invoice.currency_id, invoice.exchange_rate, invoice.is_inclusive_tax) == ("cur-GBP", None, True)
    tea, shipping = invoice.lines
    assert (tea.name, tea.rate, tea.quantity, tea.discount, tea.tax_id) == (
        "Tea", D("10.01"), D(3), D("1.50"), "tax-standard-rate",
    )  # fmt: skip
    assert "SKU A1" in tea.description
    assert "Discount SAVE0" in tea.description
    assert (shipping.name, shipping.rate) == ("Standard", D("4.99"))
    assert invoice.expected.total == Money.of("33.52", "GBP")


def test_prices_without_tax_reach_the_total_by_an_adjustment_where_zoho_rounds_otherwise():
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed()
    books = books_holding(organisation=an_organisation(tax_rounding="entity_level"))

    invoice = the_invoice(planned(an_order(till), books=books))

    # Shopify: 3 × (0.33 + 0.07) = 1.20; Zoho: 0.99 + 0.20 = 1.19
    assert (invoice.adjustment, invoice.adjustment_description) == (D("0.01"), "Rounding")
    assert invoice.expected.total == Money.of("1.20", "GBP")


def test_while_nobody_knows_how_taxes_are_rounded_prices_are_written_with_tax():
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed()
    books = books_holding(organisation=an_organisation(tax_rounding=None))

    invoice = the_invoice(planned(an_order(till), books=books))

    assert (invoice.is_inclusive_tax, invoice.adjustment, invoice.lines[0].rate) == (True, D(0), D("0.40"))
    assert invoice.expected.or_taxes


def test_where_prices_with_tax_are_not_possible_either_the_order_is_held():
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed()
    books = books_holding(organisation=an_organisation(tax_rounding=None, sales_inclusive=False))

    hold = held(an_order(till), books=books)

    assert hold.reason.code == "tax_rounding_unknown"


def test_an_organisation_without_inclusive_prices_gets_net_ones():
    till = Till().line("118.00").line("9.99", 3).placed()
    books = books_holding(organisation=an_organisation(sales_inclusive=False))

    invoice = the_invoice(planned(an_order(till), books=books))

    assert not invoice.is_inclusive_tax
    assert invoice.lines[0].rate == D("98.33")
    assert invoice.expected.total == Money.of("147.97", "GBP")


def test_a_residue_beyond_the_policy_is_avoided_by_prices_with_tax():
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed()
    books = books_holding(organisation=an_organisation(tax_rounding="entity_level"))

    invoice = the_invoice(planned(an_order(till), a_policy(rounding_limit_units=0), books))

    # each 0.33 + 0.07; taxes rounded together would be 20 % of 0.99, that is 0.20 and not 0.21
    assert (invoice.is_inclusive_tax, [line.rate for line in invoice.lines]) == (True, [D("0.40")] * 3)
    assert (invoice.expected.total, invoice.adjustment) == (Money.of("1.20", "GBP"), 0)


def test_a_residue_beyond_the_policy_is_held_with_both_calculations_where_prices_must_be_net():
    till = Till(included=False).line("0.33").line("0.33").line("0.33").placed()
    books = books_holding(organisation=an_organisation(tax_rounding="entity_level", sales_inclusive=False))

    hold = held(an_order(till), a_policy(rounding_limit_units=0), books)

    assert hold.reason.code == "totals_differ"
    assert ("Shopify's total", "GBP 1.20") in hold.reason.details
    assert ("Zoho's total", "GBP 1.19") in hold.reason.details


def test_a_line_worth_nothing_stays_a_line():
    order = an_order(Till().line("20.00", discount="20.00").line("5.00", rates=()).placed())
    order = replace(order, lines=(order.lines[0], replace(order.lines[1], taxable=False)))

    invoice = the_invoice(planned(order))

    assert (invoice.lines[0].rate, invoice.lines[0].discount) == (D("20.00"), D("20.00"))


def test_an_order_of_260_lines_keeps_them_all_in_order():
    till = Till(included=False)
    for number in range(260):
        till.line("1.99", title=f"Ding 物 {number} " + "x" * 290)

    invoice = the_invoice(planned(an_order(till.placed().pay())))

    assert [line.name.split()[2] for line in invoice.lines] == [str(number) for number in range(260)]


def test_every_field_of_every_document_says_why():
    till = Till(presentment="EUR", rate="0.85").line("10.00", sku="A1").placed().pay().refund((0, 1), amount="12.00")
    books = books_holding(items={"A1": Item("item-1", "Tea", "A1")})
    order = an_order(till, po_number="PO 7")

    for operation in planned(order, books=books).operations:
        reasons = {reason.field for reason in operation.reasons}
        assert reasons, operation.key
        fields = {
            name
            for name in operation.draft.__dataclass_fields__
            if getattr(operation.draft, name) not in (None, "", (), {}, D(0), False)
        }
        plain = {
            "rounding",
            "key",
            "currency",
            "lines",
            "edition_fields",
            "adjustment_description",
            "of_payment",
            "document",
            "is_inclusive_tax",
            "payment",
            "credit_note",
            "account_id",
        }
        missing = fields - plain - reasons
        assert not missing, (operation.key, missing)
        assert all(reason.rule for reason in operation.reasons)


def test_lines_name_their_reasons_one_by_one():
    operation = only(planned(an_order()), Kind.INVOICE)

    tax = next(reason for reason in operation.reasons if reason.field == "line_items[0].tax")
    assert tax.source == "lineItems[0].taxLines: VAT 19.67"
    assert "only tax of this kind" in tax.rule
    assert any("Reduced Rate" in rejected for rejected in tax.rejected)


# Who buys


def test_a_guest_is_known_by_a_keyed_digest_of_the_e_mail():
    one = an_order(customer=None, email="Ada@Example.com")
    other = an_order(customer=None, email="ada@example.COM ")

    first, second = (drafts(planned(order), ContactDraft)[0] for order in (one, other))

    assert first.key == second.key
    assert first.key.startswith("contact:guest:")
    assert "ada" not in first.key
    assert first.fallback_name == "Ada Lovelace (Ada@Example.com)"


def test_without_the_connections_secret_no_guest_becomes_a_key():
    hold = held(an_order(customer=None), books=books_holding(guest_salt=b""))

    assert hold.reason.code == "guest_key_missing"


def test_who_leaves_no_address_is_the_shared_walk_in():
    contact = drafts(planned(an_order(customer=None, email=None)), ContactDraft)[0]

    assert (contact.key, contact.name, contact.billing) == ("contact:walk-in:GBP", "Guest", None)


def test_a_shared_walk_in_gets_no_addresses_later_either():
    books = books_holding(contacts={"contact:walk-in:GBP": ContactLink("contact:walk-in:GBP", "c1", "GBP")})

    plan = planned(an_order(customer=None, email=None), books=books)

    assert kinds(plan) == ["invoice", "mark_sent", "payment"]


@pytest.mark.parametrize(("address", "name"), [(HOME, "Ada Lovelace"), (None, "Guest #1001")])
def test_by_policy_each_walk_in_is_a_contact_of_its_own(address, name):
    order = an_order(customer=None, email=None, billing_address=address, shipping_address=None)

    contact = drafts(
        planned(order, a_policy(walk_in="own", unknown_tax="match"))
        if address
        else planned(replace(order, source_name="pos", retail_location_address=HOME), a_policy(walk_in="own")),
        ContactDraft,
    )[0]

    assert (contact.key, contact.name) == (f"contact:walk-in:{ORDER}:GBP", name)


def test_a_company_order_is_its_locations():
    company = PurchasingCompany("gid://shopify/Company/1", "Acme Ltd", "gid://shopify/CompanyLocation/5", "Leeds")

    contact = drafts(planned(an_order(company=company)), ContactDraft)[0]

    assert contact.key == "contact:gid://shopify/CompanyLocation/5:GBP"
    assert (contact.name, contact.sub_type, contact.company_name) == ("Acme Ltd – Leeds", "business", "Acme Ltd")
    assert contact.email == "ada@example.com"


def test_a_company_without_a_person_is_reached_by_the_orders_address():
    company = PurchasingCompany("c", "Acme Ltd", "gid://shopify/CompanyLocation/5", "Acme Ltd")

    contact = drafts(planned(an_order(company=company, customer=None, phone="+44")), ContactDraft)[0]

    assert (contact.name, contact.email, contact.phone) == ("Acme Ltd", "ada@example.com", "+44")


@pytest.mark.parametrize(
    ("customer", "changes", "name"),
    [
        (Customer("gid://shopify/Customer/9", display_name="Ada L."), {}, "Ada L."),
        (Customer("gid://shopify/Customer/9"), {}, "Ada Lovelace"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(first_name="Zoë", last_name="Ó", country_code="GB"), "shipping_address": None},
         "Zoë Ó"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(country_code="GB"), "shipping_address": None}, "ada@example.com"),
        (Customer("gid://shopify/Customer/9"),
         {"billing_address": Address(country_code="GB"), "shipping_address": None, "email": None}, "Customer 9"),
        (Customer("gid://shopify/Customer/9", default_address=Address(country_code="GB")),
         {"billing_address": None, "shipping_address": None, "email": None}, "Customer 9"),
    ],
)  # fmt: skip
def test_a_customer_has_the_best_name_there_is(customer, changes, name):
    assert drafts(planned(an_order(customer=customer, **changes)), ContactDraft)[0].name == name


def test_a_customer_who_buys_in_two_currencies_has_two_contacts():
    pounds, euros = an_order(), an_order(Till(presentment="EUR", rate="0.85").line("10.00").placed().pay())

    first, second = (drafts(planned(order), ContactDraft)[0] for order in (pounds, euros))

    assert (first.key, second.key) == (CUSTOMER, "contact:gid://shopify/Customer/9:EUR")
    assert (first.name, second.name) == ("Ada Lovelace", "Ada Lovelace (EUR)")
    assert second.fallback_name == "Ada Lovelace (EUR) (9)"


def test_by_policy_one_contact_has_all_currencies():
    order = an_order(Till(presentment="EUR", rate="0.85").line("10.00").placed().pay())

    plan = planned(order, a_policy(contact_per_currency=False))

    assert drafts(plan, ContactDraft)[0].key == CUSTOMER
    assert the_invoice(plan).currency == "EUR"


def test_a_known_customer_with_the_same_address_needs_nothing():
    books = posted(an_order(Till(number=1).line("5.00").placed()))

    plan = planned(an_order(), books=replace(books, documents={}))

    assert kinds(plan) == ["invoice", "mark_sent", "payment"]
    assert the_invoice(plan).billing_address is None


def test_a_new_address_is_added_and_named_by_the_document():
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    elsewhere = replace(HOME, address1="1 Quay", city="Leith")

    plan = planned(an_order(shipping_address=elsewhere), books=replace(books, documents={}))

    address = drafts(plan, AddressDraft)[0]
    assert address.address == elsewhere
    assert the_invoice(plan).shipping_address == Ref(address.key)
    assert "Leith" not in address.key


def test_an_address_that_was_added_before_is_named_by_its_id():
    elsewhere = replace(HOME, address1="1 Quay", city="Leith")
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    address = drafts(planned(an_order(shipping_address=elsewhere), books=replace(books, documents={})), AddressDraft)[0]
    link = books.contacts[CUSTOMER]
    known = replace(link, addresses={**link.addresses, address.key.rsplit(":", 1)[-1]: "addr-7"})

    plan = planned(an_order(shipping_address=elsewhere), books=replace(books, documents={}, contacts={CUSTOMER: known}))

    assert the_invoice(plan).shipping_address == "addr-7"
    assert not drafts(plan, AddressDraft)


def test_no_address_at_all_adds_none():
    books = posted(an_order(Till(number=1).line("5.00").placed()))
    order = an_order(billing_address=Address(country_code="GB"), shipping_address=None)

    plan = planned(order, books=replace(books, documents={}))

    assert the_invoice(plan).billing_address is None


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


# Dates, numbers, notes, items


def test_the_day_is_that_of_the_organisation_at_the_daylight_saving_boundary():
    at = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 00:30 in London, still summer time
    order = an_order(Till(at=at).line("10.00").placed())

    assert the_invoice(planned(order)).dated == date(2026, 10, 25)


def test_the_due_date_is_the_last_of_the_schedules_and_all_are_shown():
    days = [datetime(2026, 12, day, tzinfo=UTC) for day in (10, 1)]
    order = an_order(payment_schedules=tuple(PaymentSchedule(day) for day in days))

    invoice = the_invoice(planned(order))

    assert invoice.due_date == date(2026, 12, 10)
    assert invoice.notes == "Payments due: 2026-12-01, 2026-12-10"


def test_a_purchase_order_number_is_in_the_notes_or_in_its_field():
    order = an_order(po_number="PO 7")

    assert the_invoice(planned(order)).notes == "PO number: PO 7"
    mapped = the_invoice(planned(order, a_policy(po_number_field="cf_po")))
    assert (mapped.notes, mapped.custom_fields) == ("", {"cf_po": "PO 7"})


def test_by_policy_the_order_numbers_its_invoice():
    policy = a_policy(invoice_number="order", invoice_number_prefix="SH-")

    assert the_invoice(planned(an_order(), policy)).number == "SH-1001"
    assert the_invoice(planned(an_order())).number is None


def test_a_line_is_linked_to_the_active_item_with_exactly_its_sku():
    items = {"A1": Item("item-1", "Tea", "A1"), "B2": Item("item-2", "Cup", "B2", active=False)}
    order = an_order(Till().line("10.00", sku="A1").line("10.00", sku="B2").line("10.00", sku="C3").placed())

    linked = the_invoice(planned(order, books=books_holding(items=items)))
    as_text = the_invoice(planned(order, a_policy(items="text"), books_holding(items=items)))

    assert [line.item_id for line in linked.lines] == ["item-1", None, None]
    assert [line.item_id for line in as_text.lines] == [None, None, None]


def test_by_policy_a_missing_item_is_made_once_and_never_blocks_the_money():
    order = an_order(Till().line("10.00", sku="C3", title="Cup").placed())
    policy = a_policy(items="create")

    first = planned(order, policy)
    books = posted(order, policy)

    assert first.more
    assert (drafts(first, ItemDraft)[0].name, drafts(first, ItemDraft)[0].sku) == ("Cup [C3]", "C3")
    assert planned(order, policy, books).operations == ()


def test_an_item_that_zoho_refused_is_not_asked_for_again_and_the_line_is_text():
    order = an_order(Till().line("10.00", sku="C3", title="Cup").placed())
    books = books_holding(KnownDocument("item:C3", Kind.ITEM, "refused"))

    assert the_invoice(planned(order, a_policy(items="create"), books)).lines[0].item_id is None


def test_an_item_that_another_order_just_made_is_linked():
    order = an_order(Till().line("10.00", sku="C3", title="Cup").placed())
    books = books_holding(KnownDocument("item:C3", Kind.ITEM, "done", zoho_id="item-9"))

    assert the_invoice(planned(order, a_policy(items="create"), books)).lines[0].item_id == "item-9"


def test_sales_and_shipping_accounts_are_taken_where_they_are_chosen():
    accounts = replace(a_policy().accounts, sales="Sales", shipping="Fees")
    order = an_order(Till().line("10.00").shipping("2.00").placed())

    lines = the_invoice(planned(order, a_policy(accounts=accounts))).lines

    assert [line.account_id for line in lines] == ["acc-sales", "acc-fees"]


def test_shipping_that_bears_no_tax_may_be_zohos_own_charge():
    order = an_order(Till(included=False).line("100.00").shipping("5.00", rates=()).placed().pay())
    policy = a_policy(shipping="shipping_charge")

    invoice = the_invoice(planned(order, policy))

    assert (len(invoice.lines), invoice.shipping_charge, invoice.shipping_charge_tax_id) == (
        1,
        D("5.00"),
        "tax-zero-rate",
    )
    assert planned(order, policy, posted(order, policy)).operations == ()


def test_taxed_shipping_and_shipping_alone_stay_lines():
    policy = a_policy(shipping="shipping_charge")
    taxed = an_order(Till(included=False).line("100.00").shipping("5.00").placed())
    alone = an_order(Till().shipping("5.00", rates=()).placed())

    assert the_invoice(planned(taxed, policy)).shipping_charge == 0
    assert held(alone, policy).reason.code == "tax_unmapped"


# When an order becomes an invoice


def test_until_it_is_paid_the_money_is_unapplied_and_then_it_is_applied():
    policy, till = a_policy(post_when="paid"), Till().line("100.00").placed().pay("40.00")
    before = planned(an_order(till), policy)
    books = posted(an_order(till), policy)
    till.pay(after=timedelta(days=2))

    after = planned(an_order(till), policy, books)

    assert kinds(before) == ["contact", "payment"]
    assert before.waits[0].code == "waits_until_paid"
    assert kinds(after) == ["invoice", "mark_sent", "apply_payment", "payment"]
    assert invoices(after)[0].dated == date(2026, 11, 12)
    assert not balances(posted(an_order(till), policy, books))


def test_fulfilment_makes_the_invoice_on_its_day():
    policy, till = a_policy(post_when="fulfilled"), Till().line("100.00").placed().pay()
    at = datetime(2026, 11, 15, 12, tzinfo=UTC)

    assert kinds(planned(an_order(till), policy)) == ["contact", "payment"]
    assert the_invoice(planned(an_order(till, fulfilled_at=at), policy)).dated == date(2026, 11, 15)


def test_an_order_for_nothing_is_paid_when_it_is_placed():
    order = an_order(Till().line("10.00", discount="10.00").placed())

    assert kinds(planned(order, a_policy(post_when="paid"))) == ["contact", "invoice", "mark_sent"]


def test_an_invoice_that_exists_has_had_its_moment():
    till = Till().line("100.00").placed()
    books = posted(an_order(till))

    assert planned(an_order(till), a_policy(post_when="paid"), books).operations == ()


def test_a_deposit_is_returned_by_its_own_refund():
    policy, till = a_policy(post_when="paid"), Till().line("100.00").placed().pay("40.00").cancel()

    plan = planned(an_order(till), policy)

    assert kinds(plan) == ["contact", "payment", "payment_refund"]
    assert plan.waits == ()
    assert not balances(posted(an_order(till), policy))


def test_a_draft_waits_for_its_approval_and_is_settled_afterwards():
    policy, till = a_policy(invoice_state="draft"), Till().line("100.00").placed().pay()
    books = posted(an_order(till), policy)

    waiting = planned(an_order(till), policy, books)
    key = f"invoice:{ORDER}"
    approved = replace(books, documents={**books.documents, key: replace(books.documents[key], status="sent")})
    after = planned(an_order(till), policy, approved)

    assert (waiting.operations, waiting.waits[0].code) == ((), "waits_for_approval")
    assert kinds(after) == ["apply_payment"]


def test_an_invoice_whose_marking_was_lost_is_marked_again():
    order = an_order()
    books = posted(order)
    key = f"invoice:{ORDER}"
    documents = {name: one for name, one in books.documents.items() if not name.startswith("sent:")}
    documents[key] = replace(documents[key], status="draft")

    assert kinds(planned(order, books=replace(books, documents=documents))) == ["mark_sent"]


def test_duties_that_prices_include_are_no_lines_and_options_are_in_the_name():
    till = Till(duties_included=True).line("20.00", duty="5.00").shipping("3.00").placed()
    order = an_order(till)
    line = replace(order.lines[0], variant_title="Large", attributes=(("Engraving", "Ada"), ("_hidden", "x")))
    removed = replace(order.shipping_lines[0], id="gone", is_removed=True)
    order = replace(order, lines=(line,), shipping_lines=(*order.shipping_lines, removed))

    lines = the_invoice(planned(order)).lines

    assert [one.name for one in lines] == ["Thing 1 – Large", "Standard"]
    assert lines[0].description == "Engraving: Ada"


def test_a_fee_is_written_as_the_orders_prices_are():
    gross = an_order(Till().line("20.00").fee("Wrap", "6.00", rates=[("VAT", "0.2")]).placed())
    five = MoneyBag(Money.of("5.00", "GBP"), Money.of("5.00", "GBP"))
    on_top = replace(gross, additional_fees=(replace(gross.additional_fees[0], price=five),))
    net = an_order(Till(included=False).line("20.00").fee("Wrap", "5.00", rates=[("VAT", "0.2")]).placed())
    six = MoneyBag(Money.of("6.00", "GBP"), Money.of("6.00", "GBP"))
    inside = replace(net, additional_fees=(replace(net.additional_fees[0], price=six),))

    assert the_invoice(planned(net)).lines[1].rate == D("5.00")
    # 5.00 and its tax of 1.00 on top, in an order whose prices have tax; 6.00 with its tax inside, in one without
    assert the_invoice(planned(on_top)).lines[1].rate == D("6.00")
    assert the_invoice(planned(inside)).lines[1].rate == D("5.00")


def test_shipping_alone_is_a_line_even_where_the_policy_wants_a_charge():
    order = an_order(Till(rates=()).shipping("5.00").placed(), tax_exempt=True)

    invoice = the_invoice(planned(order, a_policy(shipping="shipping_charge")))

    assert (len(invoice.lines), invoice.shipping_charge) == (1, 0)


def test_an_invoice_in_zoho_has_settled_the_rate():
    till = Till(presentment="EUR", rate="0.85").line("100.00").placed().pay()
    books = posted(an_order(till))
    order = an_order(till.refund((0, 1)))

    plan = planned(order, books=books)

    assert drafts(plan, CreditNoteDraft)[0].exchange_rate == the_invoice(planned(an_order(till))).exchange_rate


def test_a_rate_that_no_length_brings_back_is_as_long_as_rates_are():
    currencies = dict(books_holding().currencies)
    currencies["IDR"] = ZohoCurrency("cur-IDR", "IDR", 2)
    order = an_order(
        Till(presentment="IDR", rate="0.000049").line("99999999999.99", rates=()).placed(), tax_exempt=True
    )
    pair = MoneyBag(Money.of("4899999.99", "GBP"), Money.of("99999999999999.99", "IDR"))

    rate = rate_from(Case(order, a_policy(), books_holding(currencies=currencies)), [pair], date(2026, 11, 10), "pair")

    assert rate.value is not None
    assert -rate.value.as_tuple().exponent == 12


def test_a_tip_goes_to_the_account_of_tips_whether_it_is_a_line_or_not():
    line = an_order(Till().line("20.00").line("3.00", tip=True).placed().pay())
    apart = an_order(Till().line("20.00").tip("3.00").placed().pay())

    for order in (line, apart):
        tip = the_invoice(planned(order)).lines[1]
        assert (tip.account_id, tip.rate) == ("acc-tips", D("3.00"))
