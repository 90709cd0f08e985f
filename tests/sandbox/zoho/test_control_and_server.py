"""The control API, and the company on a port."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tests.sandbox.zoho.caller import CALLBACK, Caller, a_caller

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.server import ZohoServer, deliver_due, start
from ml_connector.sandbox.zoho.webhooks import Webhook, Workflow


def control(zoho: Caller, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
    raw = b"" if body is None else json.dumps(body).encode()
    answer = zoho.company.handle(Request(method, f"/_sandbox{path}", tuple(query.items()), {}, raw))
    assert isinstance(answer, Response)
    return answer.status, answer.json()


def test_the_books_are_told_with_their_ledger() -> None:
    zoho = a_caller()
    zoho.invoice(zoho.contact())

    _, books = control(zoho, "GET", "/books", organization_id=zoho.org.organization_id)

    assert books["invoices"][0]["total"] == 100.0
    assert books["ledger"]["accounts"] == {"Accounts Receivable": 100.0, "Sales": -100.0}
    assert books["ledger"]["contacts"][0]["amount"] == 100.0


def test_faults_come_by_kind_or_by_status() -> None:
    zoho = a_caller()

    control(zoho, "POST", "/faults", {"kind": "500_before_commit", "path": "/contacts"})
    control(
        zoho, "POST", "/faults", {"faults": [{"status": 403, "body": {"code": 99, "message": "no"}, "path": "/items"}]}
    )

    assert zoho.response("GET", "/contacts").status == 500
    assert zoho.refused("GET", "/items") == (403, 99, "no")
    control(zoho, "POST", "/faults", {"kind": "401", "times": None})
    assert len(control(zoho, "GET", "/faults")[1]["faults"]) == 1
    control(zoho, "DELETE", "/faults")
    assert zoho.response("GET", "/contacts").status == 200


def test_settings_are_of_one_organisation_or_of_all() -> None:
    zoho = a_caller()
    other = zoho.company.organization("uk")

    control(zoho, "POST", "/settings", {"list_lag_s": 5})
    _, told = control(
        zoho, "POST", "/settings", {"organization_id": other.organization_id, "reading": 1, "refuse_consent": True}
    )

    assert (zoho.org.switches.list_lag_s, zoho.org.switches.reading, other.switches.reading) == (5.0, 0, 1)
    assert told["organizations"][other.organization_id]["reading"] == 1
    assert zoho.company.refuse_consent


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/settings", {"nonsense": 1}),
        ("POST", "/settings", []),
        ("POST", "/faults", {}),
        ("POST", "/faults", {"kind": "earthquake"}),
        ("POST", "/human", {"act": "fly"}),
        ("POST", "/human", {"act": "delete_invoice", "with": {"invoice_id": "1"}}),
        ("POST", "/organizations", {"edition": "mars"}),
        ("GET", "/books", None),
    ],
)
def test_what_is_wrong_with_a_request_is_said(method: str, path: str, body: Any) -> None:
    query = {"organization_id": "1"} if path == "/books" else {}

    status, told = control(a_caller(), method, path, body, **query)

    assert status == 400
    assert told["error"]


def test_there_is_nothing_else() -> None:
    assert control(a_caller(), "GET", "/nothing")[0] == 404


def test_a_client_an_organisation_and_a_connection_are_made_over_http() -> None:
    zoho = a_caller()

    _, client = control(
        zoho, "POST", "/clients", {"redirect_uris": [CALLBACK], "client_id": "1000.ABC", "client_secret": "x"}
    )
    status, org = control(
        zoho, "POST", "/organizations", {"region": "eu", "name": "Werkbank GmbH", "registered": False}
    )
    _, told = control(zoho, "GET", "/credentials")
    _, connection = control(zoho, "POST", "/connect", {"client_id": "1000.ABC", "region": "eu"})

    assert client == {"client_id": "1000.ABC", "client_secret": "x"}
    assert status == 201
    assert org["organization_id"] in {one["organization_id"] for one in told["organizations"]}
    assert connection["refresh_token"] in zoho.company.centres["eu"].refresh_tokens


def test_a_person_acts_over_http() -> None:
    zoho = a_caller()
    invoice_id = zoho.invoice(zoho.contact())["invoice_id"]

    control(zoho, "POST", "/human", {"act": "edit_invoice", "with": {"invoice_id": invoice_id, "notes": "call first"}})
    control(zoho, "POST", "/human", {"act": "lock_until", "with": {"day": "2026-11-30"}})

    assert zoho.books.invoices()[0]["notes"] == "call first"
    assert zoho.refused("DELETE", f"/invoices/{invoice_id}")[0] == 400


def test_tokens_expire_or_are_revoked_on_request() -> None:
    zoho = a_caller()

    control(zoho, "POST", "/tokens", {"do": "expire"})
    assert zoho.response("GET", "/contacts").status == 401
    control(zoho, "POST", "/tokens", {"do": "revoke"})
    assert zoho.company.centres["uk"].refresh_tokens == {}


def test_time_passes_on_request() -> None:
    zoho = a_caller()

    control(zoho, "POST", "/clock", {"forward_s": 3600})

    assert zoho.response("GET", "/contacts").status == 401


def test_the_log_can_be_read_from_where_one_stopped() -> None:
    zoho = a_caller()
    zoho.contact()
    _, before = control(zoho, "GET", "/requests")
    zoho.contact("B")

    _, after = control(zoho, "GET", "/requests", after=str(before["count"]))

    assert [one["path"] for one in after["requests"]] == ["/books/v3/contacts"]
    assert json.loads(after["requests"][0]["body"]) == {"contact_name": "B"}


def test_a_reset_forgets_everything_or_only_faults_and_log() -> None:
    zoho = a_caller()
    control(zoho, "POST", "/faults", {"kind": "401"})

    control(zoho, "POST", "/reset", {"keep": True})
    assert (len(zoho.company.faults.waiting), len(zoho.company.organizations)) == (0, 1)
    control(zoho, "POST", "/reset")
    assert zoho.company.organizations == {}


# -- on a port ----------------------------------------------------------------------------


@pytest.fixture
async def served() -> AsyncIterator[ZohoServer]:
    company = ZohoCompany(seed=5)
    company.organization("eu")
    company.client([CALLBACK])
    server = await start(company)
    yield server
    await server.close()


async def test_it_can_be_reached_over_http_with_a_region_in_the_path(served: ZohoServer) -> None:
    async with aiohttp.ClientSession(served.url) as session:
        async with session.post("/_sandbox/connect", json={}) as answer:
            connection = await answer.json()
        form = {k: connection[k] for k in ("client_id", "client_secret", "refresh_token")}
        async with session.post("/eu/oauth/v2/token", data={"grant_type": "refresh_token", **form}) as answer:
            headers = {"Authorization": f"Zoho-oauthtoken {(await answer.json())['access_token']}"}
        async with session.get("/eu/books/v3/organizations", headers=headers) as answer:
            organizations = (await answer.json())["organizations"]
        async with session.get("/in/books/v3/organizations", headers=headers) as answer:
            elsewhere = answer.status

    assert [one["country_code"] for one in organizations] == ["DE"]
    assert elsewhere == 401


async def test_a_lost_answer_is_a_cut_connection(served: ZohoServer) -> None:
    async with aiohttp.ClientSession(served.url) as session:
        await session.post("/_sandbox/faults", json={"kind": "no_answer_before_commit"})

        with pytest.raises(aiohttp.ClientConnectionError):
            await session.post("/oauth/v2/token", data={"grant_type": "refresh_token"})


async def test_webhook_calls_are_made_and_their_answer_is_noted() -> None:
    company = ZohoCompany(seed=5)
    org = company.organization("eu")
    received: list[bytes] = []

    async def hook(request: web.Request) -> web.Response:
        received.append(await request.read())
        return web.Response(status=200)

    application = web.Application()
    application.router.add_post("/hooks", hook)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    for url in (f"http://127.0.0.1:{port}/hooks", "http://127.0.0.1:1/nobody"):
        _listen(company, url)

    human = company.human(org)
    async with aiohttp.ClientSession() as session:
        human.deactivate_item(next(iter(org.items)))
        await deliver_due(company, session)

    await runner.cleanup()
    assert [json.loads(body)["item"]["status"] for body in received] == ["inactive"]
    assert sorted((entry["status"] for entry in org.automation.log), key=str) == [200, None]
    assert [delivery.attempt for delivery in org.automation.waiting.values()] == [2]


def _listen(company: ZohoCompany, url: str) -> None:
    org = next(iter(company.organizations.values()))
    hook_id = org.new_id()
    org.automation.webhooks[hook_id] = Webhook(hook_id, "hook", "item", url)
    org.automation.workflows[hook_id] = Workflow(hook_id, "rule", "item", "add_edit", [hook_id])
