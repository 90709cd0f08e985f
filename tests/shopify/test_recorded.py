"""Exchanges recorded from a real store: every one is understood, and each refusal becomes the error it should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from tests.shopify import reference

from ml_connector.net import HttpResponse
from ml_connector.shopify import errors, graphql, judging

BUG_CODES = {
    "INVALID_VARIABLE", "argumentLiteralsIncompatible", "BAD_REQUEST", "NOT_FOUND", "missingRequiredArguments",
    "argumentNotAccepted", "INVALID", "RESOURCE_NOT_FOUND", "undefinedField", "variableNotUsed", "undefinedDirective",
    "CURRENCY_CODE_INVALID", "missingRequiredInputObjectAttribute", "INVALID_FIELD_ARGUMENTS",
}  # fmt: skip


def bodies(value: Any) -> Iterator[dict[str, Any]]:
    """Every answer body inside a recording, however deep."""
    if isinstance(value, dict):
        extensions = value.get("extensions")
        if ("data" in value or "errors" in value) and (extensions is None or "cost" in extensions):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from bodies(part)


@cache
def recorded() -> tuple[tuple[str, dict[str, Any]], ...]:
    folder = reference.path("payloads", "graphql-recorded")
    files = sorted(folder.rglob("*.json"))
    return tuple((file.name, body) for file in files for body in bodies(json.loads(file.read_text())))


def understood(body: dict[str, Any]) -> graphql.Answer:
    return graphql.understand(HttpResponse(200, {}, json.dumps(body).encode()))


def codes(body: dict[str, Any]) -> set[str]:
    return {(entry.get("extensions") or {}).get("code", "") for entry in body.get("errors") or []}


def test_there_are_recordings_enough_to_mean_something() -> None:
    assert len(recorded()) > 500


def test_every_clean_answer_is_usable() -> None:
    clean = [body for _, body in recorded() if not body.get("errors") and isinstance(body.get("data"), dict)]
    clean = [body for body in clean if "warnings" not in json.dumps(body.get("extensions", {}))]

    assert len(clean) > 500
    assert all(understood(body).data is not None for body in clean)


def test_a_search_that_was_not_understood_is_never_an_answer() -> None:
    ignored = [body for _, body in recorded() if "warnings" in json.dumps(body.get("extensions", {}))]

    assert ignored
    for body in ignored:
        with pytest.raises(errors.FilterIgnored, match=r"ignored a part of our search: \w+: "):
            understood(body)


def test_every_refusal_becomes_the_error_it_should() -> None:
    seen: set[type[errors.ShopifyError]] = set()
    for name, body in recorded():
        if not codes(body) & BUG_CODES:
            continue
        with pytest.raises(errors.QueryRefused):
            understood(body)
        seen.add(errors.QueryRefused)
        assert codes(body) <= BUG_CODES, name
    assert seen


def test_a_denied_field_at_the_top_is_a_missing_scope() -> None:
    body = reference.payload("graphql-recorded", "2025-01", "payments", "shopify-payments-account-access-denied.json")

    with pytest.raises(errors.ScopeMissing) as caught:
        understood({name: body[name] for name in ("data", "errors", "extensions")})

    assert "read_shopify_payments" in caught.value.required
    assert caught.value.path == "shopifyPaymentsAccount"


def test_the_bucket_is_read_from_every_answer_that_tells_it() -> None:
    told = [body for _, body in recorded() if (body.get("extensions") or {}).get("cost", {}).get("throttleStatus")]

    found = [graphql.throttle_status(HttpResponse(200, {}, json.dumps(body).encode())) for body in told]

    assert found
    assert {(status.maximum, status.restore_rate) for status in found if status} == {(2000.0, 100.0)}


def test_every_recorded_user_error_becomes_a_sentence() -> None:
    count = 0
    for name, body in recorded():
        for payload in (body.get("data") or {}).values():
            if isinstance(payload, dict) and payload.get("userErrors"):
                with pytest.raises(errors.Refused) as caught:
                    judging.refuse(payload)
                assert caught.value.refusals, name
                assert caught.value.text.endswith("."), name
                count += 1
    assert count > 100
