"""Somebody who calls the simulated Zoho, and a clock that only moves when told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ml_connector.sandbox.http import NoAnswer, Request, Response, Slow
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.oauth import Client
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.readmodel import Books
from ml_connector.sandbox.zoho.seed import DEFAULT_SCOPES

CALLBACK = "http://127.0.0.1:8000/oauth/zoho/callback"


@dataclass
class Ticker:
    """The time, which stands still."""

    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass
class Caller:
    """One organisation and a connector that is connected to it; asks without waiting for limits."""

    company: ZohoCompany
    clock: Ticker
    org: Organization
    client: Client
    refresh_token: str
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: str
    ) -> Response | NoAnswer | Slow:
        """Any answer at all."""
        sent = {"authorization": f"Zoho-oauthtoken {self.token}", **self.headers, **(headers or {})}
        if body is not None:
            sent["content-type"] = "application/json"
        pairs = {"organization_id": self.org.organization_id, **query}
        raw = b"" if body is None else json.dumps(body).encode()
        request = Request(method, f"/books/v3{path}", tuple(pairs.items()), sent, raw)
        return self.company.handle(request)

    def response(self, method: str, path: str, body: Any = None, **how: Any) -> Response:
        """An answer that came at once."""
        answer = self.ask(method, path, body, **how)
        assert isinstance(answer, Response)
        return answer

    def get(self, path: str, **query: str) -> Any:
        """What a read answers; it has to succeed."""
        return self._fine(self.response("GET", path, **query))

    def post(self, path: str, body: Any = None, **query: str) -> Any:
        """What a POST answers; it has to succeed."""
        return self._fine(self.response("POST", path, body, **query))

    def put(self, path: str, body: Any = None, **how: Any) -> Any:
        """What a PUT answers; it has to succeed."""
        return self._fine(self.response("PUT", path, body, **how))

    def delete(self, path: str, **query: str) -> Any:
        """What a DELETE answers; it has to succeed."""
        return self._fine(self.response("DELETE", path, **query))

    def refused(self, method: str, path: str, body: Any = None, **how: Any) -> tuple[int, int, str]:
        """Status, code and message of a refusal."""
        response = self.response(method, path, body, **how)
        told = response.json()
        assert told["code"] != 0, told
        return response.status, told["code"], told["message"]

    def upsert(self, path: str, value: str, body: Any, *, upsert: bool = True, key: str = "cf_shopify_id") -> Response:
        """A PUT with the unique identifier headers."""
        headers = {"x-unique-identifier-key": key, "x-unique-identifier-value": value}
        if upsert:
            headers["x-upsert"] = "true"
        return self.response("PUT", path, body, headers=headers)

    @property
    def books(self) -> Books:
        """What the books say."""
        return self.company.books(self.org)

    def _fine(self, response: Response) -> Any:
        self.clock.forward(seconds=1)
        told = response.json()
        assert response.status in (200, 201), told
        assert told["code"] == 0, told
        return told

    # -- builders, valid by default ----------------------------------------------------------

    def contact(self, name: str = "Ada Vale", **more: Any) -> str:
        """A new customer's id."""
        return str(self.post("/contacts", {"contact_name": name, **more})["contact"]["contact_id"])

    def invoice(self, customer_id: str, *lines: dict[str, Any], sent: bool = True, **more: Any) -> dict[str, Any]:
        """A new invoice, marked as sent."""
        body = {"customer_id": customer_id, "line_items": list(lines) or [a_line()], **more}
        made = self.post("/invoices", body)["invoice"]
        if sent:
            self.post(f"/invoices/{made['invoice_id']}/status/sent")
        return dict(made)

    def payment(self, customer_id: str, amount: float, *applied: tuple[str, float], **more: Any) -> dict[str, Any]:
        """A new payment on Shopify Clearing."""
        body = {
            "customer_id": customer_id,
            "payment_mode": "others",
            "amount": amount,
            "date": "2026-11-20",
            "account_id": self.account("Shopify Clearing"),
            "invoices": [{"invoice_id": one, "amount_applied": part} for one, part in applied],
            **more,
        }
        return dict(self.post("/customerpayments", body)["payment"])

    def creditnote(self, customer_id: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new open credit note."""
        body = {"customer_id": customer_id, "date": "2026-11-20", "line_items": list(lines) or [a_line()], **more}
        return dict(self.post("/creditnotes", body)["creditnote"])

    def tax(self, name: str) -> str:
        """The id of a seeded tax."""
        return self.org.tax(name).tax_id

    def account(self, name: str) -> str:
        """The id of a seeded account."""
        return self.org.account(name).account_id


def a_line(name: str = "Linen throw", rate: float = 100, quantity: float = 1, **more: Any) -> dict[str, Any]:
    """A line without an item."""
    return {"name": name, "rate": rate, "quantity": quantity, **more}


def a_caller(region: str = "uk", edition: str | None = None, *, seed: int = 7, **profile: Any) -> Caller:
    """A company with one organisation, and a connector with a fresh access token."""
    clock = Ticker()
    company = ZohoCompany(clock, seed)
    org = company.organization(region, edition, **profile)
    client = company.client([CALLBACK])
    refresh_token = company.connect(client, scopes=DEFAULT_SCOPES)
    caller = Caller(company, clock, org, client, refresh_token)
    caller.token = token(caller)["access_token"]
    return caller


def form(path: str, fields: dict[str, str], company: ZohoCompany, headers: dict[str, str] | None = None) -> Response:
    """Post a form to the accounts server."""
    sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
    answer = company.handle(Request("POST", path, (), sent, urlencode(fields).encode()))
    assert isinstance(answer, Response)
    return answer


def token(caller: Caller, prefix: str = "", **fields: str) -> dict[str, Any]:
    """Refresh the access token; the whole answer."""
    region = caller.company.users[next(iter(caller.company.users))].region
    asked = {
        "grant_type": "refresh_token",
        "client_id": caller.client.client_id,
        "client_secret": caller.client.secrets[region],
        "refresh_token": caller.refresh_token,
        **fields,
    }
    return dict(form(f"{prefix}/oauth/v2/token", asked, caller.company).json())
