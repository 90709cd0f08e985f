"""Taxes, tax groups, authorities and exemptions.

Source: Zoho Books API v3, taxes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, find
from ml_connector.sandbox.zoho.modules import paged
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import TAX
from ml_connector.sandbox.zoho.records import Tax
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing, wrong_url
from ml_connector.sandbox.zoho.values import ZERO, choice, identifier, number, required, text

_SPECIFIC = ("igst", "cgst", "sgst", "nil", "cess", "isr", "iva", "ieps")


def group_percentage(org: Organization, members: tuple[str, ...]) -> Decimal:
    """The summed percentage of a group; a compound tax is charged on the others too."""
    taxes = [org.taxes[member] for member in members]
    simple = sum((tax.percentage for tax in taxes if tax.kind != "compound_tax"), ZERO)
    compound = sum((tax.percentage for tax in taxes if tax.kind == "compound_tax"), ZERO)
    return simple + compound * (100 + simple) / 100


def view(org: Organization, tax: Tax) -> dict[str, Any]:
    """A tax or group as the list shows it."""
    account = org.accounts.get(tax.account_id)
    shown: dict[str, Any] = {
        "tax_id": tax.tax_id,
        "tax_name": tax.name,
        "tax_percentage": tax.percentage,
        "tax_type": tax.kind,
        "tax_factor": "rate",
        "tax_specific_type": tax.specific_type,
        "tax_authority_id": tax.authority_id,
        "tax_authority_name": org.authorities.get(tax.authority_id, {}).get("tax_authority_name", ""),
        "is_value_added": org.profile.edition != "us",
        "is_default_tax": tax.is_default,
        "is_editable": True,
        "output_tax_account_name": account.name if account else "",
        "purchase_tax_account_name": "Input Tax Credits",
        "tax_account_id": tax.account_id,
        "purchase_tax_account_id": f"{org.id_prefix}000000000503",
    }
    if tax.specification:
        shown["tax_specification"] = tax.specification
    if tax.country_code:
        shown["country_code"] = tax.country_code
    return shown


def list_all(call: Call) -> Response:
    """`GET /settings/taxes`, groups among them."""
    org = call.org
    rows = [view(org, tax) for tax in org.taxes.values()] if org.profile.registered else []
    return paged(org, "taxes", find(rows, call.query, Filters(report="Taxes")))


def _get(call: Call, group: bool = False) -> Tax:
    tax = call.org.taxes.get(call.id)
    if tax is None or (group and tax.kind != "tax_group"):
        raise missing("Tax does not exist.")
    return tax


def show(call: Call) -> Response:
    """`GET /settings/taxes/{id}`."""
    return success(tax=view(call.org, _get(call)))


def _enabled(org: Organization) -> None:
    if not org.profile.registered:
        raise Refusal(400, 110817, "You have to enable Sales Tax in order to perform tax related operations")


def _free_name(org: Organization, name: str, tax_id: str = "") -> str:
    if not name:
        raise invalid_value("tax_name")
    if any(tax.name.casefold() == name.casefold() and tax.tax_id != tax_id for tax in org.taxes.values()):
        raise Refusal(400, 1001, f'Tax "{name}" already exists.')
    return name


def create(call: Call) -> Response:
    """`POST /settings/taxes`."""
    org, body = call.org, call.body
    _enabled(org)
    required(body, "tax_name")
    percentage = number(body, "tax_percentage")
    if not 0 <= percentage <= 100:
        raise invalid_value("tax_percentage")
    tax = Tax(
        tax_id=org.new_id(),
        name=_free_name(org, text(body, "tax_name", 100)),
        percentage=percentage,
        kind=choice(body, "tax_type", ("tax", "compound_tax"), "tax"),
        specific_type=choice(body, "tax_specific_type", _SPECIFIC) if org.profile.edition == "india" else "",
        authority_id=identifier(body, "tax_authority_id"),
        account_id=org.system_accounts[TAX],
        country_code=text(body, "country_code", 2),
    )
    if tax.specific_type == "igst":
        tax.specification = "inter"
    org.taxes[tax.tax_id] = tax
    return success("The tax has been added.", status=201, tax=view(org, tax))


def update(call: Call) -> Response:
    """`PUT /settings/taxes/{id}`."""
    org, tax = call.org, _get(call)
    _enabled(org)
    tax.name = _free_name(org, text(call.body, "tax_name", 100, tax.name), tax.tax_id)
    tax.percentage = number(call.body, "tax_percentage", tax.percentage)
    return success("Tax information has been saved.", tax=view(org, tax))


def _unused(org: Organization, tax: Tax) -> None:
    lines = [line for one in (*org.invoices.values(), *org.creditnotes.values()) for line in one.lines]
    in_group = any(tax.tax_id in other.members for other in org.taxes.values())
    if in_group or any(line.tax_id == tax.tax_id for line in lines):
        raise org.refusal("in_use", document="tax")


def delete(call: Call) -> Response:
    """`DELETE /settings/taxes/{id}`."""
    tax = _get(call)
    _unused(call.org, tax)
    del call.org.taxes[tax.tax_id]
    return success("The record has been deleted.")


# -- groups -------------------------------------------------------------------------------


def group_view(org: Organization, group: Tax) -> dict[str, Any]:
    """A tax group with its members."""
    return {
        "tax_group_id": group.tax_id,
        "tax_group_name": group.name,
        "tax_group_percentage": group.percentage,
        "taxes": [{key: view(org, org.taxes[member])[key] for key in _MEMBER_KEYS} for member in group.members],
    }


_MEMBER_KEYS = (
    "tax_id",
    "tax_name",
    "tax_percentage",
    "tax_type",
    "tax_factor",
    "tax_authority_id",
    "tax_authority_name",
)


def _members(org: Organization, sent: Any) -> tuple[str, ...]:
    ids = tuple(one.strip() for one in str(sent or "").split(",") if one.strip())
    if not ids or any(one not in org.taxes or org.taxes[one].kind == "tax_group" for one in ids):
        raise invalid_value("taxes")
    return ids


def _specification(org: Organization, members: tuple[str, ...]) -> str:
    kinds = {org.taxes[member].specific_type for member in members}
    if kinds & {"cgst", "sgst"}:
        return "intra"
    return "inter" if "igst" in kinds else ""


def create_group(call: Call) -> Response:
    """`POST /settings/taxgroups`."""
    org, body = call.org, call.body
    _enabled(org)
    name = _free_name(org, text(body, "tax_group_name", 100))
    members = _members(org, body.get("taxes"))
    group = Tax(
        tax_id=org.new_id(),
        name=name,
        percentage=group_percentage(org, members),
        kind="tax_group",
        specification=_specification(org, members),
        members=members,
        account_id=org.system_accounts[TAX],
    )
    org.taxes[group.tax_id] = group
    return success(status=201, tax_group=group_view(org, group))


def show_group(call: Call) -> Response:
    """`GET /settings/taxgroups/{id}`."""
    return success(tax_group=group_view(call.org, _get(call, group=True)))


def update_group(call: Call) -> Response:
    """`PUT /settings/taxgroups/{id}`."""
    org, group = call.org, _get(call, group=True)
    name = _free_name(org, text(call.body, "tax_group_name", 100, group.name), group.tax_id)
    members = _members(org, call.body["taxes"]) if call.body.get("taxes") else group.members
    group.name, group.members = name, members
    group.percentage = group_percentage(org, members)
    return success(tax_group=group_view(org, group))


def delete_group(call: Call) -> Response:
    """`DELETE /settings/taxgroups/{id}`."""
    group = _get(call, group=True)
    _unused(call.org, group)
    del call.org.taxes[group.tax_id]
    return success("The tax group has been deleted.")


# -- authorities and exemptions -----------------------------------------------------------


def list_authorities(call: Call) -> Response:
    """`GET /settings/taxauthorities` (US and Canada)."""
    if call.org.profile.edition not in ("us", "canada"):
        raise wrong_url()
    return success(tax_authorities=list(call.org.authorities.values()))


def create_authority(call: Call) -> Response:
    """`POST /settings/taxauthorities`."""
    org, body = call.org, call.body
    _enabled(org)
    required(body, "tax_authority_name")
    authority = {
        "tax_authority_id": org.new_id(),
        "tax_authority_name": text(body, "tax_authority_name", 100),
        "description": text(body, "description", 500),
        "registration_number": text(body, "registration_number", 100),
        "registration_number_label": text(body, "registration_number_label", 100),
    }
    org.authorities[authority["tax_authority_id"]] = authority
    return success("Tax Authority has been added.", status=201, tax_authority=authority)


def list_exemptions(call: Call) -> Response:
    """`GET /settings/taxexemptions`."""
    return success(tax_exemptions=list(call.org.exemptions.values()))


def create_exemption(call: Call) -> Response:
    """`POST /settings/taxexemptions`; it answers 200, not 201."""
    org, body = call.org, call.body
    _enabled(org)
    required(body, "tax_exemption_code", "type")
    exemption = {
        "tax_exemption_id": org.new_id(),
        "tax_exemption_code": text(body, "tax_exemption_code", 100),
        "description": text(body, "description", 500),
        "type": choice(body, "type", ("customer", "item")),
    }
    org.exemptions[exemption["tax_exemption_id"]] = exemption
    return success("Tax Exemption has been added.", tax_exemption=exemption)


ROUTES = [
    Route("GET", "/settings/taxes", "settings.READ", list_all),
    Route("POST", "/settings/taxes", "settings.CREATE", create),
    Route("GET", "/settings/taxes/{}", "settings.READ", show),
    Route("PUT", "/settings/taxes/{}", "settings.UPDATE", update),
    Route("DELETE", "/settings/taxes/{}", "settings.DELETE", delete),
    Route("POST", "/settings/taxgroups", "settings.CREATE", create_group),
    Route("GET", "/settings/taxgroups/{}", "settings.READ", show_group),
    Route("PUT", "/settings/taxgroups/{}", "settings.UPDATE", update_group),
    Route("DELETE", "/settings/taxgroups/{}", "settings.DELETE", delete_group),
    Route("GET", "/settings/taxauthorities", "settings.READ", list_authorities),
    Route("POST", "/settings/taxauthorities", "settings.CREATE", create_authority),
    Route("GET", "/settings/taxexemptions", "settings.READ", list_exemptions),
    Route("POST", "/settings/taxexemptions", "settings.CREATE", create_exemption),
]
