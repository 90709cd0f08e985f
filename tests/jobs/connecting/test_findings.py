"""What a check finds, in the words of the owner."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.jobs.desk import CLIENT_ID, DOMAIN, Desk, a_customer

from ml_connector.domain.books import Account, Edition, Organisation, TaxExemption, ZohoTax
from ml_connector.domain.policy import Policy, read_policy
from ml_connector.jobs.connecting import findings
from ml_connector.jobs.connecting.check import Listening, check
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.connecting.policy_names import check_names
from ml_connector.jobs.masters import Masters
from ml_connector.zoho.errors import NotSent

BANK = Account("11", "Clearing", "bank")
OLD = Account("12", "Old bank", "bank", active=False)
TWINS = (Account("13", "Tips", "income"), Account("14", "Tips", "income"))
VAT = ZohoTax("21", "Standard Rate", percentage=Decimal(20))
EXPORT = TaxExemption("31", "EXPORT", "item")
NOBODY = Listening("", reachable=False)


def masters(**changed: Any) -> Masters:
    organisation = Organisation("1", "Acme", "EUR", "", "CET", "CET", "DE", Edition.EU)
    held = {"accounts": (BANK, OLD, *TWINS), "taxes": (VAT,), "exemptions": (EXPORT,)}
    return Masters(organisation, **{**held, **changed})


def a_policy(**named: Any) -> Policy:
    everybody = {"*": {"mode": "cash", "deposit": "Clearing"}}
    return read_policy({"gateways": everybody, **named})


def only(found: list[Finding]) -> Finding:
    (one,) = found
    return one


def test_names_that_zoho_knows_by_id_or_exactly_are_no_finding() -> None:
    rule = {"country": "GB", "lines": [{"title": "VAT", "rate": "0.2"}], "tax": "Standard Rate"}
    free = {"country": "GB", "lines": [], "reason": "export", "tax": "EXPORT"}

    assert check_names(masters(), a_policy(accounts={"tips": "13"}, taxes=[rule, free])) == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("clearing", "accounts.tips: there is no “clearing”"),
        ("Old bank", "accounts.tips: “Old bank” is inactive"),
        ("Tips", "accounts.tips: there are several “Tips”, so it has to be named by its id"),
    ],
)
def test_an_account_that_cannot_be_used_is_named_with_its_place(named: str, said: str) -> None:
    found = only(check_names(masters(), a_policy(accounts={"tips": named})))

    assert (found.code, found.severity) == ("account_unknown", "warning")
    assert said in found.text


def test_all_accounts_of_the_policy_are_looked_at_once() -> None:
    gateways = {"paypal:USD": {"mode": "others", "deposit": "PayPal", "refund_from": "Cash box"}}

    text = only(check_names(masters(), a_policy(gateways=gateways, accounts={"fees": "Fees"}))).text

    for place in ("gateways.paypal:USD.deposit", "gateways.paypal:USD.refund_from", "accounts.fees"):
        assert place in text


def test_a_tax_that_zoho_does_not_have_is_named_with_its_place() -> None:
    rule = {"country": "FI", "lines": [{"title": "ALV", "rate": "0.255"}], "tax": "ALV 25,5"}

    found = only(check_names(masters(), a_policy(taxes=[rule])))

    assert found.code == "tax_unknown"
    assert "taxes[0] (FI): there is no “ALV 25,5”" in found.text


def test_trouble_that_passes_by_itself_says_so_instead_of_nothing() -> None:
    found = findings.of_trouble(NotSent("the list of organisations"))

    assert "tried again by itself" in found.fix


@pytest.mark.parametrize(("post_when", "told"), [("created", []), ("paid", ["info"])])
def test_money_that_may_come_before_its_invoice_may_be_a_tax_point(post_when: str, told: list[str]) -> None:
    found = findings.of_organisation(masters(), a_policy(post_when=post_when), None)

    assert [one.severity for one in found if one.code == "prepayment_tax_point"] == told


def test_no_gateway_at_all_and_no_item_for_shipping_are_said() -> None:
    found = check_names(masters(), read_policy({"shipping_item": "POST"}))

    assert {one.code: one.severity for one in found} == {
        "shipping_item_unknown": "warning",
        "gateways_unmapped": "info",
    }


@pytest.mark.parametrize(
    ("region", "told", "differs"),
    [
        ("eu", "https://www.zohoapis.eu", False),
        ("eu", "http://127.0.0.1:9000", False),
        ("eu", "", False),
        ("ca", "https://www.zohoapis.ca", False),
        ("eu", "https://www.zohoapis.com", True),
        ("us", "https://www.zohoapis.sa", True),
    ],
)
def test_a_token_of_another_data_centre_is_found_behind_a_configured_address(
    region: str, told: str, differs: bool
) -> None:
    assert [one.code for one in findings.of_region(region, told)] == ["zoho_region_differs"] * differs


async def test_the_same_shop_twice_in_the_same_books_is_found(desk: Desk) -> None:
    await _connected_as(desk, "again", desk.organization.organization_id)
    await _connected_as(desk, "other", "4711")

    found = (await check(await desk.run(), NOBODY)).shopify.findings

    assert [(one.code, one.severity) for one in found if "connected" in one.code] == [
        ("shop_connected_twice", "info"),
        ("shop_connected_elsewhere", "info"),
    ]


async def _connected_as(desk: Desk, name: str, organization_id: str) -> None:
    document = {
        "name": name,
        "shopify": {"shop": DOMAIN, "access_token": "shpat_1"},
        "zoho": {
            "region": "eu",
            "client_id": "1000.A",
            "client_secret": "secret",
            "refresh_token": "1000.b.c",
            "organization_id": organization_id,
        },
    }
    await save(read_document(json.dumps(document)), desk.store, who="test")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"invoice_number": "INV-1", "invoice_source": "Api"}, []),
        ({"invoice_number": "INV-1", "sales_channel": "Shopify"}, ["zoho_shopify_integration"]),
        ({"invoice_number": "INV-1", "created_by": "Shopify Integration"}, ["zoho_shopify_integration"]),
        ({"invoice_number": "INV-1", "sales_channel": "shopify", "cf_shopify_id": "invoice:1"}, []),
    ],
)
def test_invoices_that_something_else_made_from_shopify_are_noticed(row: dict[str, str], found: list[str]) -> None:
    assert [one.code for one in findings.of_rival([row], "cf_shopify_id")] == found


async def test_what_shopify_keeps_from_us_is_explained_when_it_bites(desk: Desk) -> None:
    desk.order(customer=a_customer())
    desk.shopify.apps[CLIENT_ID].hidden = ("Customer", "Order.email")

    found = (await check(await desk.run(), NOBODY)).shopify.findings

    (told,) = [one for one in found if one.code == "protected_data"]
    assert "not approved" in told.text
    assert "level 1 and 2" in told.fix
