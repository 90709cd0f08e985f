"""Deliveries: headers in any spelling, and whom a body is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shopify import reference

from ml_connector.shopify import delivery
from ml_connector.shopify.delivery import Kind, Knock

ALL = {
    "X-Shopify-Topic": "orders/create",
    "X-Shopify-Hmac-Sha256": "c2ln",
    "X-Shopify-Shop-Domain": "acme.myshopify.com",
    "X-Shopify-Webhook-Id": "w-1",
    "X-Shopify-Event-Id": "e-1",
    "X-Shopify-API-Version": "2026-04",
    "X-Shopify-Triggered-At": "2026-03-30T14:30:00.123456789Z",
    "X-Shopify-Name": "ours",
}


def knock(topic: str, body: Any) -> Knock:
    return delivery.knock(topic, json.dumps(body).encode())


def test_all_headers_are_read() -> None:
    found = delivery.headers(ALL)

    assert found == delivery.Headers(
        topic="orders/create",
        hmac="c2ln",
        shop="acme.myshopify.com",
        webhook_id="w-1",
        event_id="e-1",
        api_version="2026-04",
        triggered_at=datetime(2026, 3, 30, 14, 30, 0, 123456, tzinfo=UTC),
        name="ours",
    )


@given(st.randoms(use_true_random=False), st.booleans())
def test_case_and_the_leading_x_do_not_matter(random: Any, with_x: bool) -> None:
    def spell(name: str) -> str:
        name = name if with_x else name.removeprefix("X-")
        return "".join(random.choice((letter.lower(), letter.upper())) for letter in name)

    assert delivery.headers([(spell(name), value) for name, value in ALL.items()]) == delivery.headers(ALL)


@pytest.mark.parametrize("name", ["topic", "hmac-sha256", "shop-domain", "webhook-id"])
def test_a_required_header_that_is_missing_or_empty_is_named(name: str) -> None:
    without = {key: value for key, value in ALL.items() if key.lower() != f"x-shopify-{name}"}
    emptied = {key: " " if key.lower() == f"x-shopify-{name}" else value for key, value in ALL.items()}

    for given_headers in (without, emptied):
        with pytest.raises(delivery.HeadersMissing) as caught:
            delivery.headers(given_headers)
        assert caught.value.names == (name,)


def test_the_rest_may_be_absent() -> None:
    found = delivery.headers(list(ALL.items())[:4])

    assert found.event_id == ""
    assert found.triggered_at is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-30T14:30:00.000000000Z", datetime(2026, 3, 30, 14, 30, tzinfo=UTC)),
        ("2026-03-30T14:30:00Z", datetime(2026, 3, 30, 14, 30, tzinfo=UTC)),
        ("2026-03-30T10:30:00-04:00", datetime(2026, 3, 30, 14, 30, tzinfo=UTC)),
        ("2026-03-30T14:30:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_moments_up_to_nanoseconds(text: str, expected: datetime | None) -> None:
    assert delivery.moment(text) == expected


ORDER_42 = Knock(Kind.ORDER, "gid://shopify/Order/42")


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/create", {"id": 42, "admin_graphql_api_id": "gid://shopify/Order/42"}),
        ("orders/updated", {"id": 42}),
        ("orders/delete", {"id": 42}),
        ("orders/paid", {"id": "42"}),
        ("orders/edited", {"order_edit": {"id": 7, "order_id": 42}}),
        ("orders/risk_assessment_changed", {"order_id": 42, "admin_graphql_api_order_id": "gid://shopify/Order/42"}),
        ("refunds/create", {"id": 7, "order_id": 42, "admin_graphql_api_id": "gid://shopify/Refund/7"}),
        ("order_transactions/create", {"id": 7, "order_id": 42}),
        ("tender_transactions/create", {"id": 7, "order_id": 42}),
        ("fulfillments/create", {"id": 7, "order_id": 42}),
        ("returns/close", {"id": 7, "order_id": 42}),
        ("returns/approve", {"id": 7, "order": {"id": 42, "admin_graphql_api_id": "gid://shopify/Order/42"}}),
        ("disputes/create", {"id": 7, "order_id": 42}),
    ],
)
def test_every_topic_about_an_order_knocks_for_it(topic: str, body: Any) -> None:
    assert knock(topic, body) == ORDER_42


def test_ids_beyond_what_a_float_can_hold_stay_whole() -> None:
    assert knock("orders/create", {"id": 9007199254740993}).id == "gid://shopify/Order/9007199254740993"
    assert knock("orders/create", {"id": 2**63 - 1}).id == f"gid://shopify/Order/{2**63 - 1}"


@pytest.mark.parametrize("wrong", [0, -1, 2**63, 1.5, True, None, "", "4 2", "gid://shopify/Customer/1", [], {}, "²"])
def test_what_is_no_id_is_not_taken_for_one(wrong: Any) -> None:
    found = knock("orders/create", {"id": wrong})

    assert found.kind is Kind.NONE
    assert "does not say which order" in found.verdict


@pytest.mark.parametrize("topic", ["customers/create", "customers/update", "customers/delete"])
def test_every_topic_about_a_customer_knocks_for_it(topic: str) -> None:
    assert knock(topic, {"id": 9}) == Knock(Kind.CUSTOMER, "gid://shopify/Customer/9")


def test_a_merge_names_who_stays_and_who_goes() -> None:
    body = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        "status": "completed",
    }

    assert knock("customers/merge", body) == Knock(
        Kind.CUSTOMER_MERGE, "gid://shopify/Customer/1", "gid://shopify/Customer/2"
    )


def test_a_merge_that_failed_changes_nothing() -> None:
    body = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        "status": "failed",
    }

    assert knock("customers/merge", body).kind is Kind.NONE


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("app/uninstalled", Kind.UNINSTALLED),
        ("app/scopes_update", Kind.SCOPES),
        ("shop/update", Kind.SHOP),
        ("shop/redact", Kind.SHOP_REDACT),
    ],
)
def test_instructions_need_no_body(topic: str, kind: Kind) -> None:
    assert delivery.knock(topic, b"not even JSON") == Knock(kind)


def test_a_compliance_request_names_customer_and_orders() -> None:
    body = {"customer": {"id": 1}, "orders_to_redact": [2, "3", None, "x"]}

    assert knock("customers/redact", body) == Knock(
        Kind.CUSTOMER_REDACT, "gid://shopify/Customer/1", orders=("gid://shopify/Order/2", "gid://shopify/Order/3")
    )


def test_a_compliance_request_without_customer_stays_a_request() -> None:
    found = knock("customers/data_request", {"orders_requested": "all"})

    assert found.kind is Kind.DATA_REQUEST
    assert found.verdict


def test_a_compliance_request_that_cannot_be_read_stays_a_request() -> None:
    found = delivery.knock("customers/redact", b"<xml/>")

    assert found.kind is Kind.CUSTOMER_REDACT
    assert found.verdict


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"[1]", b"7", b"null", b"\xff\xfe", b'{"id":', b"[" * 100_000])
def test_a_body_that_is_no_object_gets_a_verdict(body: bytes) -> None:
    found = delivery.knock("orders/create", body)

    assert found.kind is Kind.NONE
    assert "not readable" in found.verdict


def test_an_unknown_topic_is_kept_with_a_verdict() -> None:
    assert knock("products/create", {"id": 1}) == Knock(
        Kind.NONE, verdict="Messages about products/create are kept, but nothing depends on them."
    )


@given(st.sampled_from(["orders/create", "returns/update", "customers/merge", "customers/redact", "x"]), st.binary())
def test_no_body_whatever_raises(topic: str, body: bytes) -> None:
    delivery.knock(topic, body)


@given(
    st.sampled_from(
        ["orders/edited", "refunds/create", "customers/merge", "customers/data_request", "customers/update"]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["id", "order_id", "order", "customer", "order_edit"]), inner),
    ),
)
def test_no_shape_of_a_body_raises(topic: str, body: Any) -> None:
    knock(topic, body)


OFFICIAL = {
    "orders__create": "gid://shopify/Order/820982911946154500",
    "orders__edited": "gid://shopify/Order/820982911946154500",
    "orders__delete": "gid://shopify/Order/820982911946154500",
    "refunds__create": "gid://shopify/Order/820982911946154500",
    "order_transactions__create": "gid://shopify/Order/820982911946154500",
    "tender_transactions__create": "gid://shopify/Order/820982911946154500",
    "fulfillments__create": "gid://shopify/Order/820982911946154500",
    "disputes__create": "gid://shopify/Order/820982911946154500",
    "returns__approve": "gid://shopify/Order/4783296544821",
    "returns__close": "gid://shopify/Order/4783296544821",
    "customers__create": "gid://shopify/Customer/706405506930370084",
    "customers__delete": "gid://shopify/Customer/706405506930370084",
    "customers__purchasing_summary": "gid://shopify/Customer/1",
    "customers__redact": "gid://shopify/Customer/191167",
}


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_shopifys_own_samples_are_understood(name: str) -> None:
    body = reference.path("payloads", "official-2026-04", f"{name}.json").read_bytes()

    found = delivery.knock(name.replace("__", "/"), body)

    # JavaScript had rounded some ids of the samples; the first fifteen digits are Shopify's
    assert found.id[:35] == OFFICIAL[name][:35]


def test_every_official_sample_gets_an_answer() -> None:
    for file in sorted(reference.path("payloads", "official-2026-04").glob("*.json")):
        found = delivery.knock(file.stem.replace("__", "/"), file.read_bytes())
        assert found.id or found.kind is not Kind.ORDER, file.name
