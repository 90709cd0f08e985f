"""Which Zoho tax stands for what Shopify charged, and when nobody may guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.domain.builders import (
    BERLIN,
    OSLO,
    VAT0,
    VAT20,
    Till,
    a_policy,
    a_rule,
    a_tax,
    an_order,
    an_organisation,
    books_holding,
    drafts,
    held,
    planned,
    posted,
    taxed,
    the_invoice,
)

from ml_connector.domain.books import Edition, TaxComponent, TaxExemption
from ml_connector.domain.documents import Kind, TaxDraft
from ml_connector.domain.order import Address
from ml_connector.domain.taxes import NOWHERE, Place, TaxSet, kind_of, normalised, percent, place_of

D = Decimal


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


def test_a_tax_without_a_rate_is_held_and_posted_once_its_title_is_mapped():
    order = an_order(taxed(("VAT", "0.2")))
    lines = tuple(
        replace(line, tax_lines=tuple(replace(tax, rate=D(0)) for tax in line.tax_lines)) for line in order.lines
    )
    order = replace(order, lines=lines)

    hold = held(order)
    mapped = planned(order, a_policy(taxes=(a_rule(("VAT", "0"), tax="Standard Rate"),)))

    assert (hold.reason.code, "gives no rate for “VAT”" in hold.reason.text) == ("tax_differs", True)
    assert the_invoice(mapped).lines[0].tax_id == VAT20.id


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
