"""Signatures: what Shopify signed is accepted, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_connector.shopify import signature

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_signature_is_the_documented_one() -> None:
    expected = base64.b64encode(hmac.new(b"hush", b'{"id":1}', hashlib.sha256).digest()).decode()

    assert signature.sign_body(b'{"id":1}', "hush") == expected


@given(st.binary(), st.text(min_size=1))
def test_what_was_signed_is_accepted(body: bytes, secret: str) -> None:
    secret = secret.encode("utf-8", "ignore").decode() or "x"

    assert signature.signed(body, signature.sign_body(body, secret), [secret])


@given(st.binary(), st.binary(min_size=1))
def test_one_changed_byte_is_refused(body: bytes, more: bytes) -> None:
    assert not signature.signed(body + more, signature.sign_body(body, "hush"), ["hush"])


@given(st.text())
def test_no_header_whatever_raises(header: str) -> None:
    assert not signature.signed(b"body", header, ["hush"])


def test_the_old_secret_counts_while_a_new_one_is_being_introduced() -> None:
    header = signature.sign_body(b"body", "old")

    assert signature.signed(b"body", header, ["new", "old"])


def test_nobodys_secret_signs_nothing() -> None:
    assert not signature.signed(b"body", signature.sign_body(b"body", ""), ["", "hush"])
    assert not signature.signed(b"body", signature.sign_body(b"body", "hush"), [])


@pytest.mark.parametrize("shop", ["acme.myshopify.com", "Acme-2.myshopify.com", "0.myshopify.com"])
def test_addresses_of_shops(shop: str) -> None:
    assert signature.is_shop_domain(shop)


@pytest.mark.parametrize(
    "shop",
    [
        "",
        "acme",
        "acme.myshopify.com.evil.example",
        "acme.myshopify.com\n",
        "-acme.myshopify.com",
        "a_b.myshopify.com",
        "https://acme.myshopify.com",
        "acme.myshopify.com/admin",
        "acmé.myshopify.com",
        "evil.example?acme.myshopify.com",
        "acme.myshopifyxcom",
        "a" * 250 + ".myshopify.com",
    ],
)
def test_what_only_looks_like_a_shop(shop: str) -> None:
    assert not signature.is_shop_domain(shop)


def a_query(**more: str) -> dict[str, str]:
    query = {"code": "c0de", "shop": "acme.myshopify.com", "state": "n0nce", "timestamp": "1795435200"} | more
    return query | {"hmac": signature.sign_query(query, "hush")}


def test_the_query_signature_is_the_documented_one() -> None:
    message = b"code=c0de&shop=acme.myshopify.com&state=n0nce&timestamp=1795435200"

    assert a_query()["hmac"] == hmac.new(b"hush", message, hashlib.sha256).hexdigest()


def test_a_signed_query_is_accepted_with_either_secret() -> None:
    assert signature.query_signed(a_query(), ["new", "hush"])


@pytest.mark.parametrize("name", ["code", "shop", "state", "timestamp"])
def test_a_changed_parameter_is_refused(name: str) -> None:
    query = a_query()
    query[name] += "1"

    assert not signature.query_signed(query, ["hush"])


def test_an_added_parameter_is_refused() -> None:
    assert not signature.query_signed(a_query() | {"extra": "1"}, ["hush"])


@pytest.mark.parametrize("claimed", ["", "zz", "é", "0" * 64])
def test_a_made_up_signature_is_refused(claimed: str) -> None:
    assert not signature.query_signed(a_query() | {"hmac": claimed}, ["hush"])


def test_a_query_without_signature_is_refused() -> None:
    assert not signature.query_signed({"shop": "acme.myshopify.com"}, ["hush"])


def test_repeated_ids_are_signed_as_a_list() -> None:
    query = {"ids[]": ["1", "2"], "shop": "acme.myshopify.com"}
    expected = hmac.new(b"hush", b'ids=["1", "2"]&shop=acme.myshopify.com', hashlib.sha256).hexdigest()

    assert signature.sign_query(query, "hush") == expected
    assert signature.query_signed(query | {"hmac": expected}, ["hush"])


def test_the_old_parameter_signature_is_not_part_of_the_message() -> None:
    assert signature.query_signed(a_query() | {"signature": "anything"}, ["hush"])


@pytest.mark.parametrize(("offset_s", "fine"), [(0, True), (-599, True), (599, True), (-601, False), (601, False)])
def test_a_query_is_good_for_ten_minutes(offset_s: int, fine: bool) -> None:
    stamp = str(int((NOW + timedelta(seconds=offset_s)).timestamp()))

    assert signature.timely({"timestamp": stamp}, NOW) is fine


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1.5", "²", "9" * 40])
def test_a_timestamp_that_is_none_is_not_timely(stamp: str) -> None:
    assert not signature.timely({"timestamp": stamp}, NOW)
    assert not signature.timely({}, NOW)


def test_a_clock_without_zone_is_our_bug() -> None:
    with pytest.raises(ValueError, match="timezone"):
        signature.timely({}, datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "message",
    [
        "host=YWRtaW4+/w==&name=a b&shop=acme.myshopify.com",
        "host=YWRtaW4%2B%2Fw%3D%3D&name=a%20b&shop=acme.myshopify.com",
    ],
    ids=["the page", "the library for Node"],
)
def test_a_query_may_be_written_in_the_ways_of_shopifys_page_and_libraries(message: str) -> None:
    made = hmac.new(b"hush", message.encode(), hashlib.sha256).hexdigest()
    query = {"shop": "acme.myshopify.com", "host": "YWRtaW4+/w==", "name": "a b", "hmac": made}

    assert signature.query_signed(query, ["hush"])
    assert not signature.query_signed({**query, "name": "a c"}, ["hush"])


def test_a_query_may_be_written_in_the_way_of_the_library_for_python() -> None:
    made = hmac.new(b"hush", b"name=50 %25 %26 more&shop=acme.myshopify.com", hashlib.sha256).hexdigest()

    assert signature.query_signed({"shop": "acme.myshopify.com", "name": "50 % & more", "hmac": made}, ["hush"])
