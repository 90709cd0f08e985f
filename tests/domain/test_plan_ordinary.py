"""Orders as they come every day: one contact, one invoice, its payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.domain.builders import (
    Till,
    a_policy,
    an_order,
    an_organisation,
    balances,
    books_holding,
    credit_notes,
    drafts,
    held,
    invoices,
    keys,
    kinds,
    only,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.books import Item, KnownDocument, ZohoCurrency
from ml_connector.domain.documents import CashDraft, CreditNoteDraft, InvoiceDraft, ItemDraft, Kind
from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    PaymentSchedule,
)
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.rates import days, rate_from

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


def test_by_policy_shipping_is_linked_to_its_item_and_nothing_is_made_for_it():
    till = Till().line("10.00").shipping("2.00").placed()
    books = books_holding(items={"POST": Item("item-3", "Post", "POST")})

    linked = the_invoice(planned(an_order(till), a_policy(shipping_item="POST"), books))
    back = credit_notes(planned(an_order(till.pay().refund(shipping=True)), a_policy(shipping_item="POST"), books))
    missing = the_invoice(planned(an_order(till), a_policy(shipping_item="POST", items="create")))

    assert [line.item_id for line in linked.lines] == [None, "item-3"]
    assert [line.item_id for line in back[0].lines] == ["item-3"]
    assert [line.item_id for line in missing.lines] == [None, None]


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


def test_an_invoice_and_what_follows_it_share_one_rate_also_when_they_are_made_together():
    till = Till(currency="USD").line("10.00", 2).placed().pay().refund((0, 1), after=timedelta(days=3))
    till.edit(add=[("5.00", 1)], after=timedelta(days=4))
    books = books_holding(rates={("USD", date(2026, 11, 10)): D("0.8"), ("USD", date(2026, 11, 13)): D("0.7")})

    plan = planned(an_order(till), books=books)

    documents = [one.draft for one in plan.operations if isinstance(one.draft, InvoiceDraft | CreditNoteDraft)]
    assert [one.exchange_rate for one in documents] == [D("0.8")] * 3
    assert drafts(plan, CashDraft)[0].exchange_rate == D("0.7")


def test_rates_are_asked_for_the_days_that_documents_will_bear():
    till = Till().line("10.00").placed().pay(after=timedelta(days=1))
    till.fulfilled_at = till.at + timedelta(days=3)
    books = books_holding(locked_until=date(2026, 11, 11))

    cases = [
        Case(an_order(till), a_policy(**changes), books)
        for changes in ({}, {"post_when": "fulfilled"}, {"locked_period": "next_open_day"})
    ]

    assert [sorted(day.day for day in days(case)) for case in cases] == [[10, 11], [10, 11, 13], [12]]


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
