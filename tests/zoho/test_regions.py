"""One table of data centres, and no way around it."""

from __future__ import annotations

import pytest

from ml_connector.zoho import regions
from ml_connector.zoho.regions import REGIONS, UnknownRegion


@pytest.mark.parametrize(
    ("code", "accounts", "api"),
    [
        ("us", "https://accounts.zoho.com", "https://www.zohoapis.com"),
        ("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
        ("in", "https://accounts.zoho.in", "https://www.zohoapis.in"),
        ("au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
        ("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
        ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
        ("cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
        ("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa"),
        ("uk", "https://accounts.zoho.uk", "https://www.zohoapis.uk"),
        ("ae", "https://accounts.zoho.ae", "https://www.zohoapis.ae"),
    ],
)
def test_every_data_centre_is_found_by_name_by_accounts_server_and_by_api_domain(code: str, accounts: str, api: str):
    region = regions.by_code(code)

    assert (region.accounts, region.api) == (accounts, api)
    assert regions.by_accounts_server(accounts) is region
    assert regions.by_api_domain(api) is region


def test_the_books_introduction_lists_the_first_eight():
    assert [region.code for region in REGIONS if region.documented] == "us eu in au jp ca cn sa".split()


@pytest.mark.parametrize("code", ["EU", " eu "])
def test_a_code_is_found_in_any_letter_case(code: str):
    assert regions.by_code(code).code == "eu"


@pytest.mark.parametrize("code", ["", "de", "com"])
def test_an_unknown_code_is_named_with_the_ones_there_are(code: str):
    with pytest.raises(UnknownRegion, match="us, eu, in"):
        regions.by_code(code)


@pytest.mark.parametrize(
    "address",
    [
        "https://accounts.zoho.eu.evil.example",
        "https://accounts.zoho.eu@evil.example",
        "http://accounts.zoho.eu",
        "https://accounts.zoho.eu:444",
        "https://accounts.zoho.eu/oauth",
        "https://accounts.zoho.eu?x=1",
        "accounts.zoho.eu",
        "https://[",
        "",
    ],
)
def test_only_exactly_a_server_of_zoho_s_is_told_a_secret(address: str):
    with pytest.raises(UnknownRegion):
        regions.by_accounts_server(address)


def test_a_slash_and_capital_letters_do_not_make_another_server():
    assert regions.by_accounts_server("https://Accounts.Zoho.EU/").code == "eu"


def test_the_other_spelling_of_an_api_domain_names_the_same_data_centre():
    assert regions.by_api_domain("https://api.zoho.com").api == "https://www.zohoapis.com"


@pytest.mark.parametrize(
    ("code", "link"),
    [
        ("eu", "https://books.zoho.eu/app/600#/invoices/42"),
        ("au", "https://books.zoho.com.au/app/600#/invoices/42"),
        ("ca", "https://books.zohocloud.ca/app/600#/invoices/42"),
    ],
)
def test_a_link_opens_the_record_in_the_web_app_of_its_region(code: str, link: str):
    assert regions.by_code(code).link("600", "invoices", "42") == link
