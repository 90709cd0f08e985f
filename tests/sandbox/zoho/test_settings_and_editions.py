"""Masters of an organisation, and what each edition has that the others refuse."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.zoho.caller import a_caller, a_line, token

from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.editions import EDITIONS

# -- editions -----------------------------------------------------------------------------

A_CONTACT_FIELD = {
    "gst_treatment": "consumer",
    "vat_treatment": "overseas",
    "tax_treatment": "vat_not_registered",
    "place_of_contact": "",
    "country_code": "",
    "is_taxable": True,
    "tax_exemption_code": "",
    "track_1099": False,
}


@pytest.mark.parametrize(
    ("region", "edition", "own"),
    [
        ("in", "india", "gst_treatment place_of_contact is_taxable tax_exemption_code"),
        ("uk", "uk", "vat_treatment country_code"),
        ("eu", "eu", "vat_treatment country_code"),
        ("ae", "gcc", "tax_treatment place_of_contact country_code"),
        ("sa", "gcc", "tax_treatment place_of_contact country_code"),
        ("us", "us", "is_taxable tax_exemption_code track_1099"),
        ("ca", "canada", "is_taxable tax_exemption_code"),
        ("au", "australia", "is_taxable"),
        ("jp", "global", ""),
    ],
)
def test_each_edition_takes_its_own_fields_and_refuses_the_others(region: str, edition: str, own: str) -> None:
    zoho = a_caller(region)

    taken = set()
    for name, value in A_CONTACT_FIELD.items():
        told = zoho.response("POST", "/contacts", {"contact_name": name, name: value}).json()
        if told["code"] == 0:
            taken.add(name)
        else:
            assert told == {"code": 8, "message": f"Invalid Element {name}"}

    assert (zoho.org.profile.edition, taken) == (edition, set(own.split()))


def test_gst_fields_are_refused_while_gst_is_off() -> None:
    zoho = a_caller("in", registered=False)

    refused = zoho.refused("POST", "/contacts", {"contact_name": "A", "gst_treatment": "consumer"})

    assert refused == (400, 8, "Invalid Element gst_treatment")


def test_a_tax_is_not_supported_while_taxes_are_off() -> None:
    zoho = a_caller("uk", registered=False)
    body = {"customer_id": zoho.contact(), "line_items": [a_line(tax_id="1234567890123456789")]}

    assert zoho.refused("POST", "/invoices", body) == (400, 110942, "Tax not supported.")
    assert zoho.refused("POST", "/settings/taxes", {"tax_name": "VAT", "tax_percentage": 20})[:2] == (400, 110817)
    assert zoho.get("/settings/taxes")["taxes"] == []
    assert zoho.get("/organizations")["organizations"][0]["is_registered_for_tax"] is False


@pytest.mark.parametrize(
    ("place", "tax", "message"),
    [
        ("KA", "GST18", None),
        ("KA", "IGST18", "IGST cannot be applied as this is an intrastate transaction"),
        ("TN", "IGST18", None),
        ("TN", "GST18", "IGST has to be applied as this is an interstate transaction"),
    ],
)
def test_india_checks_the_tax_against_the_place_of_supply(place: str, tax: str, message: str | None) -> None:
    zoho = a_caller("in")
    body = {"customer_id": zoho.contact(), "place_of_supply": place, "line_items": [a_line(tax_id=zoho.tax(tax))]}

    if message is None:
        assert zoho.post("/invoices", body)["invoice"]["total"] == 118.0
    else:
        assert zoho.refused("POST", "/invoices", body) == (400, 3032, message)


def test_india_takes_the_contacts_place_when_none_is_sent() -> None:
    zoho = a_caller("in")
    body = {"customer_id": zoho.contact(place_of_contact="TN"), "line_items": [a_line(tax_id=zoho.tax("GST18"))]}

    assert zoho.refused("POST", "/invoices", body)[:2] == (400, 3032)


def test_an_unknown_place_or_treatment_is_refused() -> None:
    india, gulf = a_caller("in"), a_caller("ae")

    assert india.refused("POST", "/contacts", {"contact_name": "A", "place_of_contact": "XX"})[:2] == (400, 4)
    assert gulf.refused("POST", "/contacts", {"contact_name": "A", "tax_treatment": "uk"})[:2] == (400, 4)


def test_hsn_codes_belong_to_india() -> None:
    zoho = a_caller("uk")
    body = {"customer_id": zoho.contact(), "line_items": [a_line(hsn_or_sac="63013000")]}

    assert zoho.refused("POST", "/invoices", body) == (400, 8, "Invalid Element hsn_or_sac")


def test_an_item_of_india_brings_the_tax_of_the_place() -> None:
    zoho = a_caller("in")
    preferences = [
        {"tax_id": zoho.tax("GST18"), "tax_specification": "intra"},
        {"tax_id": zoho.tax("IGST18"), "tax_specification": "inter"},
    ]
    item_id = zoho.post("/items", {"name": "T", "rate": 1, "item_tax_preferences": preferences})["item"]["item_id"]
    contact_id = zoho.contact()

    names = [
        zoho.invoice(contact_id, {"item_id": item_id}, place_of_supply=place)["line_items"][0]["tax_name"]
        for place in ("KA", "TN")
    ]

    assert names == ["GST18", "IGST18"]


def test_an_untaxed_line_may_need_a_reason() -> None:
    zoho = a_caller("us")
    zoho.org.switches.set(exemption_required=True)
    exemption = zoho.get("/settings/taxexemptions")["tax_exemptions"][0]["tax_exemption_id"]
    contact_id = zoho.contact()

    assert zoho.refused("POST", "/invoices", {"customer_id": contact_id, "line_items": [a_line()]})[0] == 400
    line = zoho.invoice(contact_id, a_line(tax_exemption_id=exemption))["line_items"][0]
    assert line["tax_exemption_id"] == exemption


def test_a_group_of_three_taxes_is_shown_apart() -> None:
    zoho = a_caller("us")

    invoice = zoho.invoice(zoho.contact(), a_line(tax_id=zoho.tax("New York City Sales Tax")))

    assert [tax["tax_amount"] for tax in invoice["taxes"]] == [4.0, 4.5, 0.38]
    assert (invoice["total"], invoice["line_items"][0]["tax_percentage"]) == (108.88, 8.875)


def test_a_shipping_tax_counts_in_india_and_elsewhere_only_under_a_reading() -> None:
    india, uk = a_caller("in"), a_caller("uk")
    extra = {"shipping_charge": 10}

    taxed = india.invoice(india.contact(), shipping_charge_tax_id=india.tax("GST18"), **extra)
    contact_id = uk.contact()
    ignored = uk.invoice(contact_id, shipping_charge_tax_id=uk.tax("Standard Rate"), **extra)
    uk.org.switches.set(shipping_tax="everywhere")
    counted = uk.invoice(contact_id, shipping_charge_tax_id=uk.tax("Standard Rate"), **extra)

    assert (taxed["total"], ignored["total"], counted["total"]) == (111.8, 110.0, 112.0)
    assert ignored["shipping_charge_tax_id"] == ""
    assert counted["shipping_charge_tax"] == 2.0


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_has_a_believable_organisation(edition: str) -> None:
    company = ZohoCompany(seed=3)

    org = company.organization("us", edition)

    assert {a.name for a in org.accounts.values()} >= {
        "Shopify Clearing", "PayPal", "Undeposited Funds", "Gift cards", "Store credit", "Tips", "Duties", "Rounding",
    }  # fmt: skip
    assert any(tax.percentage == 0 for tax in org.taxes.values())
    assert org.profile.edition == edition


def test_unknown_editions_and_profile_fields_are_said() -> None:
    company = ZohoCompany()

    with pytest.raises(ValueError, match="no edition is called mars"):
        company.organization("us", "mars")
    with pytest.raises(ValueError, match="a profile has no colour"):
        company.organization("us", colour="blue")


# -- masters ------------------------------------------------------------------------------


def test_taxes_and_groups_are_made_and_a_used_one_stays() -> None:
    zoho = a_caller("ca")
    made = zoho.post("/settings/taxes", {"tax_name": "PST SK", "tax_percentage": 6})["tax"]
    members = f"{zoho.tax('GST')},{made['tax_id']}"
    group = zoho.post("/settings/taxgroups", {"tax_group_name": "GST + PST SK", "taxes": members})["tax_group"]
    zoho.invoice(zoho.contact(), a_line(tax_id=group["tax_group_id"]))

    assert group["tax_group_percentage"] == 11
    assert zoho.refused("POST", "/settings/taxes", {"tax_name": "pst sk", "tax_percentage": 6})[0] == 400
    assert zoho.refused("DELETE", f"/settings/taxes/{made['tax_id']}")[0] == 400
    assert zoho.refused("DELETE", f"/settings/taxgroups/{group['tax_group_id']}")[0] == 400
    listed = {tax["tax_id"]: tax["tax_type"] for tax in zoho.get("/settings/taxes")["taxes"]}
    assert listed[group["tax_group_id"]] == "tax_group"


def test_a_currency_is_added_once_and_a_used_one_stays() -> None:
    zoho = a_caller()
    body = {"currency_code": "SEK", "currency_format": "1,234,567.89"}

    made = zoho.post("/settings/currencies", body)["currency"]

    assert zoho.refused("POST", "/settings/currencies", body)[0] == 400
    zoho.contact(currency_id=made["currency_id"])
    assert zoho.refused("DELETE", f"/settings/currencies/{made['currency_id']}")[0] == 400
    assert len(zoho.get("/settings/currencies", filter_by="Currencies.ExcludeBaseCurrency")["currencies"]) == 8


def test_a_currency_without_a_rate_needs_one_on_the_document() -> None:
    zoho = a_caller()
    made = zoho.post("/settings/currencies", {"currency_code": "SEK", "currency_format": "1,234,567.89"})["currency"]
    contact_id = zoho.contact(currency_id=made["currency_id"])
    path = f"/settings/currencies/{made['currency_id']}/exchangerates"

    assert zoho.refused("POST", "/invoices", {"customer_id": contact_id, "line_items": [a_line()]})[:2] == (400, 4)
    zoho.post(path, {"rate": 0.07, "effective_date": "2026-11-01"})
    assert zoho.invoice(contact_id)["exchange_rate"] == 0.07
    assert zoho.get(path, from_date="2026-11-02")["exchange_rates"] == []
    assert zoho.get(path, is_current_date="true")["exchange_rates"][0]["rate"] == 0.07


def test_accounts_are_filtered_and_balances_shown_on_request() -> None:
    zoho = a_caller()
    zoho.invoice(zoho.contact())
    zoho.post(f"/chartofaccounts/{zoho.account('Tips')}/inactive")

    active = {
        row["account_name"] for row in zoho.get("/chartofaccounts", filter_by="AccountType.Active")["chartofaccounts"]
    }
    income = zoho.get("/chartofaccounts", filter_by="AccountType.Income", showbalance="true")["chartofaccounts"]

    assert "Tips" not in active
    assert {row["account_name"]: row["current_balance"] for row in income}["Sales"] == -100.0
    assert {row["account_type"] for row in income} == {"income", "other_income"}


def test_bank_accounts_have_the_ids_of_the_chart() -> None:
    zoho = a_caller()

    banks = {row["account_name"]: row["account_id"] for row in zoho.get("/bankaccounts")["bankaccounts"]}

    assert banks["Shopify Clearing"] == zoho.account("Shopify Clearing")
    assert "Gift cards" not in banks


def test_the_lock_can_be_read_set_and_deleted() -> None:
    zoho = a_caller()
    assert zoho.get("/transactionlock")["transaction_lock"]["transaction_lock_status"] == "disabled"

    lock = {"transaction_lock_status": "enabled", "transaction_lock_date": "2026-09-30"}
    made = zoho.put("/transactionlock", lock)["transaction_lock"]

    assert zoho.get("/transactionlocks")["transaction_locks"][0]["transaction_lock_date"] == "2026-09-30"
    zoho.delete("/transactionlock", transaction_lock_id=made["transaction_lock_id"])
    assert zoho.org.lock is None


def test_who_is_connected() -> None:
    zoho = a_caller()

    assert zoho.get("/users/me")["user"]["user_role"] == "admin"
    assert zoho.get("/locations")["locations"] == []


def test_flags_may_come_as_text() -> None:
    zoho = a_caller()
    zoho.org.switches.set(booleans_as_text=True)

    assert zoho.get("/organizations")["organizations"][0]["is_registered_for_tax"] == "true"


@pytest.mark.parametrize("values", [{"nonsense": 1}, {"reading": "two"}, {"auto_numbers": 1}, {"reading": True}])
def test_a_switch_that_is_none_is_said(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no switch|takes"):
        a_caller().org.switches.set(**values)


def test_unknown_body_keys_are_ignored_or_refused() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()

    assert zoho.invoice(contact_id, is_draft_please=True)
    zoho.org.switches.set(unknown_body_keys="refuse")
    body = {"customer_id": contact_id, "line_items": [a_line()], "is_draft_please": True}
    assert zoho.refused("POST", "/invoices", body) == (400, 8, "Invalid Element is_draft_please")


def test_stock_is_corrected_through_inventory() -> None:
    zoho = a_caller()
    item = zoho.post("/items", {"name": "T", "rate": 1, "item_type": "inventory", "initial_stock": 5})["item"]
    body = {
        "date": "2026-11-20",
        "reason": "Shopify",
        "adjustment_type": "quantity",
        "line_items": [{"item_id": item["item_id"], "quantity_adjusted": -2}],
    }
    zoho.refused("POST", "/inventoryadjustments", body)  # wants a scope of Zoho Inventory

    zoho.refresh_token = zoho.company.connect(
        zoho.client, scopes=["ZohoInventory.inventoryadjustments.CREATE", "ZohoBooks.settings.READ"]
    )
    zoho.token = token(zoho)["access_token"]
    zoho.post("/inventoryadjustments", body)

    assert zoho.get(f"/items/{item['item_id']}")["item"]["stock_on_hand"] == 3
