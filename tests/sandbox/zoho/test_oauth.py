"""Zoho Accounts: consent, tokens, data centres and their ceilings."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.sandbox.zoho.caller import CALLBACK, Caller, a_caller, form, token

from ml_connector.sandbox.http import Request, Response


def authorise(zoho: Caller, prefix: str = "", **more: str) -> Response:
    asked = {
        "response_type": "code",
        "client_id": zoho.client.client_id,
        "scope": "ZohoBooks.contacts.ALL,ZohoBooks.invoices.ALL",
        "redirect_uri": CALLBACK,
        "access_type": "offline",
        "prompt": "consent",
        "state": "k3vYx0",
        **more,
    }
    answer = zoho.company.handle(Request("GET", f"{prefix}/oauth/v2/auth", tuple(asked.items())))
    assert isinstance(answer, Response)
    return answer


def callback(answer: Response) -> dict[str, str]:
    assert answer.status == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(zoho: Caller, grant: str, prefix: str = "", **more: str) -> Response:
    fields = {
        "grant_type": "authorization_code",
        "client_id": zoho.client.client_id,
        "client_secret": zoho.client.secrets["us"],
        "redirect_uri": CALLBACK,
        "code": grant,
        **more,
    }
    return form(f"{prefix}/oauth/v2/token", fields, zoho.company)


def test_consent_comes_back_with_the_users_own_data_centre() -> None:
    zoho = a_caller("eu")

    back = callback(authorise(zoho, "/us"))

    assert back["location"] == "eu"
    assert back["accounts-server"] == "https://accounts.zoho.eu"
    assert back["state"] == "k3vYx0"


def test_the_order_of_the_callbacks_parameters_is_not_fixed() -> None:
    zoho = a_caller()

    orders = {tuple(callback(authorise(zoho))) for _ in range(8)}

    assert len(orders) > 1


def test_a_code_becomes_tokens_in_its_own_data_centre_without_a_prefix() -> None:
    zoho = a_caller("eu")
    code = callback(authorise(zoho))["code"]

    told = exchange(zoho, code).json()

    assert told["access_token"].startswith("1000.")
    assert told["refresh_token"].startswith("1000.")
    assert told["api_domain"] == "https://www.zohoapis.eu"
    assert told["scope"] == "ZohoBooks.contacts.ALL ZohoBooks.invoices.ALL"
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"client_id": "1000.NOBODY"}, "invalid_client"),
        ({"redirect_uri": "http://elsewhere.example/"}, "invalid_redirect_uri"),
        ({"code": "1000.x.y"}, "invalid_code"),
        ({"grant_type": "password"}, "general_error"),
    ],
)
def test_a_refused_token_call_is_a_200_with_an_error(spoil: dict[str, str], error: str) -> None:
    zoho = a_caller()
    code = callback(authorise(zoho))["code"]

    answer = exchange(zoho, code, **spoil)

    assert (answer.status, answer.json()) == (200, {"error": error})


def test_a_code_works_once() -> None:
    zoho = a_caller()
    code = callback(authorise(zoho))["code"]
    exchange(zoho, code)

    assert exchange(zoho, code).json() == {"error": "invalid_code"}


def test_a_code_is_good_for_a_minute_and_in_one_data_centre() -> None:
    zoho = a_caller("eu")
    late, foreign = callback(authorise(zoho))["code"], callback(authorise(zoho))["code"]

    assert exchange(zoho, foreign, "/us").json() == {"error": "invalid_code"}
    zoho.clock.forward(seconds=61)
    assert exchange(zoho, late).json() == {"error": "invalid_code"}


def test_a_user_who_refuses_comes_back_with_access_denied() -> None:
    zoho = a_caller()
    zoho.company.refuse_consent = True

    assert callback(authorise(zoho)) == {"error": "access_denied", "state": "k3vYx0"}


def test_without_offline_access_or_a_second_consent_there_is_no_refresh_token() -> None:
    zoho = a_caller()

    online = exchange(zoho, callback(authorise(zoho, access_type="online"))["code"]).json()
    again = exchange(zoho, callback(authorise(zoho, prompt=""))["code"]).json()

    assert "refresh_token" not in online
    assert "refresh_token" not in again


@pytest.mark.parametrize(
    "spoil",
    [
        {"redirect_uri": CALLBACK + "/"},
        {"scope": "ZohoBooks.contacts.ALL ZohoBooks.invoices.ALL"},
        {"response_type": ""},
    ],
)
def test_a_wrong_authorisation_is_a_page_and_not_a_redirect(spoil: dict[str, str]) -> None:
    assert authorise(a_caller(), **spoil).status == 400


def test_a_client_that_is_not_multi_dc_is_refused_elsewhere() -> None:
    zoho = a_caller("eu")
    zoho.client = zoho.company.client([CALLBACK], home="us", regions=["us"])

    assert callback(authorise(zoho))["error"] == "access_denied"
    zoho.refresh_token = "1000.a.b"
    fields = {"client_id": zoho.client.client_id, "client_secret": zoho.client.secrets["us"]}
    asked = {"grant_type": "refresh_token", "refresh_token": "1000.a.b", **fields}
    assert form("/eu/oauth/v2/token", asked, zoho.company).json() == {"error": "invalid_client"}


def test_a_refresh_answers_without_a_refresh_token_and_does_not_rotate_it() -> None:
    zoho = a_caller()

    first, second = token(zoho), token(zoho)

    assert "refresh_token" not in first
    assert first["access_token"] != second["access_token"]


def test_the_client_may_show_itself_with_basic_credentials() -> None:
    zoho = a_caller()
    pair = f"{zoho.client.client_id}:{zoho.client.secrets['uk']}"
    headers = {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    answer = form(
        "/oauth/v2/token", {"grant_type": "refresh_token", "refresh_token": zoho.refresh_token}, zoho.company, headers
    )

    assert "access_token" in answer.json()


def test_the_eleventh_access_token_in_ten_minutes_is_denied_with_400() -> None:
    zoho = a_caller()  # has taken one
    for _ in range(9):
        assert "access_token" in token(zoho)

    fields = {"client_id": zoho.client.client_id, "client_secret": zoho.client.secrets["uk"]}
    asked = {"grant_type": "refresh_token", "refresh_token": zoho.refresh_token, **fields}
    denied = form("/oauth/v2/token", asked, zoho.company)

    assert denied.status == 400
    assert denied.json()["error"] == "Access Denied"
    assert denied.json()["status"] == "failure"
    zoho.clock.forward(minutes=10)
    assert "access_token" in token(zoho)


def test_the_21st_refresh_token_kills_the_oldest_and_its_access_tokens() -> None:
    zoho = a_caller()
    for _ in range(20):
        zoho.company.connect(zoho.client)

    assert token(zoho) == {"error": "invalid_code"}
    assert zoho.response("GET", "/contacts").status == 401


def test_the_16th_living_access_token_kills_the_oldest() -> None:
    zoho = a_caller()
    oldest = zoho.token
    for _ in range(15):
        zoho.clock.forward(minutes=2)
        assert "access_token" in token(zoho)

    zoho.token = oldest
    assert zoho.response("GET", "/contacts").status == 401


def test_an_access_token_lives_for_an_hour() -> None:
    zoho = a_caller()

    zoho.clock.forward(seconds=3599)
    assert zoho.response("GET", "/contacts").status == 200
    zoho.clock.forward(seconds=1)
    assert zoho.response("GET", "/contacts").status == 401


@pytest.mark.parametrize("path", ["/oauth/v2/token/revoke", "/oauth/v2/revoke/token"])
def test_both_ways_to_revoke_end_the_connection(path: str) -> None:
    zoho = a_caller()
    fields = {
        "token": zoho.refresh_token,
        "client_id": zoho.client.client_id,
        "client_secret": zoho.client.secrets["uk"],
    }

    assert form(path, fields, zoho.company).json() == {"status": "success"}

    assert token(zoho) == {"error": "invalid_code"}
    assert zoho.response("GET", "/contacts").status == 401


def test_a_token_of_one_data_centre_is_a_plain_401_in_another() -> None:
    zoho = a_caller("eu")
    headers = {"authorization": f"Zoho-oauthtoken {zoho.token}"}

    here = zoho.company.handle(Request("GET", "/eu/books/v3/organizations", (), headers))
    there = zoho.company.handle(Request("GET", "/us/books/v3/organizations", (), headers))

    assert isinstance(here, Response)
    assert isinstance(there, Response)
    assert (here.status, there.status) == (200, 401)


def test_serverinfo_lists_the_regions_without_china() -> None:
    answer = a_caller().company.handle(Request("GET", "/oauth/serverinfo"))

    assert isinstance(answer, Response)
    assert answer.json()["locations"]["ca"] == "https://accounts.zohocloud.ca"
    assert "cn" not in answer.json()["locations"]


def test_the_api_domain_can_be_another() -> None:
    zoho = a_caller()
    zoho.company.api_domain = "http://127.0.0.1:9102"

    assert token(zoho)["api_domain"] == "http://127.0.0.1:9102"
