"""The gate of the API: token, organisation, limits, scope; then the operation.

Source: Zoho Books API v3, introduction, OAuth, API call limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import refused
from ml_connector.sandbox.zoho.limits import Burst
from ml_connector.sandbox.zoho.oauth import AccessToken
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import User
from ml_connector.sandbox.zoho.refusals import Refusal, missing, read_as, unauthorized, wrong_url
from ml_connector.sandbox.zoho.router import Router
from ml_connector.sandbox.zoho.routes import ROUTES

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.company import ZohoCompany

_ROUTER = Router(ROUTES)
_PREFIXES = ("/books/v3", "/inventory/v1")


@dataclass
class Gate:
    """How far a request came; kept for the log and the limits."""

    region: str | None
    org: Organization | None = None
    refusal: Refusal | None = None


def handle(company: ZohoCompany, request: Request, path: str, gate: Gate) -> Response:
    """Answer a request to Books or Inventory."""
    try:
        response = _handle(company, request, path, gate)
    except Refusal as refusal:
        gate.refusal = refusal
        response = refused(refusal)
    if gate.org is None:
        return response
    return replace(response, headers={**response.headers, **_rate_headers(gate.org)})


def _handle(company: ZohoCompany, request: Request, path: str, gate: Gate) -> Response:
    access, user = _enter(company, request, gate)
    _burst(company, user)
    route, ids = _ROUTER.find(request.method, _inner(path))
    query = dict(request.query)
    if not route.scoped:
        if not user.organizations:
            raise read_as(0, "no_organization")
        org = company.organizations[user.organizations[0]]
    else:
        org = gate.org = _organization(company, user, query)
        _limits(org, route)
    call = Call(company, org, user, access.scopes, request, ids, company.now(), query)
    call.require(route.scope)
    return route.handler(call)


def _inner(path: str) -> str:
    for prefix in _PREFIXES:
        if path.startswith(f"{prefix}/"):
            return path.removeprefix(prefix)
    raise wrong_url()


def _enter(company: ZohoCompany, request: Request, gate: Gate) -> tuple[AccessToken, User]:
    """The holder of the token, which is good in one data centre only."""
    kind, _, token = (request.header("authorization") or "").partition(" ")
    if kind not in ("Zoho-oauthtoken", "Bearer"):
        raise unauthorized()
    centre = company.centre_of(gate.region, token, "")
    access = centre.holder(token, company.now())
    if access is None:
        reading = next((org.switches.reading for org in company.organizations.values()), 0)
        raise read_as(reading, "garbage_token")
    gate.region = centre.region
    return access, company.users[access.user_id]


def _burst(company: ZohoCompany, user: User) -> None:
    first = company.organizations.get(user.organizations[0]) if user.organizations else None
    limit = first.switches.minute_block if first else 1100
    company.bursts.setdefault(user.user_id, Burst()).count(company.now(), limit)


def _organization(company: ZohoCompany, user: User, query: Mapping[str, str]) -> Organization:
    wanted = query.get("organization_id", "")
    if not wanted and user.organizations:
        first = company.organizations[user.organizations[0]]
        if first.switches.missing_organization == "default":
            return first
        raise first.refusal("organization_missing")
    if wanted not in user.organizations:
        raise Refusal(400, 6041, f"This user is not associated with the CompanyID/CompanyName:{wanted}.")
    return company.organizations[wanted]


def _limits(org: Organization, route: Route) -> None:
    now = org.now()
    org.allowance.take(now, now.date(), org.switches)
    if route.paced and org.switches.settings_spacing_s > 0:
        org.allowance.take_settings(now, org.switches.settings_spacing_s)
    if org.switches.trial_over:
        raise org.refusal("trial_over")
    if not org.active:
        raise missing("This organization is inactive.")


def _rate_headers(org: Organization) -> dict[str, str]:
    left = org.allowance.left_today(org.today(), org.switches)
    return {
        "X-Rate-Limit-Limit": str(org.switches.day_limit),
        "X-Rate-Limit-Remaining": str(left),
        "X-Rate-Limit-Reset": str(org.seconds_to_midnight()),
    }
