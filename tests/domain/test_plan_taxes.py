"""Which Zoho tax stands for what Shopify charged, and when nobody may guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.domain.builders import (
    VAT0,
    VAT5,
    VAT20,
    Till,
    a_policy,
    a_tax,
    an_order,
    an_organisation,
    books_holding,
    credit_notes,
    drafts,
    held,
    keys,
    planned,
    posted,
    the_invoice,
)

from ml_connector.domain.books import Edition, TaxComponent, TaxExemption
from ml_connector.domain.documents import Kind, TaxDraft
from ml_connector.domain.order import Address, PurchasingCompany
from ml_connector.domain.policy import Accounts, TaxRule, TaxTitle
from ml_connector.domain.taxes import NOWHERE, Place, TaxSet, kind_of, normalised, percent, place_of

D = Decimal
OSLO = Address(city="Oslo", country="Norway", country_code="NO", zip="0150")
BERLIN = Address(city="Berlin", country="Germany", country_code="DE", zip="10115")


def a_rule(*lines: tuple[str, str], tax: str = "Standard Rate", country: str = "GB", **changes) -> TaxRule:
    base = TaxRule(country, None, tuple(TaxTitle(title, D(rate)) for title, rate in lines), tax)
    return replace(base, **changes)


def taxed(*rates: tuple[str, str], **facts) -> Till:
    return Till(rates=rates, **facts).line("100.00").placed()


@pytest.mark.parametrize(
    ("place", "lines", "reason"),
    [
        (Place("GB"), (("VAT 20 %", D("0.2")),), ""),
        (Place("US", "CA"), (("State", D("0.06")), ("City: A+B @home 5%", D("0.0125"))), ""),
        (Place("DE"), (("MwSt", D(0)),), ""),
        (Place("NO"), (), "export"),
        (Place("DE"), (), ""),
    ],
)
def test_a_cause_tells_the_set_that_a_person_maps(place, lines, reason):
    wanted = TaxSet(place, lines, reason)

    told = TaxSet.of_cause(wanted.cause)

    assert (told.place.country, told.place.tax_province) == (place.country, place.tax_province)
    assert (told.key, told.reason, told.cause) == (wanted.key, wanted.reason, wanted.cause)


@pytest.mark.parametrize("cause", ["", "GB", "GB:", "GB:vat@twenty"])
def test_what_is_no_cause_of_a_tax_is_refused(cause):
    with pytest.raises(ValueError, match="tells of no taxes"):
        TaxSet.of_cause(cause)


@pytest.mark.parametrize(
    ("title", "same"),
    [("VAT 20%", "vat"), ("  Vat (20 %) ", "vat"), ("GB VAT", "gb vat"), ("MwSt 19,0 %", "mwst"), ("CGST@9%", "cgst")],
)
def test_titles_are_compared_without_case_and_percentage(title, same):
    assert normalised(title) == same


@pytest.mark.parametrize(
    ("title", "kind"),
    [("IGST18", "IGST"), ("CGST 9", "CGST"), ("UTGST", "SGST"), ("Moms", "VAT"), ("HST", "HST"), ("Standard", "")],
)
def test_kinds_are_read_from_titles(title, kind):
    assert kind_of(title) == kind


def test_a_set_says_itself_in_words():
    place = Place("US", "CA", "United States")

    assert str(TaxSet(place, (("State", D("0.06")), ("VAT 5 %", D("0.05")))).place) == "United States, CA"
    assert TaxSet(place, (("VAT", D("0.255")),)).text == f"VAT {percent(D('0.255'))}"
    assert TaxSet(place, (("State", D("0.06")), ("VAT 5 %", D("0.05")))).cause == "US:CA:state@6+vat@5"
    assert TaxSet(place).text == "no tax (no reason given)"
    assert str(NOWHERE) == "an unknown place"


# Matching


def test_the_only_tax_of_the_rate_is_taken_for_the_organisations_own_country():
    plan = planned(an_order(taxed(("VAT", "0.2"))))

    assert the_invoice(plan).lines[0].tax_id == VAT20.id
    assert plan.learned == (a_rule(("VAT", "0.2"), tax=VAT20.id, made_by_rule=True),)
    assert planned(an_order(taxed(("VAT", "0.2"))), a_policy(taxes=plan.learned)).learned == ()


def test_a_mapping_made_by_rule_says_so_and_what_was_not_taken():
    learned = planned(an_order(taxed(("VAT", "0.2")))).learned

    plan = planned(an_order(taxed(("VAT", "0.2"))), a_policy(taxes=learned))

    (operation,) = [one for one in plan.operations if one.kind is Kind.INVOICE]
    tax = next(reason for reason in operation.reasons if reason.field == "line_items[0].tax")
    assert tax.rule == "Mapping for GB, made by rule: Standard Rate."
    assert tax.rejected == ("Reduced Rate: 5 %", "Zero Rate: 0 %")


def test_a_mapping_made_by_rule_whose_tax_is_gone_is_made_again():
    (learned,) = planned(an_order(taxed(("VAT", "0.2")))).learned

    plan = planned(an_order(taxed(("VAT", "0.2"))), a_policy(taxes=(replace(learned, tax="deleted"),)))

    assert plan.learned == (learned,)


def test_a_mapping_that_a_person_took_back_holds_its_orders():
    (learned,) = planned(an_order(taxed(("VAT", "0.2")))).learned

    hold = held(an_order(taxed(("VAT", "0.2"))), a_policy(taxes=(replace(learned, revoked=True),)))

    assert hold.reason.cause == "tax_unmapped:GB:vat@20"


def test_two_taxes_that_fit_are_a_persons_choice():
    books = books_holding(taxes=(VAT20, replace(VAT20, id="other", name="Other 20")))

    hold = held(an_order(taxed(("VAT", "0.2"))), books=books)

    assert (hold.reason.code, hold.reason.cause) == ("tax_unmapped", "tax_unmapped:GB:vat@20")
    assert ("Not taken", "Standard Rate: fits as well as another") in hold.reason.details


def test_a_rate_never_matches_across_jurisdictions():
    till = taxed(("MwSt", "0.2"))

    hold = held(an_order(till, shipping_address=BERLIN))

    assert hold.reason.text == f"Zoho has no tax of {percent(D('0.2'))} for Germany."
    assert hold.reason.fix == "Map the tax."


def test_always_hold_is_a_policy():
    assert held(an_order(), a_policy(unknown_tax="hold")).reason.code == "tax_unmapped"


@pytest.mark.parametrize(
    "tax",
    [
        replace(VAT20, active=False),
        a_tax("GST twenty", "20"),
        a_tax("Group", "20", tax_type="tax_group"),
        a_tax("Half", "10"),
    ],
)
def test_what_does_not_fit_is_not_taken(tax):
    assert held(an_order(taxed(("VAT", "0.2"))), books=books_holding(taxes=(tax,))).reason.code == "tax_unmapped"


def test_a_tax_of_nothing_matches_the_only_rate_of_nothing():
    invoice = the_invoice(planned(an_order(taxed(("VAT", "0")))))

    assert invoice.lines[0].tax_id == VAT0.id


def test_a_tax_of_nothing_beside_others_says_nothing():
    books = books_holding(
        organisation=an_organisation(edition=Edition.US, country_code="US", state_code="CA"), taxes=(a_tax("CA", "6"),)
    )
    home = Address(country="United States", country_code="US", province_code="CA")
    till = taxed(("State", "0.06"), ("County", "0"), included=False)

    invoice = the_invoice(planned(an_order(till, shipping_address=home), books=books))

    assert invoice.lines[0].tax_id == "tax-ca"


@pytest.mark.parametrize(("name", "fits"), [("CA 6", False), ("NY State Tax", True)])
def test_in_another_province_only_a_tax_that_carries_the_title_fits(name, fits):
    books = books_holding(
        organisation=an_organisation(edition=Edition.US, country_code="US", state_code="CA"), taxes=(a_tax(name, "6"),)
    )
    york = Address(country="United States", country_code="US", province_code="NY")
    order = an_order(taxed(("NY State Tax", "0.06"), included=False), shipping_address=york)

    if fits:
        assert the_invoice(planned(order, books=books)).lines[0].tax_id == "tax-ny-state-tax"
    else:
        assert held(order, books=books).reason.code == "tax_unmapped"


# Mappings


def test_a_mapping_goes_before_any_match():
    policy = a_policy(taxes=(a_rule(("VAT 20 %", "0.20"), tax="tax-zero-rate"),))

    hold = held(an_order(taxed(("VAT", "0.2"))), policy)

    assert hold.reason.code == "tax_differs"  # it was mapped to 0 %, and Shopify charged 20 %


def test_a_mapping_counts_from_its_day_to_its_day():
    rules = (
        a_rule(("MwSt", "0.2"), tax="Reduced Rate", country="DE", until=date(2026, 10, 31)),
        a_rule(("MwSt", "0.2"), tax="Standard Rate", country="DE", since=date(2026, 11, 1)),
        a_rule(("MwSt", "0.2"), tax="Zero Rate", country="DE", since=date(2026, 12, 1)),
    )

    invoice = the_invoice(planned(an_order(taxed(("MwSt", "0.2")), shipping_address=BERLIN), a_policy(taxes=rules)))

    assert invoice.lines[0].tax_id == VAT20.id


def test_a_provinces_mapping_goes_before_the_countrys():
    york = Address(country="United States", country_code="US", province_code="NY")
    rules = (
        a_rule(("Sales Tax", "0.2"), tax="Reduced Rate", country="US"),
        a_rule(("Sales Tax", "0.2"), tax="Standard Rate", country="US", province="NY"),
        a_rule(("Sales Tax", "0.2"), tax="Zero Rate", country="US", province="CA"),
    )

    order = an_order(taxed(("Sales Tax", "0.2")), shipping_address=york)

    assert the_invoice(planned(order, a_policy(taxes=rules))).lines[0].tax_id == VAT20.id


def test_a_mapping_to_a_tax_that_is_gone_is_held():
    books = books_holding(exemptions=(TaxExemption("ex-1", "NT"),))

    hold = held(an_order(), a_policy(taxes=(a_rule(("VAT", "0.2"), tax="Gone"),)), books)

    assert hold.reason.code == "tax_missing"


def test_two_taxes_on_a_line_are_one_group():
    group = a_tax(
        "CA 10",
        "10",
        tax_type="tax_group",
        components=(TaxComponent("gst", "GST", D(5)), TaxComponent("pst", "PST", D(5))),
    )
    books = books_holding(
        organisation=an_organisation(edition=Edition.CANADA, country_code="CA", state_code="BC"),
        taxes=(group, a_tax("GST", "5")),
    )
    vancouver = Address(country="Canada", country_code="CA", province_code="BC")
    till = taxed(("GST", "0.05"), ("PST", "0.05"), included=False)

    invoice = the_invoice(planned(an_order(till, shipping_address=vancouver), books=books))

    assert invoice.lines[0].tax_id == "tax-ca-10"
    assert [(tax.tax_id, tax.amount.text) for tax in invoice.expected.taxes] == [("gst", "5.00"), ("pst", "5.00")]


def test_several_unmapped_sets_are_named_together():
    till = Till().line("10.00", rates=[("A", "0.1")]).line("10.00", rates=[("B", "0.1"), ("C", "0.02")]).placed()

    hold = held(an_order(till))

    assert hold.reason.details[-1][0] == "Also unmapped"
    assert (
        "Zoho has no tax group of B"
        in held(an_order(Till().line("1.00", rates=[("B", "0.1"), ("C", "0.02")]).placed())).reason.text
    )


# Creating


def test_by_policy_a_missing_tax_is_made_and_the_order_follows():
    policy = a_policy(unknown_tax="create")
    order = an_order(taxed(("MwSt", "0.19")).pay(), shipping_address=BERLIN)

    first = planned(order, policy)
    after = posted(order, policy)

    assert first.more
    assert drafts(first, TaxDraft)[0].name == f"DE MwSt {percent(D('0.19'))}"
    assert drafts(first, TaxDraft)[0].edition_fields == {"country_code": "DE"}
    assert planned(order, policy, after).operations == ()


def test_a_missing_group_is_made_of_its_members():
    policy = a_policy(unknown_tax="create")
    books = books_holding(
        organisation=an_organisation(edition=Edition.INDIA, country_code="IN", state_code="TN"),
        taxes=(a_tax(f"IN CGST {percent(D('0.09'))}", "9"),),
    )
    chennai = Address(country="India", country_code="IN", province_code="TN")
    order = an_order(taxed(("CGST", "0.09"), ("SGST", "0.09"), included=False), shipping_address=chennai)

    plan = planned(order, policy, books)

    made = drafts(plan, TaxDraft)
    assert [one.edition_fields for one in made] == [{"tax_specific_type": "sgst"}, {}]
    assert made[1].components[0] == books.taxes[0].id
    assert (
        the_invoice(
            planned(order, policy, posted(order, policy, books))
            if False
            else planned(order, policy, replace(posted(order, policy, books), documents={}))
        ).expected.total.text
        == "118.00"
    )


def test_a_made_tax_of_india_that_is_no_gst_has_no_kind():
    policy = a_policy(unknown_tax="create")
    books = books_holding(
        organisation=an_organisation(edition=Edition.INDIA, country_code="IN", state_code="TN"), taxes=()
    )
    chennai = Address(country="India", country_code="IN", province_code="TN")

    plan = planned(an_order(taxed(("Luxury", "0.09")), shipping_address=chennai), policy, books)

    assert drafts(plan, TaxDraft)[0].edition_fields == {}


def test_a_made_tax_elsewhere_needs_no_fields_of_an_edition():
    policy = a_policy(unknown_tax="create")
    books = books_holding(organisation=an_organisation(edition=Edition.GLOBAL), taxes=())

    assert drafts(planned(an_order(taxed(("VAT", "0.2"))), policy, books), TaxDraft)[0].edition_fields == {}


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


# Where


def test_without_any_address_an_order_is_taxed_where_the_seller_is():
    order = an_order(billing_address=None, shipping_address=None)

    assert the_invoice(planned(order)).lines[0].tax_id == VAT20.id


def test_without_any_address_of_anybody_nobody_knows_where_the_order_is_taxed():
    order = an_order(billing_address=None, shipping_address=None)
    books = books_holding(organisation=an_organisation(country_code=""))

    assert held(order, books=books).reason.code == "jurisdiction_unknown"


def test_the_store_is_the_place_of_what_is_taken_away():
    store = Address(country="United Kingdom", country_code="gb")
    order = an_order(retail_location_address=store, shipping_address=BERLIN)

    shipped = an_order(Till().line("1.00").shipping("1.00").placed(), retail_location_address=store)
    assert place_of(order, an_organisation()).source == "retailLocation.address"
    assert place_of(shipped, an_organisation()).source == "shippingAddress"


def test_the_billing_and_the_customers_own_address_are_the_last_resort():
    order = an_order(shipping_address=None, billing_address=None)
    customer = replace(order.customer, default_address=BERLIN)

    assert place_of(replace(order, billing_address=OSLO), an_organisation()).country == "NO"
    assert place_of(replace(order, customer=customer), an_organisation()).country == "DE"


# How tax reaches Zoho


def test_by_policy_taxes_are_lines_on_the_tax_payable_account():
    invoice = the_invoice(planned(an_order(taxed(("VAT", "0.2"))), a_policy(tax="lines")))

    goods, tax = invoice.lines
    assert (goods.rate, goods.tax_id, tax.name, tax.rate, tax.account_id) == (
        D("83.33"), None, "VAT", D("16.67"), "acc-tax-payable",
    )  # fmt: skip


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
