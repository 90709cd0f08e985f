"""Nothing secret is written down."""

from __future__ import annotations

import pytest

from ml_connector.redaction import REMOVED, clean_text, is_secret_name, without_secrets

HEX = "0123456789abcdef0123456789abcdef"

SECRETS_IN_TEXT = [
    ("token shpat_0a1b2c3d was refused", "token [removed] was refused"),
    ("shprt_0a1b2c3d", "[removed]"),
    ("shpss_0a1b2c3d,shpca_1", "[removed],[removed]"),
    (f"got 1000.{HEX}.{HEX} today", "got [removed] today"),
    ("client 1000.ABCDEFGHIJKLMNOPQRST9", "client [removed]"),
    (f"Authorization: Zoho-oauthtoken 1000.{HEX}.{HEX}", "Authorization: Zoho-oauthtoken [removed]"),
    ("authorization: bearer abc.def-ghi", "authorization: bearer [removed]"),
    ("Basic dXNlcjpwYXNzd29yZA==", "Basic [removed]"),
    ("postgresql://shop:pass@db/x?y", "postgresql://[removed]@db/x?y"),
    ("GET /oauth/zoho/callback?code=1000.a&state=9", "GET /oauth/zoho/callback?code=[removed]&state=9"),
    ("grant_type=refresh_token&refresh_token=r1&client_secret=c1",
     "grant_type=refresh_token&refresh_token=[removed]&client_secret=[removed]"),
    ('{"access_token": "a1", "expires_in": 3600}', '{"access_token": "[removed]", "expires_in": 3600}'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cleaned"), SECRETS_IN_TEXT)
def test_what_looks_like_a_secret_is_removed_from_a_text(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(("text", "_cleaned"), SECRETS_IN_TEXT)
def test_cleaning_twice_changes_nothing_more(text: str, _cleaned: str) -> None:
    once = clean_text(text)

    assert clean_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "the total is 1000.00 EUR",
        "invoice:1001 was refused with code 57",
        "error_code=57",
        "https://books.example/invoices/4600000000012345",
        "write to accounts@shop.example",
        "gid://shopify/Order/450789469",
    ],
)
def test_what_a_person_needs_to_read_stays(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "X-Shopify-Access-Token", "X-Shopify-Hmac-Sha256", "X-Zoho-Webhook-Signature", "client_secret",
        "refresh_token", "password", "Cookie", "Set-Cookie", "secret_key", "token", "api_key",
    ],
)  # fmt: skip
def test_these_names_always_hold_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["key", "code", "tokens_left", "secretary", "client_id", "webhook_id", "state"])
def test_these_names_do_not(name: str) -> None:
    assert not is_secret_name(name)


def test_everything_inside_is_looked_at_and_the_original_is_left_alone() -> None:
    given = {
        "headers": [("authorization", "Bearer abc"), {"X-Shopify-Access-Token": "t"}],
        "body": {"refresh_token": "r", "expires_in": 3600, "scopes": ("a", "b")},
        "raw": b"shpat_abc",
        "secret": None,
    }

    cleaned = without_secrets(given)

    assert cleaned == {
        "headers": [["authorization", REMOVED], {"X-Shopify-Access-Token": REMOVED}],
        "body": {"refresh_token": REMOVED, "expires_in": 3600, "scopes": ["a", "b"]},
        "raw": REMOVED,
        "secret": None,
    }
    assert given["raw"] == b"shpat_abc"


def test_a_pair_named_for_a_secret_is_cleaned_by_its_name() -> None:
    cleaned = without_secrets([("x-shopify-access-token", "nothing tells what this is")])

    assert cleaned == [["x-shopify-access-token", REMOVED]]
