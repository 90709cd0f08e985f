"""What stands before every operation: token, organisation, scope, limits, the shape of a body."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from tests.sandbox.zoho.caller import Caller, a_caller, a_line, token

from ml_connector.sandbox.http import Request, Response


def reduced(zoho: Caller, *scopes: str) -> None:
    zoho.refresh_token = zoho.company.connect(zoho.client, scopes=scopes)
    zoho.token = token(zoho)["access_token"]


def test_an_organisation_has_to_be_named_and_be_ones_own() -> None:
    zoho = a_caller()

    assert zoho.refused("GET", "/contacts", organization_id="60099998888")[:2] == (400, 6041)
    assert zoho.refused("GET", "/contacts", organization_id="")[0] == 400


def test_under_one_reading_a_missing_organisation_is_guessed() -> None:
    zoho = a_caller()
    zoho.org.switches.set(missing_organization="default")

    assert zoho.get("/contacts", organization_id="")["contacts"] == []


def test_a_garbage_token_is_57_or_14() -> None:
    zoho = a_caller()
    zoho.token = "1000.a.b"

    codes = []
    for reading in (0, 1):
        zoho.org.switches.set(reading=reading)
        codes.append(zoho.refused("GET", "/contacts")[:2])

    assert codes == [(401, 57), (401, 14)]


def test_bearer_is_taken_as_well() -> None:
    zoho = a_caller()

    assert zoho.response("GET", "/contacts", headers={"authorization": f"Bearer {zoho.token}"}).status == 200


def test_each_operation_needs_its_scope() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice_id = zoho.invoice(contact_id, sent=False)["invoice_id"]
    reduced(zoho, "ZohoBooks.invoices.READ", "ZohoBooks.invoices.UPDATE")

    assert zoho.response("GET", f"/invoices/{invoice_id}").status == 200
    assert zoho.refused("POST", f"/invoices/{invoice_id}/status/sent")[:2] == (401, 57)  # wants CREATE
    assert zoho.refused("GET", "/contacts")[:2] == (401, 57)
    assert zoho.refused("GET", "/items")[:2] == (401, 57)  # items belong to settings


def test_applying_credits_may_want_update_scopes_too() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice_id = zoho.invoice(contact_id)["invoice_id"]
    note_id = zoho.creditnote(contact_id)["creditnote_id"]
    body = {"apply_creditnotes": [{"creditnote_id": note_id, "amount_applied": 5}]}
    zoho.org.switches.set(credits_need_update=True)
    reduced(zoho, "ZohoBooks.invoices.CREATE", "ZohoBooks.invoices.UPDATE", "ZohoBooks.creditnotes.CREATE")

    assert zoho.refused("POST", f"/invoices/{invoice_id}/credits", body)[:2] == (401, 57)


def test_full_access_is_enough_for_everything() -> None:
    zoho = a_caller()
    reduced(zoho, "ZohoBooks.fullaccess.all")

    assert zoho.response("GET", "/bankaccounts").status == 200


def test_rate_headers_stand_on_scoped_answers_only() -> None:
    zoho = a_caller()

    scoped, free = zoho.response("GET", "/contacts"), zoho.response("GET", "/organizations")

    assert scoped.headers["X-Rate-Limit-Limit"] == "5000"
    assert scoped.headers["X-Rate-Limit-Remaining"] == "4999"
    assert scoped.headers["X-Rate-Limit-Reset"] == str(15 * 3600)  # 09:00 in London
    assert not [name for name in free.headers if name.startswith("X-Rate")]


def test_the_101st_call_of_a_minute_is_refused_and_a_minute_later_all_is_well() -> None:
    zoho = a_caller()
    for _ in range(100):
        assert zoho.response("GET", "/contacts").status == 200

    refused = zoho.refused("GET", "/contacts")

    assert refused[:2] == (429, 44)
    assert zoho.response("GET", "/organizations").status == 200  # is not limited
    zoho.clock.forward(seconds=60)
    assert zoho.response("GET", "/contacts").status == 200


def test_a_calendar_minute_is_another_reading() -> None:
    zoho = a_caller()
    zoho.org.switches.set(minute_window="calendar", minute_limit=1)
    zoho.clock.forward(seconds=59)
    zoho.get("/contacts")  # at 09:00:59, then the clock says 09:01:00

    assert zoho.response("GET", "/contacts").status == 200
    assert zoho.refused("GET", "/contacts")[:2] == (429, 44)


def test_the_days_allowance_ends_with_45_and_begins_anew_at_midnight() -> None:
    zoho = a_caller()
    zoho.org.switches.set(day_limit=1)
    zoho.get("/contacts")

    status, code, message = zoho.refused("GET", "/contacts")

    assert (status, code) == (429, 45)
    assert message.endswith("rate limit of 1.")
    zoho.clock.forward(hours=15)
    zoho.token = token(zoho)["access_token"]
    assert zoho.response("GET", "/contacts").status == 200


def test_too_many_calls_at_one_time_are_1070() -> None:
    zoho = a_caller()
    zoho.org.switches.set(latency_s=2.0, in_flight_limit=2)
    zoho.ask("GET", "/contacts")
    zoho.ask("GET", "/contacts")

    third = zoho.ask("GET", "/contacts")

    assert third.answer.json()["code"] == 1070  # type: ignore[union-attr]
    zoho.clock.forward(seconds=10)
    assert zoho.ask("GET", "/contacts").answer.status == 200  # type: ignore[union-attr]


def test_a_burst_blocks_the_user_for_an_hour() -> None:
    zoho = a_caller()
    zoho.org.switches.set(minute_block=20)
    for _ in range(20):
        zoho.response("GET", "/organizations")

    blocked = zoho.response("GET", "/organizations")

    assert (blocked.status, blocked.json()["code"], blocked.headers["Retry-After"]) == (429, 43, "3600")
    zoho.clock.forward(minutes=59)
    assert zoho.refused("GET", "/contacts")[:2] == (429, 43)


def test_webhook_settings_throttle_sooner() -> None:
    zoho = a_caller()

    assert zoho.response("GET", "/settings/webhooks").status == 200
    assert zoho.refused("GET", "/settings/workflows")[:2] == (429, 44)
    zoho.clock.forward(seconds=0.6)
    assert zoho.response("GET", "/settings/workflows").status == 200


def test_after_the_trial_every_call_is_refused() -> None:
    zoho = a_caller()
    zoho.org.switches.set(trial_over=True)

    assert zoho.refused("GET", "/contacts")[1] == 103001
    assert zoho.response("GET", "/organizations").status == 200


def test_a_user_without_an_organisation_is_9017() -> None:
    zoho = a_caller("eu")
    lonely = zoho.company.user("eu", "Lone")
    zoho.refresh_token = zoho.company.connect(zoho.client, lonely)
    zoho.token = token(zoho)["access_token"]

    assert zoho.refused("GET", "/organizations")[1] == 9017


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, 5),
        ("GET", "/invoices/abc", 404, 5),
        ("DELETE", "/settings/taxes", 405, 37),
        ("GET", "/invoices/1234567890123456789", 404, 1002),
        ("GET", "/contacts/1", 404, 1002),
        ("GET", "/customerpayments/1", 404, 1002),
    ],
)
def test_what_is_not_there(method: str, path: str, status: int, code: int) -> None:
    assert a_caller().refused(method, path)[:2] == (status, code)


def raw(zoho: Caller, body: bytes, media_type: str) -> Response:
    headers = {"authorization": f"Zoho-oauthtoken {zoho.token}", "content-type": media_type}
    query = (("organization_id", zoho.org.organization_id),)
    answer = zoho.company.handle(Request("POST", "/books/v3/contacts", query, headers, body))
    assert isinstance(answer, Response)
    return answer


def test_a_body_may_come_as_the_field_jsonstring() -> None:
    zoho = a_caller()

    answer = raw(
        zoho, urlencode({"JSONString": '{"contact_name":"Ada & Co"}'}).encode(), "application/x-www-form-urlencoded"
    )

    assert answer.status == 201
    assert answer.json()["contact"]["contact_name"] == "Ada & Co"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"contact_name": NaN}'])
def test_a_malformed_body_is_refused_by_the_name_of_that_field(body: bytes) -> None:
    answer = raw(a_caller(), body, "application/json")

    assert (answer.status, answer.json()["message"]) == (400, "Invalid value passed for JSONString")


def test_ids_are_strings_of_19_digits() -> None:
    contact_id = a_caller().contact()

    assert len(contact_id) == 19
    assert contact_id.isdigit()


def test_very_long_decimals_are_refused() -> None:
    zoho = a_caller()
    body = {"customer_id": zoho.contact(), "line_items": [a_line(rate=1 / 3)]}

    assert zoho.refused("POST", "/invoices", body)[:2] == (400, 4)


def test_the_same_seed_and_requests_give_the_same_answers() -> None:
    def run() -> bytes:
        zoho = a_caller(seed=11)
        zoho.invoice(zoho.contact())
        return zoho.response("GET", "/invoices").body + zoho.token.encode()

    assert run() == run()
