"""Believable organisations: the masters that a shop's bookkeeper would have set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.zoho import chart, currencies
from ml_connector.sandbox.zoho.editions import EDITIONS
from ml_connector.sandbox.zoho.modules import changed
from ml_connector.sandbox.zoho.organization import Organization, Profile
from ml_connector.sandbox.zoho.posting import SHIPPING, SYSTEM_ACCOUNTS, TAX
from ml_connector.sandbox.zoho.records import CustomField, Item, Tax
from ml_connector.sandbox.zoho.seeddata import (
    EXEMPTIONS,
    HOME,
    IN_DOLLARS,
    OWN_ACCOUNTS,
    PLAN_LIMITS,
    PROFILES,
    SYSTEM_KINDS,
    TAXES,
    TRADED,
    SeedTax,
)
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


def found(company: ZohoCompany, region: str, edition: str | None, given: Mapping[str, Any]) -> Organization:
    """A new organisation with its masters.

    Raises:
        ValueError: There is no such edition, or a profile has no such field.
    """
    kind = edition or HOME[region]
    if kind not in EDITIONS:
        raise ValueError(f"no edition is called {kind}")
    unknown = set(given) - {f.name for f in fields(Profile)}
    if unknown:
        raise ValueError(f"a profile has no {', '.join(sorted(unknown))}")
    profile = Profile(**{"edition": kind, "plan_name": "PROFESSIONAL", **PROFILES[kind], **_saudi(region), **given})
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
    for code in TRADED:
        if code != own:
            rate = Decimal(IN_DOLLARS[code]) / Decimal(IN_DOLLARS.get(own, "1"))
            currencies.add(org, code, half_up(rate, 6))


def _accounts(org: Organization) -> None:
    for name in SYSTEM_ACCOUNTS:
        account = chart.add(org, name, SYSTEM_KINDS[name], is_system=True)
        org.system_accounts[name] = account.account_id
    for name, kind in OWN_ACCOUNTS:
        chart.add(org, name, kind, is_primary=name == "Main Bank", is_paypal=name == "PayPal")
    for currency in list(org.currencies.values()):
        if currency.code in ("USD", "EUR", "GBP") and not currency.is_base:
            for name in ("Shopify Clearing", "PayPal"):
                chart.add(org, f"{name} {currency.code}", "bank", currency_id=currency.currency_id)


def _taxes(org: Organization) -> None:
    rate = {"sa": "15"}.get(org.region)
    for seeded in TAXES[org.profile.edition]:
        percentage = Decimal(rate if rate and seeded.default else seeded.percentage)
        add_tax(org, seeded, percentage)
    for code, kind in EXEMPTIONS.get(org.profile.edition, ()):
        exemption_id = org.new_id()
        org.exemptions[exemption_id] = {
            "tax_exemption_id": exemption_id,
            "tax_exemption_code": code,
            "description": code.capitalize(),
            "type": kind,
        }


def add_tax(org: Organization, seeded: SeedTax, percentage: Decimal) -> Tax:
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
