"""`POST /webhooks/zoho/{connection}`, attacked over loopback."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import pytest
from tests.web.conftest import Site

from ml_connector.store.subjects import Knock, Lane, Subject

BODY = b'{"invoice":{"invoice_id":"4600001","last_modified_time":"2026-11-01T10:00:00+0000"}}'
SIGNATURE = "X-Zoho-Webhook-Signature"


def signed(text: bytes, secret: str = "zoho-secret") -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


async def post(
    site: Site,
    body: bytes = BODY,
    *,
    signature: str | None = None,
    path: str = "acme",
    media_type: str = "application/json",
) -> int:
    headers = {SIGNATURE: signed(body) if signature is None else signature, "Content-Type": media_type}
    async with site.client.post(f"{site.url}/webhooks/zoho/{path}", data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def test_a_signed_delivery_is_kept_and_knocks_for_its_record(site: Site) -> None:
    assert await post(site) == 200

    [kept] = site.inbox.kept.values()
    assert (kept.source, kept.shop, kept.connection_id, kept.body) == ("zoho", "acme", 1, BODY)
    assert kept.knocks == (Knock(Subject(1, "zoho_invoice", "4600001"), Lane.REREADING),)


async def test_repeats_are_found_by_entity_id_and_last_change(site: Site) -> None:
    later = BODY.replace(b"10:00:00", b"11:00:00")
    other_form = BODY.replace(b'"invoice_id"', b'"total": 5, "invoice_id"')

    statuses = await asyncio.gather(post(site), post(site), post(site, other_form), post(site, later))

    assert statuses == [200] * 4
    assert (len(site.inbox.kept), site.inbox.repeats) == (2, 2)


async def test_the_pairs_of_the_address_are_signed_too(site: Site) -> None:
    text = b"event_typedeletezzz" + BODY

    right = await post(site, signature=signed(text), path="acme?zz=z&event_type=delete")
    wrong = await post(site, path="acme?zz=z&event_type=delete")

    assert (right, wrong) == (200, 401)
    [kept] = site.inbox.kept.values()
    assert kept.topic == "invoice/delete"


@pytest.mark.parametrize(
    "signature", ["", "00", "é", signed(BODY, "guessed"), signed(b"{}"), signed(BODY, "")], ids=str
)
async def test_what_the_secret_does_not_sign_is_401(site: Site, signature: str) -> None:
    assert await post(site, signature=signature) == 401
    assert site.inbox.kept == {}


@pytest.mark.parametrize("path", ["nobody", "", "acme/more", "ACME", "%00", "../shopify"])
async def test_a_connection_that_does_not_exist_is_401(site: Site, path: str) -> None:
    assert await post(site, path=path) in {401, 400}
    assert site.inbox.kept == {}


async def test_the_signature_in_capitals_is_accepted(site: Site) -> None:
    assert await post(site, signature=signed(BODY).upper()) == 200


@pytest.mark.parametrize("body", [b"not json", b"", b"[]", b'{"x":1}', b"\xff"])
async def test_what_names_nothing_is_kept_with_a_verdict_and_without_a_knock(site: Site, body: bytes) -> None:
    first, again = await post(site, body), await post(site, body)

    [kept] = site.inbox.kept.values()
    assert (first, again) == (200, 200)
    assert (kept.body, kept.knocks) == (body, ())
    assert kept.verdict != "accepted"


async def test_size_is_judged_first_and_an_absent_database_is_503(site: Site) -> None:
    large = await post(site, b"x" * 900_000)
    site.inbox.away = True
    away = await post(site)

    assert (large, away) == (200, 503)


async def test_a_record_whose_id_no_table_keeps_is_kept_and_knocks_for_nothing(site: Site) -> None:
    odd = BODY.replace(b"4600001", b"46\\u0000")

    assert await post(site, odd) == 200

    [kept] = site.inbox.kept.values()
    assert (kept.knocks, kept.topic, kept.body) == ((), "unknown", odd)
