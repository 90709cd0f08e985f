"""OAuth as values: what is asked, and that the body decides what an answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.zoho import reference
from tests.zoho.builders import NOW

from ml_connector.domain.trouble import Acts, Remedy
from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.zoho import errors, oauth, oauth_errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.oauth import App, Callback

APP = App("1000.CLIENT", "s3cret", "https://here.example/oauth/zoho/callback")
EU = "https://accounts.zoho.eu"


def _answer(body: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def _form(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))


def _granted(**changes: Any) -> dict[str, Any]:
    body = {"access_token": "1000.a", "api_domain": "https://www.zohoapis.eu", "token_type": "Bearer"}
    return {**body, "expires_in": 3600, **changes}


def test_the_person_is_asked_for_offline_access_and_consent_with_comma_separated_scopes():
    url = urlsplit(oauth.authorize_url(APP, EU, state="abc"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}

    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://accounts.zoho.eu/oauth/v2/auth"
    assert (query["access_type"], query["prompt"], query["response_type"]) == ("offline", "consent", "code")
    assert (query["state"], query["redirect_uri"]) == ("abc", APP.redirect_uri)
    assert query["scope"].split(",") == list(oauth.SCOPES)


def test_no_scope_is_wider_than_what_orders_need():
    assert not any("fullaccess" in scope for scope in oauth.SCOPES)
    assert "ZohoBooks.settings.ALL" not in oauth.SCOPES


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (["ZohoBooks.fullaccess.all"], ()),
        (["zohobooks.invoices.all", "ZohoBooks.settings.READ"], ()),
        (["ZohoBooks.settings.ALL", "ZohoBooks.invoices.ALL"], ()),
        (["ZohoBooks.settings.READ", *(f"ZohoBooks.invoices.{r}" for r in ("CREATE", "READ", "UPDATE", "DELETE"))], ()),
        (
            ["ZohoBooks.settings.CREATE", "ZohoBooks.invoices.READ"],
            ("ZohoBooks.settings.READ", "ZohoBooks.invoices.ALL"),
        ),
    ],
)
def test_a_token_that_may_too_little_says_what_is_missing(granted: list[str], missing: tuple[str, ...]):
    assert oauth.missing_scopes(granted, ("ZohoBooks.settings.READ", "ZohoBooks.invoices.ALL")) == missing


def test_the_code_is_exchanged_where_the_callback_says():
    query = {"state": "k3vYx0", "accounts-server": "https://accounts.zoho.in", "location": "in", "code": "1000.c"}

    callback = oauth.read_callback(query, expected_state="k3vYx0")

    assert (callback.code, callback.accounts) == ("1000.c", "https://accounts.zoho.in")
    assert callback.region is not None
    assert callback.region.code == "in"


def test_the_recorded_callbacks_are_read():
    recorded = reference.example("oauth-callback")

    assert oauth.read_callback(recorded["success"], expected_state="k3vYx0").accounts == "https://accounts.zoho.in"
    with pytest.raises(oauth_errors.ConsentRefused):
        oauth.read_callback(recorded["refused"], expected_state="k3vYx0")


@pytest.mark.parametrize("state", ["", "other", "k3vYx", "k3vYx0 "])
def test_a_callback_with_another_state_is_refused_before_anything_else(state: str):
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.read_callback({"state": state, "error": "access_denied"}, expected_state="k3vYx0")


def test_a_callback_to_a_start_that_nobody_made_is_refused():
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.read_callback({"state": "", "code": "x", "location": "eu"}, expected_state="")


@pytest.mark.parametrize(
    "query",
    [
        {"accounts-server": "https://accounts.zoho.eu.evil.example", "code": "x"},
        {"location": "mars", "code": "x"},
        {"location": "eu"},
        {"location": "eu", "code": ""},
    ],
)
def test_a_callback_that_names_a_stranger_or_no_code_is_refused(query: dict[str, str]):
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.read_callback({**query, "state": "s"}, expected_state="s")


def test_a_callback_that_names_only_the_location_is_enough():
    callback = oauth.read_callback({"state": "s", "code": "x", "location": "ca"}, expected_state="s")

    assert callback.accounts == "https://accounts.zohocloud.ca"


def test_a_configured_accounts_server_stands_for_every_region():
    query = {"state": "s", "code": "x", "accounts-server": "http://127.0.0.1:9", "location": "eu"}

    callback = oauth.read_callback(query, expected_state="s", accounts="http://127.0.0.1:9")

    assert callback.accounts == "http://127.0.0.1:9"
    assert callback.region is not None
    assert callback.region.code == "eu"


def test_an_unknown_location_beside_a_configured_server_is_not_a_region():
    query = {"state": "s", "code": "x", "location": "mars"}

    assert oauth.read_callback(query, expected_state="s", accounts="http://127.0.0.1:9").region is None


def test_secrets_travel_in_the_body_of_a_token_request():
    exchange = oauth.exchange_request(APP, Callback("1000.c", EU, None))
    refresh = oauth.refresh_request(APP, EU, "1000.r")

    assert exchange.url == refresh.url == "https://accounts.zoho.eu/oauth/v2/token"
    assert exchange.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert _form(exchange) == {
        "grant_type": "authorization_code",
        "client_id": "1000.CLIENT",
        "client_secret": "s3cret",
        "redirect_uri": APP.redirect_uri,
        "code": "1000.c",
    }
    assert _form(refresh) == {
        "grant_type": "refresh_token",
        "client_id": "1000.CLIENT",
        "client_secret": "s3cret",
        "refresh_token": "1000.r",
    }


def test_revoking_uses_the_documented_form():
    request = oauth.revoke_request(EU, "1000.r+x")

    assert (request.method, request.url) == ("POST", "https://accounts.zoho.eu/oauth/v2/token/revoke?token=1000.r%2Bx")


@pytest.mark.parametrize(
    ("response", "gone"),
    [
        (_answer({"status": "success"}), True),
        (_answer(b""), True),
        (_answer({"error": "invalid_token"}), True),
        (_answer({"error": "Access Denied"}), False),
        (_answer({"status": "failure"}, 500), False),
        (_answer(b"<html>", 502), False),
    ],
)
def test_a_token_that_was_gone_before_counts_as_revoked(response: HttpResponse, gone: bool):
    assert oauth.revoked(response) is gone


def test_an_exchange_brings_both_tokens():
    granted = oauth.read_exchange(_answer(reference.example("oauth-token")), now=NOW, region="in")

    assert granted.refresh_token.startswith("1000.aa11")
    assert granted.token.access.startswith("1000.0f1e")
    assert granted.token.api_domain == "https://www.zohoapis.in"
    assert granted.token.expires_at == NOW + timedelta(hours=1)
    assert granted.token.scopes[0] == "ZohoBooks.contacts.ALL"


def test_a_refresh_brings_an_access_token():
    token = oauth.read_refresh(_answer(reference.example("oauth-refresh")), now=NOW)

    assert (token.access[:9], token.api_domain) == ("1000.77aa", "https://www.zohoapis.in")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"expires_in": 3600}, 3600),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 3600000}, 3600),
        ({"expires_in": 3600000, "expires_in_sec": 3600}, 3600),
        ({"expires_in": 1800, "expires_in_sec": 900}, 900),
        ({"expires_in": 86400}, 3600),
        ({"expires_in": 0}, 3600),
        ({"expires_in": None}, 3600),
    ],
)
def test_a_token_s_life_is_read_in_seconds_whatever_the_unit(told: dict[str, Any], seconds: int):
    token = oauth.read_refresh(_answer(_granted(**told)), now=NOW)

    assert token.expires_at == NOW + timedelta(seconds=seconds)


def test_an_answer_without_a_life_is_taken_for_an_hour():
    body = _granted()
    del body["expires_in"]

    assert oauth.read_refresh(_answer(body), now=NOW).expires_at == NOW + timedelta(hours=1)


def test_a_moment_without_a_timezone_is_a_bug():
    with pytest.raises(ValueError, match="timezone"):
        oauth.read_refresh(_answer(_granted()), now=datetime(2026, 11, 20))  # noqa: DTZ001


EXCHANGE = [
    ("invalid_code", 200, oauth_errors.CodeRefused),
    ("invalid_grant", 400, oauth_errors.CodeRefused),
]
REFRESH = [
    ("invalid_code", 200, errors.ConnectionRevoked),
    ("invalid_code", 400, errors.ConnectionRevoked),
    ("invalid_grant", 200, errors.ConnectionRevoked),
    ("Access Denied", 400, oauth_errors.TokenThrottled),
    ("Access Denied", 200, oauth_errors.TokenThrottled),
    ("access_denied", 400, oauth_errors.TokenThrottled),
    ("invalid_client", 200, oauth_errors.ClientRefused),
    ("invalid_client_secret", 200, oauth_errors.ClientRefused),
    ("invalid_redirect_uri", 200, oauth_errors.ClientRefused),
    ("general_error", 200, oauth_errors.TokenAnswerUnreadable),
    ("", 500, oauth_errors.TokenAnswerUnreadable),
]


@pytest.mark.parametrize(("word", "status", "kind"), REFRESH)
def test_a_refused_refresh_is_told_by_its_body(word: str, status: int, kind: type[ZohoTrouble]):
    with pytest.raises(ZohoTrouble) as raised:
        oauth.read_refresh(_answer({"error": word}, status), now=NOW)

    assert type(raised.value) is kind


@pytest.mark.parametrize(("word", "status", "kind"), EXCHANGE)
def test_a_refused_code_means_to_start_again(word: str, status: int, kind: type[ZohoTrouble]):
    with pytest.raises(kind):
        oauth.read_exchange(_answer({"error": word}, status), now=NOW)


@pytest.mark.parametrize("index", range(5))
def test_every_recorded_refusal_of_a_token_is_understood(index: int):
    recorded = reference.example("oauth-errors")[index]

    with pytest.raises(ZohoTrouble) as raised:
        oauth.read_refresh(_answer(recorded["body"], recorded["http_status"]), now=NOW)

    assert type(raised.value) is not oauth_errors.TokenAnswerUnreadable


def test_a_throttled_connection_waits_and_a_dead_one_is_not_hammered():
    with pytest.raises(oauth_errors.TokenThrottled) as throttled:
        oauth.read_refresh(_answer({"error": "Access Denied"}, 400), now=NOW)
    with pytest.raises(errors.ConnectionRevoked) as revoked:
        oauth.read_refresh(_answer({"error": "invalid_code"}), now=NOW)

    assert (throttled.value.remedy, throttled.value.retry_after_s) == (Remedy.LATER, 600)
    assert (revoked.value.remedy, revoked.value.acts) == (Remedy.CONNECTION, Acts.OPERATOR)


def test_a_page_instead_of_a_token_is_tried_later():
    with pytest.raises(oauth_errors.TokenAnswerUnreadable) as raised:
        oauth.read_refresh(_answer(b"<html>", 502), now=NOW)

    assert raised.value.remedy is Remedy.LATER


def test_a_token_of_another_data_centre_is_named():
    with pytest.raises(oauth_errors.RegionDiffers, match="set to Europe, and its token belongs to India"):
        oauth.read_refresh(_answer(_granted(api_domain="https://www.zohoapis.in")), now=NOW, region="eu")


def test_an_api_host_that_is_not_zoho_s_never_gets_a_token():
    with pytest.raises(oauth_errors.RegionDiffers):
        oauth.read_refresh(_answer(_granted(api_domain="https://www.zohoapis.eu.evil.example")), now=NOW)


def test_an_answer_without_a_host_uses_the_region_s():
    token = oauth.read_refresh(_answer(_granted(api_domain="")), now=NOW, region="eu")

    assert token.api_domain == "https://www.zohoapis.eu"


def test_a_configured_endpoint_replaces_the_host():
    body = _granted(api_domain="https://www.zohoapis.com")

    token = oauth.read_refresh(_answer(body), now=NOW, region="eu", endpoint="http://127.0.0.1:9/")

    assert token.api_domain == "http://127.0.0.1:9"


def test_nothing_secret_is_shown_when_a_value_is_printed():
    granted = oauth.read_exchange(_answer(_granted(refresh_token="1000.r")), now=datetime.now(UTC), region="eu")

    shown = f"{APP} {granted} {Callback('1000.code', EU, None)}"

    assert not [secret for secret in ("s3cret", "1000.r", "1000.a", "1000.code") if secret in shown]
