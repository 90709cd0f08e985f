"""Believable organisations: the masters that a shop's bookkeeper would have set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.zoho import chart, currencies
from ml_connector.sandbox.zoho.editions import EDITIONS
from ml_connector.sandbox.zoho.modules import changed
from ml_connector.sandbox.zoho.organization import Organization, Profile
from ml_connector.sandbox.zoho.posting import SHIPPING, SYSTEM_ACCOUNTS, TAX
from ml_connector.sandbox.zoho.records import CustomField, Item, Tax
from ml_connector.sandbox.zoho.taxes import group_percentage
from ml_connector.sandbox.zoho.values import half_up

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.company import ZohoCompany

DEFAULT_SCOPES = (
    "ZohoBooks.settings.ALL",
    "ZohoBooks.contacts.ALL",
    "ZohoBooks.invoices.ALL",
    "ZohoBooks.customerpayments.ALL",
    "ZohoBooks.creditnotes.ALL",
    "ZohoBooks.accountants.ALL",
    "ZohoBooks.banking.READ",
)

UNIQUE_FIELD = "cf_shopify_id"

PLAN_LIMITS = {
    "FREE": (1000, 5),
    "STANDARD": (2000, 10),
    "PROFESSIONAL": (5000, 10),
    "PREMIUM": (10000, 10),
    "ELITE": (10000, 10),
    "ULTIMATE": (10000, 10),
}
"""Calls a day and calls in flight. Source: Zoho Books API v3, API call limit."""

_HOME = {
    "us": "us",
    "eu": "eu",
    "in": "india",
    "au": "australia",
    "jp": "global",
    "ca": "canada",
    "cn": "global",
    "sa": "gcc",
    "uk": "uk",
    "ae": "gcc",
}

_PROFILES: Mapping[str, Mapping[str, Any]] = {
    "us": {
        "name": "Juniper Dry Goods LLC",
        "version": "us",
        "country": "U.S.A",
        "country_code": "US",
        "state": "New York",
        "state_code": "NY",
        "time_zone": "PST",  # Zoho's short names were seen in live answers
        "currency_code": "USD",
    },
    "eu": {
        "name": "Lindenhof Handels GmbH",
        "version": "eu",
        "country": "Germany",
        "country_code": "DE",
        "state": "Berlin",
        "state_code": "",
        "time_zone": "Europe/Berlin",
        "currency_code": "EUR",
        "tax_number": "DE123456789",
    },
    "uk": {
        "name": "Hawthorn & Reed Ltd",
        "version": "uk",
        "country": "United Kingdom",
        "country_code": "GB",
        "state": "",
        "state_code": "",
        "time_zone": "Europe/London",
        "currency_code": "GBP",
        "tax_number": "GB123456789",
    },
    "india": {
        "name": "Neem Street Home Pvt Ltd",
        "version": "india",
        "country": "India",
        "country_code": "IN",
        "state": "Karnataka",
        "state_code": "KA",
        "time_zone": "Asia/Calcutta",
        "currency_code": "INR",
        "currency_format": "###,##0.00",
        "tax_number": "29ABCDE1234F1Z5",
        "fiscal_month": 3,
    },
    "australia": {
        "name": "Wattle & Gum Pty Ltd",
        "version": "australia",
        "country": "Australia",
        "country_code": "AU",
        "state": "Victoria",
        "state_code": "VIC",
        "time_zone": "Australia/Melbourne",
        "currency_code": "AUD",
        "fiscal_month": 6,
    },
    "canada": {
        "name": "Maple Row Goods Inc",
        "version": "canada",
        "country": "Canada",
        "country_code": "CA",
        "state": "Ontario",
        "state_code": "ON",
        "time_zone": "America/Toronto",
        "currency_code": "CAD",
    },
    "gcc": {
        "name": "Date Palm Trading LLC",
        "version": "uae",
        "country": "United Arab Emirates",
        "country_code": "AE",
        "state": "Dubai",
        "state_code": "DU",
        "time_zone": "Asia/Dubai",
        "currency_code": "AED",
        "tax_number": "100123456700003",
    },
    "global": {
        "name": "Kitano Zakka KK",
        "version": "global",
        "country": "Japan",
        "country_code": "JP",
        "state": "Tokyo",
        "state_code": "",
        "time_zone": "Asia/Tokyo",
        "currency_code": "JPY",
        "currency_format": "#,###,###",
    },
}

_IN_DOLLARS = {
    "USD": "1",
    "EUR": "1.085",
    "GBP": "1.27",
    "INR": "0.01186",
    "AUD": "0.655",
    "CAD": "0.715",
    "JPY": "0.00663",
    "AED": "0.27229",
    "SAR": "0.26666",
    "KWD": "3.255",
    "CHF": "1.13",
    "SEK": "0.094",
    "DKK": "0.1455",
}
_TRADED = ("USD", "EUR", "GBP", "CAD", "AUD", "JPY", "KWD", "INR")


@dataclass(frozen=True)
class _T:
    """A tax to seed; with members it is a group."""

    name: str
    percentage: str = "0"
    specific: str = ""
    specification: str = ""
    members: tuple[str, ...] = ()
    authority: str = ""
    default: bool = False


def _gst(rate: str) -> tuple[_T, ...]:
    """India: a rate as CGST with SGST inside the state, as IGST beyond it."""
    half = f"{Decimal(rate) / 2:f}".rstrip("0").rstrip(".") if "." in f"{Decimal(rate) / 2:f}" else str(int(rate) // 2)
    return (
        _T(f"CGST{half}", half, "cgst"),
        _T(f"SGST{half}", half, "sgst"),
        _T(f"GST{rate}", members=(f"CGST{half}", f"SGST{half}"), specification="intra"),
        _T(f"IGST{rate}", rate, "igst", "inter"),
    )


_TAXES: Mapping[str, tuple[_T, ...]] = {
    "uk": (_T("Standard Rate", "20", default=True), _T("Reduced Rate", "5"), _T("Zero Rate", "0")),
    "eu": (_T("MwSt 19", "19", default=True), _T("MwSt 7", "7"), _T("MwSt 0", "0")),
    "india": (*_gst("0"), *_gst("5"), *_gst("12"), *_gst("18"), *_gst("28")),
    "us": (
        _T("New York State Tax", "4", authority="New York State"),
        _T("New York City Tax", "4.5", authority="New York State"),
        _T("Metropolitan Commuter Tax", "0.375", authority="New York State"),
        _T("New York City Sales Tax", members=("New York State Tax", "New York City Tax", "Metropolitan Commuter Tax")),
        _T("California State Tax", "7.25", authority="California"),
        _T("No Sales Tax", "0", authority="New York State"),
    ),
    "canada": (
        _T("GST", "5", authority="Canada Revenue Agency"),
        _T("PST BC", "7", authority="Province of British Columbia"),
        _T("QST", "9.975", authority="Revenu Québec"),
        _T("HST ON", "13", authority="Canada Revenue Agency", default=True),
        _T("HST NS", "14", authority="Canada Revenue Agency"),
        _T("GST + PST BC", members=("GST", "PST BC")),
        _T("GST + QST", members=("GST", "QST")),
        _T("Zero Rated", "0", authority="Canada Revenue Agency"),
    ),
    "australia": (_T("GST", "10", default=True), _T("GST Free", "0")),
    "gcc": (_T("Standard Rate", "5", default=True), _T("Zero Rate", "0")),
    "global": (_T("Consumption Tax 10", "10", default=True), _T("Consumption Tax 8", "8"), _T("Zero", "0")),
}

_EXEMPTIONS = {
    "us": (("RESELLER", "customer"), ("NON-TAXABLE", "item")),
    "canada": (("EXEMPT", "customer"), ("NON-TAXABLE", "item")),
    "india": (("EXPORT", "customer"), ("NIL RATED", "item")),
    "australia": (("INPUT TAXED", "item"),),
}

_SYSTEM_KINDS = {
    "Accounts Receivable": "accounts_receivable",
    "Sales": "income",
    "Shipping Charge": "income",
    "Discount": "income",
    "Other Charges": "income",
    "Exchange Gain or Loss": "other_expense",
    "Bank Fees and Charges": "expense",
    "Bad Debt": "expense",
    "Tax Payable": "other_current_liability",
    "Undeposited Funds": "cash",
}

_OWN_ACCOUNTS = (
    ("Petty Cash", "cash"),
    ("Main Bank", "bank"),
    ("Shopify Clearing", "bank"),
    ("PayPal", "bank"),
    ("Manual Payments", "bank"),
    ("Gift Card Clearing", "bank"),
    ("Store Credit Clearing", "bank"),
    ("Marketplace Clearing", "bank"),
    ("Gift cards", "other_current_liability"),
    ("Store credit", "other_current_liability"),
    ("Tips", "other_current_liability"),
    ("Duties", "other_current_liability"),
    ("Channel tax", "other_current_liability"),
    ("Fees", "other_income"),
    ("Rounding", "other_expense"),
    ("Allowances", "expense"),
    ("Cost of Goods Sold", "cost_of_goods_sold"),
    ("Retained Earnings", "equity"),
    ("General Income", "income"),
)


def found(company: ZohoCompany, region: str, edition: str | None, given: Mapping[str, Any]) -> Organization:
    """A new organisation with its masters.

    Raises:
        ValueError: There is no such edition, or a profile has no such field.
    """
    kind = edition or _HOME[region]
    if kind not in EDITIONS:
        raise ValueError(f"no edition is called {kind}")
    unknown = set(given) - {f.name for f in fields(Profile)}
    if unknown:
        raise ValueError(f"a profile has no {', '.join(sorted(unknown))}")
    profile = Profile(**{"edition": kind, "plan_name": "PROFESSIONAL", **_PROFILES[kind], **_saudi(region), **given})
    random = Random(company.random.getrandbits(64))
    org = Organization(
        organization_id=str(60_000_000_000 + random.randrange(10**9)),
        region=region,
        profile=profile,
        random=random,
        clock=company.now,
        id_prefix=str(random.randrange(1_000_000, 4_000_000)),
    )
    org.switches.day_limit, org.switches.in_flight_limit = PLAN_LIMITS[profile.plan_name]
    furnish(org)
    return org


def _saudi(region: str) -> dict[str, Any]:
    if region != "sa":
        return {}
    return {
        "name": "Najd Home Trading",
        "version": "saudiarabia",
        "country": "Saudi Arabia",
        "country_code": "SA",
        "state": "Riyadh",
        "state_code": "SA",
        "time_zone": "Asia/Riyadh",
        "currency_code": "SAR",
    }


def furnish(org: Organization) -> None:
    """Give an organisation its currencies, accounts, taxes, custom fields and shipping item."""
    _currencies(org)
    _accounts(org)
    if org.profile.registered:
        _taxes(org)
    for entity in ("contact", "invoice", "customer_payment", "creditnote"):
        add_custom_field(org, entity, "Shopify id", UNIQUE_FIELD, unique=True)
    _shipping_item(org)


def _currencies(org: Organization) -> None:
    own = org.profile.currency_code
    currencies.add(org, own, base=True)
    for code in _TRADED:
        if code != own:
            rate = Decimal(_IN_DOLLARS[code]) / Decimal(_IN_DOLLARS.get(own, "1"))
            currencies.add(org, code, half_up(rate, 6))


def _accounts(org: Organization) -> None:
    for name in SYSTEM_ACCOUNTS:
        account = chart.add(org, name, _SYSTEM_KINDS[name], is_system=True)
        org.system_accounts[name] = account.account_id
    for name, kind in _OWN_ACCOUNTS:
        chart.add(org, name, kind, is_primary=name == "Main Bank", is_paypal=name == "PayPal")
    for currency in list(org.currencies.values()):
        if currency.code in ("USD", "EUR", "GBP") and not currency.is_base:
            for name in ("Shopify Clearing", "PayPal"):
                chart.add(org, f"{name} {currency.code}", "bank", currency_id=currency.currency_id)


def _taxes(org: Organization) -> None:
    rate = {"sa": "15"}.get(org.region)
    for seeded in _TAXES[org.profile.edition]:
        percentage = Decimal(rate if rate and seeded.default else seeded.percentage)
        add_tax(org, seeded, percentage)
    for code, kind in _EXEMPTIONS.get(org.profile.edition, ()):
        exemption_id = org.new_id()
        org.exemptions[exemption_id] = {
            "tax_exemption_id": exemption_id,
            "tax_exemption_code": code,
            "description": code.capitalize(),
            "type": kind,
        }


def add_tax(org: Organization, seeded: _T, percentage: Decimal) -> Tax:
    """A tax or group of the seed."""
    members = tuple(org.tax(name).tax_id for name in seeded.members)
    tax = Tax(
        tax_id=org.new_id(),
        name=seeded.name,
        percentage=group_percentage(org, members) if members else percentage,
        kind="tax_group" if members else "tax",
        specific_type=seeded.specific,
        specification=seeded.specification,
        members=members,
        authority_id=_authority(org, seeded.authority),
        account_id=org.system_accounts[TAX],
        is_default=seeded.default,
    )
    org.taxes[tax.tax_id] = tax
    return tax


def _authority(org: Organization, name: str) -> str:
    if not name:
        return ""
    for authority in org.authorities.values():
        if authority["tax_authority_name"] == name:
            return authority["tax_authority_id"]
    authority_id = org.new_id()
    org.authorities[authority_id] = {
        "tax_authority_id": authority_id,
        "tax_authority_name": name,
        "description": "",
        "registration_number": "",
        "registration_number_label": "",
    }
    return authority_id


def add_custom_field(
    org: Organization, entity: str, label: str, api_name: str, *, unique: bool = False, values: tuple[str, ...] = ()
) -> CustomField:
    """A custom field, as a merchant makes it by hand."""
    index = len(org.custom_fields[entity]) + 1
    definition = CustomField(org.new_id(), index, label, api_name, "dropdown" if values else "string", unique, values)
    org.custom_fields[entity].append(definition)
    return definition


def _shipping_item(org: Organization) -> None:
    now = org.clock()
    item = Item(org.new_id(), "Shipping", Decimal(0), now, now, sku="SHIPPING")
    item.facts = {"product_type": "service", "item_type": "sales", "is_taxable": True, "unit": "", "description": ""}
    item.account_id = org.system_accounts[SHIPPING]
    org.items[item.item_id] = item
    org.names["item", "shipping"] = item.item_id
    org.names["sku", "SHIPPING"] = item.item_id
    changed(org, "items", item.item_id, "add")
