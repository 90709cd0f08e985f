"""An organisation and its masters, read tolerantly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference

from ml_connector.domain.books import Edition, TaxComponent, ZohoCurrency
from ml_connector.zoho import locks, masters
from ml_connector.zoho.zones import zone, zone_of


def _row(**changes: Any) -> dict[str, Any]:
    return {"organization_id": "1", "name": "Acme", "currency_code": "GBP", "time_zone": "Europe/London", **changes}


def test_the_recorded_organisation_is_read():
    row = reference.example("organizations")["organizations"][0]
    detail = reference.example("organization-detail")["organization"]

    read = masters.organisation(row, detail)

    assert (read.id, read.currency, read.zone) == ("60041112223", "INR", "Asia/Calcutta")
    assert (read.edition, read.state_code, read.plan) == (Edition.INDIA, "KA", "STANDARD")
    assert (read.tax_registered, read.sales_inclusive, read.active) == (True, True, True)


@pytest.mark.parametrize(
    ("told", "registered"),
    [
        ({}, True),
        ({"is_registered_for_tax": False}, False),
        ({"is_registered_for_tax": "false"}, False),
        ({"is_registered_for_tax": False, "is_registered_for_gst": True}, True),
        ({"tax_settings": {"is_tax_registered": "true"}}, True),
        ({"tax_settings": {"is_tax_registered": False}}, False),
    ],
)
def test_an_organisation_is_registered_where_any_flag_says_so(told: dict[str, Any], registered: bool):
    assert masters.organisation(_row(**told)).tax_registered is registered


@pytest.mark.parametrize(
    ("told", "active"), [({}, True), ({"is_org_active": False}, False), ({"isOrgActive": "false"}, False)]
)
def test_an_inactive_organisation_is_seen(told: dict[str, Any], active: bool):
    assert masters.organisation(_row(**told)).active is active


def test_a_currency_without_places_has_none():
    assert masters.organisation(_row(price_precision=0)).price_precision == 0
    assert masters.organisation(_row(price_precision="3")).price_precision == 3
    assert masters.organisation(_row()).price_precision == 2


@pytest.mark.parametrize(
    ("version", "country", "edition"),
    [
        ("india", "IN", Edition.INDIA),
        ("uk", "GB", Edition.UK),
        ("us", "", Edition.US),
        ("global", "DE", Edition.GLOBAL),
        ("germany", "DE", Edition.EU),
        ("uae", "AE", Edition.GCC),
        ("Saudi Arabia", "SA", Edition.GCC),
        ("south_africa", "ZA", Edition.SOUTH_AFRICA),
        ("SouthAfrica", "ZA", Edition.SOUTH_AFRICA),
        ("", "KW", Edition.GCC),
        ("", "in", Edition.INDIA),
        ("something new", "AU", Edition.AUSTRALIA),
        ("", "NG", Edition.GLOBAL),
    ],
)
def test_the_edition_is_the_version_or_else_the_country_s(version: str, country: str, edition: Edition):
    assert masters.edition_of(version, country) is edition


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("PST", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("IST", "Asia/Kolkata"),
        ("GMT", "Etc/GMT"),
        (" Europe/Paris ", "Europe/Paris"),
        ("Mars/Olympus", ""),
        ("", ""),
    ],
)
def test_a_time_zone_has_its_iana_name(name: str, iana: str):
    assert zone_of(name) == iana


def test_a_zone_that_nobody_knows_is_none():
    assert zone("Mars/Olympus") is None
    assert str(zone("PST")) == "America/Los_Angeles"


def test_every_short_name_leads_to_a_zone_of_this_machine():
    short = "PST MST CST EST HST AST JST CTT IST AET NST ECT EET MET CET WET UTC BST VST ART CAT EAT".split()

    assert [name for name in short if not zone_of(name)] == []


def test_the_recorded_currencies_are_read_and_the_base_has_no_rate():
    read = masters.currencies(reference.example("currencies")["currencies"])

    assert read["INR"] == ZohoCurrency("3917264000000000064", "INR", 2, is_base=True)
    assert read["USD"].exchange_rate == Decimal("84.35")
    assert read["JPY"].price_precision == 0


def test_the_recorded_taxes_are_read_and_a_group_has_its_components():
    group = reference.example("tax-group")["tax_group"]

    taxes = masters.taxes(reference.example("taxes")["taxes"], {group["tax_group_id"]: group})
    read = {tax.name: tax for tax in taxes}

    assert read["GST18"].components == (
        TaxComponent("3917264000000014227", "CGST9", Decimal(9)),
        TaxComponent("3917264000000014229", "SGST9", Decimal(9)),
    )
    assert (read["GST18"].tax_type, read["GST18"].specification) == ("tax_group", "intra")
    assert (read["IGST18"].specific_type, read["IGST18"].components) == ("igst", ())


@pytest.mark.parametrize(
    ("told", "active"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"is_inactive": True}, False),
        ({"status": "inactive"}, False),
        ({"status": "Active"}, True),
    ],
)
def test_a_tax_is_active_unless_zoho_says_otherwise(told: dict[str, Any], active: bool):
    assert masters.taxes([{"tax_id": "1", **told}])[0].active is active


def test_chart_and_bank_are_one_list_in_which_the_bank_knows_the_currency():
    chart = reference.example("chartofaccounts")["chartofaccounts"]
    bank = reference.example("bankaccounts")["bankaccounts"]
    twice = {"account_id": bank[0]["account_id"], "account_name": "Razorpay Clearing", "account_type": "bank"}

    read = {account.id: account for account in masters.accounts([*chart, twice], bank)}

    assert len(read) == 4
    assert read[bank[0]["account_id"]].currency == "INR"
    assert read["3917264000000000486"].type == "income"


def test_items_are_known_by_sku_and_an_active_one_goes_first():
    rows = [
        {"item_id": "1", "name": "Old", "sku": "A", "status": "inactive"},
        {"item_id": "2", "name": "New", "sku": "A", "status": "active"},
        {"item_id": "3", "name": "No SKU", "sku": ""},
    ]

    read = masters.items(rows)

    assert {sku: item.id for sku, item in read.items()} == {"A": "2"}


def test_the_recorded_items_are_read():
    read = masters.items(reference.example("items-list")["items"])

    assert read["LT-SAND-130"].id == "3917264000000171015"


def test_exemptions_are_read():
    rows = [{"tax_exemption_id": "1", "tax_exemption_code": "EXPORT", "type": "item"}]

    assert masters.exemptions(rows)[0].code == "EXPORT"


def test_custom_fields_are_read_grouped_or_as_a_list():
    grouped = masters.custom_fields(reference.example("customfields"))
    listed = masters.custom_fields({"customfields": [{"field_id": "1", "field_name": "X", "api_name": "cf_x"}]}, "item")

    assert [(each.module, each.api_name) for each in grouped][:2] == [
        ("contact", "cf_shopify_customer_id"),
        ("invoice", "cf_shopify_order_id"),
    ]
    assert (listed[0].module, listed[0].id, listed[0].label) == ("item", "1", "X")


def test_the_unique_field_is_known_for_each_module_that_has_it():
    body = {
        "customfields": {
            "invoice": [{"api_name": "cf_shopify_id"}],
            "credit_note": [{"api_name": "cf_shopify_id"}],
            "contact": [{"api_name": "cf_shopify_id", "is_active": False}],
            "item": [{"api_name": "cf_other"}],
        }
    }

    found = masters.unique_fields(masters.custom_fields(body), "cf_shopify_id")

    assert found == {"invoice": "cf_shopify_id", "creditnote": "cf_shopify_id"}


LOCK = {"transaction_lock_status": "enabled", "transaction_lock_date": "2026-09-30", "reason": "VAT"}


@pytest.mark.parametrize(
    ("body", "until", "known"),
    [
        ({"transaction_lock": LOCK}, date(2026, 9, 30), True),
        ({"transaction_lock": [LOCK]}, date(2026, 9, 30), True),
        ({"transaction_locks": [{**LOCK, "transaction_lock_date": "2026-08-31"}, LOCK]}, date(2026, 9, 30), True),
        ({"code": 0, **LOCK}, date(2026, 9, 30), True),
        ({"transaction_lock": {**LOCK, "transaction_lock_status": "enabled_with_logging"}}, date(2026, 9, 30), True),
        ({"transaction_lock": {"lock_status": "locked", "end_date": "2026-10-31"}}, date(2026, 10, 31), True),
        ({"transaction_lock": {**LOCK, "transaction_lock_status": "disabled"}}, None, True),
        ({"transaction_lock": {**LOCK, "transaction_lock_module": "purchase"}}, None, True),
        ({"transaction_lock": {**LOCK, "lock_scope_formatted": "Inventory Adjustments"}}, None, True),
        ({"transaction_lock": {**LOCK, "lock_scope_formatted": "Sales"}}, date(2026, 9, 30), True),
        ({"transaction_lock": {}}, None, True),
        ({"transaction_locks": []}, None, True),
        ({"transaction_lock": {**LOCK, "transaction_lock_date": "30 Sep 2026"}}, None, False),
        ({"code": 0, "message": "success"}, None, False),
    ],
)
def test_a_lock_is_read_in_every_shape_and_what_is_not_told_is_not_guessed(
    body: dict[str, Any], until: date | None, known: bool
):
    read = locks.transaction_lock(body)

    assert (read.until, read.known) == (until, known)
    assert bool(read.reason) or read.known


def test_the_recorded_lock_says_why():
    read = locks.transaction_lock(reference.example("transaction-lock"))

    assert (read.until, read.reason) == (date(2026, 9, 30), "GST return filed for Q2")


def test_the_rate_in_force_is_the_latest_before_the_day():
    rows = [
        {"currency_code": "USD", "effective_date": "2026-11-01", "rate": 84.35},
        {"currency_code": "USD", "effective_date": "2026-11-10", "rate": "84.40"},
        {"currency_code": "USD", "effective_date": "2026-11-30", "rate": 85},
        {"currency_code": "EUR", "effective_date": "2026-11-05", "rate": 90},
        {"currency_code": "USD", "effective_date": "2026-11-11", "rate": 0},
        {"currency_code": "USD", "effective_date": "", "rate": 1},
    ]
    rates = masters.exchange_rates(rows)

    assert masters.rate_on(rates, "USD", date(2026, 11, 20)) == Decimal("84.40")
    assert masters.rate_on(rates, "USD", date(2026, 10, 31)) is None
    assert masters.rate_on(rates, "CHF", date(2026, 11, 20)) is None


def test_the_recorded_rates_are_read():
    rates = masters.exchange_rates(reference.example("exchange-rates")["exchange_rates"])

    assert rates == {("USD", date(2026, 11, 1)): Decimal("84.35")}


@pytest.mark.parametrize(
    ("row", "registered"),
    [
        ({"version": "germany", "is_registered_for_gst": False}, True),
        ({"version": "india", "is_registered_for_gst": False}, False),
        ({"version": "india", "is_registered_for_gst": "true"}, True),
        ({"version": "uk", "is_registered_for_tax": False, "is_registered_for_gst": False}, False),
    ],
)
def test_gst_says_something_about_taxes_in_india_only(row: dict[str, Any], registered: bool):
    assert masters.organisation(row).tax_registered is registered
