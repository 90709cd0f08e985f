"""Zoho's webhooks: who signed, and what it is about."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.zoho import reference

from ml_connector.zoho import webhooks

JSON = "application/json;charset=UTF-8"
FORM = "application/x-www-form-urlencoded"
SECRET = "s3cretAlnum1234567890"


@pytest.mark.parametrize("index", range(4))
def test_every_vector_of_the_reference_is_signed_the_same(index: int):
    vector = reference.example("webhook-signature-vectors")[index]
    media, body = (FORM, urlencode(vector["form"])) if vector["form"] else (JSON, vector["raw_body"])
    query = list(vector["query"].items())

    assert webhooks.signed_text(query, media, body.encode()).decode() == vector["string_to_sign"]
    assert webhooks.sign(vector["secret"], query, media, body.encode()) == vector["signature_hex"]


def test_a_signature_counts_in_any_letter_case_and_under_any_of_the_secrets():
    signature = webhooks.sign(SECRET, [], JSON, b"{}").upper()

    assert webhooks.is_signed(f" {signature} ", ["other", SECRET], [], JSON, b"{}")


@pytest.mark.parametrize(
    ("signature", "secrets", "body"),
    [
        ("", [SECRET], b"{}"),
        ("é", [SECRET], b"{}"),
        (webhooks.sign(SECRET, [], JSON, b"{}"), [], b"{}"),
        (webhooks.sign("", [], JSON, b"{}"), [""], b"{}"),
        (webhooks.sign(SECRET, [], JSON, b"{}"), ["other"], b"{}"),
        (webhooks.sign(SECRET, [], JSON, b"{}"), [SECRET], b"{ }"),
    ],
)
def test_anything_else_is_not_signed(signature: str, secrets: list[str], body: bytes):
    assert not webhooks.is_signed(signature, secrets, [], JSON, body)


def test_a_change_of_the_address_breaks_the_signature():
    signature = webhooks.sign(SECRET, [("event_type", "delete")], JSON, b"{}")

    assert not webhooks.is_signed(signature, [SECRET], [("event_type", "edit")], JSON, b"{}")


def test_a_body_that_is_no_text_is_still_signed():
    body = b"\xff\xfe{}"

    assert webhooks.is_signed(webhooks.sign(SECRET, [], JSON, body), [SECRET], [], JSON, body)


@pytest.mark.parametrize(
    ("body", "entity", "zoho_id"),
    [
        ({"invoice": {"invoice_id": "1", "customer_id": "2"}}, "invoice", "1"),
        ({"contact": {"contact_id": "2"}}, "contact", "2"),
        ({"customer": {"contact_id": "2", "customer_id": "9"}}, "contact", "2"),
        ({"customer": {"customer_id": "9"}}, "contact", "9"),
        ({"customer_payment": {"payment_id": "3"}}, "customer_payment", "3"),
        ({"payment": {"payment_id": "3"}}, "customer_payment", "3"),
        ({"creditnote": {"creditnote_id": "4"}}, "creditnote", "4"),
        ({"item": {"item_id": "5"}}, "item", "5"),
        ({"invoice": {"invoice_id": "1"}, "contact": {"contact_id": "2"}}, "invoice", "1"),
        ({"invoice_id": "1", "customer_id": "2"}, "invoice", "1"),
        ({"estimate": {"estimate_id": "7"}}, "", ""),
    ],
)
def test_a_delivery_says_what_it_is_about_in_both_kinds_of_body(body: dict[str, Any], entity: str, zoho_id: str):
    raw = json.dumps(body)
    as_json = webhooks.read({}, JSON, raw.encode())
    as_form = webhooks.read({}, FORM, urlencode({"JSONString": raw}).encode())

    assert as_json == as_form
    assert as_json is not None
    assert (as_json.entity, as_json.id) == (entity, zoho_id)


def test_the_recorded_deliveries_are_read():
    changed = webhooks.read({}, JSON, reference.example_bytes("webhook-invoice"))
    deleted = webhooks.read({"event_type": "delete"}, JSON, reference.example_bytes("webhook-delete"))

    assert changed is not None
    assert deleted is not None
    assert (changed.entity, changed.id, changed.last_modified[:10]) == ("invoice", "3917264000000205003", "2026-11-20")
    assert deleted.identity == "invoice:3917264000000205003:delete:"


def test_repeats_are_one_and_a_later_change_is_another():
    first = webhooks.Delivery("invoice", "1", "2026-11-20T18:02:31+0530")

    assert first.identity == webhooks.Delivery("invoice", "1", "2026-11-20T18:02:31+0530").identity
    assert first.identity != webhooks.Delivery("invoice", "1", "2026-11-20T18:02:32+0530").identity


@pytest.mark.parametrize(("media", "body"), [(JSON, b"not json"), (FORM, b"a=b"), (FORM, b"JSONString=%5B%5D")])
def test_a_body_that_is_no_object_is_about_nothing(media: str, body: bytes):
    assert webhooks.read({}, media, body) is None
