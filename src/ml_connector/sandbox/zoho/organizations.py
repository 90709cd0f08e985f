"""Organisations and users.

Source: Zoho Books API v3, organizations, users, locations.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import User
from ml_connector.sandbox.zoho.refusals import Refusal

_MONTHS = "january february march april may june july august september october november december".split()


def _flag(org: Organization, value: bool) -> bool | str:
    return str(value).lower() if org.switches.booleans_as_text else value


def _row(org: Organization, first: bool) -> dict[str, Any]:
    profile, base = org.profile, org.base
    return {
        "organization_id": org.organization_id,
        "name": profile.name,
        "contact_name": profile.contact_name,
        "email": profile.email,
        "is_default_org": _flag(org, first),
        "plan_type": profile.plan_type,
        "plan_name": profile.plan_name,
        "plan_period": "Yearly",
        "language_code": "en",
        "fiscal_year_start_month": profile.fiscal_month,
        "account_created_date": profile.created.isoformat(),
        "account_created_date_formatted": profile.created.strftime("%d %b %Y"),
        "time_zone": profile.time_zone,
        "is_org_active": _flag(org, org.active),
        "isOrgActive": _flag(org, org.active),
        "currency_id": base.currency_id,
        "currency_code": base.code,
        "currency_symbol": base.symbol,
        "currency_format": profile.currency_format,
        "price_precision": base.places,
        "tax_group_enabled": _flag(org, profile.registered),
        "country": profile.country,
        "country_code": profile.country_code,
        "state": profile.state,
        "state_code": profile.state_code,
        "version": profile.version,
        "sales_tax_type": "exclusive",
        "is_sales_inclusive_tax_enabled": _flag(org, True),
        "is_registered_for_tax": _flag(org, profile.registered),
        "is_registered_for_gst": _flag(org, profile.registered and profile.edition in ("india", "australia")),
        "is_sku_enabled": _flag(org, profile.sku_enabled),
        "is_hsn_or_sac_enabled": _flag(org, profile.edition == "india"),
        "mode": "production",
        "custom_fields": [],
    }


def list_all(call: Call) -> Response:
    """`GET /organizations`: those of the user, without any limit or header."""
    mine = [call.company.organizations[one] for one in call.user.organizations]
    return success(organizations=[_row(org, n == 0) for n, org in enumerate(mine)])


def show(call: Call) -> Response:
    """`GET /organizations/{id}`: no plan, and the status is a string."""
    if call.id not in call.user.organizations:
        raise Refusal(400, 6041, f"This user is not associated with the CompanyID/CompanyName:{call.id}.")
    org = call.company.organizations[call.id]
    profile, base = org.profile, org.base
    return success(
        organization={
            "organization_id": org.organization_id,
            "name": profile.name,
            "is_default_org": _flag(org, True),
            "status": "1" if org.active else "0",
            "user_role": call.user.role,
            "role_id": f"{org.id_prefix}000000000701",
            "time_zone": profile.time_zone,
            "date_format": "dd MMM yyyy",
            "field_separator": " ",
            "language_code": "en",
            "fiscal_year_start_month": _MONTHS[profile.fiscal_month],
            "tax_basis": "accrual",
            "currency_id": base.currency_id,
            "currency_code": base.code,
            "currency_symbol": base.symbol,
            "currency_format": profile.currency_format,
            "price_precision": base.places,
            "version": profile.version,
            "address": {
                "street_address1": "1 Market Street",
                "street_address2": "",
                "city": "",
                "state": profile.state,
                "country": profile.country,
                "zip": "",
            },
            "tax_settings": {
                "is_tax_registered": _flag(org, profile.registered),
                "tax_reg_no": profile.tax_number if profile.registered else "",
            },
        }
    )


def _user(call: Call, user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "email": user.email,
        "email_ids": [{"email": user.email, "is_selected": True}],
        "status": "active",
        "user_role": user.role,
        "user_type": "zoho",
        "role_id": f"{call.org.id_prefix}000000000701",
        "is_employee": False,
        "created_time": call.org.stamp(call.now),
    }


def me(call: Call) -> Response:
    """`GET /users/me`."""
    return success(user=_user(call, call.user))


def users(call: Call) -> Response:
    """`GET /users`."""
    members = [user for user in call.company.users.values() if call.org.organization_id in user.organizations]
    return success(users=[_user(call, user) for user in members])


def locations(call: Call) -> Response:
    """`GET /locations`."""
    return success(locations=call.org.locations)


ROUTES = [
    Route("GET", "/organizations", "settings.READ", list_all, scoped=False),
    Route("GET", "/organizations/{}", "settings.READ", show),
    Route("GET", "/users/me", "settings.READ", me),
    Route("GET", "/users", "settings.READ", users),
    Route("GET", "/locations", "settings.READ", locations),
]
