"""The sandbox's own addresses under `/_sandbox/`: look inside, and make things go wrong.

They belong to no vendor. `ml_connector.sandbox.zoho` describes each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.http import Request, Response, json_response
from ml_connector.sandbox.zoho import faults
from ml_connector.sandbox.zoho.encoding import answer
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.readmodel import Books
from ml_connector.sandbox.zoho.refusals import Refusal
from ml_connector.sandbox.zoho.seed import DEFAULT_SCOPES
from ml_connector.sandbox.zoho.webhooks import Delivery

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.company import ZohoCompany

_FAULT_KEYS = (
    "method",
    "path",
    "times",
    "after",
    "probability",
    "commit",
    "cut",
    "seconds",
    "body_contains",
)


def handle(company: ZohoCompany, request: Request) -> Response:
    """Answer a request to the control API; what is wrong with it is a 400 with a sentence."""
    act = _ACTS.get((request.method, request.path))
    if act is None:
        return json_response({"error": "no such address"}, 404)
    try:
        return act(company, request)
    except (ValueError, KeyError, TypeError, Refusal) as error:
        return json_response({"error": str(error)}, 400)


def _body(request: Request) -> dict[str, Any]:
    body = request.json() if request.body.strip() else {}
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body


def _organization(company: ZohoCompany, wanted: str | None) -> Organization:
    if not company.organizations:
        raise ValueError("there is no organisation")
    if not wanted:
        return next(iter(company.organizations.values()))
    if wanted not in company.organizations:
        raise ValueError(f"no organisation {wanted}")
    return company.organizations[wanted]


def _books(company: ZohoCompany, request: Request) -> Response:
    return answer(Books(_organization(company, request.param("organization_id"))).as_json())


def _credentials(company: ZohoCompany, request: Request) -> Response:
    """Clients with their secrets, users, organisations."""
    clients = [
        {
            "client_id": client.client_id,
            "client_secret": client.secrets[client.home],
            "secrets": client.secrets,
            "home": client.home,
            "redirect_uris": list(client.redirect_uris),
        }
        for client in company.clients.values()
    ]
    organizations = [
        {
            "organization_id": org.organization_id,
            "region": org.region,
            "edition": org.profile.edition,
            "name": org.profile.name,
            "currency_code": org.profile.currency_code,
        }
        for org in company.organizations.values()
    ]
    users = [asdict(user) for user in company.users.values()]
    return answer({"clients": clients, "organizations": organizations, "users": users})


def _connect(company: ZohoCompany, request: Request) -> Response:
    """A refresh token without a browser."""
    body = _body(request)
    client = company.clients[body["client_id"]] if "client_id" in body else next(iter(company.clients.values()))
    region = body.get("region")
    user = next((u for u in company.users.values() if region in (None, u.region)), None)
    token = company.connect(client, user, body.get("scopes", DEFAULT_SCOPES))
    return answer(
        {
            "refresh_token": token,
            "client_id": client.client_id,
            "client_secret": client.secrets[user.region if user else client.home],
            "region": user.region if user else client.home,
        }
    )


def _register_client(company: ZohoCompany, request: Request) -> Response:
    body = _body(request)
    client = company.client(
        body.get("redirect_uris", []),
        home=body.get("home", "us"),
        regions=body.get("regions"),
        client_id=body.get("client_id"),
        client_secret=body.get("client_secret"),
    )
    return answer({"client_id": client.client_id, "client_secret": client.secrets[client.home]}, 201)


def _create_organization(company: ZohoCompany, request: Request) -> Response:
    body = _body(request)
    region = body.pop("region", "eu")
    org = company.organization(region, body.pop("edition", None), **body)
    return answer({"organization_id": org.organization_id, "region": region}, 201)


def _faults(company: ZohoCompany, request: Request) -> Response:
    """Queue one fault, or several under `faults`."""
    body = _body(request)
    wanted = body.get("faults", [body])
    made = [company.faults.add(_fault(one)) for one in wanted]
    return answer({"queued": [fault.name for fault in made]}, 201)


def _fault(sent: dict[str, Any]) -> faults.Fault:
    how = {name: sent[name] for name in _FAULT_KEYS if name in sent}
    if "status" in sent:
        how["response"] = json_response(sent.get("body", {}), sent["status"], sent.get("headers"))
    if "kind" in sent:
        return faults.make(sent["kind"], **how)
    if not how.keys() & {"response", "cut", "seconds"}:
        raise ValueError("a fault needs a kind, a status, cut or seconds")
    return faults.Fault(**how)


def _waiting_faults(company: ZohoCompany, request: Request) -> Response:
    waiting = [
        {
            "name": fault.name,
            "method": fault.method,
            "path": fault.path,
            "times": fault.times,
            "probability": fault.probability,
            "used": fault.used,
        }
        for fault in company.faults.waiting
    ]
    return answer({"faults": waiting, "kinds": sorted(faults.KINDS)})


def _clear_faults(company: ZohoCompany, request: Request) -> Response:
    company.faults.clear()
    return answer({"faults": []})


def _settings(company: ZohoCompany, request: Request) -> Response:
    """Change switches of one organisation, or of all, and of the company."""
    body = _body(request)
    wanted = body.pop("organization_id", None)
    for name in ("refuse_consent", "api_domain"):
        if name in body:
            setattr(company, name, body.pop(name))
    if "signed_in" in body:
        company.signed_in = company.users[body.pop("signed_in")]
    if "accounts_servers" in body:
        company.accounts_servers = dict(body.pop("accounts_servers"))
    orgs = [_organization(company, wanted)] if wanted else list(company.organizations.values())
    for org in orgs:
        org.switches.set(**body)
    return _shown_settings(company, request)


def _shown_settings(company: ZohoCompany, request: Request) -> Response:
    return answer(
        {
            "refuse_consent": company.refuse_consent,
            "api_domain": company.api_domain,
            "organizations": {one: asdict(org.switches) for one, org in company.organizations.items()},
        }
    )


def _human(company: ZohoCompany, request: Request) -> Response:
    """Something that a person does in Zoho's screens."""
    body = _body(request)
    org = _organization(company, body.get("organization_id"))
    company.human(org).act(body["act"], body.get("with", {}))
    return answer({"done": body["act"]})


def _requests(company: ZohoCompany, request: Request) -> Response:
    """The log, newest last; `?after=` leaves out that many."""
    after = int(request.param("after") or 0)
    entries = list(company.log)
    return answer({"count": len(entries), "requests": [entry.as_json() for entry in entries[after:]]})


def _reset(company: ZohoCompany, request: Request) -> Response:
    """Forget everything; with `{"keep": true}` only faults and the log."""
    if _body(request).get("keep"):
        company.faults.clear()
        company.log.clear()
    else:
        company.reset()
    return answer({"reset": True})


def _clock(company: ZohoCompany, request: Request) -> Response:
    """Let time pass for this company alone."""
    company.ahead += timedelta(seconds=float(_body(request)["forward_s"]))
    return answer({"now": company.now().isoformat()})


def _tokens(company: ZohoCompany, request: Request) -> Response:
    """Make access tokens stale, or revoke everything."""
    how = _body(request).get("do", "expire")
    for centre in company.centres.values():
        centre.expire_access_tokens()
        if how == "revoke":
            centre.refresh_tokens.clear()
    return answer({"done": how})


def _deliveries(company: ZohoCompany, request: Request) -> Response:
    """Webhook calls that wait, and those that were made."""
    waiting: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for org in company.organizations.values():
        waiting += [_waiting(org, delivery) for delivery in org.automation.waiting.values()]
        made += [{**entry, "at": entry["at"].isoformat()} for entry in org.automation.log]
    return answer({"waiting": waiting, "made": made})


def _waiting(org: Organization, delivery: Delivery) -> dict[str, Any]:
    return {
        "organization_id": org.organization_id,
        "delivery_id": delivery.delivery_id,
        "url": delivery.url,
        "due_at": delivery.due_at.isoformat(),
        "attempt": delivery.attempt,
        "body": delivery.body.decode(),
    }


def _health(company: ZohoCompany, request: Request) -> Response:
    return answer({"ok": True, "organizations": len(company.organizations)})


_ACTS: dict[tuple[str, str], Callable[[ZohoCompany, Request], Response]] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/books"): _books,
    ("GET", "/_sandbox/credentials"): _credentials,
    ("POST", "/_sandbox/clients"): _register_client,
    ("POST", "/_sandbox/connect"): _connect,
    ("POST", "/_sandbox/organizations"): _create_organization,
    ("GET", "/_sandbox/faults"): _waiting_faults,
    ("POST", "/_sandbox/faults"): _faults,
    ("DELETE", "/_sandbox/faults"): _clear_faults,
    ("GET", "/_sandbox/settings"): _shown_settings,
    ("POST", "/_sandbox/settings"): _settings,
    ("POST", "/_sandbox/human"): _human,
    ("POST", "/_sandbox/tokens"): _tokens,
    ("POST", "/_sandbox/clock"): _clock,
    ("GET", "/_sandbox/requests"): _requests,
    ("GET", "/_sandbox/deliveries"): _deliveries,
    ("POST", "/_sandbox/reset"): _reset,
}
