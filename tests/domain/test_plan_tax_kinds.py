"""How tax reaches the books where it is not simply a tax on each line: none, the channel's, one line's, India's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.builders import (
    BERLIN,
    OSLO,
    VAT0,
    VAT5,
    VAT20,
    Till,
    a_policy,
    a_rule,
    a_tax,
    an_order,
    an_organisation,
    books_holding,
    credit_notes,
    held,
    invoices,
    keys,
    planned,
    taxed,
    the_invoice,
)

from ml_connector.domain.books import Edition, TaxComponent, TaxExemption
from ml_connector.domain.documents import Kind
from ml_connector.domain.order import Address, PurchasingCompany
from ml_connector.domain.policy import Accounts

D = Decimal


# No tax


def untaxed(**facts) -> Till:
    return Till(**facts).line("50.00", rates=()).placed()


def test_the_organisations_only_tax_of_nothing_stands_for_what_is_not_taxable():
    till = Till().line("50.00").line("20.00", taxable=False).placed()

    assert [line.tax_id for line in the_invoice(planned(an_order(till))).lines] == [VAT20.id, VAT0.id]


def test_the_only_exemption_will_do_as_well():
    books = books_holding(taxes=(VAT20,), exemptions=(TaxExemption("ex-1", "NT"), TaxExemption("c", "C", "customer")))
    till = Till().line("20.00", taxable=False).placed()

    line = the_invoice(planned(an_order(till), books=books)).lines[0]

    assert (line.tax_id, line.tax_exemption_id) == (None, "ex-1")


def test_two_of_them_are_a_persons_choice():
    books = books_holding(exemptions=(TaxExemption("ex-1", "NT"),))

    hold = held(an_order(Till().line("20.00", taxable=False).placed()), books=books)

    assert hold.reason.text == (
        "A line has no tax (not taxable), and nothing says how that is shown in Zoho for United Kingdom."
    )


@pytest.mark.parametrize(
    ("reason", "till", "changes"),
    [
        ("gift_card", Till().line("50.00", gift_card=True).placed(), {}),
        ("exempt", untaxed(), {"tax_exempt": True}),
        ("not_taxable", Till().line("50.00", taxable=False).placed(), {}),
    ],
)
def test_each_reason_has_its_own_mapping(reason, till, changes):
    rule = a_rule(tax="NT", reason=reason)
    books = books_holding(taxes=(VAT20,), exemptions=(TaxExemption("ex-2", "OT"), TaxExemption("ex-1", "NT")))

    plan = planned(an_order(till, **changes), a_policy(taxes=(rule,)), books)

    assert the_invoice(plan).lines[0].tax_exemption_id == "ex-1"


def test_a_sale_abroad_without_tax_is_an_export_and_has_to_be_mapped():
    order = an_order(untaxed(), shipping_address=OSLO)
    rule = a_rule(tax="Zero Rate", country="NO", reason="export")

    assert held(order).reason.cause == "tax_unmapped:NO:export"
    assert the_invoice(planned(order, a_policy(taxes=(rule,)))).lines[0].tax_id == VAT0.id


def test_a_registered_buyer_in_another_eu_state_is_reverse_charge():
    books = books_holding(organisation=an_organisation(edition=Edition.EU, country_code="FR"))
    company = PurchasingCompany("c", "GmbH", "gid://shopify/CompanyLocation/5", "B", tax_registration_id="DE123")

    hold = held(an_order(untaxed(), shipping_address=BERLIN, company=company), books=books)
    bare = held(an_order(untaxed(), shipping_address=BERLIN), books=books)

    assert hold.reason.cause == "tax_unmapped:DE:reverse_charge"
    assert bare.reason.cause == "tax_unmapped:DE:none"


def test_a_reason_is_never_inferred_from_a_missing_tax_alone():
    order = an_order(untaxed())
    own = a_policy(taxes=(a_rule(tax="Zero Rate", reason="not_registered"),))

    assert "Shopify does not say why" in held(order).reason.text
    assert held(order, a_policy(unknown_tax="create")).reason.code == "tax_unmapped"
    assert the_invoice(planned(order, own)).lines[0].tax_id == VAT0.id


def test_shipping_without_tax_beside_taxed_goods_is_not_taxable():
    till = Till().line("50.00").shipping("5.00", rates=()).placed()

    assert the_invoice(planned(an_order(till))).lines[1].tax_id == VAT0.id


def test_goods_that_bear_no_tax_beside_taxed_shipping_need_a_reason():
    till = Till().line("50.00", rates=()).shipping("6.00").placed()

    assert held(an_order(till)).reason.cause == "tax_unmapped:GB:none"


def test_delivery_of_what_is_not_taxable_is_not_taxable_either():
    till = Till().line("50.00", taxable=False).shipping("6.00", rates=()).placed()

    assert [line.tax_id for line in the_invoice(planned(an_order(till))).lines] == [VAT0.id, VAT0.id]


def test_lines_of_nothing_for_an_exempt_buyer_are_an_exemption():
    till = Till(included=False).line("50.00").placed()
    order = an_order(till, tax_exempt=True)
    nothing = replace(order.lines[0].tax_lines[0], price=till.bag(0))
    totals = replace(
        order.totals,
        total_tax=till.bag(0),
        total_price=till.bag("50.00"),
        original_total_price=till.bag("50.00"),
        current_total_price=till.bag("50.00"),
        total_outstanding=till.bag("50.00"),
    )
    order = replace(order, lines=(replace(order.lines[0], tax_lines=(nothing,)),), totals=totals)

    assert the_invoice(planned(order)).lines[0].tax_id == VAT0.id
    assert held(replace(order, tax_exempt=False)).reason.code == "tax_differs"


def test_nothing_charged_is_nothing_taxed():
    till = Till().line("50.00").line("0.00", rates=()).line("9.00", discount="9.00", rates=[("X", "0.07")]).placed()

    assert [line.tax_id for line in the_invoice(planned(an_order(till))).lines] == [VAT20.id, None, None]


def test_an_organisation_that_is_not_registered_names_no_tax():
    books = books_holding(organisation=an_organisation(tax_registered=False))

    invoice = the_invoice(planned(an_order(untaxed()), books=books))

    assert (invoice.lines[0].tax_id, invoice.edition_fields) == (None, {})


# How tax reaches Zoho


def test_by_policy_taxes_are_lines_on_the_tax_payable_account():
    invoice = the_invoice(planned(an_order(taxed(("VAT", "0.2"))), a_policy(tax="lines")))

    goods, tax = invoice.lines
    assert (goods.rate, goods.tax_id, tax.name, tax.rate, tax.account_id) == (
        D("83.33"), None, "VAT", D("16.67"), "acc-tax-payable",
    )  # fmt: skip


def test_where_taxes_are_lines_no_document_names_one_although_none_is_charged():
    till = taxed(("VAT", "0.075")).pay().edit(add=[("0.06", 1)], after=timedelta(days=2))

    *_, edit = invoices(planned(an_order(till), a_policy(tax="lines")))
    unmapped = planned(an_order(untaxed()), a_policy(tax="lines", unknown_tax="hold"))

    assert [(line.name, line.tax_id) for line in edit.lines] == [("Thing 2", None)]
    assert the_invoice(unmapped).lines[0].tax_id is None


def test_an_adjustment_is_only_for_an_organisation_that_is_not_registered():
    order = an_order(taxed(("VAT", "0.2")).pay().refund((0, 1)))
    unregistered = books_holding(organisation=an_organisation(tax_registered=False))
    policy = a_policy(tax="adjustment")

    plan = planned(order, policy, unregistered)

    assert (the_invoice(plan).adjustment, the_invoice(plan).adjustment_description) == (D("16.67"), "Tax")
    assert [line.account_id for line in credit_notes(plan)[0].lines] == [None, "acc-tax-payable"]
    assert held(order, policy).reason.code == "adjustment_while_registered"
    assert held(order, books=unregistered).reason.code == "not_registered"


# Tax that the channel remits


def test_tax_of_the_channel_is_a_line_of_its_own_without_a_tax_of_zohos():
    till = Till(included=False).line("100.00", liable=True).line("5.00", liable=True).placed()

    lines = the_invoice(planned(an_order(till.pay()))).lines

    assert [(line.rate, line.tax_id, line.account_id) for line in lines] == [
        (D("100.00"), None, None), (D("5.00"), None, None),
        (D("20.00"), None, "acc-channel-tax"), (D("1.00"), None, "acc-channel-tax"),
    ]  # fmt: skip


def test_tax_of_the_channel_inside_a_price_is_taken_out_of_it():
    lines = the_invoice(planned(an_order(Till().line("120.00", liable=True).placed()))).lines

    assert [line.rate for line in lines] == [D("100.00"), D("20.00")]


def test_tax_of_the_channel_that_the_buyer_did_not_pay_us_is_nowhere():
    till = Till(included=False).line("100.00", liable=True).placed()
    order = an_order(till)
    totals = replace(
        order.totals,
        total_price=till.bag("100.00"),
        original_total_price=till.bag("100.00"),
        current_total_price=till.bag("100.00"),
        total_outstanding=till.bag("100.00"),
    )

    assert len(the_invoice(planned(replace(order, totals=totals))).lines) == 1


def test_both_kinds_on_one_line_are_held():
    order = an_order(Till(rates=(("State", "0.1"), ("City", "0.1"))).line("100.00").placed())
    first, second = order.lines[0].tax_lines
    line = replace(order.lines[0], tax_lines=(replace(first, channel_liable=True), second))

    assert held(replace(order, lines=(line,))).reason.code == "channel_tax_mixed"


# All tax on one line


def with_all_tax_on_the_first_line(till: Till, tax: str):
    order = an_order(till)
    first = replace(order.lines[0].tax_lines[0], price=till.bag(tax))
    others = tuple(replace(line, tax_lines=()) for line in order.lines[1:])
    shipping = tuple(replace(line, tax_lines=()) for line in order.shipping_lines)
    return replace(order, lines=(replace(order.lines[0], tax_lines=(first,)), *others), shipping_lines=shipping)


def test_all_tax_on_one_line_is_spread_by_its_rate():
    till = Till(included=False).line("0.98").line("33.33").line("66.66").shipping("9.99").placed()
    tax = order_tax = till.totals().total_tax.presentment.text
    order = with_all_tax_on_the_first_line(till, tax)

    invoice = the_invoice(planned(order))

    assert [line.tax_id for line in invoice.lines] == [VAT20.id] * 4
    assert invoice.expected.taxes[0].amount.text == order_tax


def test_all_tax_on_one_line_may_leave_shipping_alone():
    till = Till().line("1.00").line("99.00").shipping("9.99", rates=()).placed()

    invoice = the_invoice(planned(with_all_tax_on_the_first_line(till, "16.67")))

    assert [line.tax_id for line in invoice.lines] == [VAT20.id, VAT20.id, VAT0.id]


def test_all_tax_on_one_line_that_no_rate_explains_is_held():
    till = Till(included=False).line("1.00").line("99.00").placed()
    order = with_all_tax_on_the_first_line(till, "12.34")
    totals = replace(order.totals, total_tax=till.bag("12.34"), total_price=till.bag("112.34"))

    assert held(replace(order, totals=totals)).reason.code == "tax_on_one_line"


def with_taxes_on_the_first_line(till: Till, *taxes: tuple[str, str, str]):
    """Title, rate and amount of each."""
    order = an_order(till)
    like = order.lines[0].tax_lines[0]
    first = tuple(replace(like, title=title, rate=D(rate), price=till.bag(amount)) for title, rate, amount in taxes)
    others = tuple(replace(line, tax_lines=()) for line in order.lines[1:])
    return replace(order, lines=(replace(order.lines[0], tax_lines=first), *others))


def test_all_tax_on_one_line_at_two_rates_goes_to_the_lines_that_each_rate_explains():
    till = Till(included=False).line("0.98").line("33.33").line("66.66", rates=(("VAT", "0.05"),)).placed()
    # 20 % of 0.98 and of 33.33: 0.20 + 6.67; 5 % of 66.66: 3.33
    order = with_taxes_on_the_first_line(till, ("VAT", "0.2", "6.87"), ("VAT", "0.05", "3.33"))

    invoice = the_invoice(planned(order))

    assert [line.tax_id for line in invoice.lines] == [VAT20.id, VAT20.id, VAT5.id]
    assert invoice.expected.total.text == till.totals().total_price.presentment.text


def test_two_rates_that_two_lines_of_one_price_could_bear_are_a_persons_choice():
    till = Till(included=False).line("0.98").line("50.00").line("50.00", rates=(("VAT", "0.05"),)).placed()
    order = with_taxes_on_the_first_line(till, ("VAT", "0.2", "10.20"), ("VAT", "0.05", "2.50"))

    assert held(order).reason.code == "tax_on_one_line"


def test_central_and_state_tax_of_a_whole_order_on_one_line_stay_together():
    till = Till(included=False, rates=INTRA).line("0.98").line("50.00").placed()
    order = with_taxes_on_the_first_line(till, ("CGST", "0.09", "4.59"), ("SGST", "0.09", "4.59"))

    invoice = the_invoice(planned(replace(order, shipping_address=CHENNAI), books=india()))

    assert [line.tax_id for line in invoice.lines] == ["tax-gst18", "tax-gst18"]


def test_two_pairs_of_taxes_on_one_line_are_told_apart_by_their_amounts():
    low = (("CGST", "0.025"), ("SGST", "0.025"))
    till = Till(included=False, rates=INTRA).line("0.98").line("50.00").line("80.00", rates=low).placed()
    taxes = [(title, "0.09", "4.59") for title in ("CGST", "SGST")]
    taxes += [(title, "0.025", "2.00") for title in ("CGST", "SGST")]
    order = replace(with_taxes_on_the_first_line(till, *taxes), shipping_address=CHENNAI)

    hold = held(order, books=india())

    assert hold.reason.cause == "tax_unmapped:IN:cgst@2.5+sgst@2.5"


@pytest.mark.parametrize("lines", [("0.98", "50.00"), ("0.98",)])
def test_a_tax_above_the_price_is_held_before_anything_is_sent_whatever_the_policy(lines):
    till = Till(included=False, rates=(("VAT", "7.25"),)).line(lines[0])
    for price in lines[1:]:
        till.line(price, rates=())
    order = an_order(till.placed())

    hold = held(order, a_policy(unknown_tax="create"))

    assert hold.reason.code in ("tax_on_one_line", "tax_rate_impossible")


def test_too_many_lines_to_tell_two_rates_apart_are_held():
    till = Till(included=False)
    for number in range(14):
        till.line(f"{number + 1}.10")
    order = with_taxes_on_the_first_line(till.placed(), ("VAT", "0.2", "20.00"), ("VAT", "0.05", "1.00"))
    totals = replace(order.totals, total_tax=till.bag("21.00"), total_price=till.bag("127.40"))

    assert held(replace(order, totals=totals)).reason.code == "tax_on_one_line"


# India


def india(*taxes, **changes):
    group = a_tax(
        "GST18",
        "18",
        tax_type="tax_group",
        specification="intra",
        components=(TaxComponent("c9", "CGST9", D(9)), TaxComponent("s9", "SGST9", D(9))),
    )
    igst = a_tax("IGST18", "18", specific_type="igst", specification="inter")
    members = (a_tax("CGST9", "9", id="c9", specific_type="cgst"), a_tax("SGST9", "9", id="s9", specific_type="sgst"))
    organisation = an_organisation(edition=Edition.INDIA, country_code="IN", state_code="TN", **changes)
    return books_holding(organisation=organisation, taxes=(group, igst, *members))


CHENNAI = Address(country="India", country_code="IN", province_code="TN")
BENGALURU = Address(country="India", country_code="IN", province_code="KA")
INTRA, INTER = (("CGST", "0.09"), ("SGST", "0.09")), (("IGST", "0.18"),)


@pytest.mark.parametrize(("rates", "address", "tax"), [(INTRA, CHENNAI, "tax-gst18"), (INTER, BENGALURU, "tax-igst18")])
def test_india_posts_the_kind_that_shopify_charged(rates, address, tax):
    order = an_order(taxed(*rates, included=False), shipping_address=address)

    invoice = the_invoice(planned(order, books=india()))

    assert invoice.lines[0].tax_id == tax
    assert invoice.edition_fields["place_of_supply"] == address.province_code


@pytest.mark.parametrize(("rates", "address"), [(INTER, CHENNAI), (INTRA, BENGALURU)])
def test_india_holds_where_kind_and_place_disagree(rates, address):
    order = an_order(taxed(*rates, included=False), shipping_address=address)

    assert held(order, books=india()).reason.code == "tax_kind_and_place"


def test_a_mapping_says_of_what_kind_a_tax_is_where_its_title_does_not():
    order = an_order(taxed(("Tax", "0.18"), included=False), shipping_address=CHENNAI)
    rule = a_rule(("Tax", "0.18"), tax="IGST18", country="IN")

    assert held(order, a_policy(taxes=(replace(rule, kind="IGST"),)), india()).reason.code == "tax_kind_and_place"
    assert planned(order, a_policy(taxes=(replace(rule, tax="GST18", kind="CGST+SGST"),)), india()).operations
    assert planned(order, a_policy(taxes=(rule,)), india()).operations


def test_india_takes_the_stores_state_for_what_is_sold_there():
    order = an_order(taxed(*INTRA, included=False), shipping_address=None, retail_location_address=BENGALURU)

    assert the_invoice(planned(order, books=india())).edition_fields["place_of_supply"] == "KA"


@pytest.mark.parametrize(("books", "reason"), [(india(), "Sales return"), (books_holding(), "")])
def test_only_indias_edition_is_told_why_something_came_back(books, reason):
    indian = {"rates": INTRA} if reason else {}
    till = Till(included=False, **indian).line("100.00").placed().pay().refund(everything=True)
    order = an_order(till, **({"shipping_address": CHENNAI} if reason else {}))

    (note,) = credit_notes(planned(order, books=books))

    assert note.reason == reason


def test_a_gift_card_line_named_by_its_own_account_is_no_income():
    line = the_invoice(planned(an_order(Till().line("50.00", gift_card=True).placed()))).lines[0]

    assert (line.account_id, line.tax_id) == ("acc-gift-cards", VAT0.id)
    assert (
        held(an_order(Till().line("50.00", gift_card=True).placed()), a_policy(accounts=Accounts())).reason.code
        == "account_unmapped"
    )


def test_different_rates_on_lines_and_tax_on_shipping_only():
    till = Till(included=False).line("50.00", rates=[("VAT", "0.05")]).line("20.00", taxable=False).shipping("9.99")

    invoice = the_invoice(planned(an_order(till.placed())))

    assert [line.tax_id for line in invoice.lines] == [VAT5.id, VAT0.id, VAT20.id]


def test_master_data_comes_before_documents():
    plan = planned(an_order(taxed(("MwSt", "0.19")), shipping_address=BERLIN), a_policy(unknown_tax="create"))

    assert {one.kind for one in plan.operations} == {Kind.TAX}
    assert keys(plan) == ["tax:DE:mwst@19"]
