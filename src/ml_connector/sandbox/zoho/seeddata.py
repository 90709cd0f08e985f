"""What a shop's bookkeeper would have set up, edition by edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PLAN_LIMITS = {
    "FREE": (1000, 5),
    "STANDARD": (2000, 10),
    "PROFESSIONAL": (5000, 10),
    "PREMIUM": (10000, 10),
    "ELITE": (10000, 10),
    "ULTIMATE": (10000, 10),
}
"""Calls a day and calls in flight. Source: Zoho Books API v3, API call limit."""


HOME = {
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

PROFILES: Mapping[str, Mapping[str, Any]] = {
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

IN_DOLLARS = {
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

TRADED = ("USD", "EUR", "GBP", "CAD", "AUD", "JPY", "KWD", "INR")


@dataclass(frozen=True)
class SeedTax:
    """A tax to seed; with members it is a group."""

    name: str
    percentage: str = "0"
    specific: str = ""
    specification: str = ""
    members: tuple[str, ...] = ()
    authority: str = ""
    default: bool = False


def _gst(rate: str) -> tuple[SeedTax, ...]:
    """India: a rate as CGST with SGST inside the state, as IGST beyond it."""
    half = f"{Decimal(rate) / 2:f}".rstrip("0").rstrip(".") if "." in f"{Decimal(rate) / 2:f}" else str(int(rate) // 2)
    return (
        SeedTax(f"CGST{half}", half, "cgst"),
        SeedTax(f"SGST{half}", half, "sgst"),
        SeedTax(f"GST{rate}", members=(f"CGST{half}", f"SGST{half}"), specification="intra"),
        SeedTax(f"IGST{rate}", rate, "igst", "inter"),
    )


TAXES: Mapping[str, tuple[SeedTax, ...]] = {
    "uk": (SeedTax("Standard Rate", "20", default=True), SeedTax("Reduced Rate", "5"), SeedTax("Zero Rate", "0")),
    "eu": (SeedTax("MwSt 19", "19", default=True), SeedTax("MwSt 7", "7"), SeedTax("MwSt 0", "0")),
    "india": (*_gst("0"), *_gst("5"), *_gst("12"), *_gst("18"), *_gst("28")),
    "us": (
        SeedTax("New York State Tax", "4", authority="New York State"),
        SeedTax("New York City Tax", "4.5", authority="New York State"),
        SeedTax("Metropolitan Commuter Tax", "0.375", authority="New York State"),
        SeedTax(
            "New York City Sales Tax", members=("New York State Tax", "New York City Tax", "Metropolitan Commuter Tax")
        ),
        SeedTax("California State Tax", "7.25", authority="California"),
        SeedTax("No Sales Tax", "0", authority="New York State"),
    ),
    "canada": (
        SeedTax("GST", "5", authority="Canada Revenue Agency"),
        SeedTax("PST BC", "7", authority="Province of British Columbia"),
        SeedTax("QST", "9.975", authority="Revenu Québec"),
        SeedTax("HST ON", "13", authority="Canada Revenue Agency", default=True),
        SeedTax("HST NS", "14", authority="Canada Revenue Agency"),
        SeedTax("GST + PST BC", members=("GST", "PST BC")),
        SeedTax("GST + QST", members=("GST", "QST")),
        SeedTax("Zero Rated", "0", authority="Canada Revenue Agency"),
    ),
    "australia": (SeedTax("GST", "10", default=True), SeedTax("GST Free", "0")),
    "gcc": (SeedTax("Standard Rate", "5", default=True), SeedTax("Zero Rate", "0")),
    "global": (
        SeedTax("Consumption Tax 10", "10", default=True),
        SeedTax("Consumption Tax 8", "8"),
        SeedTax("Zero", "0"),
    ),
}

EXEMPTIONS = {
    "us": (("RESELLER", "customer"), ("NON-TAXABLE", "item")),
    "canada": (("EXEMPT", "customer"), ("NON-TAXABLE", "item")),
    "india": (("EXPORT", "customer"), ("NIL RATED", "item")),
    "australia": (("INPUT TAXED", "item"),),
}

SYSTEM_KINDS = {
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

OWN_ACCOUNTS = (
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
