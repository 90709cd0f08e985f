"""How a shop gives us access."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from tests.shopify.builders import SHOP, Clock, raw

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.shopify import errors, oauth, oauth_errors, signature
from ml_connector.shopify.exchange import Exchange
from ml_connector.shopify.oauth import App, Grant
from ml_connector.shopify.token_wire import TokenWire, cleaned_answer, cleaned_form
from ml_connector.shopify.tokens import ShopifyToken, idle_too_long, needs_refresh, refresh_is_dead
from ml_connector.shopify.wire import Time

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
APP = App("client-1", "hush")


def a_callback(secret: str = "hush", **more: str) -> dict[str, str]:
    stamp = str(int(NOW.timestamp()))
    query = {"code": "c0de", "shop": SHOP, "state": "n0nce", "timestamp": stamp, "host": "aG9zdA"} | more
    return query | {"hmac": signature.sign_query(query, secret)}


def test_the_merchant_is_sent_to_her_own_shop() -> None:
    url = oauth.authorize_url(
        APP, SHOP, redirect_uri="https://books.example/cb", state="n0nce", wanted=["write_customers", "read_orders"]
    )

    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", SHOP, "/admin/oauth/authorize")
    assert parse_qs(parts.query) == {
        "client_id": ["client-1"],
        "scope": ["read_orders,write_customers"],
        "redirect_uri": ["https://books.example/cb"],
        "state": ["n0nce"],
    }


def test_an_installation_that_shopify_manages_is_asked_without_scopes() -> None:
    assert "scope" not in oauth.authorize_url(APP, SHOP, redirect_uri="https://b.example", state="s")


def test_nobody_is_sent_to_what_is_no_shop() -> None:
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.authorize_url(APP, "evil.example", redirect_uri="https://b.example", state="s")


def test_our_secret_goes_to_shops_only() -> None:
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.token_request(APP, "evil.example/acme.myshopify.com", Grant.CODE, "c0de")


def test_a_good_callback_gives_shop_and_code() -> None:
    found = oauth.check_callback(a_callback(), ["hush"], state="n0nce", now=NOW)

    assert found == oauth.Callback(SHOP, "c0de")


def test_the_old_secret_of_the_app_still_counts() -> None:
    assert oauth.check_callback(a_callback("old"), ["new", "old"], state="n0nce", now=NOW).shop == SHOP


@pytest.mark.parametrize(
    ("query", "state", "reason"),
    [
        (a_callback(), None, "state"),
        (a_callback(), "other", "state"),
        (a_callback(state=""), "", "state"),
        (a_callback() | {"code": "other"}, "n0nce", "hmac"),
        (a_callback("wrong"), "n0nce", "hmac"),
        (a_callback(timestamp="1"), "n0nce", "timestamp"),
        (a_callback(shop="evil.example"), "n0nce", "shop"),
        (a_callback(shop="acme.myshopify.com.evil.example"), "n0nce", "shop"),
        (a_callback(code=""), "n0nce", "parameters"),
        ({"error": "access_denied"}, "n0nce", "declined"),
        ({}, "n0nce", "state"),
    ],
)
def test_a_bad_callback_is_refused_for_its_reason(query: dict[str, str], state: str | None, reason: str) -> None:
    with pytest.raises(oauth_errors.CallbackRefused) as caught:
        oauth.check_callback(query, ["hush"], state=state, now=NOW)

    assert caught.value.reason == reason
    assert caught.value.fix


def test_an_operator_may_start_with_the_shop_alone() -> None:
    assert oauth.check_start({"shop": SHOP.upper().replace("MYSHOPIFY.COM", "myshopify.com")}, ["hush"], NOW) == SHOP


def test_a_start_from_shopify_must_be_signed_well() -> None:
    assert oauth.check_start(a_callback(), ["hush"], NOW) == SHOP
    with pytest.raises(oauth_errors.CallbackRefused):
        oauth.check_start(a_callback("wrong"), ["hush"], NOW)


@pytest.mark.parametrize(
    ("grant", "credential", "expected"),
    [
        (Grant.CODE, "c0de", {"code": "c0de", "expiring": "1"}),
        (Grant.REFRESH, "r1", {"grant_type": "refresh_token", "refresh_token": "r1"}),
        (Grant.CLIENT_CREDENTIALS, "", {"grant_type": "client_credentials"}),
        (
            Grant.MIGRATION,
            "shpat_old",
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token": "shpat_old",
                "subject_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
                "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
                "expiring": "1",
            },
        ),
    ],
)
def test_what_a_token_is_asked_with(grant: Grant, credential: str, expected: dict[str, str]) -> None:
    request = oauth.token_request(APP, SHOP, grant, credential)

    assert request.url == f"https://{SHOP}/admin/oauth/access_token"
    assert dict(parse_qsl(request.body.decode())) == {"client_id": "client-1", "client_secret": "hush"} | expected


def a_token_answer(**more: Any) -> HttpResponse:
    body = {
        "access_token": "shpat_new",
        "scope": "read_orders,write_customers",
        "expires_in": 3600,
        "refresh_token": "shprt_new",
        "refresh_token_expires_in": 7776000,
    } | more
    return raw(json.dumps({name: value for name, value in body.items() if value is not None}))


def test_an_expiring_token_is_understood() -> None:
    token = oauth.token_answer(a_token_answer(), Grant.CODE, received_at=NOW)

    assert token == ShopifyToken(
        access="shpat_new",
        scopes=frozenset({"read_orders", "write_customers"}),
        expires_at=NOW + timedelta(hours=1),
        refresh="shprt_new",
        refresh_expires_at=NOW + timedelta(days=90),
    )


def test_a_token_that_does_not_expire_is_understood() -> None:
    answer = a_token_answer(expires_in=None, refresh_token=None, refresh_token_expires_in=None)

    token = oauth.token_answer(answer, Grant.CODE, received_at=NOW)

    assert (token.expires_at, token.refresh, token.refresh_expires_at) == (None, None, None)


def test_a_refresh_that_brings_no_new_refresh_token_keeps_the_old_one() -> None:
    token = oauth.token_answer(a_token_answer(refresh_token=None), Grant.REFRESH, received_at=NOW, refresh="r0")

    assert token.refresh == "r0"


@pytest.mark.parametrize(
    ("status", "body", "grant", "error"),
    [
        (400, '{"error":"invalid_request","error_description":"code was already used"}', Grant.CODE,
         oauth_errors.CodeRefused),
        (400, "<html>Oauth error invalid_request</html>", Grant.CODE, oauth_errors.CodeRefused),
        (400, '{"error":"invalid_grant"}', Grant.REFRESH, oauth_errors.RefreshDead),
        (401, "", Grant.REFRESH, oauth_errors.RefreshDead),
        (400, '{"error":"shop_not_permitted"}', Grant.CLIENT_CREDENTIALS, oauth_errors.GrantRefused),
        (400, '{"error":"invalid_subject_token"}', Grant.MIGRATION, oauth_errors.GrantRefused),
        (401, '{"error":"invalid_client"}', Grant.CODE, oauth_errors.AppRefused),
        (400, '{"error":"application_cannot_be_found"}', Grant.REFRESH, oauth_errors.AppRefused),
        (404, "", Grant.CODE, errors.ShopUnknown),
        (402, "", Grant.REFRESH, errors.ShopFrozen),
        (423, "", Grant.REFRESH, errors.ShopLocked),
        (429, "", Grant.REFRESH, errors.Throttled),
        (503, "", Grant.REFRESH, oauth_errors.RefreshInDoubt),
        (503, "", Grant.CODE, errors.ServerFault),
        (200, "{}", Grant.CODE, errors.NotUnderstood),
        (200, "<html>", Grant.CODE, errors.NotUnderstood),
    ],
)  # fmt: skip
def test_what_a_refusal_means(status: int, body: str, grant: Grant, error: type[Exception]) -> None:
    with pytest.raises(errors.ShopifyError) as caught:
        oauth.token_answer(raw(body, status), grant, received_at=NOW)

    assert type(caught.value) is error


def test_shopifys_words_are_passed_on() -> None:
    body = '{"error":"invalid_request","error_description":"The code was already used."}'

    with pytest.raises(oauth_errors.CodeRefused, match=r"\(The code was already used\)\."):
        oauth.token_answer(raw(body, 400), Grant.CODE, received_at=NOW)


@pytest.mark.parametrize(("left_s", "expected"), [(301, False), (300, True), (0, True), (-1, True)])
def test_a_token_is_renewed_before_it_expires(left_s: int, expected: bool) -> None:
    token = ShopifyToken("a", expires_at=NOW + timedelta(seconds=left_s))

    assert needs_refresh(token, NOW) is expected


def test_a_token_without_end_is_never_renewed() -> None:
    assert not needs_refresh(ShopifyToken("a"), NOW)


def test_a_refresh_token_dies_of_age() -> None:
    token = ShopifyToken("a", refresh="r", refresh_expires_at=NOW)

    assert refresh_is_dead(token, NOW)
    assert not refresh_is_dead(token, NOW - timedelta(seconds=1))
    assert refresh_is_dead(ShopifyToken("a"), NOW)
    assert not refresh_is_dead(ShopifyToken("a", refresh="r"), NOW)


def test_a_shop_that_nobody_asks_is_refreshed_each_month() -> None:
    token = ShopifyToken("a", refresh="r", refresh_expires_at=NOW + timedelta(days=90))

    assert not idle_too_long(token, NOW + timedelta(days=29))
    assert idle_too_long(token, NOW + timedelta(days=30))
    assert not idle_too_long(ShopifyToken("a"), NOW)


@pytest.mark.parametrize("question", [needs_refresh, refresh_is_dead, idle_too_long])
def test_a_clock_without_zone_is_our_bug(question: Any) -> None:
    with pytest.raises(ValueError, match="timezone"):
        question(ShopifyToken("a"), datetime(2026, 1, 1))  # noqa: DTZ001


def test_printing_shows_no_secret() -> None:
    shown = f"{APP} {ShopifyToken('shpat_x', refresh='shprt_y')} {oauth.Callback(SHOP, 'c0de')}"

    assert not any(secret in shown for secret in ("hush", "shpat_x", "shprt_y", "c0de"))


class Scripted:
    """A `Send` that gives what it was told to, in turn."""

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_wire(*answers: HttpResponse | Exception, record: Any = lambda _: None) -> tuple[TokenWire, Scripted]:
    clock, send = Clock(), Scripted(*answers)
    return TokenWire(send, APP, record=record, time=Time(clock.now, clock.monotonic, clock.sleep)), send


OLD = ShopifyToken("shpat_old", refresh="shprt_old")


async def test_a_lost_refresh_is_repeated_at_once_with_the_same_token() -> None:
    wire, send = a_wire(AnswerLost("reset"), raw("", 502), a_token_answer())

    token = await wire.refresh(SHOP, OLD)

    assert token.refresh == "shprt_new"
    assert len({request.body for request in send.requests}) == 1
    assert len(send.requests) == 3


async def test_a_refresh_that_stays_unanswered_is_in_doubt() -> None:
    wire, _ = a_wire(*[AnswerLost("reset")] * 3)

    with pytest.raises(oauth_errors.RefreshInDoubt):
        await wire.refresh(SHOP, OLD)


async def test_a_dead_refresh_token_is_not_tried_twice() -> None:
    wire, send = a_wire(raw('{"error":"invalid_grant"}', 400))

    with pytest.raises(oauth_errors.RefreshDead):
        await wire.refresh(SHOP, OLD)

    assert len(send.requests) == 1


async def test_what_cannot_be_refreshed_is_not_sent() -> None:
    wire, send = a_wire()

    with pytest.raises(oauth_errors.RefreshDead):
        await wire.refresh(SHOP, ShopifyToken("shpat_static"))

    assert send.requests == []


@pytest.mark.parametrize(
    ("failure", "error"), [(NotSent("no route"), errors.Unreachable), (AnswerLost("reset"), errors.NoAnswer)]
)
async def test_network_trouble_is_translated_and_keeps_its_cause(failure: Exception, error: type[Exception]) -> None:
    wire, _ = a_wire(failure)

    with pytest.raises(error) as caught:
        await wire.exchange_code(SHOP, "c0de")

    assert caught.value.__cause__ is failure


async def test_every_grant_gives_a_token() -> None:
    wire, send = a_wire(a_token_answer(), a_token_answer(), a_token_answer())

    await wire.exchange_code(SHOP, "c0de")
    await wire.client_credentials(SHOP)
    await wire.migrate(SHOP, "shpat_old")

    assert [b"code=c0de" in send.requests[0].body, b"client_credentials" in send.requests[1].body] == [True, True]
    assert b"subject_token=shpat_old" in send.requests[2].body


async def test_the_record_holds_no_secret() -> None:
    seen: list[Exchange] = []
    wire, _ = a_wire(a_token_answer(), record=seen.append)

    await wire.refresh(SHOP, OLD)

    text = (seen[0].request + seen[0].answer).decode()
    assert not any(secret in text for secret in ("hush", "shprt_old", "shprt_new", "shpat_new"))
    assert "client-1" in text
    assert "read_orders" in text


def test_cleaning_keeps_what_is_no_secret() -> None:
    assert (
        cleaned_form(b"client_id=a&client_secret=b&expiring=1") == b"client_id=a&client_secret=%5Bsecret%5D&expiring=1"
    )
    assert json.loads(cleaned_answer(b'{"access_token":"x","scope":"s"}')) == {"access_token": "[secret]", "scope": "s"}


def test_what_cannot_be_cleaned_is_not_kept() -> None:
    assert cleaned_answer(b"<p>shpat_x</p>") == b"[14 bytes that are no JSON object]"
