"""What the stories sell, to whom, and how the bookkeeper has mapped what they charge."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.journeys import world

from ml_connector.sandbox.shopify.catalogue import COUNTRIES, taxes_in
from ml_connector.sandbox.shopify.model import Address, Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import CustomerSpec, LineSpec, OrderSpec, PaymentSpec, ShippingSpec, TaxSpec
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.seed import add_tax
from ml_connector.sandbox.zoho.seeddata import SeedTax

D = Decimal
MWST_19 = (TaxSpec("MwSt", D("0.19")),)
MWST_7 = (TaxSpec("MwSt", D("0.07")),)

TEA = LineSpec(title="Tea", price=D("10.00"))
TWO_TEAS = LineSpec(title="Tea", price=D("10.00"), quantity=2)
CUP = LineSpec(title="Cup", price=D("9.00"))
POT = LineSpec(title="Pot", price=D("48.00"))
UNPAID: tuple[PaymentSpec, ...] = ()
AT_THE_COUNTER: Mapping[str, Any] = {
    "customer": None,
    "source_name": "pos",
    "channel": "pos",
    "location": "Flagship store",
}
BREMEN = Address(
    first_name="Kim",
    last_name="Beck",
    address1="Hauptstraße 1",
    city="Bremen",
    zip="28195",
    country="Germany",
    country_code="DE",
)


def bought(shop: Shop, *lines: LineSpec, delivery: str | None = None, country: str = "DE", **changed: Any) -> Order:
    """Lines bought by somebody in *country*, taxed as there and paid by card, unless told otherwise."""
    province, silent = changed.pop("province", None), changed.pop("silent", False)
    wanted: dict[str, Any] = {"taxes": taxes_in(country, province), **changed}
    if "customer" not in wanted:
        wanted["customer"] = somebody(country, province)
    if delivery is not None:
        wanted["shipping"] = (ShippingSpec(D(delivery)),)
    return shop.place_order(OrderSpec(lines=lines or (TEA,), **wanted), silent=silent)


_numbers = itertools.count(1)


def somebody(country: str, province: str | None = None) -> CustomerSpec:
    """A customer whom nobody has seen before."""
    number = next(_numbers)
    address = Address(
        first_name="Robin",
        last_name=f"Marsh the {number}.",
        address1=f"Bridge Street {number}",
        city="Riverton",
        zip="10115",
        country=COUNTRIES[country],
        country_code=country,
        province_code=province,
    )
    return CustomerSpec("Robin", f"Marsh the {number}.", f"robin.{number}@example.com", address=address)


def paid_with(*payments: tuple[str, str | None]) -> tuple[PaymentSpec, ...]:
    """Gateways with amounts; None: the rest."""
    return tuple(PaymentSpec(gateway, None if amount is None else D(amount)) for gateway, amount in payments)


# The bookkeeper's side

TAXES = (
    SeedTax("GB VAT 20", "20"),
    SeedTax("FR TVA 20", "20"),
    SeedTax("SE Moms 25", "25"),
    SeedTax("CH MwSt 8.1", "8.1"),
    SeedTax("JP CT 10", "10"),
    SeedTax("CA GST 5", "5"),
    SeedTax("QC QST 9.975", "9.975"),
    SeedTax("QC GST + QST", members=("CA GST 5", "QC QST 9.975")),
    SeedTax("US CA State 6", "6"),
    SeedTax("US CA Alameda 4.25", "4.25"),
    SeedTax("US CA Alameda", members=("US CA State 6", "US CA Alameda 4.25")),
)
"""Taxes of other countries in which the merchant is registered."""


def add_taxes(organization: Organization) -> None:
    for each in TAXES:
        add_tax(organization, each, D(each.percentage))


def _mapped(country: str, tax: str, *lines: tuple[str, str], province: str | None = None) -> dict[str, Any]:
    return {
        "country": country,
        "province": province,
        "lines": [{"title": title, "rate": rate} for title, rate in lines],
        "tax": tax,
    }


def _untaxed(country: str, *reasons: str) -> list[dict[str, Any]]:
    return [
        {"country": country, "province": None, "lines": [], "reason": reason, "tax": "MwSt 0"} for reason in reasons
    ]


POLICY: Mapping[str, Any] = {
    "gateways": {
        **world.POLICY["gateways"],
        "Bank Deposit": {"mode": "banktransfer", "deposit": "Main Bank", "refund_from": "Main Bank"},
        "Cash on Delivery (COD)": {"mode": "cash", "deposit": "Petty Cash", "refund_from": "Petty Cash"},
        "amazon_payments": {
            "mode": "others",
            "deposit": "Marketplace Clearing",
            "refund_from": "Marketplace Clearing",
        },
    },
    "unknown_tax": "match",
    "taxes": [
        _mapped("GB", "GB VAT 20", ("VAT", "0.2")),
        _mapped("FR", "FR TVA 20", ("TVA", "0.2")),
        _mapped("SE", "SE Moms 25", ("Moms", "0.25")),
        _mapped("CH", "CH MwSt 8.1", ("MwSt", "0.081")),
        _mapped("JP", "JP CT 10", ("CT", "0.1")),
        _mapped("CA", "QC GST + QST", ("GST", "0.05"), ("QST", "0.09975"), province="QC"),
        _mapped(
            "US",
            "US CA Alameda",
            ("California State Tax", "0.06"),
            ("Alameda County Tax", "0.0425"),
            province="CA",
        ),
        *_untaxed("CH", "not_taxable", "export"),
        *_untaxed("KW", "export"),
        *_untaxed("NO", "export"),
    ],
}
"""The default policy, and mappings for the other countries; what is charged at home needs none."""
