"""What Zoho says about an organisation and its masters, as the values that decisions read.

Zoho's answers drift: numbers arrive as strings, names differ between documents and life. What is read here is read
tolerantly; what is missing keeps the reading that can do no harm.

Source: Zoho Books API v3: Organizations, Currency, Taxes, Chart of Accounts, Bank Accounts, Items, Transaction
Locking; custom field definitions as other connectors read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector.domain.books import (
    Account,
    Edition,
    Item,
    Organisation,
    TaxComponent,
    TaxExemption,
    ZohoCurrency,
    ZohoTax,
)
from ml_connector.zoho.exact import Json, amount, day, flag, inner, number, rows, text
from ml_connector.zoho.zones import zone_of

_EDITIONS = {
    **{edition.value.replace("_", ""): edition for edition in Edition},
    **dict.fromkeys("uae saudiarabia saudi bahrain kuwait oman qatar".split(), Edition.GCC),
    **dict.fromkeys("germany france spain italy ireland netherlands belgium austria europe".split(), Edition.EU),
    "unitedkingdom": Edition.UK,
    "unitedstates": Edition.US,
}
_COUNTRIES = {
    "IN": Edition.INDIA, "GB": Edition.UK, "UK": Edition.UK, "US": Edition.US, "CA": Edition.CANADA,
    "AU": Edition.AUSTRALIA, "MX": Edition.MEXICO, "KE": Edition.KENYA, "ZA": Edition.SOUTH_AFRICA,
    **dict.fromkeys("AE SA BH KW OM QA".split(), Edition.GCC),
}  # fmt: skip


def organisation(row: Json, detail: Json | None = None) -> Organisation:
    """An organisation, from its row of the list and, where it was read, its detail.

    The list has the plan and the edition, the detail has neither but knows the tax registration. `zone` is empty when
    Zoho's name for the time zone is not one that we know.
    """
    both = {**(detail or {}), **row}
    time_zone = text(both, "time_zone")
    country = text(both, "country_code")
    return Organisation(
        id=text(both, "organization_id"),
        name=text(both, "name"),
        currency=text(both, "currency_code"),
        currency_id=text(both, "currency_id"),
        time_zone=time_zone,
        zone=zone_of(time_zone),
        country_code=country,
        edition=edition_of(text(both, "version"), country),
        state_code=text(both, "state_code"),
        price_precision=int(number(both, "price_precision") or 0) if "price_precision" in both else 2,
        tax_registered=_registered(both),
        sales_inclusive=flag(both, "is_sales_inclusive_tax_enabled", unless_told=True),
        plan=text(both, "plan_name"),
        active=_active(row),
    )


def edition_of(version: str, country_code: str = "") -> Edition:
    """The tax edition, from `version`, or from the country where there is none."""
    word = "".join(each for each in version.lower() if each.isalpha())
    if word in _EDITIONS:
        return _EDITIONS[word]
    return _COUNTRIES.get(country_code.upper(), Edition.GLOBAL)


def _registered(row: Json) -> bool:
    """Whether a tax id may be sent. Several flags say it; any that says yes is enough, silence counts as yes.

    That somebody outside India is not registered for GST says nothing about other taxes.
    """
    settings = inner(row, "tax_settings")
    in_india = edition_of(text(row, "version"), text(row, "country_code")) is Edition.INDIA
    told = [
        flag(where, name, unless_told=True)
        for where, name in ((row, "is_registered_for_tax"), (settings, "is_tax_registered"))
        if name in where
    ]
    if flag(row, "is_registered_for_gst", unless_told=False):
        return True
    if in_india and "is_registered_for_gst" in row:
        told.append(False)
    return any(told) if told else True


def _active(row: Json) -> bool:
    return flag(row, "is_org_active", unless_told=flag(row, "isOrgActive", unless_told=True))


def currencies(found: Iterable[Json]) -> dict[str, ZohoCurrency]:
    """By code. The base currency's own rate is told as 0 and therefore None."""
    answer = {}
    for row in found:
        code = text(row, "currency_code")
        answer[code] = ZohoCurrency(
            id=text(row, "currency_id"),
            code=code,
            price_precision=int(amount(row, "price_precision")) if "price_precision" in row else 2,
            is_base=flag(row, "is_base_currency", unless_told=False),
            exchange_rate=number(row, "exchange_rate") or None,
        )
    return answer


def taxes(found: Iterable[Json], groups: Mapping[str, Json] | None = None) -> tuple[ZohoTax, ...]:
    """Taxes and tax groups.

    Args:
        found: Rows of the list, which also has the groups, with the summed percentage.
        groups: Group id -> `tax_group` of its own answer, which has the components.
    """
    return tuple(_tax(row, (groups or {}).get(text(row, "tax_id"), {})) for row in found)


def _tax(row: Json, group: Json) -> ZohoTax:
    return ZohoTax(
        id=text(row, "tax_id"),
        name=text(row, "tax_name"),
        percentage=amount(row, "tax_percentage"),
        tax_type=text(row, "tax_type") or "tax",
        specific_type=text(row, "tax_specific_type"),
        specification=text(row, "tax_specification"),
        components=tuple(
            TaxComponent(text(part, "tax_id"), text(part, "tax_name"), amount(part, "tax_percentage"))
            for part in rows(group or row, "taxes")
        ),
        country_code=text(row, "country_code"),
        authority_id=text(row, "tax_authority_id"),
        active=_is_active(row),
    )


def _is_active(row: Json) -> bool:
    """Masters say `is_active`, `is_inactive` or `status`; silence counts as active."""
    if "is_active" in row:
        return flag(row, "is_active", unless_told=True)
    if "is_inactive" in row:
        return not flag(row, "is_inactive", unless_told=False)
    return text(row, "status").lower() not in ("inactive", "deleted")


def exemptions(found: Iterable[Json]) -> tuple[TaxExemption, ...]:
    return tuple(
        TaxExemption(text(row, "tax_exemption_id"), text(row, "tax_exemption_code"), text(row, "type") or "item")
        for row in found
    )


def accounts(*lists: Iterable[Json]) -> tuple[Account, ...]:
    """Accounts of the chart and of the bank, each id once. The bank's rows know the currency."""
    answer: dict[str, Account] = {}
    for row in (row for found in lists for row in found):
        read = Account(
            id=text(row, "account_id"),
            name=text(row, "account_name"),
            type=text(row, "account_type"),
            active=_is_active(row),
            currency=text(row, "currency_code"),
        )
        held = answer.get(read.id)
        answer[read.id] = read if held is None or (read.currency and not held.currency) else held
    return tuple(answer.values())


def items(found: Iterable[Json]) -> dict[str, Item]:
    """By SKU; items without one are left out. An active item goes before an inactive one."""
    answer: dict[str, Item] = {}
    for row in found:
        read = item(row)
        if read.sku and (read.sku not in answer or (read.active and not answer[read.sku].active)):
            answer[read.sku] = read
    return answer


def item(row: Json) -> Item:
    return Item(
        id=text(row, "item_id"),
        name=text(row, "name", "item_name"),
        sku=text(row, "sku"),
        active=_is_active(row),
        account_id=text(row, "account_id"),
        tax_id=text(row, "tax_id"),
    )


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field that somebody defined in Zoho. That it forbids duplicates is told nowhere."""

    module: str
    """contact, invoice, creditnote, customer_payment, item, …"""
    id: str
    label: str
    api_name: str
    data_type: str
    active: bool = True


_ALIASES = {"credit_note": "creditnote", "customerpayment": "customer_payment", "payment": "customer_payment"}


def custom_fields_by_module(body: Json, asked: str) -> dict[str, tuple[CustomField, ...]]:
    """Definitions by module: grouped in one answer, or a list for the module that was *asked*."""
    found = body.get("customfields", body.get("custom_fields"))
    groups = found if isinstance(found, dict) else {asked: found}
    return {_ALIASES.get(module, module): _definitions(module, group) for module, group in groups.items()}


def custom_fields(body: Json, asked: str = "") -> tuple[CustomField, ...]:
    """Every definition of an answer."""
    return tuple(each for group in custom_fields_by_module(body, asked).values() for each in group)


def _definitions(module: str, group: Any) -> tuple[CustomField, ...]:
    return tuple(
        CustomField(
            module=_ALIASES.get(module, module),
            id=text(row, "customfield_id", "field_id"),
            label=text(row, "label", "field_name"),
            api_name=text(row, "api_name"),
            data_type=text(row, "data_type"),
            active=_is_active(row),
        )
        for row in rows({"rows": group}, "rows")
    )


def unique_fields(defined: Iterable[CustomField], api_name: str) -> dict[str, str]:
    """Module -> *api_name*, for the modules that have an active field of this name."""
    return {each.module: api_name for each in defined if each.active and each.api_name == api_name}


def exchange_rates(found: Iterable[Json]) -> dict[tuple[str, date], Decimal]:
    """By (currency code, effective day); what is not above zero is no rate."""
    answer = {}
    for row in found:
        since, rate = day(row, "effective_date"), number(row, "rate", "exchange_rate")
        if since is not None and rate is not None and rate > 0:
            answer[text(row, "currency_code"), since] = rate
    return answer


def rate_on(rates: Mapping[tuple[str, date], Decimal], currency: str, when: date) -> Decimal | None:
    """The rate in force on *when*: the latest that took effect on or before it; None when there is none."""
    in_force = [(since, rate) for (code, since), rate in rates.items() if code == currency and since <= when]
    return max(in_force)[1] if in_force else None
