"""Each edition of Zoho Books gets its own fields, and no other's."""

from __future__ import annotations

import pytest
from tests.domain.builders import an_order, an_organisation, books_holding

from ml_connector.domain.books import Edition, TaxExemption
from ml_connector.domain.editions import (
    Buyer,
    contact_fields,
    document_fields,
    kind_disagrees,
    place_of_supply,
    prepayment_may_be_taxed,
)
from ml_connector.domain.order import Address, PurchasingCompany
from ml_connector.domain.taxes import Place

GB, DE, NO, AE = Place("GB"), Place("DE"), Place("NO"), Place("AE", "DU")
TN = Place("IN", "TN")


def books_of(edition: Edition, country: str, **changes):
    return books_holding(organisation=an_organisation(edition=edition, country_code=country, **changes))


@pytest.mark.parametrize(
    ("edition", "country", "buyer", "fields"),
    [
        (Edition.UK, "GB", Buyer(GB), {"vat_treatment": "uk"}),
        (Edition.UK, "GB", Buyer(GB, "GB1"), {"vat_treatment": "uk", "vat_reg_no": "GB1"}),
        (Edition.UK, "GB", Buyer(DE), {"vat_treatment": "overseas"}),
        (Edition.UK, "GB", Buyer(DE, "DE1"), {"vat_treatment": "eu_vat_registered", "vat_reg_no": "DE1"}),
        (Edition.EU, "FR", Buyer(Place("FR")), {}),
        (Edition.EU, "FR", Buyer(DE, "DE1"), {"vat_treatment": "eu_vat_registered", "vat_reg_no": "DE1"}),
        (Edition.INDIA, "IN", Buyer(TN), {"gst_treatment": "consumer", "place_of_contact": "TN"}),
        (Edition.INDIA, "IN", Buyer(TN, "33A"),
         {"gst_treatment": "business_gst", "gst_no": "33A", "place_of_contact": "TN"}),
        (Edition.INDIA, "IN", Buyer(GB), {"gst_treatment": "overseas"}),
        (Edition.GCC, "AE", Buyer(AE), {"tax_treatment": "vat_not_registered", "place_of_contact": "DU"}),
        (Edition.GCC, "AE", Buyer(AE, "1"),
         {"tax_treatment": "vat_registered", "tax_reg_no": "1", "place_of_contact": "DU"}),
        (Edition.GCC, "AE", Buyer(Place("SA")),
         {"tax_treatment": "gcc_vat_not_registered", "place_of_contact": "SA"}),
        (Edition.GCC, "AE", Buyer(Place("SA"), "1"),
         {"tax_treatment": "gcc_vat_registered", "tax_reg_no": "1", "place_of_contact": "SA"}),
        (Edition.GCC, "AE", Buyer(NO), {"tax_treatment": "non_gcc"}),
        (Edition.US, "US", Buyer(Place("US")), {}),
        (Edition.US, "US", Buyer(Place("US"), tax_exempt=True), {}),
        (Edition.AUSTRALIA, "AU", Buyer(Place("AU")), {}),
        (Edition.AUSTRALIA, "AU", Buyer(Place("AU"), tax_exempt=True), {"is_taxable": "false"}),
    ],
)  # fmt: skip
def test_a_contact_has_the_fields_of_its_edition(edition, country, buyer, fields):
    assert dict(contact_fields(buyer, books_of(edition, country))) == fields


def test_an_exempt_customer_of_the_us_names_the_only_exemption_for_customers():
    books = books_holding(
        organisation=an_organisation(edition=Edition.US, country_code="US"),
        exemptions=(TaxExemption("e1", "RESALE", "customer"),),
    )

    assert dict(contact_fields(Buyer(Place("US"), tax_exempt=True), books)) == {
        "is_taxable": "false", "tax_exemption_id": "e1",
    }  # fmt: skip


def test_an_organisation_that_is_not_registered_gets_no_fields():
    books = books_of(Edition.INDIA, "IN", tax_registered=False)

    assert (contact_fields(Buyer(TN), books), document_fields(an_order(), books)) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "may_be"),
    [
        ({"edition": Edition.UK}, True),
        ({"edition": Edition.INDIA}, True),
        ({"edition": Edition.US}, False),
        ({"edition": Edition.UK, "tax_registered": False}, False),
    ],
)
def test_a_prepayment_may_be_taxed_under_vat_and_gst(changes, may_be):
    assert prepayment_may_be_taxed(an_organisation(**changes)) is may_be


def an_order_to(country: str, province: str = "", number: str = ""):
    company = PurchasingCompany("c", "C", "l", "L", tax_registration_id=number or None)
    return an_order(shipping_address=Address(country_code=country, province_code=province), company=company)


@pytest.mark.parametrize(
    ("edition", "country", "order", "fields"),
    [
        (Edition.UK, "GB", an_order_to("DE", number="DE1"), {"vat_treatment": "eu_vat_registered"}),
        (Edition.INDIA, "IN", an_order_to("IN", "OR"), {"gst_treatment": "consumer", "place_of_supply": "OD"}),
        (Edition.INDIA, "IN", an_order_to("IN", "TN", "33A"),
         {"gst_treatment": "business_gst", "gst_no": "33A", "place_of_supply": "TN"}),
        (Edition.INDIA, "IN", an_order_to("GB"), {"gst_treatment": "overseas", "place_of_supply": "OT"}),
        (Edition.GCC, "AE", an_order_to("AE", "RK"),
         {"tax_treatment": "vat_not_registered", "place_of_supply": "RA"}),
        (Edition.GCC, "AE", an_order_to("NO"), {"tax_treatment": "non_gcc"}),
        (Edition.US, "US", an_order_to("US", "CA"), {}),
    ],
)  # fmt: skip
def test_a_document_has_the_fields_of_its_edition(edition, country, order, fields):
    assert dict(document_fields(order, books_of(edition, country))) == fields


def test_an_emirate_that_is_not_known_is_left_out():
    assert place_of_supply(Place("AE", "XX")) == ""


def test_without_an_address_the_place_of_supply_in_india_is_the_sellers_state():
    nowhere = an_order(shipping_address=None, billing_address=None)
    organisation = an_organisation(edition=Edition.INDIA, country_code="IN", state_code="TN")

    assert kind_disagrees(frozenset({"CGST", "SGST"}), nowhere, organisation) == ""
    assert kind_disagrees(frozenset({"IGST"}), nowhere, organisation)


def test_kind_and_place_are_only_compared_in_india_and_where_the_place_is_known():
    nowhere = an_order(shipping_address=None, billing_address=None)
    organisation = an_organisation(edition=Edition.INDIA, country_code="", state_code="")

    assert kind_disagrees(frozenset({"IGST"}), nowhere, organisation) == ""
    assert kind_disagrees(frozenset({"IGST"}), an_order(), an_organisation()) == ""
